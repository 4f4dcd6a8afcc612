package delivery

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"segmenta/activate"
)

// A Result is what an apply came to.
type Result struct {
	Plan    string
	Counts  map[activate.Status]int
	Events  int  // told
	Cleared int  // emptied, because they left
	Resumed bool // an apply that was interrupted before was carried on
	Already bool // the plan had been carried out before: nothing was sent
	Stopped error
	Seconds float64
}

// Partly reports that something of the plan was not delivered.
func (r *Result) Partly() bool {
	return r.Stopped != nil || r.Counts[activate.Rejected] > 0 || r.Counts[activate.Unprocessed] > 0 || r.Counts[activate.Unsure] > 0
}

// tries is how often a row is sent at most; the web client's own attempts are within one.
const tries = 4

// systemic is how many rows may be refused one by one, with none accepted, before the
// whole delivery is taken to be wrong.
const systemic = 64

// An applying is an apply at work.
type applying struct {
	d      *Delivery
	p      *Plan
	limits activate.Limits
	box    *outbox
	past   history
	again  bool // an earlier apply of this plan was interrupted

	mu       sync.Mutex
	outcome  []activate.Outcome // by row; no status: not known yet
	doubt    []bool             // it left, and nobody knows
	sent     []uint8            // how often, in this process
	remote   map[int]string     // ids learnt since the plan
	done     int
	accepted int
	refused  int
	troubles int // batches one after another that nobody answered
	stop     error
}

// Apply does what a plan says, and nothing else. It can be called again after any end,
// until nothing is left.
func (d *Delivery) Apply(ctx context.Context, p *Plan) (*Result, error) {
	start := d.now()
	if d.finished(p) {
		return &Result{Plan: p.ID, Already: true, Counts: map[activate.Status]int{}}, d.dropOutbox()
	}
	a, err := d.begin(p)
	if err != nil {
		return nil, err
	}
	if err := a.check(ctx, true); err != nil {
		return nil, err
	}
	if p.Writes() > 0 {
		if err := a.open(start); err != nil {
			return nil, err
		}
		err = errors.Join(a.run(ctx), a.box.close())
	}
	if err := errors.Join(err, a.finish()); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	r := a.result()
	r.Seconds = d.now().Sub(start).Seconds()
	return r, nil
}

// begin reads what the outbox says of this plan.
func (d *Delivery) begin(p *Plan) (*applying, error) {
	entries, _, err := readOutbox(d.path("outbox.log"))
	if err != nil {
		return nil, err
	}
	a := &applying{d: d, p: p, limits: d.To.Limits(), past: replay(entries), remote: make(map[int]string),
		outcome: make([]activate.Outcome, len(p.Rows)), doubt: make([]bool, len(p.Rows)), sent: make([]uint8, len(p.Rows))}
	if len(entries) > 0 && a.past.plan != p.ID {
		return nil, fmt.Errorf("%w: another plan was begun and not finished; plan again, which takes up what it did", ErrMoved)
	}
	a.recall(len(entries) > 0)
	return a, nil
}

// recall takes up what an earlier apply of the same plan did.
func (a *applying) recall(again bool) {
	a.again = again
	for row, o := range a.past.outcome {
		if row < len(a.outcome) && o.Status != activate.Unprocessed {
			a.outcome[row] = o
			a.done++
			if o.Status != activate.Rejected {
				a.accepted++
			}
		}
	}
	for _, rows := range a.past.doubt {
		for _, row := range rows {
			if row < len(a.doubt) {
				a.doubt[row] = true
			}
		}
	}
}

// open opens the outbox; its first line says which plan it is of.
func (a *applying) open(at time.Time) (err error) {
	_, whole, err := readOutbox(a.d.path("outbox.log"))
	if err != nil {
		return err
	}
	if a.box, err = openOutbox(a.d.path("outbox.log"), whole); err != nil {
		return err
	}
	if !a.again {
		a.past.at = at.Truncate(time.Microsecond)
		return a.box.append(entry{Plan: a.p.ID, At: a.past.at}, true)
	}
	return nil
}
