package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/activate/sandbox"
	"segmenta/activate/web"
	"segmenta/strict"
)

// crms prints a table of the nine CRMs, or of those named, beside what their limits allow:
// servers of activate/sandbox keep the documented limits.
//
// Where calls in so long are limited, time is virtual: it stands still but for those who
// wait, one call at a time, so the seconds are those that the limits and our keeping to
// them cost, and nothing else; what this process computes meanwhile, the servers' part
// included, stands beside it. Where calls at once are limited, time is real, and each call
// takes as long as the table says.
func crms(n int, only []string) error {
	fmt.Println("| destination | customers | limit that binds | floor, s | apply, s | of the limit | plan, s | calls | of them too fast | computed, s |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|")
	for _, c := range cases {
		if len(only) > 0 && !slices.Contains(only, c.kind) {
			continue
		}
		line, err := c.measure(n)
		if err != nil {
			return fmt.Errorf("%s: %w", c.kind, err)
		}
		fmt.Println(line)
	}
	return nil
}

// A virtual clock stands still but for those who sleep on it.
type virtual struct{ *sandbox.Clock }

func (v virtual) Sleep(ctx context.Context, d time.Duration) error {
	v.Clock.Sleep(d)
	return ctx.Err()
}

// A single destination is sent one batch at a time, so that nobody's sleep is another's.
type single struct{ activate.Destination }

func (s single) Limits() activate.Limits {
	l := s.Destination.Limits()
	l.Parallel = 1
	return l
}

// A measurement is one destination's.
type measurement struct {
	kind     string
	settings string
	most     int           // customers, where fewer than asked say as much
	latency  time.Duration // of each call, where calls at once are limited
	binds    string
	floor    func(n float64) float64 // seconds that reading and writing n customers takes at the limit
}

const oauth = `, token: $(T), refresh_token: $(R), client_id: $(C), client_secret: $(S)`

// The floors count what an apply has to ask: everybody once more, then everybody written.
var cases = []measurement{
	{"hubspot", "{url: ADDRESS" + oauth + "}", 0, 0, "190 calls in 10 s", func(n float64) float64 { return 2 * n / 100 / 19 }},
	{"salesforce", "{url: ADDRESS" + oauth + "}", 0, 0, "100,000 calls a day", func(float64) float64 { return 0 }},
	{"zoho", "{url: ADDRESS, accounts: ADDRESS" + oauth + "}", 20_000, 200 * time.Millisecond, "10 calls at once, of 0.2 s", func(n float64) float64 { return (n/50 + n/100) * 0.2 / 10 }},
	{"bitrix24", "{url: 'ADDRESS/rest/1/$(T)'}", 0, 0, "50 calls, then 2 a second", func(n float64) float64 { return max(0, n/2500+n/50-50) / 2 }},
	{"monday", "{url: ADDRESS/v2, token: $(T), board: '77', points_a_minute: 10000000}", 0, 0, "10,000,000 points a minute", func(n float64) float64 { return (n*10_000 + n/100*1000) / 10_000_000 * 60 }},
	{"klaviyo", "{url: ADDRESS, key: $(T)}", 0, 0, "750 reads a minute", func(n float64) float64 { return n / 100 / 750 * 60 }},
	{"braze", "{url: ADDRESS, key: $(T)}", 0, 0, "40 reads a second", func(n float64) float64 { return n/50/40 + n/75/1000 }},
	{"mailchimp", "{url: ADDRESS, key: $(T), audience: l1, status_if_new: subscribed}", 2000, 50 * time.Millisecond, "10 calls at once, of 0.05 s", func(n float64) float64 { return 2 * n * 0.05 / 10 }},
	{"customerio", "{url: ADDRESS, app_url: ADDRESS, site_id: $(C), key: $(T), app_key: $(T)}", 0, 0, "10 reads a second", func(n float64) float64 { return n/100/10 + n/1000/100 }},
}

func (m measurement) measure(n int) (string, error) {
	if m.most > 0 {
		n = min(n, m.most)
	}
	var clock web.Clock // nil: the real one
	now := time.Now
	if m.latency == 0 {
		v := virtual{sandbox.NewClock(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))}
		clock, now = v, v.Now
	}
	server := sandbox.Start(m.kind, sandbox.Options{Now: now, Latency: m.latency})
	defer server.Close()
	d, err := m.delivery(server, clock, n)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(filepath.Dir(d.Dir))
	defer d.To.Close()
	if _, err := d.To.Ensure(context.Background(), d.Fields, true); err != nil {
		return "", err
	}
	m.fill(server, d)
	start := now()
	p, err := d.Plan(context.Background())
	if err != nil {
		return "", err
	}
	planned, worked := now(), work()
	before := total(server)
	r, err := d.Apply(context.Background(), p)
	if err != nil {
		return "", err
	}
	done := now()
	worked = work() - worked
	if r.Partly() || r.Counts[activate.Updated] != n || len(server.Writes()) < n {
		return "", fmt.Errorf("%+v, and the server recorded %d writes", r, len(server.Writes()))
	}
	floor, took := m.floor(float64(n)), done.Sub(planned).Seconds()
	share := "–"
	if floor > 0 {
		share = fmt.Sprintf("%.0f %%", 100*floor/took)
	}
	return fmt.Sprintf("| %s | %d | %s | %.0f | %.0f | %s | %.0f | %d | %d | %.1f |", m.kind, n, m.binds, floor, took, share, planned.Sub(start).Seconds(), total(server)-before, server.Refused(), worked.Seconds()), nil
}

// work is what this process has computed so far.
func work() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (m measurement) delivery(server *sandbox.Server, clock web.Clock, n int) (*delivery.Delivery, error) {
	driver := activate.Kinds[m.kind]
	settings := driver.Settings()
	if err := strict.Decode(m.kind, []byte(strings.ReplaceAll(m.settings, "ADDRESS", server.URL)), settings); err != nil {
		return nil, err
	}
	env := map[string]string{"T": server.Token(), "R": sandbox.RefreshToken, "C": sandbox.ClientID, "S": sandbox.ClientSecret}
	id := "customer_id"
	if m.kind == "mailchimp" {
		id = "email"
	}
	to, err := activate.Open(m.kind, settings, activate.Opening{Name: m.kind, ID: id, Language: "en", Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Web: web.Options{AllowPrivate: true, Clock: clock, Deadline: time.Hour}})
	if err != nil {
		return nil, err
	}
	if clock != nil {
		to = single{to}
	}
	dir, err := os.MkdirTemp("", "segmenta-activate")
	if err != nil {
		return nil, err
	}
	d := &delivery.Delivery{Name: m.kind, Dir: filepath.Join(dir, m.kind), To: to, Fields: fields, Run: "2026-01-01", RunHash: "h", Settings: "s", Guards: delivery.Guards{MaxChangePct: -1, MaxMovesPct: -1, MaxDeletes: -1, MaxDeletePct: -1}}
	for i := range n {
		key := m.key(i)
		d.Wants = append(d.Wants, delivery.Want{Customer: key, ID: key, Values: []any{"customer", float64(i%100) / 100, float64(i)}})
	}
	return d, nil
}

func (m measurement) key(i int) string {
	if m.kind == "mailchimp" {
		return fmt.Sprintf("c%07d@shop.test", i)
	}
	return fmt.Sprintf("c%07d", i)
}

// fill puts everybody there, with values of before.
func (m measurement) fill(server *sandbox.Server, d *delivery.Delivery) {
	for _, w := range d.Wants {
		server.Put(w.ID, map[string]any{"status": "subscribed"})
	}
}

func total(server *sandbox.Server) (n int) {
	for _, calls := range server.Calls() {
		n += calls
	}
	return n
}
