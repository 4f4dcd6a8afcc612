package segment_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// Who is left alone stays so, a larger share holds the smaller one, another salt and
// another name draw apart, and as many are drawn as asked for. Rows 11, 199.
func TestHoldOut(t *testing.T) {
	const n = 20000
	h := segment.HoldOut{Share: 0.1, Salt: "2026"}
	larger, salted, named := h, h, h
	larger.Share, salted.Salt, named.Name = 0.3, "2027", "winter"
	count := map[string]float64{}
	for i := range n {
		who := fmt.Sprint("c", i)
		if !h.Holds(who) {
			continue
		}
		count["in"]++
		if !larger.Holds(who) {
			t.Fatalf("%s is in the small hold-out and not in the large one", who)
		}
		if salted.Holds(who) {
			count["salted"]++
		}
		if named.Holds(who) {
			count["named"]++
		}
	}
	for name, want := range map[string]float64{"in": 0.1, "salted": 0.01, "named": 0.01} {
		if got := count[name] / n; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/n) {
			t.Errorf("%s: %.4f, want %v", name, got, want)
		}
	}
	if (segment.HoldOut{}).Holds("c1") {
		t.Error("a hold-out of nobody holds somebody")
	}
}

// Whoever is not qualified, has not agreed or was never asked is not written to, whatever
// the address; and who agreed is, where there is an address. Rows 61, 96, 183, 189.
func TestUnreachable(t *testing.T) {
	customers := new(table.Table)
	customers.Add(table.Strings("lifecycle_stage", []string{"customer", "not_qualified", "customer", "customer", "customer"}))
	consent := table.Bools("consents_email", []bool{true, true, false, true, true})
	consent.Null = []bool{false, false, false, true, false}
	customers.Add(consent)
	customers.Add(table.Bools("email_ok", []bool{true, true, true, true, false}))
	email, ok := segment.ChannelOf("email")
	if !ok {
		t.Fatal("there is no channel email")
	}
	want := []string{"", segment.NotQualified, segment.NoConsent, segment.NotAsked, segment.NoAddress}
	if got := email.Unreachable(customers); !slices.Equal(got, want) {
		t.Errorf("by e-mail %q, want %q", got, want)
	}
	for _, ch := range segment.Channels {
		for i, why := range ch.Unreachable(customers) {
			if ch.Name != "email" && why == "" {
				t.Errorf("%s reaches customer %d, and no column says that they agreed", ch.Name, i)
			}
		}
	}
	if _, ok := segment.ChannelOf("pigeon"); ok {
		t.Error("there is a channel pigeon")
	}
}

// Each criterion is left out in turn, and lets in those whom it alone kept out; whom
// exclude keeps out stays out. Rows 17, 202.
func TestLoosen(t *testing.T) {
	n, err := strict.Parse("r.yaml", []byte(`{id: r, es: {name: r}, en: {name: r}, objective: o, desired_action: a, success_metric: m,
primary: {a: ">= 2"}, secondary: {b: ">= 2"}, exclude: {c: "= 1"}}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := segment.ReadRule(n)
	if err != nil {
		t.Fatal(err)
	}
	customers := new(table.Table)
	customers.Add(table.Floats("a", []float64{2, 1, 2, 1, 1}))
	customers.Add(table.Floats("b", []float64{2, 2, 1, 1, 2}))
	customers.Add(table.Floats("c", []float64{0, 0, 0, 0, 1}))
	got, err := r.Loosen(customers)
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %d criteria, want 2", err, len(got))
	}
	for i, want := range [][]bool{{false, true, false, false, false}, {false, false, true, false, false}} {
		if !slices.Equal(got[i].LetsIn, want) {
			t.Errorf("without %s: %v, want %v", got[i].Criterion, got[i].LetsIn, want)
		}
	}
}
