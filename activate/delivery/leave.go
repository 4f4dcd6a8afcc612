package delivery

import (
	"cmp"
	"slices"

	"segmenta/activate"
)

// leaving lists whom we delivered and who is no longer to be there.
func (d *Delivery) leaving(s *state) (list []delivered) {
	if d.OnlyRetry {
		return nil
	}
	stays := make(map[string]bool, len(d.Wants))
	for i := range d.Wants {
		if w := &d.Wants[i]; w.ID != "" && (w.Status != activate.HeldBack || !leaves(w.Reason)) {
			stays[w.ID] = true
		}
	}
	for _, one := range s.delivered {
		if !stays[one.id] && !one.cleared {
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b delivered) int { return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.id, b.id)) })
	return list
}

// leaves reports a reason to hold somebody back that also takes them out of where they
// already are.
func leaves(reason string) bool { return reason != "duplicate_id" && reason != "no_id" }

// clears empties what we set for those who left.
func (d *Delivery) clears(leaving []delivered, have map[string]activate.Record) (rows []Row) {
	limits := d.To.Limits()
	for _, l := range leaving {
		record, there := have[l.id]
		r := Row{Customer: l.customer, ID: l.id, Remote: record.Remote, Action: activate.Clear, Status: activate.Unchanged, Reason: "left_audience",
			Read: fingerprint(d.Fields, record, there), existed: there}
		switch {
		case !there:
		case limits.Snapshot: // the next file is without them
			r.Status = activate.Updated
		case !d.Leave || !limits.Removes:
			r.Reason = "left_kept"
		default:
			d.empty(&r, record)
		}
		if r.writes() {
			r.Key = r.digest(d.Fields, d.RunHash+"\x00"+d.Name)
		}
		rows = append(rows, r)
	}
	return rows
}

// empty sets every field that holds something of ours to nothing.
func (d *Delivery) empty(r *Row, record activate.Record) {
	for f := range d.Fields {
		field := &d.Fields[f]
		if now := field.Parse(record.Values[field.Name]); now != nil && !field.Fixed {
			r.Set, r.Old, r.New = append(r.Set, f), append(r.Old, now), append(r.New, nil)
		}
	}
	if len(r.Set) > 0 {
		r.Status = activate.Updated
	}
}

// tells lists the events that were not told yet, of those who may be told of.
func (d *Delivery) tells(s *state) (rows []Row) {
	if !d.To.Limits().Events {
		return nil
	}
	for _, e := range d.Events {
		if s.told[e.Key] != "" {
			continue
		}
		r := Row{Customer: e.Customer, ID: e.ID, Action: activate.Notify, Status: activate.Created, Key: e.Key, Event: e.Event}
		if letter, dead := s.dead[r.letterKey()]; dead && !d.Retry {
			r.Status, r.Reason = activate.Rejected, letter.reason
		}
		rows = append(rows, r)
	}
	return rows
}

// onlyRetry leaves the rows that were refused before.
func (p *Plan) onlyRetry(s *state) {
	p.Rows = slices.DeleteFunc(p.Rows, func(r Row) bool {
		_, dead := s.dead[r.letterKey()]
		return !dead
	})
}
