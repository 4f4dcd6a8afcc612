package segment_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

var nan = math.NaN()

// Every pair of scores has one of the eleven names, and every name is used. Rows 72–76.
func TestGrid(t *testing.T) {
	used := make(map[string]int)
	for r := int64(1); r <= 5; r++ {
		for f := int64(1); f <= 5; f++ {
			id := segment.RFMName(r, f)
			if _, err := segment.NameOf(segment.RFMNames, id); err != nil {
				t.Errorf("R%d F%d: %v", r, f, err)
			}
			used[id]++
		}
	}
	want := map[string]int{"champions": 2, "loyal": 4, "potential_loyalist": 4, "new": 1, "promising": 1, "need_attention": 1,
		"about_to_sleep": 2, "at_risk": 4, "cant_lose": 2, "hibernating": 2, "lost": 2}
	for id, n := range want {
		if used[id] != n {
			t.Errorf("%s holds %d pairs, want %d", id, used[id], n)
		}
	}
	for pair, want := range map[[2]int64]string{{5, 5}: "champions", {5, 1}: "new", {3, 3}: "need_attention", {1, 1}: "lost", {2, 1}: "hibernating", {1, 5}: "cant_lose", {3, 5}: "loyal"} {
		if got := segment.RFMName(pair[0], pair[1]); got != want {
			t.Errorf("R%d F%d is %s, want %s", pair[0], pair[1], got, want)
		}
	}
}

// Equal values get equal scores, more is never less, and the order of the rows doesn't
// matter. Rows 69–71.
func TestScores(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		n := 1 + random.IntN(300)
		recency, frequency, money := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			recency[i], frequency[i], money[i] = float64(random.IntN(400)), float64(1+random.IntN(4)), float64(random.IntN(100))
			if random.IntN(10) == 0 {
				recency[i] = nan
			}
		}
		r := segment.FitRFM(recency, frequency, money)
		for i := range n {
			if math.IsNaN(recency[i]) != (r.R[i] == 0) || math.IsNaN(recency[i]) != (r.Name[i] == "") {
				t.Fatalf("recency %v has score %d and name %q", recency[i], r.R[i], r.Name[i])
			}
			for j := range n {
				if recency[i] < recency[j] && r.R[i] < r.R[j] || recency[i] == recency[j] && r.R[i] != r.R[j] {
					t.Fatalf("recency %v scores %d, %v scores %d", recency[i], r.R[i], recency[j], r.R[j])
				}
				if r.F[i] > 0 && r.F[j] > 0 && frequency[i] < frequency[j] && r.F[i] > r.F[j] {
					t.Fatalf("frequency %v scores %d, %v scores %d", frequency[i], r.F[i], frequency[j], r.F[j])
				}
			}
		}
		slices.Reverse(recency)
		slices.Reverse(frequency)
		slices.Reverse(money)
		other := segment.FitRFM(recency, frequency, money)
		slices.Reverse(other.R)
		if !slices.Equal(r.R, other.R) || r.Cuts != other.Cuts {
			t.Fatal("the order of the rows shows")
		}
	}
}

// The traps of the lifecycle. Rows 50, 60, 84–96.
func TestStages(t *testing.T) {
	rule := segment.LifecycleRule{DormantDays: 90, DormantGaps: 3, TypicalGap: 40, EvangelistAt: 3}
	buyer := segment.Person{Orders: 5, Recency: 10, Gap: 20}
	tests := []struct {
		name   string
		person func(p *segment.Person)
		stage  string
		why    string
	}{
		{"has bought", func(p *segment.Person) {}, "customer", "has_bought"},
		{"not qualified goes before all else", func(p *segment.Person) { p.NotQualified, p.Recommends, p.TopBilling = "competitor", true, true }, "not_qualified", "reason_given"},
		{"a blank reason is none", func(p *segment.Person) { p.NotQualified = "  " }, "customer", "has_bought"},
		{"evangelist", func(p *segment.Person) { p.Recommends, p.TopBilling = true, true }, "evangelist", "recommends"},
		{"recommends without billing", func(p *segment.Person) { p.Recommends = true }, "customer", "has_bought"},
		{"exactly 90 days is not yet dormant", func(p *segment.Person) { p.Recency = 90 }, "customer", "has_bought"},
		{"dormant", func(p *segment.Person) { p.Recency = 91 }, "dormant", "silent_too_long"},
		{"a slow buyer is not dormant at 91 days", func(p *segment.Person) { p.Recency, p.Gap = 91, 50 }, "customer", "has_bought"},
		{"no gap of their own: everyone's", func(p *segment.Person) { p.Recency, p.Gap = 121, nan }, "dormant", "silent_too_long"},
		{"retired only with an explanation on record", func(p *segment.Person) { p.Recency, p.ExitReason = 200, "moved" }, "retired", "left_on_good_terms"},
		{"an explanation, but still buying", func(p *segment.Person) { p.ExitReason = "moved" }, "customer", "has_bought"},
		{"formal quote without a meeting", func(p *segment.Person) { *p = segment.Person{Meeting: true} }, "qualified", "meeting_or_quote"},
		{"price and e-mail", func(p *segment.Person) { *p = segment.Person{AskedPrice: true, Email: true} }, "lead", "asked_price_and_left_email"},
		{"price and all data but e-mail", func(p *segment.Person) { *p = segment.Person{AskedPrice: true, Phone: true, OtherData: true} }, "cold_contact", "phone_only"},
		{"chat only", func(p *segment.Person) { *p = segment.Person{} }, "cold_contact", "chat_without_data"},
		{"name and number", func(p *segment.Person) { *p = segment.Person{Phone: true} }, "cold_contact", "phone_only"},
		{"e-mail only", func(p *segment.Person) { *p = segment.Person{Email: true} }, "cold_contact", "email_without_action"},
		{"e-mail and data", func(p *segment.Person) { *p = segment.Person{Email: true, OtherData: true} }, "cold_contact", "data_without_progress"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := buyer
			tt.person(&p)
			stage, why := rule.Stage(p)
			if stage != tt.stage || why != tt.why {
				t.Errorf("%s because %s, want %s because %s", stage, why, tt.stage, tt.why)
			}
			if _, err := segment.NameOf(segment.Stages, stage); err != nil {
				t.Error(err)
			}
			if _, err := segment.NameOf(segment.Evidence, why); err != nil {
				t.Error(err)
			}
		})
	}
}

// Row 98.
func TestWordsInBothLanguages(t *testing.T) {
	for _, list := range [][]segment.Name{segment.RFMNames, segment.Stages, segment.Evidence, segment.Bands} {
		for _, n := range list {
			if n.ID == "" || n.En == "" || n.Es == "" {
				t.Errorf("%+v", n)
			}
		}
	}
}

// Row 83. Row 35.
func TestValue(t *testing.T) {
	spent := make([]float64, 100)
	for i := range spent {
		spent[i] = float64(i)
	}
	c := segment.FitValue(spent)
	for v, want := range map[float64]string{0: "low", 33: "low", 34: "medium", 66: "medium", 67: "high", 99: "high"} {
		if got := c.Band(v, true); got != want {
			t.Errorf("%v is %s, want %s (cuts %+v)", v, got, want, c)
		}
	}
	if c.Band(50, false) != "" {
		t.Error("someone who never bought has a band")
	}
}

// Rows 147–150.
func TestPriority(t *testing.T) {
	tests := []struct {
		stage, band string
		vip         bool
		churn       float64
		want        string
	}{
		{"customer", "high", true, 0.1, "vip_active"},
		{"customer", "high", true, nan, "vip_active"},
		{"customer", "high", true, 0.6, "at_risk"},
		{"customer", "medium", false, 0.5, "at_risk"},
		{"customer", "low", false, 0.9, ""},
		{"customer", "high", false, 0.1, ""},
		{"dormant", "high", false, 0.9, "dormant_high"},
		{"dormant", "low", false, 0.9, "dormant_low"},
		{"retired", "high", true, 0.9, ""},
		{"not_qualified", "high", true, 0.1, ""},
		{"lead", "", false, nan, ""},
	}
	for _, tt := range tests {
		if got := segment.Priority(tt.stage, tt.band, tt.vip, tt.churn); got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

// people is five rows, the last of which is unknown throughout.
func people() *table.Table {
	t := new(table.Table)
	t.Add(table.Floats("recency_days", []float64{5, 45, 90, 91, nan}))
	t.Add(table.OptionalStrings("band", []string{"high", "low", "high", "medium", ""}))
	t.Add(table.Floats("spent", []float64{100, 10, 50, 20, nan}))
	vip := table.Bools("vip", []bool{true, false, false, true, false})
	vip.Null = []bool{false, false, false, false, true}
	t.Add(vip)
	return t
}

func rule(conditions string) string {
	return "id: x\nes: {name: x}\nen: {name: x}\nobjective: x\ndesired_action: x\nsuccess_metric: x\n" + conditions
}

func evaluate(text string, t *table.Table) (*segment.Membership, error) {
	n, err := strict.Parse("r.yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	r, err := segment.ReadRule(n)
	if err != nil {
		return nil, err
	}
	return r.Evaluate(t)
}

// Rows 4, 134, 170–172.
func TestConditions(t *testing.T) {
	tests := []struct{ conditions, want string }{
		{`primary: {recency_days: "> 90"}`, "...x."},
		{`primary: {recency_days: "> 90d"}`, "...x."},
		{`primary: {recency_days: ">= 90"}`, "..xx."},
		{`primary: {recency_days: "< 45"}`, "x...."},
		{`primary: {recency_days: "!= 45"}`, "x.xx."},
		{`primary: {recency_days: 45}`, ".x..."},
		{`primary: {recency_days: between 45 and 90}`, ".xx.."},
		{`primary: {recency_days: entre 45 y 90}`, ".xx.."},
		{`primary: {recency_days: "< spent"}`, "x...."},
		{`primary: {recency_days: ">= spent"}`, ".xxx."},
		{`primary: {recency_days: known}`, "xxxx."},
		{`primary: {recency_days: "null"}`, "....x"},
		{`primary: {band: high}`, "x.x.."},
		{`primary: {band: "!= high"}`, ".x.x."},
		{`primary: {band: "in [high, medium]"}`, "x.xx."},
		{`primary: {band: [high, medium]}`, "x.xx."},
		{`primary: {band: nosuchword}`, "....."},
		{`primary: {vip: true}`, "x..x."},
		{`primary: {spent: above mean}`, "x.x.."}, // mean 45
		{`primary: {spent: below mean}`, ".x.x."},
		{`primary: {spent: top 25%}`, "x...."},
		{`primary: {spent: bottom 50%}`, ".x.x."},
		{`primary: {band: high, vip: true}`, "x...."},
		{`primary: {all: [{band: high}, {vip: true}]}`, "x...."},
		{`primary: {todos: [{band: high}, {vip: true}]}`, "x...."},
		{`primary: {any: [{band: high}, {vip: true}]}`, "x.xx."},
		{`primary: {alguno: [{band: high}, {vip: true}]}`, "x.xx."},
		{`primary: {not: {band: high}}`, ".x.x."}, // what is unknown stays so
		{`primary: {no: {band: high}}`, ".x.x."},
		{`primary: {not: {any: [{band: high}, {recency_days: "> 90"}]}}`, ".x..."},
		{"primary: {recency_days: known}\nexclude: {band: high}", ".x.x."},
		{"primary: {recency_days: known}\nsecondary: {vip: true}\nexclude: {band: medium}", "x...."},
		{"primary: {any: [{recency_days: known}, {recency_days: \"null\"}]}\nexclude: {vip: true}", ".xx.x"}, // unknown excludes nobody
	}
	for _, tt := range tests {
		m, err := evaluate(rule(tt.conditions), people())
		if err != nil {
			t.Errorf("%s: %v", tt.conditions, err)
			continue
		}
		got := ""
		for _, in := range m.In {
			got += map[bool]string{true: "x", false: "."}[in]
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.conditions, got, tt.want)
		}
		if last := m.Funnel[len(m.Funnel)-1]; last != strings.Count(got, "x") || !slices.IsSortedFunc(m.Funnel, func(a, b int) int { return b - a }) {
			t.Errorf("%s: funnel %v of %s", tt.conditions, m.Funnel, got)
		}
	}
}

// Row 78.
func TestFrozenThresholds(t *testing.T) {
	m, err := evaluate(rule("primary: {spent: above mean}"), people())
	if err != nil || m.Frozen["spent above mean"] != 45 {
		t.Errorf("%v, %v: want the mean, 45", m, err)
	}
}

// Rows 2, 174, 226.
func TestRulesThatMakeNoSense(t *testing.T) {
	tests := []struct{ text, want string }{
		{rule(`primary: {recncy_days: "> 3"}`), `r.yaml:7:11: there is no column "recncy_days"; did you mean "recency_days"?`},
		{rule(`primary: {band: "> 3"}`), "r.yaml:7:17: band is text"},
		{rule(`primary: {recency_days: soon}`), `r.yaml:7:25: recency_days is of type float64: "soon" is no value for it`},
		{rule(`primary: {spent: above average}`), "want above mean or above median"},
		{rule(`primary: {spent: top ten}`), "want a share such as top 10%"},
		{rule(`primary: {band: top 10%}`), "only numbers"},
		{rule(`primary: {recency_days: between 3}`), "want between LOW and HIGH"},
		{rule(`primary: {recency_days: {a: b}}`), "want what recency_days is to be"},
		{rule(`primary: 3`), "want conditions"},
		{rule(`primary: {all: [3]}`), "want conditions"},
		{rule(`primry: {}`), `did you mean "primary"`},
		{rule(""), "primary is missing"},
		{"id: x\nprimary: {vip: true}", "es.name is missing"},
		{rule("primary: " + strings.Repeat("{not: ", 40) + "{vip: true}" + strings.Repeat("}", 40)), "nested more than"},
	}
	for _, tt := range tests {
		_, err := evaluate(tt.text, people())
		var at *strict.Error
		if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.As(err, &at) {
			t.Errorf("%v, want %q and a place", err, tt.want)
		}
	}
}

func TestBuiltins(t *testing.T) {
	rules, err := segment.Builtins()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, r := range rules {
		if seen[r.ID] || r.Es.Description == "" || r.En.Description == "" || r.Why == "" || r.Owner == "" {
			t.Errorf("%s stands twice or says too little of itself", r.ID)
		}
		seen[r.ID] = true
		_, err := r.Evaluate(people())
		var lacks segment.Unavailable
		if err != nil && !errors.As(err, &lacks) {
			t.Errorf("%s: %v", r.ID, err)
		}
	}
	if len(rules) < 3 {
		t.Errorf("%d built-in rules", len(rules))
	}
}

func FuzzRule(f *testing.F) {
	for _, s := range []string{`primary: {recency_days: "> 90"}`, `primary: {any: [{band: high}, {not: {vip: true}}]}`, "primary: {spent: top 10%}", "primary: [[[]]]", "primary: {recency_days: between and}"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, text string) { evaluate(rule(text), people()) })
}

// A rule is written back as text, with what its thresholds came to aside.
func TestConditionsAsText(t *testing.T) {
	m, err := evaluate(rule(`primary: {y: [{recency_days: "> 90d"}, {no: {band: "en [high, 'low']"}}, {spent: top 25%}]}`), people())
	if want := "primary: all(recency_days > 90d, not(band in high, low), spent top 25%)"; err != nil || m.Definition != want {
		t.Errorf("%+v, %v, want %s", m, err, want)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	const n = 1_000_000
	recency, words, spent := make([]float64, n), make([]string, n), make([]float64, n)
	for i := range n {
		recency[i], words[i], spent[i] = float64(i%400), []string{"high", "low", "medium"}[i%3], float64(i%977)
	}
	t := new(table.Table)
	t.Add(table.Floats("recency_days", recency))
	t.Add(table.OptionalStrings("band", words))
	t.Add(table.Floats("spent", spent))
	for b.Loop() {
		if _, err := evaluate(rule("primary: {all: [{recency_days: \"> 90\"}, {any: [{band: high}, {spent: \"> 500\"}]}]}\nexclude: {spent: \"< 10\"}"), t); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// Whatever the data, everyone who has bought has exactly one name of the grid, in one
// cell, and nobody else has one; stored cuts give the same scores again.
func TestOneRFMName(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	values := []func() float64{random.ExpFloat64, func() float64 { return 0 }, func() float64 { return float64(random.IntN(2)) }, func() float64 { return -random.Float64() }, func() float64 { return 1e300 * random.Float64() }}
	for range 300 {
		n := 1 + random.IntN(80)
		recency, frequency, money := make([]float64, n), make([]float64, n), make([]float64, n)
		draw := [3]func() float64{values[random.IntN(len(values))], values[random.IntN(len(values))], values[random.IntN(len(values))]}
		for i := range n {
			recency[i], frequency[i], money[i] = draw[0](), draw[1](), draw[2]()
			if random.IntN(6) == 0 {
				recency[i] = nan
			}
		}
		r := segment.FitRFM(recency, frequency, money)
		for i := range n {
			names := 0
			for _, name := range segment.RFMNames {
				if r.Name[i] == name.ID {
					names++
				}
			}
			bought := !math.IsNaN(recency[i])
			if bought != (names == 1) || names > 1 || bought != (len(r.Cell[i]) == 3) || bought != (r.R[i] >= 1 && r.R[i] <= 5 && r.F3[i] >= 1 && r.F3[i] <= 3) {
				t.Fatalf("recency %v, frequency %v: %d names, cell %q, scores %d %d", recency[i], frequency[i], names, r.Cell[i], r.R[i], r.F3[i])
			}
			if w := r.Weighted(segment.RFMWeights{1, 2, 0})[i]; bought != (w >= 1 && w <= 5) {
				t.Fatalf("weighted score %v", w)
			}
		}
		again := r.Cuts.Score(recency, frequency, money)
		if !slices.Equal(again.Cell, r.Cell) || !slices.Equal(again.M3, r.M3) {
			t.Fatal("stored cuts score otherwise")
		}
	}
}

func TestTop(t *testing.T) {
	tests := []struct {
		name   string
		values []float64
		share  float64
		want   float64
	}{
		{"the best fifth", []float64{5, 1, 4, 2, 3}, 0.2, 5},
		{"unknown values don't count", []float64{5, nan, 4, nan, 3, 2, 1}, 0.4, 4},
		{"equal values stay together, outside", []float64{1, 2, 3, 3, 3, 4}, 0.4, 4},
		{"all equal: nobody stands out", []float64{3, 3, 3, 3}, 0.5, segment.Nobody},
		{"too few for the share", []float64{1, 2}, 0.1, segment.Nobody},
		{"nobody known", []float64{nan}, 0.5, segment.Nobody},
	}
	for _, tt := range tests {
		if got := segment.Top(tt.values, tt.share); got != tt.want {
			t.Errorf("%s: from %v, want %v", tt.name, got, tt.want)
		}
	}
}

// A star is high in each part: nothing makes up for what is low, and a part that nobody
// knows does not count. Row 82.
func TestStars(t *testing.T) {
	value, frequency, none := make([]float64, 200), make([]float64, 200), make([]float64, 200)
	for i := range value {
		value[i], frequency[i], none[i] = float64(i), float64(i), nan
	}
	frequency[199] = 0
	ranks := segment.FitStars(value, frequency, none)
	c := ranks.Composite(value, frequency, none)
	if ranks.Margin != nil || !(c[198] > c[100] && c[100] > c[10]) || c[199] > 0.01 {
		t.Errorf("composites %v %v %v, of the richest who never came back %v", c[10], c[100], c[198], c[199])
	}
	if c := ranks.Composite([]float64{nan}, []float64{1}, []float64{nan}); !math.IsNaN(c[0]) {
		t.Errorf("of someone without a value: %v", c[0])
	}
}
