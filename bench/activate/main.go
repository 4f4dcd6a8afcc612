// Command activate delivers customers whose every value has changed to servers of this
// process, as fast as each destination's limits allow, and prints one JSON object: what
// it took beside what the limits alone would take.
//
//	activate -kind webhook -rows 100000
//	activate -crm [hubspot …]
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/activate/web"
	"segmenta/strict"
)

// A figure is what one delivery came to.
type figure struct {
	Kind     string  `json:"kind"`
	Rows     int     `json:"rows"`
	Requests int     `json:"requests"`          // while it was applied, reads among them
	Rate     float64 `json:"requests_a_second"` // that the limits allow; 0: no limit
	Floor    float64 `json:"floor_seconds"`     // requests at that rate
	Plan     float64 `json:"plan_seconds"`
	Apply    float64 `json:"apply_seconds"`
	Share    float64 `json:"share_of_rate"` // floor ÷ apply
}

// A target is a destination with a server to deliver to.
type target struct {
	settings string
	env      map[string]string
	rate     float64
	requests func() int
	close    func()
}

// targets lists them by kind.
var targets = map[string]func() target{"webhook": hook, "file": file}

var fields = []activate.Field{
	{Name: "segmenta_stage", Column: "lifecycle_stage", Type: activate.Text},
	{Name: "segmenta_churn", Column: "churn_probability", Type: activate.Number, Digits: 2},
	{Name: "segmenta_orders", Column: "orders_all", Type: activate.Number},
}

func main() {
	kind := flag.String("kind", "webhook", "which destination")
	rows := flag.Int("rows", 100_000, "how many customers change")
	crm := flag.Bool("crm", false, "a table of the nine CRMs instead, or of those named")
	flag.Parse()
	if *crm {
		if err := crms(*rows, flag.Args()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	f, err := measure(*kind, *rows)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(f)
}

func measure(kind string, rows int) (*figure, error) {
	start, known := targets[kind]
	if !known {
		return nil, fmt.Errorf("no target %q", kind)
	}
	t := start()
	defer t.close()
	dir, err := os.MkdirTemp("", "segmenta-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	to, err := open(kind, t, dir)
	if err != nil {
		return nil, err
	}
	defer to.Close()
	d := &delivery.Delivery{Name: kind, Dir: filepath.Join(dir, "state"), To: to, Fields: fields, Run: "2026-01-01", RunHash: "h", Settings: "s",
		Guards: delivery.Guards{MaxChangePct: -1, MaxMovesPct: -1, MaxDeletes: -1, MaxDeletePct: -1}, Settle: time.Second}
	for i := range rows {
		id := fmt.Sprintf("c%07d", i)
		d.Wants = append(d.Wants, delivery.Want{Customer: id, ID: id, Values: []any{"customer", float64(i%100) / 100, float64(i)}})
	}
	return deliver(d, kind, t, rows)
}

func open(kind string, t target, dir string) (activate.Destination, error) {
	settings := activate.Kinds[kind].Settings()
	if err := strict.Decode("bench.yaml", []byte(strings.ReplaceAll(t.settings, "DIR", dir)), settings); err != nil {
		return nil, err
	}
	o := web.Options{AllowPrivate: true}
	if t.rate > 0 {
		o.Rates = []web.Rate{{Requests: 1000, Per: time.Duration(1000 / t.rate * float64(time.Second))}}
	}
	env := func(name string) (string, bool) { v, ok := t.env[name]; return v, ok }
	return activate.Open(kind, settings, activate.Opening{Name: kind, ID: "customer_id", Env: env, Web: o, Dir: dir})
}

func deliver(d *delivery.Delivery, kind string, t target, rows int) (*figure, error) {
	f := &figure{Kind: kind, Rows: rows, Rate: t.rate}
	begun := time.Now()
	p, err := d.Plan(context.Background())
	if err != nil {
		return nil, err
	}
	f.Plan = time.Since(begun).Seconds()
	begun, before := time.Now(), t.requests()
	r, err := d.Apply(context.Background(), p)
	if err != nil {
		return nil, err
	}
	f.Apply, f.Requests = time.Since(begun).Seconds(), t.requests()-before
	if n := r.Counts[activate.Created] + r.Counts[activate.Updated]; n != rows {
		return nil, fmt.Errorf("%s: %d of %d rows arrived: %+v", kind, n, rows, r)
	}
	if t.rate > 0 {
		f.Floor = float64(f.Requests-1) / t.rate
		f.Share = f.Floor / f.Apply
	}
	return f, nil
}
