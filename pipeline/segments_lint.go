package pipeline

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// Linted is what the segments' definitions could do better.
type Linted struct {
	Run      string              `json:"run"`
	Segments int                 `json:"segments"`
	Findings []segment.Finding   `json:"findings"`
	Lacking  map[string][]string `json:"lacking_columns,omitempty"` // of segments that these data can't support

	language string
}

// LintSegments holds the configuration's segments against the customers of a run.
func (j *Job) LintSegments(run string) (*Linted, error) {
	own, err := readRules(j.Config.Segments)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	p, err := j.published(run)
	if err != nil {
		return nil, err
	}
	s, err := p.shelf()
	if err != nil {
		return nil, err
	}
	defer s.close()
	t, err := s.forRules(own, "amount_365d", "churn_probability", "recency_days", "events_90d", "orders_365d")
	if err != nil {
		return nil, err
	}
	can, lacking := supported(own, t)
	past, err := j.turnover(p.name)
	if err != nil {
		return nil, err
	}
	found, err := segment.Lint(can, t, segment.Limits{First: len(past.runs) == 1, Static: past.still()})
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	return &Linted{p.name, len(own), found, lacking, j.Config.Language}, nil
}

// Failed reports an error among the findings.
func (l *Linted) Failed() error {
	n := 0
	for _, f := range l.Findings {
		if f.Severity == "error" {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return mark(ErrGate, fmt.Errorf("%d segments are defined wrongly", n))
}

// Tell says it to people.
func (l *Linted) Tell(w io.Writer) {
	for _, f := range l.Findings {
		about := f.Segment
		if about == "" {
			about = "·"
		}
		fmt.Fprintf(w, "%s %s %s\n", pad(f.Severity, 8), pad(about, 24), words{f.En, f.Es}.in(l.language))
	}
	fmt.Fprintf(w, words{"%d segments looked at as of %s: %d remarks\n", "%d segmentos revisados a fecha de %s: %d observaciones\n"}.in(l.language), l.Segments, l.Run, len(l.Findings))
}

// A turnover is how many entered and left each rule segment, by run, the latest last.
type turnover struct {
	runs  []string
	moved []map[string]int64
}

// turnover reads the last runs up to one.
func (j *Job) turnover(last string) (*turnover, error) {
	runs := filepath.Join(j.Config.Path(j.Config.Workspace), "runs")
	entries, err := os.ReadDir(runs)
	if err != nil {
		return nil, err
	}
	t := new(turnover)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || e.Name() > last {
			continue
		}
		path := filepath.Join(runs, e.Name(), "segment_summary.parquet")
		s, err := table.ReadFile(path)
		if err != nil || s.Column("entered") == nil {
			continue
		}
		moved := make(map[string]int64)
		for i := range s.Rows() {
			if s.Column("kind").Text(i) == "rule" {
				moved[s.Column("segment").Text(i)] = s.Column("entered").Ints[i] + s.Column("left").Ints[i]
			}
		}
		t.runs, t.moved = append(t.runs, e.Name()), append(t.moved, moved)
	}
	return t, nil
}

// stillRuns is over how many runs nobody must have moved for a segment to be static.
const stillRuns = 3

// still counts the latest runs in which nobody entered or left a segment.
func (t *turnover) still() map[string]int {
	still := make(map[string]int)
	if len(t.moved) == 0 {
		return still
	}
	for id := range t.moved[len(t.moved)-1] {
		n := 0
		for _, moved := range slices.Backward(t.moved) {
			if count, there := moved[id]; !there || count > 0 {
				break
			}
			n++
		}
		if n >= stillRuns {
			still[id] = n
		}
	}
	return still
}

// ExplainedCustomer is why a customer is in each segment or not.
type ExplainedCustomer struct {
	Customer string                 `json:"customer_id"`
	Run      string                 `json:"run"`
	Segments []*segment.Explanation `json:"segments"`
	Lacking  map[string][]string    `json:"lacking_columns,omitempty"`

	language string
}

// ExplainSegments says why a customer is in each rule segment or not; in one alone
// where it is named.
func (j *Job) ExplainSegments(customer, only, run string) (*ExplainedCustomer, error) {
	rules, err := j.allRules()
	if err != nil {
		return nil, err
	}
	if only != "" {
		one, err := j.rule(only)
		if err != nil {
			return nil, err
		}
		rules = []*segment.Rule{one}
	}
	p, err := j.published(run)
	if err != nil {
		return nil, err
	}
	s, err := p.shelf()
	if err != nil {
		return nil, err
	}
	defer s.close()
	t, err := s.forRules(rules, "customer_id")
	if err != nil {
		return nil, err
	}
	row, err := rowOf(t.Column("customer_id"), customer, p.name)
	if err != nil {
		return nil, err
	}
	e := &ExplainedCustomer{Customer: customer, Run: p.name, language: j.Config.Language}
	var can []*segment.Rule
	can, e.Lacking = supported(rules, t)
	for _, r := range can {
		x, err := r.Explain(t, row)
		if err != nil {
			return nil, mark(ErrConfig, err)
		}
		e.Segments = append(e.Segments, x)
	}
	return e, nil
}

func rowOf(id *table.Column, customer, run string) (int, error) {
	k := slices.Index(id.Dict, customer)
	if k >= 0 {
		if row := slices.Index(id.Codes, int32(k)); row >= 0 {
			return row, nil
		}
	}
	hint := ""
	if near := strict.Nearest(customer, id.Dict[:min(len(id.Dict), 100000)]); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return 0, mark(ErrConfig, fmt.Errorf("the run of %s has no customer %q%s", run, customer, hint))
}

// Tell says it to people.
func (e *ExplainedCustomer) Tell(w io.Writer) {
	marks := map[string]string{"yes": "✓", "no": "✗", "unknown": "?"}
	for _, x := range e.Segments {
		verdict := words{"is not in", "no está en"}
		if x.In {
			verdict = words{"is in", "está en"}
		}
		fmt.Fprintf(w, "%s %s %s\n", e.Customer, verdict.in(e.language), x.Segment)
		for _, s := range x.Steps {
			fmt.Fprintf(w, "  %s %s%s %s\n", pad(blockWords[s.Block].in(e.language), 10), strings.Repeat("  ", s.Depth), marks[s.Verdict], words{s.En, s.Es}.in(e.language))
		}
	}
}
