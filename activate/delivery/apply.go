package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"segmenta/activate"
	"segmenta/activate/fault"
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

// Check looks whether a plan may be applied and still describes what is there. It writes
// nothing.
func (d *Delivery) Check(ctx context.Context, p *Plan) error {
	if d.finished(p) {
		return nil
	}
	a, err := d.begin(p)
	if err != nil {
		return err
	}
	return a.check(ctx, false)
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

// check refuses before the first write: a guard says no, or the plan no longer describes
// what is there.
func (a *applying) check(ctx context.Context, create bool) error {
	if !a.again && !a.d.Force && !a.p.Forced {
		if err := a.p.guarded(); err != nil {
			return err
		}
	}
	switch {
	case a.p.RunHash != a.d.RunHash:
		return fmt.Errorf("%w: run %s is not the one that it was made of; plan again", ErrMoved, a.p.Run)
	case a.p.Settings != a.d.Settings:
		return fmt.Errorf("%w: the configuration of %s has changed since; plan again", ErrMoved, a.p.Destination)
	case a.p.Writes() == 0:
		return nil
	}
	missing, err := a.d.To.Ensure(ctx, a.p.Fields, false)
	if err != nil {
		return err
	}
	if err := a.unmoved(ctx, missing); err != nil || len(missing) == 0 || !create {
		return err
	}
	_, err = a.d.To.Ensure(ctx, a.p.Fields, true)
	return err
}

// unmoved looks whether every row still holds what the plan saw. One that holds what it
// is to hold already is done.
func (a *applying) unmoved(ctx context.Context, missing []string) error {
	var ids []string
	for i := range a.p.Rows {
		if a.looksAt(i) {
			ids = append(ids, a.p.Rows[i].ID)
		}
	}
	have, err := a.d.now1(ctx, a.p, ids, missing)
	if err != nil {
		return err
	}
	moved := 0
	for i := range a.p.Rows {
		if !a.looksAt(i) {
			continue
		}
		r := &a.p.Rows[i]
		record, there := have[r.ID]
		switch {
		case fingerprint(a.p.Fields, record, there) == r.Read:
		case there && a.p.holds(r, record):
			a.outcome[i] = activate.Outcome{Status: activate.Unchanged, Remote: record.Remote}
		default:
			moved++
		}
	}
	if moved > 0 {
		return fmt.Errorf("%w: %d of %d rows no longer hold what they held then; plan again", ErrMoved, moved, len(ids))
	}
	return nil
}

func (a *applying) looksAt(i int) bool {
	r := &a.p.Rows[i]
	return r.writes() && r.Action != activate.Notify && a.outcome[i].Status == "" && !a.doubt[i]
}

// now1 is what the destination holds now.
func (d *Delivery) now1(ctx context.Context, p *Plan, ids, missing []string) (map[string]activate.Record, error) {
	if d.To.Limits().Blind {
		s, err := d.loadState()
		if err != nil {
			return nil, err
		}
		have := make(map[string]activate.Record)
		for _, id := range ids {
			if r, ok := s.record(id, p.Fields); ok {
				have[id] = r
			}
		}
		return have, nil
	}
	fields := slices.DeleteFunc(slices.Clone(p.Fields), func(f activate.Field) bool { return slices.Contains(missing, f.Name) })
	return d.readFields(ctx, "apply: reading "+d.Name, ids, fields)
}

// holds reports whether a record holds what a row would set.
func (p *Plan) holds(r *Row, record activate.Record) bool {
	for k, f := range r.Set {
		if !p.Fields[f].Same(record.Values[p.Fields[f].Name], r.New[k]) {
			return false
		}
	}
	return true
}

// run clears up what is in doubt, then sends what is left: values first, then what is
// emptied, then events.
func (a *applying) run(ctx context.Context) error {
	for _, rows := range a.past.doubt {
		a.lookUp(ctx, rows, nil)
	}
	for _, action := range []activate.Action{activate.Upsert, activate.Clear, activate.Notify} {
		chunks := a.chunks(action)
		err := inParallel(ctx, max(1, a.limits.Parallel), len(chunks), func(ctx context.Context, i int) (any, error) {
			a.deliver(ctx, chunks[i])
			return nil, nil
		}, func(int, any) {})
		if err != nil {
			a.halt(err)
		}
	}
	return nil
}

// chunks cuts what is left into batches, always in the same places.
func (a *applying) chunks(action activate.Action) (list [][]int) {
	most := max(1, a.limits.Batch)
	if a.limits.Snapshot {
		most = max(1, len(a.p.Rows))
	}
	var chunk []int
	bytes := 0
	for i := range a.p.Rows {
		r := &a.p.Rows[i]
		if r.Action != action && !(a.limits.Snapshot && action == activate.Upsert && r.Action == activate.Clear) || !r.writes() || a.outcome[i].Status != "" || a.doubt[i] {
			continue
		}
		size := 0
		if a.limits.Bytes > 0 {
			o := a.operation(i)
			size = o.Size()
		}
		if len(chunk) == most || len(chunk) > 0 && a.limits.Bytes > 0 && bytes+size > a.limits.Bytes {
			list, chunk, bytes = append(list, chunk), nil, 0
		}
		chunk, bytes = append(chunk, i), bytes+size
	}
	if chunk != nil {
		list = append(list, chunk)
	}
	return list
}

// operation is a row as the destination is told it.
func (a *applying) operation(i int) activate.Operation {
	r := &a.p.Rows[i]
	o := activate.Operation{Action: r.Action, ID: r.ID, Remote: cmp.Or(a.remote[i], r.Remote), Key: r.Key, Event: r.Event}
	for k, f := range r.Set {
		o.Values = append(o.Values, activate.Value{Field: &a.p.Fields[f], New: r.New[k]})
	}
	return o
}

// deliver writes down that rows leave, sends them, and takes what they came to.
func (a *applying) deliver(ctx context.Context, rows []int) {
	if a.halted() || ctx.Err() != nil {
		return
	}
	if err := a.box.append(entry{Send: spans(rows)}, true); err != nil {
		a.halt(err)
		return
	}
	a.mu.Lock()
	batch := make([]activate.Operation, len(rows))
	for k, i := range rows {
		a.doubt[i] = true
		a.sent[i]++
		batch[k] = a.operation(i)
	}
	a.mu.Unlock()
	if a.limits.Snapshot && batch[0].Action != activate.Notify {
		batch = a.everyone()
	}
	outs, err := a.d.To.Send(ctx, batch)
	if a.limits.Snapshot && err == nil && len(outs) == len(batch) {
		outs = a.mine(rows, batch, outs)
	}
	a.judge(ctx, rows, outs, err)
}

// judge says what follows from an answer.
func (a *applying) judge(ctx context.Context, rows []int, outs []activate.Outcome, err error) {
	f, known := fault.Of(err)
	switch {
	case err == nil && len(outs) == len(rows):
		a.take(ctx, rows, outs)
	case ctx.Err() != nil: // they stay in doubt, and are looked up next time
		a.halt(context.Cause(ctx))
	case err == nil:
		a.lookUp(ctx, rows, fmt.Errorf("%s: %d outcomes of %d rows", a.p.Destination, len(outs), len(rows)))
	case !known || f.Class == fault.Unknown:
		a.lookUp(ctx, rows, err)
	case f.Class == fault.Refused:
		a.divide(ctx, rows, f)
	default: // nothing was applied, and sending more helps nobody
		a.back(rows)
		a.halt(err)
	}
}

// divide halves a batch that was refused as a whole until the bad row stands alone.
func (a *applying) divide(ctx context.Context, rows []int, f *fault.Fault) {
	if len(rows) == 1 {
		a.record(rows, []activate.Outcome{{Status: activate.Rejected, HTTP: f.Status, Code: f.Code, Reason: cmp.Or(f.Reason, f.Error())}})
		return
	}
	a.back(rows)
	if a.limits.Snapshot {
		a.halt(f)
		return
	}
	a.mu.Lock()
	for _, i := range rows {
		a.sent[i]--
	}
	a.mu.Unlock()
	half := len(rows) / 2
	a.deliver(ctx, rows[:half])
	a.deliver(ctx, rows[half:])
}

// back says that rows have surely not been applied.
func (a *applying) back(rows []int) {
	a.mu.Lock()
	for _, i := range rows {
		a.doubt[i] = false
	}
	a.mu.Unlock()
	if err := a.box.append(entry{Back: spans(rows)}, false); err != nil {
		a.halt(err)
	}
}

// take records what is certain, sends again what was not looked at, and looks up what is
// not known.
func (a *applying) take(ctx context.Context, rows []int, outs []activate.Outcome) {
	var certain, unsure, unseen []int
	var ends []activate.Outcome
	for k, i := range rows {
		switch outs[k].Status {
		case activate.Unsure:
			unsure = append(unsure, i)
		case activate.Unprocessed:
			unseen = append(unseen, i)
		default:
			certain, ends = append(certain, i), append(ends, outs[k])
		}
	}
	a.record(certain, ends)
	if unseen != nil {
		a.back(unseen)
		a.resend(ctx, unseen)
	}
	if unsure != nil {
		a.lookUp(ctx, unsure, nil)
	}
}

// record writes down how rows ended.
func (a *applying) record(rows []int, outs []activate.Outcome) {
	if len(rows) == 0 {
		return
	}
	if err := a.box.append(entry{Done: spans(rows), As: results(outs)}, false); err != nil {
		a.halt(err)
		return
	}
	a.mu.Lock()
	for k, i := range rows {
		a.outcome[i], a.doubt[i] = outs[k], false
		if outs[k].Status == activate.Rejected {
			a.refused++
		} else {
			a.accepted++
		}
	}
	a.troubles = 0
	a.done += len(rows)
	done, wrong := a.done, a.accepted == 0 && a.refused >= systemic
	last := outs[len(outs)-1]
	a.mu.Unlock()
	if wrong {
		a.halt(fmt.Errorf("the first %d rows were all refused (%s): this is no matter of single rows", systemic, cmp.Or(last.Reason, last.Code)))
	}
	a.d.progress("apply: "+a.p.Destination, done, a.p.Writes())
}

func (a *applying) halt(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop == nil {
		a.stop = err
	}
}

func (a *applying) halted() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stop != nil
}

// settle takes up what an unfinished apply did, before another plan is made: what is in
// doubt stays so in the log, and the destination itself says the rest.
func (d *Delivery) settle() error {
	entries, _, err := readOutbox(d.path("outbox.log"))
	if err != nil || len(entries) == 0 {
		return err
	}
	p, err := LoadPlan(d.Dir)
	if err != nil {
		return d.abandon()
	}
	a, err := d.begin(p)
	if err != nil {
		return err
	}
	if err := a.finish(); err != nil {
		return err
	}
	return d.dropOutbox()
}

// abandon puts an unfinished outbox aside whose plan is no longer there to say what its
// rows were, as when somebody was forgotten. A destination that can be asked says itself
// what it holds; of another, everything that we delivered is in doubt, and is sent again.
func (d *Delivery) abandon() error {
	s, err := d.loadState()
	if err != nil {
		return err
	}
	if d.To.Limits().Blind {
		for id, one := range s.delivered {
			one.doubt = true
			s.delivered[id] = one
		}
		if err := s.save(d); err != nil {
			return err
		}
	}
	return d.dropOutbox()
}
