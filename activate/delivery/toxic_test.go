package delivery_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"segmenta/activate"
	"segmenta/activate/delivery"
)

// A bad line changes when a delivery ends, not where; and nothing goes on running after
// it. (BATTERY A8)
func TestBadLine(t *testing.T) {
	if testing.Short() {
		t.Skip("slow lines take seconds")
	}
	for name, toxic := range map[string]string{
		"latency":    `{"type": "latency", "attributes": {"latency": 500, "jitter": 200}}`,
		"bandwidth":  `{"type": "bandwidth", "attributes": {"rate": 50}}`,
		"reset_peer": `{"type": "reset_peer", "attributes": {"timeout": 5}, "toxicity": 0.5}`,
		"slicer":     `{"type": "slicer", "attributes": {"average_size": 64, "size_variation": 32, "delay": 500}}`,
		"timeout":    `{"type": "timeout", "attributes": {"timeout": 300}, "toxicity": 0.4}`,
		"limit_data": `{"type": "limit_data", "attributes": {"bytes": 3000}, "toxicity": 0.5}`,
		"slow_close": `{"type": "slow_close", "attributes": {"delay": 300}}`,
		"down":       "",
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			badLine(t, name, toxic)
		})
	}
}

func badLine(t *testing.T, name, toxic string) {
	h := newHook()
	server := httptest.NewServer(h)
	defer server.Close()
	proxy := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), name, "127.0.0.1:0", strings.TrimPrefix(server.URL, "http://"))
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	defer proxy.Stop()
	s := h.stand("http://" + proxy.Listen)
	d := contract(t, "webhook", s)
	d.To.Close()
	to, err := openKind("webhook", s.settings, s.env, quick(), "")
	if err != nil {
		t.Fatal(err)
	}
	d.To = to
	defer to.Close()
	plan(t, d)
	if toxic != "" {
		if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			t.Fatal(err)
		}
	} else {
		proxy.Stop()
		back := time.AfterFunc(time.Duration(envNumber("SEGMENTA_DOWN_SECONDS", 2))*time.Second, func() { proxy.Start() })
		defer back.Stop()
	}
	start := time.Now()
	var r *delivery.Result
	for n := 0; n < 5 && (r == nil || r.Partly()); n++ {
		r = apply(t, d)
	}
	if r.Counts[activate.Created] != contractRows {
		t.Errorf("%+v", r)
	}
	s.matches(t, d)
	for i := range d.Wants {
		if n := s.applied(s.id(i)); n != 1 {
			t.Errorf("%s: applied %d times", s.id(i), n)
		}
	}
	t.Logf("%.1f s, %d requests of 6", time.Since(start).Seconds(), h.requests)
}
