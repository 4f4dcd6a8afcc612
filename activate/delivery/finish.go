package delivery

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"segmenta/activate"
	"segmenta/table"
)

// everyone is what a destination gets that replaces all that it had: all who may go
// there, with all their values.
func (a *applying) everyone() (all []activate.Operation) {
	row := make(map[string]int)
	for i := range a.p.Rows {
		if r := &a.p.Rows[i]; r.Action == activate.Upsert && (r.writes() || r.Status == activate.Unchanged) {
			row[r.Customer] = i
		}
	}
	for k := range a.d.Wants {
		w := &a.d.Wants[k]
		i, goes := row[w.Customer]
		if !goes || a.p.Rows[i].ID != w.ID {
			continue
		}
		o := activate.Operation{ID: w.ID, Remote: a.p.Rows[i].Remote, Key: a.p.Rows[i].Key}
		for f := range a.p.Fields {
			o.Values = append(o.Values, activate.Value{Field: &a.p.Fields[f], New: a.p.Fields[f].Parse(w.Values[f])})
		}
		all = append(all, o)
	}
	return all
}

// mine picks the outcomes of some rows out of everyone's.
func (a *applying) mine(rows []int, batch []activate.Operation, outs []activate.Outcome) []activate.Outcome {
	of := make(map[string]activate.Outcome, len(batch))
	for k := range batch {
		of[batch[k].ID] = outs[k]
	}
	picked := make([]activate.Outcome, len(rows))
	for k, i := range rows {
		r := &a.p.Rows[i]
		if picked[k] = of[r.ID]; r.Action == activate.Clear {
			picked[k] = activate.Outcome{Status: activate.Updated}
		}
		if picked[k].Status == activate.Created && r.existed {
			picked[k].Status = activate.Updated
		}
	}
	return picked
}

// end is what became of a row, as far as we know.
func (a *applying) end(i int) activate.Outcome {
	r := &a.p.Rows[i]
	switch o := a.outcome[i]; {
	case o.Status != "":
		return o
	case !r.writes():
		return activate.Outcome{Status: r.Status, Remote: r.Remote, Reason: r.Reason}
	case a.doubt[i]:
		return activate.Outcome{Status: activate.Unsure, Remote: r.Remote, Reason: words(a.stop, "interrupted while it was on its way")}
	}
	return activate.Outcome{Status: activate.Unprocessed, Remote: r.Remote, Reason: words(a.stop, "interrupted before it was sent")}
}

// finish writes down what became of every row and what is to be remembered. It may be
// done twice. Where nothing is left, the outbox goes.
func (a *applying) finish() error {
	s, err := a.d.loadState()
	if err != nil {
		return err
	}
	ends, left := make([]activate.Outcome, len(a.p.Rows)), 0
	for i := range ends {
		if ends[i] = a.end(i); a.p.Rows[i].writes() && a.outcome[i].Status == "" {
			left++
		}
	}
	a.remember(s, ends)
	if err := s.save(a.d); err != nil {
		return err
	}
	if err := a.writeLog(ends, left); err != nil || left > 0 { // the log says that all is done: last
		return err
	}
	if err := a.d.finish(a.p.Run); err != nil {
		return err
	}
	return a.d.dropOutbox()
}

// finishedFile names the run whose plan was last carried out to its end.
const finishedFile = "finished_run"

func (d *Delivery) finish(run string) error {
	return activate.WritePrivate(d.path(finishedFile), func(w io.Writer) error {
		_, err := io.WriteString(w, run)
		return err
	})
}

// ToTell says from which run on there may be events that a destination was not told: all
// after the last run that was delivered to its end, the runs of one that wasn't, and those
// whose events were refused.
func ToTell(dir string) (after string, also []string) {
	d := &Delivery{Dir: dir}
	text, _ := os.ReadFile(d.path(finishedFile))
	also = runsIn(d.path("dead_letters.parquet"), func(t *table.Table, i int) bool { return t.Column("operation").Text(i) == activate.Notify.String() })
	if len(text) == 0 {
		also = append(also, runsIn(d.path("delivery_log.parquet"), func(_ *table.Table, i int) bool { return i == 0 })...)
	}
	return string(text), also
}

func runsIn(path string, take func(t *table.Table, i int) bool) (runs []string) {
	t, err := readTable(path)
	if err != nil {
		return nil
	}
	for i := range t.Rows() {
		if take(t, i) {
			runs = append(runs, t.Column("run_id").Text(i))
		}
	}
	return runs
}

func (d *Delivery) dropOutbox() error {
	err := os.Remove(d.path("outbox.log"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// remember takes what became of the rows into what is remembered.
func (a *applying) remember(s *state, ends []activate.Outcome) {
	at := a.past.at
	if at.IsZero() {
		at = a.d.now().Truncate(time.Microsecond)
	}
	wanted := make(map[letterKey]bool)
	for i := range a.p.Rows {
		r, o := &a.p.Rows[i], ends[i]
		key := r.letterKey()
		wanted[key] = true
		switch o.Status {
		case activate.Created, activate.Updated, activate.Unchanged, activate.Unsure:
			if o.Status != activate.Unsure && a.settled(r) {
				delete(s.dead, key)
			}
			a.deliveredTo(s, r, o, at)
		case activate.Rejected:
			if r.writes() {
				a.refuse(s, key, r, o, at)
			}
		case activate.HeldBack, activate.HeldOut:
			delete(s.dead, key)
		}
	}
	maps.DeleteFunc(s.dead, func(key letterKey, _ letter) bool { // what nobody wants any more; an event stays wanted
		return key.action != activate.Notify && !wanted[key]
	})
}

// settled reports that a row's status says something of what was refused before.
func (a *applying) settled(r *Row) bool { return r.writes() || r.Status == activate.Unchanged }

func (a *applying) deliveredTo(s *state, r *Row, o activate.Outcome, at time.Time) {
	if r.Action == activate.Notify {
		if s.told[r.Key] == "" {
			s.toldAt[r.Key] = at
		}
		if o.Status != activate.Unsure || !a.limits.EventsKeyed {
			s.told[r.Key] = o.Status
		}
		return
	}
	if r.Reason == "left_kept" {
		return
	}
	one, before := s.delivered[r.ID]
	if !before && o.Status == activate.Unsure && !a.limits.Blind {
		return
	}
	one.customer, one.id, one.doubt = r.Customer, r.ID, o.Status == activate.Unsure
	one.cleared = r.Action == activate.Clear
	if a.limits.Blind && !one.doubt {
		one.values = a.merged(one.values, r)
	}
	s.delivered[r.ID] = one
}

// merged is what stands there after a row's values were set.
func (a *applying) merged(before string, r *Row) string {
	values := make(map[string]any)
	json.Unmarshal([]byte(before), &values)
	for k, f := range r.Set {
		field := &a.p.Fields[f]
		if v := field.JSON(r.New[k]); v != nil {
			values[field.Name] = v
		} else {
			delete(values, field.Name)
		}
	}
	text, _ := json.Marshal(values)
	return string(text)
}

// refuse keeps a refused row. When it was first seen stays.
func (a *applying) refuse(s *state, key letterKey, r *Row, o activate.Outcome, at time.Time) {
	l, known := s.dead[key]
	if known && l.last.Equal(at) {
		return // this very apply said so before it was interrupted
	}
	if !known {
		l.first = at
	}
	l.run, l.customer, l.id, l.action, l.http, l.code, l.reason, l.last, l.content = a.p.Run, r.Customer, key.id, r.Action, o.HTTP, o.Code, o.Reason, at, r.content(a.p.Fields)
	l.attempts++
	s.dead[key] = l
}

const (
	logPlan = "plan"
	logLeft = "left"
)

// writeLog writes what became of every row. The log of another plan goes to the history.
func (a *applying) writeLog(ends []activate.Outcome, left int) error {
	path := a.d.path("delivery_log.parquet")
	if old, err := table.ReadFile(path, "plan_id"); err == nil && old.Meta[logPlan] != a.p.ID && old.Meta[logPlan] != "" {
		if err := os.MkdirAll(a.d.path("history"), 0o700); err != nil {
			return err
		}
		if err := os.Rename(path, filepath.Join(a.d.path("history"), old.Meta[logPlan]+".parquet")); err != nil {
			return err
		}
	}
	t := a.logTable(ends)
	t.Meta = map[string]string{logPlan: a.p.ID, logLeft: map[bool]string{true: "some", false: "none"}[left > 0]}
	return writeTable(path, t)
}

func (a *applying) logTable(ends []activate.Outcome) *table.Table {
	g := grid{new(table.Table), len(ends)}
	row := func(i int) *Row { return &a.p.Rows[i] }
	g.text("run_id", "the run", "la ejecución", func(int) string { return a.p.Run })
	g.text("plan_id", "the plan", "el plan", func(int) string { return a.p.ID })
	g.text("destination", "the destination", "el destino", func(int) string { return a.p.Destination })
	g.text("customer_id", "the customer", "el cliente", func(i int) string { return row(i).Customer })
	g.text("primary_key", "the destination's id of them", "su identificador en el destino", func(i int) string { return row(i).ID })
	g.text("remote_id", "the destination's own id", "identificador propio del destino", func(i int) string { return ends[i].Remote })
	g.text("operation", "upsert, clear or event", "upsert, clear (vaciar) o event (evento)", func(i int) string { return row(i).Action.String() })
	g.text("status", "created, updated, unchanged, rejected, unprocessed, unknown, held_back or held_out", "created (creada), updated (actualizada), unchanged (igual), rejected (rechazada), unprocessed (sin procesar), unknown (se desconoce), held_back (retenida) o held_out (grupo de control)", func(i int) string { return string(ends[i].Status) })
	g.whole("http_status", "status of HTTP, 0 where there was none", "estado de HTTP; 0 si no lo hubo", func(i int) int { return ends[i].HTTP })
	g.text("error_code", "the destination's own word", "la palabra del propio destino", func(i int) string { return ends[i].Code })
	g.text("error_reason", "why", "por qué", func(i int) string { return ends[i].Reason })
	g.text("key", "the same for the same change of the same run", "la misma para el mismo cambio de la misma ejecución", func(i int) string { return row(i).Key })
	return g.t
}

// finished reports whether a plan was carried out to its end.
func (d *Delivery) finished(p *Plan) bool {
	t, err := table.ReadFile(d.path("delivery_log.parquet"), "plan_id")
	return err == nil && t.Meta[logPlan] == p.ID && t.Meta[logLeft] == "none"
}

// result counts.
func (a *applying) result() *Result {
	r := &Result{Plan: a.p.ID, Counts: make(map[activate.Status]int), Resumed: a.again, Stopped: a.stop}
	for i := range a.p.Rows {
		o := a.end(i)
		good := o.Status == activate.Created || o.Status == activate.Updated
		switch {
		case a.p.Rows[i].Action == activate.Notify && good:
			r.Events++
		case a.p.Rows[i].Action == activate.Clear && good:
			r.Cleared++
		default:
			r.Counts[o.Status]++
		}
	}
	maps.DeleteFunc(r.Counts, func(_ activate.Status, n int) bool { return n == 0 })
	return r
}
