package delivery

import (
	"cmp"
	"context"
	"fmt"

	"segmenta/activate"
	"segmenta/activate/fault"
)

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
