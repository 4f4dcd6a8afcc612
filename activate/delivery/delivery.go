// Package delivery decides what is sent to a destination, sends it once, and knows what
// became of every row.
//
//  1. Plan holds what customers are to hold against what the destination holds now, field
//     by field, and asks the guards. It writes plan.parquet, and nothing anywhere else.
//  2. Apply does exactly what a plan says, or refuses because the destination has moved on.
//
// Before a batch leaves, the outbox says on disk that it will; after its answer, what
// became of it. A process that dies between the two leaves rows in doubt: they are looked
// up at the destination, or sent again with the same key where that is harmless, and
// never sent blindly. The folder of a destination holds
//
//	plan.parquet          what is to be done, row by row: old and new values, reasons
//	outbox.log            what was sent of it, until it is done
//	delivery_log.parquet  what became of every row in the last apply
//	dead_letters.parquet  what was refused, until it is accepted or no longer wanted
//	delivered.parquet     whom we have delivered, and what, where it can't be asked
//	events.parquet        the events that were told
//	history/              earlier delivery logs
package delivery

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"segmenta/activate"
)

// ErrGuard reports that a guard stopped the delivery before the first write.
var ErrGuard = errors.New("a guard stopped the delivery")

// ErrMoved reports that a plan no longer describes what it would change.
var ErrMoved = errors.New("the plan has been overtaken")

// A Want is what one customer is to hold.
type Want struct {
	Customer string          // our id
	ID       string          // the destination's external id
	Status   activate.Status // HeldOut or HeldBack; empty: it may go
	Reason   string          // why not, as a code
	Values   []any           // one for each field
	Nulls    bool            // a null empties what stands there, for this customer
}

// A Told event is one that a customer's move into or out of a segment causes.
type Told struct {
	Customer, ID, Key string
	Event             activate.Event
}

// A Delivery is one destination and what is wanted of it. Wants are in order of customers.
type Delivery struct {
	Name     string
	Dir      string // of the destination in the workspace
	To       activate.Destination
	Fields   []activate.Field
	Run      string // its name
	RunHash  string // of its manifest
	Settings string // hash of what the configuration says of this destination

	Wants  []Want
	Events []Told

	OverwriteNulls bool // a null of ours empties what stands there
	Leave          bool // who left the audience is cleared
	Retry          bool // rows that were refused are tried again although they haven't changed
	OnlyRetry      bool // and nothing else is sent

	Guards   Guards
	Force    bool          // deliver although a guard says no
	Settle   time.Duration // how long a write may be on its way before it is looked up; 0: not at all
	Now      func() time.Time
	Progress func(stage string, done, total int64)
}

func (d *Delivery) path(name string) string { return filepath.Join(d.Dir, name) }

func (d *Delivery) progress(stage string, done, total int) {
	if d.Progress != nil {
		d.Progress(stage, int64(done), int64(total))
	}
}

func (d *Delivery) now() time.Time {
	if d.Now == nil {
		return time.Now().UTC()
	}
	return d.Now().UTC()
}

// read asks the destination for these ids, as many at once as it allows, in parallel as
// it allows.
func (d *Delivery) readFields(ctx context.Context, stage string, ids []string, fields []activate.Field) (map[string]activate.Record, error) {
	limits := d.To.Limits()
	size := limits.Read
	if size <= 0 {
		size = max(1, len(ids))
	}
	all := make(map[string]activate.Record, len(ids))
	var chunks [][]string
	for at := 0; at < len(ids); at += size {
		chunks = append(chunks, ids[at:min(at+size, len(ids))])
	}
	done := 0
	err := inParallel(ctx, max(1, limits.Parallel), len(chunks), func(ctx context.Context, i int) (any, error) {
		return d.To.Read(ctx, chunks[i], fields)
	}, func(i int, got any) {
		for id, r := range got.(map[string]activate.Record) {
			all[id] = r
		}
		done += len(chunks[i])
		d.progress(stage, done, len(ids))
	})
	return all, err
}
