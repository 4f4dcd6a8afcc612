package delivery

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"

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
