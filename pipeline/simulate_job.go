package pipeline

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"segmenta/pipeline/simulate"
)

// A Simulation says what shop to make.
type Simulation struct {
	Dir             string
	Customers, Days int
	End             string
	Seed            uint64
	Dirty           float64
}

// Simulated is what was made.
type Simulated struct {
	Dir          string  `json:"dir"`
	Customers    int     `json:"customers"`
	Transactions int     `json:"transactions"`
	Events       int     `json:"events"`
	Spoiled      int     `json:"spoiled"`
	Seconds      float64 `json:"seconds"`
}

// Tell says it to people.
func (s *Simulated) Tell(w io.Writer) {
	tell(w, "customers", s.Customers, "transactions", s.Transactions, "events", s.Events, "spoiled", s.Spoiled, "wrote", s.Dir)
}

// Simulate makes the files of a shop that doesn't exist.
func (j *Job) Simulate(_ context.Context, o Simulation) (*Simulated, error) {
	start := time.Now()
	end, err := parseMoment(o.End, time.UTC)
	if err != nil {
		return nil, err
	}
	n, err := simulate.Shop(o.Dir, simulate.Options{Customers: o.Customers, Days: o.Days, End: end, Seed: o.Seed, Threads: j.Threads, Dirty: o.Dirty,
		Progress: func(done, total int64) { j.progress("simulating", done, total) }})
	if err != nil {
		return nil, mark(ErrConfig, fmt.Errorf("simulate: %w", err))
	}
	return &Simulated{o.Dir, n.Customers, n.Transactions, n.Events, n.Spoiled, time.Since(start).Seconds()}, nil
}

// writeShop simulates the shop of the demo: some of its rows are damaged, as in life.
func writeShop(j *Job, dir string) error {
	if err := writeProject(dir, shopConfig, nil); err != nil {
		return err
	}
	_, err := j.Simulate(context.Background(), Simulation{Dir: filepath.Join(dir, "data"), Customers: 6000, Days: 730, End: "2026-01-01", Seed: 1, Dirty: 0.002})
	return err
}
