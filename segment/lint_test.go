package segment_test

import (
	"fmt"
	"strings"
	"testing"

	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// crowd is 1,000 customers: the young, and those who bought lately, spend more; a coin is
// only a coin.
func crowd() *table.Table {
	const n = 1000
	recency, spent, churn, coin, age := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		coin[i], age[i] = float64(i/200%2), float64(20+i*7%50)
		recency[i], spent[i], churn[i] = float64(i%200), 600-2*float64(i%200)-3*age[i], float64(i%200)/200
	}
	t := new(table.Table)
	t.Add(table.Floats("recency_days", recency))
	t.Add(table.Floats("amount_365d", spent))
	t.Add(table.Floats("churn_probability", churn))
	t.Add(table.Floats("coin", coin))
	t.Add(table.Floats("age", age))
	return t
}

// planned is a rule that says all that a rule should.
func planned(id, conditions string) string {
	return fmt.Sprintf("id: %s\nes: {name: x}\nen: {name: x}\nobjective: x\ndesired_action: do %s\nsuccess_metric: x\nstrategy: x\nowner: x\nwhy: x\n%s", id, id, conditions)
}

func lint(t *testing.T, limits segment.Limits, texts ...string) (codes string, found []segment.Finding) {
	t.Helper()
	var rules []*segment.Rule
	for _, text := range texts {
		n, err := strict.Parse("r.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		r, err := segment.ReadRule(n)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, r)
	}
	found, err := segment.Lint(rules, crowd(), limits)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.En == "" || f.Es == "" || f.En == f.Es || f.Severity != "error" && f.Severity != "warning" {
			t.Errorf("%+v: want words in both languages and a severity", f)
		}
		codes += f.Code + ":" + f.Segment + " "
	}
	return strings.TrimSpace(codes), found
}

// Rows 1, 6, 135, 204–206, 210, 219.
func TestLint(t *testing.T) {
	sound := planned("a", `primary: {all: [{recency_days: "< 50"}, {age: "< 40"}]}`)
	tests := []struct {
		name  string
		rules []string
		want  []string // findings that must be there
		not   []string // and must not
	}{
		{"a sound rule", []string{sound}, nil, []string{":a"}},
		{"nobody", []string{planned("a", `primary: {recency_days: "> 900"}`)}, []string{"empty:a"}, []string{"over_segmented"}},
		{"a handful", []string{planned("a", `primary: {recency_days: "< 2"}`)}, []string{"over_segmented:a"}, []string{"empty"}},
		{"nearly everybody", []string{planned("a", `primary: {recency_days: "< 180"}`)}, []string{"under_segmented:a"}, nil},
		{"a contradiction", []string{planned("a", `primary: {all: [{recency_days: "> 90"}, {recency_days: "< 30"}]}`)}, []string{"contradiction:a", "empty:a"}, nil},
		{"over two blocks", []string{planned("a", "primary: {recency_days: \"> 90\"}\nsecondary: {recency_days: between 10 and 90}")}, []string{"contradiction:a"}, nil},
		{"either is no contradiction", []string{planned("a", `primary: {any: [{recency_days: "> 90"}, {recency_days: "< 30"}]}`)}, nil, []string{"contradiction"}},
		{"known and null", []string{planned("a", `primary: {all: [{age: known}, {age: "null"}]}`)}, []string{"contradiction:a"}, nil},
		{"a test that lets everybody in", []string{planned("a", `primary: {all: [{recency_days: "< 50"}, {age: "< 400"}]}`)}, []string{"idle_criterion:a"}, nil},
		{"a coin", []string{planned("a", `primary: {all: [{recency_days: "< 50"}, {coin: "= 1"}]}`)}, []string{"irrelevant_criterion:a"}, []string{"idle"}},
		{"only a coin", []string{planned("a", `primary: {coin: "= 1"}`)}, []string{"no_common_ground:a"}, nil},
		{"one family", []string{planned("a", `primary: {recency_days: "< 50"}`)}, []string{"one_family:a"}, []string{"no_common_ground"}},
		{"twice the same", []string{sound, planned("b", `primary: {all: [{recency_days: "< 51"}, {age: "< 40"}]}`)}, []string{"overlap:a"}, []string{"same_message"}},
		{"the same message", []string{sound, strings.Replace(planned("b", `primary: {all: [{recency_days: "> 100"}, {age: "< 40"}]}`), "do b", "do a", 1)}, []string{"same_message:b"}, []string{"overlap"}},
		{"no plan", []string{rule(`primary: {all: [{recency_days: "< 50"}, {age: "< 40"}]}`)}, []string{"no_strategy:x", "no_owner:x", "no_why:x"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found := lint(t, segment.Limits{}, tt.rules...)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s, want %s", got, want)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(got, not) {
					t.Errorf("%s, want no %s: %+v", got, not, found)
				}
			}
		})
	}
}

// Rows 19, 208, 209, 222.
func TestLintCountsSegments(t *testing.T) {
	var six []string
	for k := range 6 {
		six = append(six, planned(fmt.Sprint("s", k), fmt.Sprintf(`primary: {all: [{recency_days: between %d and %d}, {age: known}]}`, 30*k, 30*k+20)))
	}
	if got, _ := lint(t, segment.Limits{First: true}, six...); !strings.Contains(got, "too_many:") {
		t.Errorf("%s: want a word on six segments to begin with", got)
	}
	if got, _ := lint(t, segment.Limits{}, six...); strings.Contains(got, "too_many:") {
		t.Errorf("%s: six are fine once something was measured", got)
	}
	if _, found := lint(t, segment.Limits{MaxEver: 5}, six...); found[0].Severity != "error" {
		t.Errorf("%+v: want an error", found[0])
	}
	if got, _ := lint(t, segment.Limits{Static: map[string]int{"s2": 4}}, six...); !strings.Contains(got, "static:s2") || strings.Contains(got, "static:s1") {
		t.Errorf("%s: want a word on s2 alone", got)
	}
}
