package features_test

import (
	"strings"
	"testing"
	"time"

	"segmenta/features"
)

const extraTransactions = `customer_id,time,amount,Wetter,store_m2,shop
ana,2024-06-01,10,rain,200,old
ana,2024-06-02,20,sun,50,new
ana,2024-06-03,-5,rain,9,old
ana,2024-06-03,30,rain,300,
ana,2024-07-01,99,sun,999,new
`

const extraEvents = `customer_id,time,type,mood,store_m2
ana,2024-06-05,visit,good,10
ana,2024-06-06,visit,bad,20
ana,2024-06-06,demo,good,30
`

func own(name, source, measure, field string) features.Definition {
	return features.Definition{Name: name, Source: source, Measure: measure, Field: field, En: name, Es: name, Null: "none"}
}

// Definitions and targets of the user's read columns of their own, as numbers and as
// words, in files and under names of their own.
func TestExtraColumns(t *testing.T) {
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	rainy := own("rainy", "items", "sum", "amount")
	rainy.Where = map[string]features.Test{"weather": {Is: []string{"rain"}}}
	hundred := 100.0
	large := own("large", "items", "count", "")
	large.Where = map[string]features.Test{"store_m2": {Above: &hundred}}
	good := own("good_visits", "events", "count", "")
	good.Types, good.Where = []string{"visit"}, map[string]features.Test{"mood": {Is: []string{"good"}}}
	shares := own("large_share", "", "ratio", "")
	shares.Of, shares.To = "large", "lines_all"
	c, err = c.With("own.yaml", []features.Definition{rainy, large, good, shares, own("weathers", "items", "distinct", "weather"),
		own("last_weather", "items", "last_word", "weather"), own("space", "items", "mean", "store_m2"), own("space_seen", "events", "sum", "store_m2"), own("mood", "events", "favourite", "mood")})
	if err != nil {
		t.Fatal(err)
	}
	target := features.Target{Name: "sunny", Outcome: "some", Population: "all", Horizon: 30 * aDay, Of: features.Rows{Source: "items", Where: map[string]features.Test{"weather": {Is: []string{"sun"}}}}}
	in := features.Inputs{Definitions: c.Definitions(), Targets: []features.Target{target}, Transactions: &features.Source{Columns: map[string]string{"weather": "Wetter"}}}
	h := load(t, in, extraTransactions, extraEvents)
	defs := c.Definitions()[len(catalogue(t)):]
	if _, off := h.Available(defs); len(off) > 0 {
		t.Fatalf("off: %v", off)
	}
	all, err := h.Compute(defs, []time.Time{tinyMoment}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"rainy": "40", "large": "2", "good_visits": "1", "large_share": "0.6666666666666666", "weathers": "2",
		"last_weather": "rain", "space": "183.33333333333334", "space_seen": "60", "mood": "good"} {
		if got := all[0].Table.Column(name).Format(0); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
	y, err := h.Label(target, all[0], tinyMoment.AddDate(1, 0, 0))
	if err != nil || labels(y) != "1" {
		t.Errorf("a sunny purchase follows: %v, %v", y, err)
	}
	q := h.Quality().Source("transactions")
	if q.Rejected != 0 {
		t.Errorf("%d rows rejected", q.Rejected)
	}
}

// A column that isn't there switches its feature off by its own name; a slip is told
// from a column of the user's; a mapping that nothing reads is a slip too.
func TestWrongExtraColumns(t *testing.T) {
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.With("own.yaml", []features.Definition{own("x", "items", "distinct", "categry")}); err == nil || !strings.Contains(err.Error(), `no field "categry" (nearest: category)`) {
		t.Errorf("a slip: %v", err)
	}
	more, err := c.With("own.yaml", []features.Definition{own("x", "items", "distinct", "weather")})
	if err != nil {
		t.Fatal(err)
	}
	in := features.Inputs{Definitions: more.Definitions()}
	h := load(t, in, "customer_id,time,amount\na,2024-06-01,5\n", "")
	_, off := h.Available(more.Definitions())
	if last := off[len(off)-1]; last.Name != "x" || last.En != "no column is mapped to transactions.weather" {
		t.Errorf("off: %+v", last)
	}
	in.Transactions = &features.Source{Columns: map[string]string{"weather": "Wettr"}}
	if _, err := tryLoad(t.TempDir(), in, extraTransactions, ""); err == nil || !strings.Contains(err.Error(), `no column "Wettr" for weather (nearest: Wetter)`) {
		t.Errorf("a mapping to nothing: %v", err)
	}
	in.Transactions = &features.Source{Columns: map[string]string{"wether": "Wetter"}}
	if _, err := tryLoad(t.TempDir(), in, extraTransactions, ""); err == nil || !strings.Contains(err.Error(), `"wether"`) {
		t.Errorf("a mapping that nothing reads: %v", err)
	}
	var many []features.Definition
	for _, n := range []string{"one", "two", "three", "four", "five"} {
		many = append(many, own("of_"+n, "items", "distinct", "my_"+n))
	}
	if more, err = c.With("own.yaml", many); err != nil {
		t.Fatal(err)
	}
	if _, err := tryLoad(t.TempDir(), features.Inputs{Definitions: more.Definitions()}, extraTransactions, ""); err == nil || !strings.Contains(err.Error(), "more than 4 columns of your own") {
		t.Errorf("too many: %v", err)
	}
}
