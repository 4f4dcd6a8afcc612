package features_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"segmenta/features"
)

// What is said of one moment among many, in whatever order, is what is said of it alone, to
// the bit, of every definition: also where nothing came or went since the moment before.
func TestMomentsAmongOthers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	late := life{}.draw(r, 200, leakMoment.AddDate(-2, 0, 0), leakMoment)
	for name, l := range map[string]life{"some rows late": late, "none late": late.prompt()} {
		h := l.load(t, features.Inputs{Zone: madrid})
		moments := []time.Time{leakMoment}
		for _, days := range []int{1, 2, 30, 31, 60, 90, 365, 366, 367, 500} {
			moments = append(moments, leakMoment.AddDate(0, 0, -days))
		}
		t.Run(name+", backwards", func(t *testing.T) { amongOthers(t, h, moments) })
		slices.Reverse(moments)
		t.Run(name+", forwards", func(t *testing.T) { amongOthers(t, h, moments) })
		r.Shuffle(len(moments), func(i, j int) { moments[i], moments[j] = moments[j], moments[i] })
		t.Run(name+", mixed", func(t *testing.T) { amongOthers(t, h, moments) })
	}
}

// prompt is a life without the rows that became known late.
func (l life) prompt() life {
	return life{
		slices.DeleteFunc(slices.Clone(l.transactions), func(s string) bool { return strings.Split(s, ",")[9] != "" }),
		slices.DeleteFunc(slices.Clone(l.events), func(s string) bool { return strings.Split(s, ",")[4] != "" }),
		l.customers,
	}
}

func amongOthers(t *testing.T, h *features.History, moments []time.Time) {
	defs := catalogue(t)
	all, err := h.Compute(defs, moments, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		alone, err := h.Compute(defs, []time.Time{s.AsOf}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.Customers, alone[0].Customers) {
			t.Fatalf("as of %v: customers %v, alone %v", s.AsOf, s.Customers, alone[0].Customers)
		}
		for k, c := range s.Table.Columns {
			one := alone[0].Table.Columns[k]
			for i, who := range s.Customers {
				if c.Format(i) != one.Format(i) || c.IsNull(i) != one.IsNull(i) {
					t.Errorf("as of %v: %s of %s = %q, alone %q", s.AsOf, c.Name, who, c.Format(i), one.Format(i))
				}
			}
		}
	}
}
