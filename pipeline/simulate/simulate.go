// Package simulate makes the purchases and engagement of a shop that doesn't exist,
// with the truth about every customer aside.
//
// Each customer has a rate of purchase and a chance of leaving after each purchase, as
// BG/NBD has it, a yearly and a weekly rhythm, tastes, and a tie to the shop that fades
// before they leave: whoever is about to go opens fewer messages first. Prospects look
// around more before they buy for the first time. The same seed makes the same shop,
// on any number of threads.
package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"segmenta/table"
)

// Options say what shop to make.
type Options struct {
	Customers int       // prospects among them
	Days      int       // of history
	End       time.Time // the day after the last
	Seed      uint64
	Threads   int
	Dirty     float64 // share of purchase lines to spoil
	Progress  func(done, total int64)
}

// A Count is how many rows were written.
type Count struct {
	Customers, Transactions, Events, Spoiled int
}

// part is how many customers one file holds.
const part = 20_000

// Shop writes transactions, events, customers and truth into folders of dir.
func Shop(dir string, o Options) (*Count, error) {
	if o.Customers < 1 || o.Days < 30 {
		return nil, fmt.Errorf("a shop of %d customers over %d days: want 1 or more, and 30 or more", o.Customers, o.Days)
	}
	if o.Dirty < 0 || o.Dirty > 0.5 {
		return nil, fmt.Errorf("a share of %g to spoil: want 0 to 0.5", o.Dirty)
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if err := folders(dir); err != nil {
		return nil, err
	}
	parts := (o.Customers + part - 1) / part
	var written atomic.Int64
	counts := make([]Count, parts)
	var g errgroup.Group
	g.SetLimit(o.Threads)
	for p := range parts {
		g.Go(func() (err error) {
			b := newBatch(o)
			for c := p * part; c < min(o.Customers, (p+1)*part); c++ {
				b.customer(c)
			}
			counts[p], err = b.write(dir, p)
			if done := written.Add(1); o.Progress != nil {
				o.Progress(done, int64(parts))
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	total := new(Count)
	for _, c := range counts {
		total.Customers += c.Customers
		total.Transactions += c.Transactions
		total.Events += c.Events
		total.Spoiled += c.Spoiled
	}
	return total, nil
}

// folders makes the folders, and clears away the parts of a shop that was larger.
func folders(dir string) error {
	for _, name := range []string{"transactions", "events", "customers", "truth"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
		old, err := filepath.Glob(filepath.Join(dir, name, "part-[0-9][0-9][0-9][0-9].parquet"))
		if err != nil {
			return err
		}
		for _, file := range old {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *batch) write(dir string, p int) (Count, error) {
	file := fmt.Sprintf("part-%04d.parquet", p)
	for _, t := range []struct {
		name  string
		table *table.Table
	}{{"transactions", b.tx.table()}, {"events", b.ev.table()}, {"customers", b.profiles()}, {"truth", b.truth()}} {
		if err := table.WriteFile(filepath.Join(dir, t.name, file), t.table); err != nil {
			return Count{}, err
		}
	}
	return Count{len(b.people), len(b.tx.id), len(b.ev.id), b.spoilt}, nil
}
