package features

import (
	"encoding/json"
	"fmt"
	"strconv"

	"segmenta/table"
)

// A note is what a worker says once it is through: what it went over, and what it found
// that is no row of its own.
type note struct {
	Sum    sum                   `json:"in"`  // of the rows with a customer
	Out    int64                 `json:"out"` // rows that it wrote
	Audits map[string]*wireAudit `json:"audits,omitempty"`
	Gaps   []map[string]int      `json:"gaps,omitempty"` // of each silent target: how many gaps of how many days
}

// A wireAudit is an audit as it travels: types of events by their names.
type wireAudit struct {
	Read     int64                  `json:"read"`
	Accepted int64                  `json:"accepted"`
	Older    int64                  `json:"older,omitempty"`
	Reasons  map[string]*wireReason `json:"reasons,omitempty"` // by name
	First    int64                  `json:"first"`
	Last     int64                  `json:"last"`
	Seen     wireTally              `json:"seen"`
	Used     wireTally              `json:"used"`
	Types    map[string]int64       `json:"types,omitempty"`
}

type wireReason struct {
	Rows    int64    `json:"rows"`
	Samples []Sample `json:"samples,omitempty"`
}

type wireTally struct {
	Rows     int64     `json:"rows"`
	Amount   [2]uint64 `json:"amount"` // millionths, the higher and the lower half
	Quantity [2]uint64 `json:"quantity"`
}

func (t *tally) wire() wireTally {
	return wireTally{t.rows, [2]uint64{t.amount.high, t.amount.low}, [2]uint64{t.quantity.high, t.quantity.low}}
}

func (w wireTally) tally() tally {
	return tally{rows: w.Rows, amount: total{w.Amount[0], w.Amount[1]}, quantity: total{w.Quantity[0], w.Quantity[1]}}
}

// wire is an audit whose types of events are numbered by the places of words.
func (a *audit) wire(words []string) *wireAudit {
	w := &wireAudit{Read: a.read, Accepted: a.accepted, Older: a.older, Reasons: map[string]*wireReason{}, First: a.first, Last: a.last, Seen: a.seen.wire(), Used: a.used.wire(), Types: map[string]int64{}}
	for r, n := range a.counts {
		if n != 0 {
			w.Reasons[reasons[r].name] = &wireReason{n, a.samples[r]}
		}
	}
	for k, n := range a.types {
		if n != 0 {
			w.Types[words[k-1]] = n
		}
	}
	return w
}

// audit is the audit again, its types numbered by words here.
func (w *wireAudit) audit(words *words) *audit {
	a := &audit{read: w.Read, accepted: w.Accepted, older: w.Older, first: w.First, last: w.Last, seen: w.Seen.tally(), used: w.Used.tally()}
	for r := range reasons {
		if one := w.Reasons[reasons[r].name]; one != nil {
			a.counts[r], a.samples[r] = one.Rows, one.Samples
		}
	}
	for name, n := range w.Types {
		k := int(words.number(name))
		a.types = append(a.types, make([]int64, max(0, k+1-len(a.types)))...)
		a.types[k] += n
	}
	return a
}

// An AnswerColumn is a column of what workers write.
type AnswerColumn struct {
	Name string
	Kind table.Kind // Int64, Float64 or String
}

// Answers lists the columns of what workers write: whose row it is, as of which of the
// moments, whether one of the customer's rows was known by then, what the walk found, a
// note at the end, and a checksum of all that.
func (w *Work) Answers() []AnswerColumn {
	all := []AnswerColumn{{"customer_id", table.String}, {"moment", table.Int64}, {"known", table.Int64}}
	all = append(all, w.found()...)
	return append(all, AnswerColumn{"note", table.String}, AnswerColumn{"checksum", table.Int64})
}

// found lists the columns that a walk fills.
func (w *Work) found() (all []AnswerColumn) {
	switch w.Task {
	case "held":
		all = append(all, AnswerColumn{"word", table.String})
		for _, name := range heldColumns {
			all = append(all, AnswerColumn{name, table.Float64})
		}
		return all
	case "paid":
		return []AnswerColumn{{"days", table.Float64}, {"paid", table.Float64}}
	case "answer":
	default:
		return nil
	}
	for i := range w.Columns {
		kind := table.Float64
		if w.Columns[i].Text() {
			kind = table.String
		}
		all = append(all, AnswerColumn{w.Columns[i].Name, kind})
	}
	if w.Summaries {
		for _, name := range [summaryColumns]string{"frequency", "recency", "age", "monetary"} {
			all = append(all, AnswerColumn{"summary_" + name, table.Float64})
		}
	}
	for i := range w.Targets {
		all = append(all, AnswerColumn{fmt.Sprint("target_", i, "_label"), table.Float64}, AnswerColumn{fmt.Sprint("target_", i, "_asked"), table.Float64})
	}
	return all
}

// readNotes reads the notes among answers.
func readNotes(t *table.Table) (all []note, err error) {
	for _, c := range []AnswerColumn{{"customer_id", table.String}, {"moment", table.Int64}, {"known", table.Int64}, {"note", table.String}, {"checksum", table.Int64}} {
		if got := t.Column(c.Name); got == nil || got.Kind != c.Kind {
			return nil, fmt.Errorf("no answer of a worker: it has no column %s of %s", c.Name, c.Kind)
		}
	}
	moment, text, check := t.Column("moment"), t.Column("note"), t.Column("checksum")
	for i := range t.Rows() {
		if moment.Ints[i] != noteMoment {
			continue
		}
		said, err := unescape(text.Text(i))
		if err != nil {
			return nil, err
		}
		var n note
		if uint64(check.Ints[i]) != hash(said) {
			return nil, fmt.Errorf("a worker's note arrived changed: %.200q", said)
		}
		if err := json.Unmarshal([]byte(said), &n); err != nil {
			return nil, fmt.Errorf("a worker's note: %w", err)
		}
		all = append(all, n)
	}
	return all, nil
}

// noteMoment marks a row that is a note.
const noteMoment = -1

// wireGaps writes gaps with their lengths as texts.
func wireGaps(gaps []map[float64]int) (all []map[string]int) {
	for _, g := range gaps {
		one := map[string]int{}
		for days, n := range g {
			one[strconv.FormatFloat(days, 'g', -1, 64)] = n
		}
		all = append(all, one)
	}
	return all
}

// addGaps adds what one worker found to what the others did.
func addGaps(to []map[float64]int, found []map[string]int) error {
	if len(to) != len(found) {
		return fmt.Errorf("a worker found the gaps of %d targets, want %d", len(found), len(to))
	}
	for i, g := range found {
		for text, n := range g {
			days, err := strconv.ParseFloat(text, 64)
			if err != nil || n < 0 {
				return fmt.Errorf("a worker found %d gaps of %q days", n, text)
			}
			to[i][days] += n
		}
	}
	return nil
}

// Pretend is the answer to a survey of one row of each kind, for who wants to see the next
// work before there is an answer to the first.
func (w *Work) Pretend() *table.Table {
	n := note{Audits: map[string]*wireAudit{}}
	for _, s := range w.Sources {
		a := &wireAudit{Read: 1, Accepted: 1, First: w.Until - 1, Last: w.Until - 1}
		if s.Name == fileNames[events] {
			a.Types = map[string]int64{}
			for _, t := range builtinTypes() {
				a.Types[t] = 1
			}
		}
		n.Audits[s.Name] = a
	}
	said, _ := json.Marshal(n)
	t := &table.Table{}
	for _, c := range w.Answers() {
		switch {
		case c.Name == "moment":
			t.Add(table.Ints(c.Name, table.Int64, []int64{noteMoment}))
		case c.Name == "checksum":
			t.Add(table.Ints(c.Name, table.Int64, []int64{int64(hash(string(said)))}))
		case c.Name == "note":
			t.Add(table.Strings(c.Name, []string{escape(string(said))}))
		case c.Kind == table.String:
			t.Add(table.Strings(c.Name, []string{""}))
		case c.Kind == table.Int64:
			t.Add(table.Ints(c.Name, table.Int64, []int64{0}))
		default:
			t.Add(table.Floats(c.Name, []float64{0}))
		}
	}
	return t
}
