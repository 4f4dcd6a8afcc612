package delivery

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"segmenta/activate"
)

// A Row is what a plan says of one customer, or of one event.
type Row struct {
	Customer, ID string
	Remote       string
	Action       activate.Action
	Status       activate.Status // what it will come to if all goes well
	Reason       string          // why it is held, or was refused before
	Set          []int           // the fields that change
	Old, New     []any           // of the fields that change
	Read         string          // fingerprint of what the destination held
	Key          string          // the same for the same change of the same run
	Event        activate.Event

	existed bool // the destination had a row of it
}

// writes reports whether the row is to be sent.
func (r *Row) writes() bool { return r.Status == activate.Created || r.Status == activate.Updated }

// letterKey is under what a refused row is kept; each event stands for itself.
func (r *Row) letterKey() letterKey {
	if r.Action == activate.Notify {
		return letterKey{r.Key, r.Action}
	}
	return letterKey{r.ID, r.Action}
}

// content is the hash of what a row would set, whatever the run.
func (r *Row) content(fields []activate.Field) string {
	return r.digest(fields, "")
}

func (r *Row) digest(fields []activate.Field, salt string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%v\x00", salt, r.Customer, r.ID, r.Action)
	if r.Action == activate.Notify {
		fmt.Fprintf(h, "%s\x00%s\x00%s", r.Event.Name, r.Event.Group, r.Event.Segment)
	}
	for k, f := range r.Set {
		v, _ := json.Marshal(fields[f].JSON(r.New[k]))
		fmt.Fprintf(h, "%s\x00%s\x00", fields[f].Name, v)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// A Plan is what is to be done, and nothing else will be.
type Plan struct {
	ID          string
	Destination string
	Run         string
	RunHash     string
	Settings    string
	Fields      []activate.Field
	Rows        []Row
	Verdicts    []Verdict
	Forced      bool
	Missing     []string // fields that will be made
	Read        int      // how many rows the destination already had
}

// Count is how many rows come to each status; events are apart.
func (p *Plan) Count() (rows map[activate.Status]int, cleared, events int) {
	rows = make(map[activate.Status]int)
	for i := range p.Rows {
		switch r := &p.Rows[i]; {
		case r.Action == activate.Notify && r.writes():
			events++
		case r.Action == activate.Clear && r.writes():
			cleared++
		case r.Action != activate.Notify:
			rows[r.Status]++
		}
	}
	return rows, cleared, events
}

// Writes is how many rows are to be sent.
func (p *Plan) Writes() (n int) {
	for i := range p.Rows {
		if p.Rows[i].writes() {
			n++
		}
	}
	return n
}

// Plan works out what is to be done and writes it down. At the destination it changes
// nothing.
func (d *Delivery) Plan(ctx context.Context) (*Plan, error) {
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := d.settle(); err != nil {
		return nil, err
	}
	state, err := d.loadState()
	if err != nil {
		return nil, err
	}
	missing, err := d.To.Ensure(ctx, d.Fields, false)
	if err != nil {
		return nil, err
	}
	leaving := d.leaving(state)
	have, err := d.holds(ctx, state, leaving, missing)
	if err != nil {
		return nil, err
	}
	p := &Plan{Destination: d.Name, Run: d.Run, RunHash: d.RunHash, Settings: d.Settings, Fields: d.Fields, Missing: missing, Forced: d.Force, Read: len(have)}
	p.Rows = d.compare(state, have)
	p.Rows = append(p.Rows, d.clears(leaving, have)...)
	p.Rows = append(p.Rows, d.tells(state)...)
	if d.OnlyRetry {
		p.onlyRetry(state)
	}
	p.Verdicts = d.Guards.judge(d, p, state)
	p.ID = p.identity()
	return p, d.writePlan(p)
}

// identity is the hash of everything that a plan would do.
func (p *Plan) identity() string {
	h := sha256.New()
	fmt.Fprintln(h, p.Destination, p.RunHash, p.Settings)
	for i := range p.Rows {
		if r := &p.Rows[i]; r.writes() {
			fmt.Fprintln(h, r.Key, r.Read)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

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
