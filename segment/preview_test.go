package segment_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"segmenta/segment"
	"segmenta/table"
)

// Rows 4, 173.
func TestPreview(t *testing.T) {
	p := people()
	p.Add(table.Floats("amount_all", []float64{100, 50, 30, 20, nan}))
	p.Add(table.Floats("churn_probability", []float64{0.1, nan, 0.3, 0.9, nan}))
	p.Add(table.Bools("consent_email", []bool{true, true, true, false, true}))
	p.Add(table.Bools("email_ok", []bool{true, false, true, true, true}))
	p.Add(table.OptionalStrings("segments", []string{"x,best", "best", "old,x", "", "old"}))
	got, err := read(t, "primary: {recency_days: known}\nsecondary: {recency_days: \"<= 90\"}\nexclude: {band: low}").Preview(p)
	if err != nil {
		t.Fatal(err)
	}
	two := 2
	number := func(v float64) *float64 { return &v }
	want := &segment.Preview{Segment: "x", Definition: "primary: recency_days known; secondary: recency_days <= 90; exclude: band low",
		Customers: 2, Of: 5, Share: 0.4, Value: number(130), ValueShare: number(0.65), Churn: number(0.2), Frozen: map[string]float64{},
		Funnel:  []segment.Narrowed{{"everyone", 5}, {"primary", 4}, {"secondary", 3}, {"exclude", 2}},
		Reach:   []segment.Reach{{Channel: "email", Customers: &two}, {Channel: "sms", Lacks: "consents_sms"}, {Channel: "push", Lacks: "consents_push"}, {Channel: "phone", Lacks: "consents_phone"}},
		Overlap: []segment.Overlap{{"best", 1, 1.0 / 3}, {"old", 1, 1.0 / 3}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
