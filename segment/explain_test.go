package segment_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"segmenta/segment"
	"segmenta/strict"
)

func read(t *testing.T, conditions string) *segment.Rule {
	t.Helper()
	n, err := strict.Parse("r.yaml", []byte(rule(conditions)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := segment.ReadRule(n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Row 146.
func TestExplain(t *testing.T) {
	p := people()
	p.Columns[0].Says("days", "days since the last order", "días desde el último pedido")
	r := read(t, "primary: {all: [{recency_days: between 4 and 90}, {band: [high]}]}\nexclude: {spent: below mean}")
	tests := []struct {
		row     int
		in      bool
		decided string
		says    []string
	}{
		{0, true, "", []string{"days since the last order is 5, and the rule asks for between 4 and 90"}},
		{1, false, "primary", []string{"band is low, and the rule asks for in high", "band es low, y la regla pide uno de high"}},
		{4, false, "primary", []string{"days since the last order is not known", "días desde el último pedido no se conoce, y la regla pide entre 4 y 90"}},
	}
	for _, tt := range tests {
		e, err := r.Explain(p, tt.row)
		if err != nil {
			t.Fatal(err)
		}
		if e.In != tt.in || e.Decided != tt.decided {
			t.Errorf("row %d is in: %v, decided by %q; want %v by %q", tt.row, e.In, e.Decided, tt.in, tt.decided)
		}
		var all []string
		for _, s := range e.Steps {
			all = append(all, s.En, s.Es)
		}
		for _, want := range tt.says {
			if !slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, want) }) {
				t.Errorf("row %d: %q says nothing of %q", tt.row, all, want)
			}
		}
	}
}

// Whatever the rule, explaining each row agrees with evaluating them all.
func TestExplainAgrees(t *testing.T) {
	parts := []string{`{recency_days: "> 40"}`, `{band: high}`, `{band: "!= low"}`, `{vip: true}`, `{spent: above mean}`, `{recency_days: known}`, `{spent: "null"}`}
	random := rand.New(rand.NewPCG(2, 2))
	var tree func(depth int) string
	tree = func(depth int) string {
		if depth == 0 || random.IntN(3) == 0 {
			return parts[random.IntN(len(parts))]
		}
		return "{" + []string{"all", "any", "not"}[random.IntN(3)] + ": [" + tree(depth-1) + ", " + tree(depth-1) + "]}"
	}
	for range 200 {
		r := read(t, "primary: "+tree(3)+"\nexclude: "+tree(2))
		m, err := r.Evaluate(people())
		if err != nil {
			t.Fatal(err)
		}
		for row, in := range m.In {
			if e, err := r.Explain(people(), row); err != nil || e.In != in {
				t.Fatalf("row %d of %v: explained as %v, %v, and it is %v", row, r.Mentions(), e, err, in)
			}
		}
	}
}

func TestMentions(t *testing.T) {
	r := read(t, "primary: {todos: [{recency_days: known}, {not: {band: high}}]}\nexclude: {any: [{vip: true}, {recency_days: \"> spent\"}, {band: low}]}")
	var names []string
	for _, n := range r.Mentions() {
		names = append(names, n.Column)
	}
	if want := []string{"recency_days", "band", "vip", "spent"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
}
