package delivery

import (
	"context"
	"time"

	"segmenta/activate"
	"segmenta/activate/web"
)

// lookUp finds out what became of rows that left and of which nobody knows: the
// destination is asked what it holds. What it doesn't hold is sent again. Where it can't
// be asked, rows are sent again only if that is harmless.
func (a *applying) lookUp(ctx context.Context, rows []int, cause error) {
	if a.halted() || len(rows) == 0 {
		return
	}
	harmless := a.limits.Keyed || a.limits.Repeatable
	if a.p.Rows[rows[0]].Action == activate.Notify {
		harmless = a.limits.EventsKeyed
	} else if !a.limits.Blind {
		a.ask(ctx, rows)
		return
	}
	switch {
	case !harmless:
		a.record(rows, same(len(rows), activate.Outcome{Status: activate.Unsure, Reason: words(cause, "no answer, and it can't be asked")}))
	case cause != nil: // the client has tried until its deadline: they stay in doubt, and are sent another time
		a.trouble(cause)
	default:
		a.resend(ctx, rows)
	}
}

// trouble counts batches that nobody answered: one may be to blame itself, three one after
// another are the destination's.
func (a *applying) trouble(err error) {
	a.mu.Lock()
	a.troubles++
	n := a.troubles
	a.mu.Unlock()
	if n >= 3 {
		a.halt(err)
	}
}

// ask reads what the destination holds of rows in doubt.
func (a *applying) ask(ctx context.Context, rows []int) {
	if !a.limits.Repeatable { // a write that is still on its way would come twice
		if err := a.d.pause(ctx, a.d.Settle); err != nil {
			a.halt(err)
			return
		}
	}
	ids := make([]string, len(rows))
	for k, i := range rows {
		ids[k] = a.p.Rows[i].ID
	}
	have, err := a.d.readFields(ctx, "", ids, a.p.Fields)
	if err != nil {
		a.halt(err) // they stay in doubt
		return
	}
	var found, lost []int
	var outs []activate.Outcome
	for _, i := range rows {
		r := &a.p.Rows[i]
		record, there := have[r.ID]
		if there && a.p.holds(r, record) || !there && r.Action == activate.Clear {
			status := activate.Updated
			if !r.existed {
				status = activate.Created
			}
			found, outs = append(found, i), append(outs, activate.Outcome{Status: status, Remote: record.Remote, Reason: "looked up"})
			continue
		}
		if there {
			a.mu.Lock()
			a.remote[i] = record.Remote
			a.mu.Unlock()
		}
		lost = append(lost, i)
	}
	a.record(found, outs)
	if lost != nil {
		a.back(lost)
		a.resend(ctx, lost)
	}
}

// resend sends rows again that were not applied, up to a number of times.
func (a *applying) resend(ctx context.Context, rows []int) {
	var once, over []int
	most := uint8(0)
	a.mu.Lock()
	for _, i := range rows {
		if a.sent[i] < tries {
			once, most = append(once, i), max(most, a.sent[i])
		} else {
			over = append(over, i)
		}
	}
	a.mu.Unlock()
	if over != nil {
		a.record(over, same(len(over), activate.Outcome{Status: activate.Unsure, Reason: "sent several times, and it is still not there"}))
	}
	if once == nil {
		return
	}
	if most > 0 {
		if err := a.d.pause(ctx, a.d.Settle<<(most-1)); err != nil {
			a.halt(err)
			return
		}
	}
	a.deliver(ctx, once)
}

// pause waits.
func (d *Delivery) pause(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return ctx.Err()
	}
	return web.Sleep(ctx, wait)
}

func same(n int, o activate.Outcome) []activate.Outcome {
	list := make([]activate.Outcome, n)
	for i := range list {
		list[i] = o
	}
	return list
}

func words(err error, otherwise string) string {
	if err == nil {
		return otherwise
	}
	return err.Error()
}
