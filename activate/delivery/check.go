package delivery

import (
	"context"
	"fmt"
	"slices"

	"segmenta/activate"
)

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
	have, err := a.d.heldNow(ctx, a.p, ids, missing)
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

// heldNow is what the destination holds now.
func (d *Delivery) heldNow(ctx context.Context, p *Plan, ids, missing []string) (map[string]activate.Record, error) {
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
