package delivery_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/activate/sandbox"
	"segmenta/activate/web"
)

// A virtual clock stands still but for those who sleep on it.
type virtual struct{ *sandbox.Clock }

func (v virtual) Sleep(ctx context.Context, d time.Duration) error {
	v.Clock.Sleep(d)
	return ctx.Err()
}

// A single destination is asked by one at a time, so that nobody's sleep is another's.
type single struct{ activate.Destination }

func (s single) Limits() activate.Limits {
	l := s.Destination.Limits()
	l.Parallel = 1
	return l
}

// By the rates that a destination keeps of itself no CRM ever answers "too fast", and
// little of what its documented limit allows is left unused.
func TestCRMOwnRates(t *testing.T) {
	for kind, tt := range map[string]struct {
		settings string
		rows     int
		floor    time.Duration // of an apply: everybody read again, then written
	}{
		"hubspot":    {"batch: 5", 2000, (20 + 400) * 10 * time.Second / 190},
		"bitrix24":   {"", 5000, (2 + 100 - 50) * time.Second / 2},
		"monday":     {"batch: 100, points_a_minute: 10000000", 3000, 29 * time.Minute / 10},
		"braze":      {"batch: 75", 5000, (100 - 40) * time.Second / 40},
		"customerio": {"", 5000, (50 - 10) * time.Second / 10},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			clock := virtual{sandbox.NewClock(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))}
			server := sandbox.Start(kind, sandbox.Options{Now: clock.Now})
			t.Cleanup(server.Close)
			settings := strings.ReplaceAll(crmKinds[kind].settings, "ADDRESS", server.URL)
			settings = strings.Replace(settings, ", batch: 20", "", 1)
			if tt.settings != "" {
				settings = strings.TrimSuffix(settings, "}") + ", " + tt.settings + "}"
			}
			env := map[string]string{"TOKEN": server.Token(), "REFRESH": sandbox.RefreshToken, "CLIENT": sandbox.ClientID, "SECRET": sandbox.ClientSecret}
			to, err := openKind(kind, settings, env, web.Options{AllowPrivate: true, Clock: clock, Deadline: time.Hour}, "")
			if err != nil {
				t.Fatal(err)
			}
			s := &stand{id: func(i int) string { return "c" + strings.Repeat("0", i%7) + time.Duration(i).String() }}
			d := &delivery.Delivery{Name: kind, Dir: t.TempDir(), To: single{to}, Fields: contractFields, Run: "2026-01-01", RunHash: "h", Settings: "s", Guards: lenient()}
			if _, err := to.Ensure(t.Context(), d.Fields, true); err != nil {
				t.Fatal(err)
			}
			for i := range tt.rows {
				server.Put(s.id(i), map[string]any{})
				d.Wants = append(d.Wants, delivery.Want{Customer: s.id(i), ID: s.id(i), Values: []any{"customer", float64(i%100) / 100, float64(i)}})
			}
			plan(t, d)
			clock.Clock.Sleep(time.Minute) // what the plan used is free again
			start := clock.Now()
			if r := apply(t, d); r.Counts[activate.Updated] != tt.rows {
				t.Fatalf("%+v", r)
			}
			if took := clock.Now().Sub(start); server.Refused() > 0 || took < tt.floor || took > tt.floor*13/10+2*time.Second {
				t.Errorf("%v where the limit allows %v; %d calls were too fast", took, tt.floor, server.Refused())
			}
		})
	}
}
