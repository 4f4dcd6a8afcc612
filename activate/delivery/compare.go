package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"segmenta/activate"
)

// holds is what the destination has of everyone whom the plan may touch.
func (d *Delivery) holds(ctx context.Context, s *state, leaving []delivered, missing []string) (map[string]activate.Record, error) {
	var ids []string
	for i := range d.Wants {
		if w := &d.Wants[i]; w.Status == "" && w.ID != "" {
			ids = append(ids, w.ID)
		}
	}
	for _, l := range leaving {
		ids = append(ids, l.id)
	}
	if d.To.Limits().Blind {
		have := make(map[string]activate.Record)
		for _, id := range ids {
			if r, ok := s.record(id, d.Fields); ok {
				have[id] = r
			}
		}
		return have, nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	fields := d.Fields
	if len(missing) > 0 { // what isn't there can't be asked for
		fields = slices.DeleteFunc(slices.Clone(fields), func(f activate.Field) bool { return slices.Contains(missing, f.Name) })
	}
	return d.readFields(ctx, "plan: reading "+d.Name, ids, fields)
}

// compare holds what everyone is to hold against what stands there.
func (d *Delivery) compare(s *state, have map[string]activate.Record) []Row {
	rows, taken := make([]Row, 0, len(d.Wants)), make(map[string]bool)
	for i := range d.Wants {
		w := &d.Wants[i]
		r := Row{Customer: w.Customer, ID: w.ID, Status: w.Status, Reason: w.Reason}
		switch {
		case w.Status != "":
		case w.ID == "":
			r.Status, r.Reason = activate.HeldBack, "no_id"
		case taken[w.ID]:
			r.Status, r.Reason = activate.HeldBack, "duplicate_id"
		default:
			taken[w.ID] = true
			record, there := have[w.ID]
			d.difference(&r, w, record, there)
			d.refusedBefore(&r, s)
		}
		rows = append(rows, r)
	}
	return rows
}

// difference finds what a row sets. A null of ours empties nothing unless it is asked to.
func (d *Delivery) difference(r *Row, w *Want, record activate.Record, there bool) {
	r.Remote, r.existed, r.Read = record.Remote, there, fingerprint(d.Fields, record, there)
	for f := range d.Fields {
		field := &d.Fields[f]
		now, want := field.Parse(record.Values[field.Name]), field.Parse(w.Values[f])
		if want == nil && (!d.OverwriteNulls && !w.Nulls || now == nil) || field.Same(now, want) {
			continue
		}
		r.Set, r.Old, r.New = append(r.Set, f), append(r.Old, now), append(r.New, want)
	}
	switch {
	case !there:
		r.Status = activate.Created
	case len(r.Set) > 0:
		r.Status = activate.Updated
	default:
		r.Status = activate.Unchanged
	}
	if r.writes() {
		r.Key = r.digest(d.Fields, d.RunHash+"\x00"+d.Name)
	}
}

// refusedBefore holds a row that was refused and hasn't changed since.
func (d *Delivery) refusedBefore(r *Row, s *state) {
	letter, dead := s.dead[r.letterKey()]
	if dead && r.writes() && !d.Retry && letter.content == r.content(d.Fields) {
		r.Status, r.Reason = activate.Rejected, letter.reason
	}
}

// fingerprint is the hash of what a destination holds in our fields.
func fingerprint(fields []activate.Field, record activate.Record, there bool) string {
	if !there {
		return "absent"
	}
	h := sha256.New()
	for i := range fields {
		f := &fields[i]
		v, _ := json.Marshal(f.JSON(record.Values[f.Name]))
		fmt.Fprintf(h, "%s\x00%s\x00", f.Name, v)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
