package pipeline

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"segmenta/segment"
	"segmenta/table"
)

// A ListedSegment is a rule segment and what it came to.
type ListedSegment struct {
	ID        string   `json:"id"`
	NameEn    string   `json:"name_en"`
	NameEs    string   `json:"name_es"`
	Builtin   bool     `json:"builtin"`
	Objective string   `json:"objective"`
	Action    string   `json:"desired_action"`
	Metric    string   `json:"success_metric"`
	Owner     string   `json:"owner"`
	Customers *int64   `json:"customers"` // as of the latest run; null where it isn't in it
	Share     *float64 `json:"share"`
	Lacks     []string `json:"lacks,omitempty"` // columns that these data don't have
}

// ListedSegments are all rule segments.
type ListedSegments struct {
	Run      string          `json:"run"` // empty where nothing was published yet
	Segments []ListedSegment `json:"segments"`

	language string
}

// ListSegments lists the rule segments, with what they came to in the latest run.
func (j *Job) ListSegments() (*ListedSegments, error) {
	rules, err := j.allRules()
	if err != nil {
		return nil, err
	}
	done := &ListedSegments{language: j.Config.Language}
	summary, have := new(table.Table), []string(nil)
	if p, err := j.published(""); err == nil {
		done.Run = p.name
		if summary, have, err = p.summary(); err != nil {
			return nil, err
		}
	}
	for _, r := range rules {
		done.Segments = append(done.Segments, listed(r, summary, have))
	}
	return done, nil
}

// summary reads a run's summary, and which columns its tables have.
func (p *published) summary() (*table.Table, []string, error) {
	t, err := table.ReadFile(filepath.Join(p.dir, "segment_summary.parquet"))
	if err != nil {
		return nil, nil, err
	}
	s, err := p.shelf()
	if err != nil {
		return nil, nil, err
	}
	defer s.close()
	return t, s.names(), nil
}

func listed(r *segment.Rule, summary *table.Table, have []string) ListedSegment {
	l := ListedSegment{ID: r.ID, NameEn: r.En.Name, NameEs: r.Es.Name, Builtin: r.Builtin, Objective: r.Objective, Action: r.DesiredAction, Metric: r.SuccessMetric, Owner: r.Owner}
	for i := range summary.Rows() {
		if summary.Column("kind").Text(i) == "rule" && summary.Column("segment").Text(i) == r.ID {
			n, share := summary.Column("customers").Ints[i], summary.Column("share").Floats[i]
			l.Customers, l.Share = &n, &share
		}
	}
	if l.Customers != nil || have == nil {
		return l
	}
	known := make(map[string]bool, len(have))
	for _, name := range have {
		known[name] = true
	}
	for _, n := range r.Mentions() {
		if !known[n.Column] {
			l.Lacks = append(l.Lacks, n.Column)
		}
	}
	return l
}

// Tell says it to people.
func (l *ListedSegments) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(l.language) }
	for _, s := range l.Segments {
		size := say("not in a run yet", "aún en ninguna ejecución")
		switch {
		case s.Customers != nil:
			size = fmt.Sprintf("%9d  %4.1f %%", *s.Customers, 100**s.Share)
		case len(s.Lacks) > 0:
			size = say("lacks ", "falta ") + strings.Join(s.Lacks, ", ")
		}
		fmt.Fprintf(w, "%s %s %s\n", pad(s.ID, 24), pad(say(s.NameEn, s.NameEs), 40), size)
	}
}
