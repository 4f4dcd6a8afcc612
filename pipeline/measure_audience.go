package pipeline

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"segmenta/table"
)

// An audience is whom a run placed where.
type audience struct {
	t      *table.Table
	ids    []string
	stage  []string
	held   []bool
	from   []string // segments and campaigns that leave them alone, with commas around
	groups []group
	share  float64 // that was to be left alone
}

// audience reads a run's segments.
func (j *Job) audience(run *published) (*audience, error) {
	s, err := run.shelf()
	if err != nil {
		return nil, err
	}
	defer s.close()
	names := []string{"customer_id", "holdout", "holdout_from", "variants", "segments"}
	for _, e := range exclusive {
		names = append(names, e.column)
	}
	t, err := s.read(names)
	if err != nil {
		return nil, err
	}
	if t.Column("holdout") == nil {
		return nil, mark(ErrConfig, fmt.Errorf("the run of %s left nobody alone: it is of an earlier version of segmenta", run.name))
	}
	a := &audience{t: t, ids: texts(t.Column("customer_id")), stage: texts(t.Column("lifecycle_stage")), held: make([]bool, t.Rows()), from: make([]string, t.Rows())}
	for i := range a.held {
		a.held[i] = t.Column("holdout").Number(i) == 1
		a.from[i] = "," + t.Column("holdout_from").Text(i) + ","
	}
	if a.groups, err = a.segments(run); err != nil {
		return nil, err
	}
	draws, err := table.ReadFile(filepath.Join(run.dir, "holdout.parquet"))
	if err != nil {
		return nil, err
	}
	for i := range draws.Rows() {
		if draws.Column("check").Text(i) == "draw" && draws.Column("scope").Text(i) == everyone {
			a.share = draws.Column("share_asked").Number(i)
		}
	}
	return a, nil
}

// segments are the groups of every kind, with the names that the summary has for them.
func (a *audience) segments(run *published) (groups []group, err error) {
	summary, err := table.ReadFile(filepath.Join(run.dir, "segment_summary.parquet"))
	if err != nil {
		return nil, err
	}
	column := make(map[string]string)
	for _, e := range exclusive {
		column[e.kind] = e.column
	}
	rules := texts(a.t.Column("segments"))
	of := make(map[string][]string)
	for i := range summary.Rows() {
		kind, id := summary.Column("kind").Text(i), summary.Column("segment").Text(i)
		g := group{kind: kind, id: id, name: words{summary.Column("name_en").Text(i), summary.Column("name_es").Text(i)}, in: make([]bool, len(a.ids))}
		some := false
		for k := range a.ids {
			switch {
			case kind == "rule":
				g.in[k] = strings.Contains(","+rules[k]+",", ","+id+",")
			case column[kind] != "":
				if of[kind] == nil {
					of[kind] = texts(a.t.Column(column[kind]))
				}
				g.in[k] = of[kind][k] == id
			}
			some = some || g.in[k]
		}
		if some {
			g.arm = a.arms(id, kind+"/"+id)
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// arms says who was left alone by everything, or by one of these names; nil where it is
// those alone whom everything leaves alone.
func (a *audience) arms(names ...string) []int {
	arm, own := make([]int, len(a.ids)), false
	for i := range arm {
		if arm[i] = 1; a.held[i] {
			arm[i] = 0
		}
		for _, n := range names {
			if n != "" && strings.Contains(a.from[i], ","+n+",") {
				arm[i], own = 0, true
			}
		}
	}
	if !own {
		return nil
	}
	return arm
}

// drawn is the message of a campaign that the run drew somebody for, empty where it drew
// none.
func (a *audience) drawn(campaign string, i int) string {
	column := a.t.Column("variants")
	if column == nil {
		return ""
	}
	for _, one := range strings.Split(column.Text(i), ",") {
		if name, variant, ok := strings.Cut(one, "="); ok && name == campaign {
			return variant
		}
	}
	return ""
}

// enlist puts those whom a campaign was for into its arms. Whoever the run drew for no
// message takes no part: the draw counts, and not what the configuration says since.
func (a *audience) enlist(x *experiment, name string, c Campaign) error {
	in := func(int) bool { return true }
	if c.Segment != "" {
		k := slices.IndexFunc(a.groups, func(g group) bool { return g.kind == "rule" && g.id == c.Segment || g.kind+"/"+g.id == c.Segment })
		if k < 0 {
			return mark(ErrConfig, fmt.Errorf("nobody is in the segment %q", c.Segment))
		}
		in = func(i int) bool { return a.groups[k].in[i] }
	}
	left := a.arms(name, c.Segment)
	for i := range a.ids {
		switch {
		case !in(i):
			x.arm[i] = -1
		case a.held[i] || left != nil && left[i] == 0:
			x.arm[i] = 0
		case len(c.Variants) > 0:
			x.arm[i] = slices.Index(x.arms, a.drawn(name, i))
		default:
			x.arm[i] = 1
		}
	}
	if count(x.arm, 0) == 0 && len(c.Variants) < 2 {
		return mark(ErrConfig, fmt.Errorf("it left nobody alone, and has no variants to hold against one another: set holdout.share, or holdout.campaigns.%s", name))
	}
	return nil
}
