package segment

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"segmenta/strict"
	"segmenta/table"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// A Rule is a segment that is defined by conditions on columns. Someone belongs to it
// who meets primary and secondary, and not exclude.
type Rule struct {
	ID            string      `yaml:"id"`
	Es            Words       `yaml:"es"`
	En            Words       `yaml:"en"`
	Goals         []string    `yaml:"goals"` // of the business that it serves: sell, retain, serve, deepen, reduce_churn
	Objective     string      `yaml:"objective"`
	DesiredAction string      `yaml:"desired_action"`
	SuccessMetric string      `yaml:"success_metric"`
	Owner         string      `yaml:"owner"`
	Why           string      `yaml:"why"`
	Strategy      string      `yaml:"strategy"`
	Colour        string      `yaml:"colour"`
	Pilot         float64     `yaml:"pilot"`   // share of the members to try it on first; 0: all
	Trigger       string      `yaml:"trigger"` // what starts when somebody enters: onboarding, cart_abandonment, reactivation or your own
	Primary       strict.Node `yaml:"primary"`
	Secondary     strict.Node `yaml:"secondary"`
	Exclude       strict.Node `yaml:"exclude"`

	Builtin bool `yaml:"-"`
	node    strict.Node
}

// Words name a segment and say whom it holds.
type Words struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
}

// ReadRule reads a rule, and refuses one that doesn't say what it is for.
func ReadRule(n strict.Node) (*Rule, error) {
	r := &Rule{node: n}
	if err := n.Decode(r); err != nil {
		return nil, err
	}
	for _, f := range []struct{ name, value string }{{"id", r.ID}, {"es.name", r.Es.Name}, {"en.name", r.En.Name},
		{"objective", r.Objective}, {"desired_action", r.DesiredAction}, {"success_metric", r.SuccessMetric}} {
		if f.value == "" {
			return nil, n.Errorf("segment %s: %s is missing: a segment says what it is for", r.ID, f.name)
		}
	}
	if r.Pilot < 0 || r.Pilot > 1 {
		return nil, n.Errorf("segment %s: pilot is %v, want a share from 0 to 1", r.ID, r.Pilot)
	}
	if r.Primary.IsZero() {
		return nil, n.Errorf("segment %s: primary is missing: it says whom the segment holds", r.ID)
	}
	return r, nil
}

// Builtins reads the rules that come with segmenta.
func Builtins() (rules []*Rule, err error) {
	files, err := fs.Glob(builtin, "builtin/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := builtin.ReadFile(file)
		if err != nil {
			return nil, err
		}
		n, err := strict.Parse(file, text)
		if err != nil {
			return nil, err
		}
		r, err := ReadRule(n)
		if err != nil {
			return nil, err
		}
		r.Builtin = true
		rules = append(rules, r)
	}
	return rules, nil
}

// A Membership is who belongs to a rule's segment.
type Membership struct {
	Rule   *Rule
	In     []bool
	Funnel []int              // everyone, then those left after primary, secondary and exclude
	Frozen map[string]float64 // what relative thresholds came to, by condition

	Definition string // the rule as text, as it was held against the table
}

// A Block is one of a rule's three parts, held against a table.
type Block struct {
	Name string // primary, secondary or exclude
	*Condition
}

// blocks compiles the parts that the rule has, in the order in which they are asked.
func (r *Rule) blocks(t *table.Table, frozen map[string]float64) (list []Block, err error) {
	for _, part := range []struct {
		name string
		node strict.Node
	}{{"primary", r.Primary}, {"secondary", r.Secondary}, {"exclude", r.Exclude}} {
		b := Block{Name: part.name}
		if !part.node.IsZero() {
			if b.Condition, err = compile(part.node, t, frozen); err != nil {
				return nil, err
			}
		}
		list = append(list, b)
	}
	return list, nil
}

// Evaluate finds the members among the rows of a table. Conditions on what is unknown
// are unknown: they let nobody in, and exclude nobody.
func (r *Rule) Evaluate(t *table.Table) (*Membership, error) {
	m := &Membership{Rule: r, In: slices.Repeat([]bool{true}, t.Rows()), Funnel: []int{t.Rows()}, Frozen: make(map[string]float64)}
	blocks, err := r.blocks(t, m.Frozen)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		b.narrow(m.In)
		m.Funnel = append(m.Funnel, count(m.In))
	}
	m.Definition = written(blocks)
	return m, nil
}

// written writes a rule back as text.
func written(blocks []Block) string {
	var parts []string
	for _, b := range blocks {
		if b.Condition != nil {
			parts = append(parts, b.Name+": "+b.String())
		}
	}
	return strings.Join(parts, "; ")
}

// narrow takes those out whom the block doesn't let in.
func (b Block) narrow(in []bool) {
	if b.Condition == nil {
		return
	}
	for i, v := range b.truths(len(in)) {
		in[i] = in[i] && b.lets(v)
	}
}

// lets reports whether someone of whom the block's condition is v goes on.
func (b Block) lets(v truth) bool { return (v == yes) != (b.Name == "exclude") }

// An Unavailable error is a condition on a column that there is none of.
type Unavailable struct {
	Column string
	At     *strict.Error
}

func (u Unavailable) Error() string { return u.At.Error() }

func (u Unavailable) Unwrap() error { return u.At }

func unavailable(n strict.Node, column string, t *table.Table) error {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	problem := fmt.Sprintf("there is no column %q", column)
	if near := strict.Nearest(column, names); near != "" {
		problem += fmt.Sprintf("; did you mean %q?", near)
	}
	return Unavailable{column, n.Errorf("%s", problem)}
}

// Replace puts the rules of more behind those of all; one with the id of another takes
// its place.
func Replace(all, more []*Rule) []*Rule {
	list := slices.Clone(all)
	for _, r := range more {
		if i := slices.IndexFunc(list, func(o *Rule) bool { return o.ID == r.ID }); i >= 0 {
			list[i] = r
		} else {
			list = append(list, r)
		}
	}
	return list
}
