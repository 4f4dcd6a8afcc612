package pipeline

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// A Previewed segment is what it would hold, and where that was looked up.
type Previewed struct {
	*segment.Preview
	Table   string  `json:"table"`
	Seconds float64 `json:"seconds"`

	language string
}

// PreviewSegment says what a rule would hold: one of the configuration's or of the
// built-in ones by its id, or one in a file of its own; among the customers of a run,
// or the rows of a table. Nothing is written.
func (j *Job) PreviewSegment(which, run, input string) (*Previewed, error) {
	start := time.Now()
	rule, err := j.rule(which)
	if err != nil {
		return nil, err
	}
	s, where, err := j.look(run, input)
	if err != nil {
		return nil, err
	}
	defer s.close()
	rule.Builtin = false // what it lacks is to be said
	t, err := s.forRules([]*segment.Rule{rule}, segment.PreviewReads()...)
	if err != nil {
		return nil, err
	}
	p, err := rule.Preview(t)
	return &Previewed{p, where, time.Since(start).Seconds(), j.language()}, mark(ErrConfig, err)
}

// look opens the tables that rules are held against, and says which.
func (j *Job) look(run, input string) (*shelf, string, error) {
	if input != "" {
		s, err := openShelf(input)
		return s, input, mark(ErrConfig, err)
	}
	if j.Config == nil {
		return nil, "", mark(ErrConfig, errors.New("neither a configuration nor a table is given: -c FILE or -i FILE"))
	}
	p, err := j.published(run)
	if err != nil {
		return nil, "", err
	}
	s, err := p.shelf()
	return s, p.dir, err
}

// rule finds a rule by its id, or reads it from a file.
func (j *Job) rule(which string) (*segment.Rule, error) {
	if strings.HasSuffix(which, ".yaml") || strings.HasSuffix(which, ".yml") {
		text, err := os.ReadFile(which)
		if err != nil {
			return nil, mark(ErrConfig, err)
		}
		n, err := strict.Parse(which, text)
		if err != nil {
			return nil, mark(ErrConfig, err)
		}
		r, err := segment.ReadRule(n)
		return r, mark(ErrConfig, err)
	}
	rules, err := j.allRules()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range rules {
		if r.ID == which {
			return r, nil
		}
		ids = append(ids, r.ID)
	}
	hint := "; segmenta segments list names them all"
	if near := strict.Nearest(which, ids); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return nil, mark(ErrConfig, fmt.Errorf("there is no segment %q%s", which, hint))
}

// allRules are the built-in rules and the user's own; own ones replace built-in ones of
// the same id.
func (j *Job) allRules() ([]*segment.Rule, error) {
	all, err := segment.Builtins()
	if err != nil || j.Config == nil {
		return all, err
	}
	if all, err = j.Config.chosen(all); err != nil {
		return nil, err
	}
	own, err := readRules(j.Config.Segments)
	return segment.Replace(all, own), mark(ErrConfig, err)
}

// chosen leaves the built-in rules that the configuration names; where it names none,
// those that serve its goal, and all where it has no goal.
func (c *Config) chosen(all []*segment.Rule) (some []*segment.Rule, err error) {
	if c.Builtin == nil {
		return slices.DeleteFunc(all, func(r *segment.Rule) bool { return c.Goal != "" && !slices.Contains(r.Goals, c.Goal) }), nil
	}
	var ids []string
	for _, r := range all {
		ids = append(ids, r.ID)
		if slices.Contains(*c.Builtin, r.ID) {
			some = append(some, r)
		}
	}
	for _, id := range *c.Builtin {
		if !slices.Contains(ids, id) {
			return nil, mark(ErrConfig, fmt.Errorf("%s: builtin_segments: there is no built-in segment %q; there are %s", c.file, id, strings.Join(ids, ", ")))
		}
	}
	return some, nil
}

// blockWords name the blocks of a rule.
var blockWords = map[string]words{
	"everyone": {"everyone", "todos"}, "primary": {"primary", "primario"}, "secondary": {"secondary", "secundario"}, "exclude": {"exclude", "excluye"},
}

// Tell says it to people.
func (p *Previewed) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(p.language) }
	fmt.Fprintf(w, "%s: %s\n\n", p.Segment, p.Definition)
	fmt.Fprintf(w, say("%d of %d customers, %.1f %%", "%d de %d clientes, el %.1f %%"), p.Customers, p.Of, 100*p.Share)
	if p.ValueShare != nil {
		fmt.Fprintf(w, say("; %.0f spent, %.1f %% of all", "; %.0f gastados, el %.1f %% de todo"), *p.Value, 100**p.ValueShare)
	}
	if p.Churn != nil {
		fmt.Fprintf(w, say("; churn %.0f %%", "; abandono %.0f %%"), 100**p.Churn)
	}
	fmt.Fprintln(w)
	for _, f := range p.Funnel {
		fmt.Fprintf(w, "  %s %d\n", pad(blockWords[f.After].in(p.language), 12), f.Customers)
	}
	for _, r := range p.Reach {
		if r.Customers != nil {
			fmt.Fprintf(w, say("  by %s: %d\n", "  por %s: %d\n"), r.Channel, *r.Customers)
		} else {
			fmt.Fprintf(w, say("  by %s: unknown, there is no column %s\n", "  por %s: se desconoce, falta la columna %s\n"), r.Channel, r.Lacks)
		}
	}
	for _, o := range p.Overlap {
		fmt.Fprintf(w, say("  also in %s: %d (Jaccard %.2f)\n", "  también en %s: %d (Jaccard %.2f)\n"), o.Segment, o.Both, o.Jaccard)
	}
	fmt.Fprintf(w, say("\nLooked up in %s in %.2f s; nothing was written.\n", "\nConsultado en %s en %.2f s; no se ha escrito nada.\n"), p.Table, p.Seconds)
}

// supported are the rules that the table has the columns for, and those that it hasn't
// with the columns that they lack.
func supported(rules []*segment.Rule, t *table.Table) (can []*segment.Rule, lacking map[string][]string) {
	lacking = make(map[string][]string)
	for _, r := range rules {
		for _, n := range r.Mentions() {
			if t.Column(n.Column) == nil {
				lacking[r.ID] = append(lacking[r.ID], n.Column)
			}
		}
		if lacking[r.ID] == nil {
			can = append(can, r)
		}
	}
	return can, lacking
}
