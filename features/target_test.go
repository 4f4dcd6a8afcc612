package features_test

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"segmenta/features"
)

const aDay = 24 * time.Hour

// targetCases are lives of which a reader can say by eye what a target's answer is
// as of 2024-07-01: 1, 0, or - where it is not asked. Every built-in target has some.
var targetCases = []struct {
	target, name string
	t            features.Target // what the user says beside the kind
	transactions string          // customer, time, amount, category
	events       string          // customer, time, type
	customers    string          // customer_id, exit_reason
	want         string          // by customer, in order of id
}{
	{target: "churn", name: "exactly at the start is in, exactly at the end is not",
		transactions: "a,2024-06-01,5\na,2024-07-01,5\nb,2024-06-01,5\nb,2024-09-29,5\nc,2024-06-01,5\nc,2024-09-28 23:59,5\nd,2023-01-01,5\n", want: "0101"},
	{target: "churn", name: "a return is no purchase, and prospects can't leave",
		transactions: "a,2024-06-01,5\na,2024-07-02,-5\nb,2024-06-01,-5\n", want: "1-"},
	{target: "churn", name: "who stopped with a reason has not churned; who has one and bought again has stayed",
		transactions: "a,2024-06-01,5\nb,2024-06-01,5\nb,2024-07-05,5\nc,2024-06-01,5\n", customers: "a,moved\nb,moved\nc,\n", want: "-01"},
	{target: "churn", name: "of the active", t: features.Target{Population: "active", Active: 30 * aDay},
		transactions: "a,2024-06-01,5\nb,2024-05-31 23:59,5\n", want: "1-"},
	// Four orders with gaps of 10, 20 and 30 days: nine in ten are at most 30.
	{target: "churn_own_rhythm", name: "the own limit", t: features.Target{Horizon: 10 * aDay},
		transactions: "a,2024-04-11,5\na,2024-04-21,5\na,2024-05-11,5\na,2024-06-10,5\n" + // silent for 30 days on July 10: the limit
			"b,2024-04-10,5\nb,2024-04-20,5\nb,2024-05-10,5\nb,2024-06-09,5\n" + // for 31: past it
			"c,2024-04-10,5\nc,2024-04-20,5\nc,2024-05-10,5\nc,2024-06-09,5\nc,2024-07-10 23:59,5\n" + // bought on the last day
			"d,2024-01-01,5\nd,2024-01-11,5\nd,2024-01-31,5\nd,2024-03-01,5\n" + // was overdue already
			"e,2024-04-10,5\ne,2024-04-20,5\ne,2024-05-10,5\ne,2024-06-09,5\ne,2024-07-11,5\n" + // bought once it was too late
			"f,2024-04-01,5\nf,2024-04-11,5\nf,2024-05-01,5\nf,2024-05-31,5\n", want: "010-11"}, // at the limit, and asked
	// Everybody's limit is 30, of seven gaps of which a's is 6: with one gap of her
	// own, a's is (6 + 2·30) / 3 = 22.
	{target: "churn_own_rhythm", name: "few orders lean on everybody", t: features.Target{Horizon: 10 * aDay},
		transactions: "a,2024-06-12,5\na,2024-06-18,5\n" + // July 10 is the 22nd day
			"b,2024-06-11,5\nb,2024-06-17,5\n" + // the 23rd
			"c,2024-04-11,5\nc,2024-05-11,5\nc,2024-06-10,5\nc,2024-07-09,5\nd,2024-04-11,5\nd,2024-05-11,5\nd,2024-06-10,5\nd,2024-07-09,5\n", want: "0100"},
	{target: "churn_own_rhythm", name: "one order has everybody's limit", t: features.Target{Horizon: 10 * aDay},
		transactions: "a,2024-06-29,5\nb,2024-06-10,5\nb,2024-06-15,5\nb,2024-06-20,5\nb,2024-06-25,5\nb,2024-06-30,5\nc,2024-06-01,5\n", want: "11-"},
	{target: "contract_end", name: "of those who have one",
		transactions: "z,2024-01-01,1\n",
		events:       "a,2024-01-01,contract_start\na,2024-08-01,contract_end\nb,2024-01-01,contract_start\nc,2023-01-01,contract_start\nc,2024-01-01,contract_end\n", want: "10--"},
	{target: "conversion", name: "anybody can", transactions: "a,2024-06-01,-5\na,2024-07-30 23:59,1\nb,2024-06-01,5\nb,2024-07-31,5\n", want: "10"},
	{target: "conversion", name: "the gap is left out", t: features.Target{Gap: aDay},
		transactions: "a,2024-06-01,5\na,2024-07-01 23:59,1\nb,2024-06-01,5\nb,2024-07-31,5\n", want: "01"},
	{target: "first_purchase", name: "of prospects",
		transactions: "a,2024-06-01,5\na,2024-07-02,5\n", events: "b,2024-06-01,signup\nc,2024-06-01,signup\n", want: "-00"},
	{target: "first_purchase", name: "that comes", transactions: "a,2024-07-02,5\n", events: "a,2024-06-01,signup\n", want: "1"},
	{target: "next_purchase", name: "of customers", transactions: "a,2024-06-01,5\na,2024-07-02,5\nc,2024-06-01,5\n", events: "b,2024-06-01,signup\n", want: "1-0"},
	{target: "category_purchase", name: "of the category only", t: features.Target{Of: features.Rows{Where: map[string]features.Test{"category": {Is: []string{"toys"}}}}},
		transactions: "a,2024-06-01,5\na,2024-07-02,5,toys\nb,2024-06-01,5\nb,2024-07-02,5,books\nc,2024-06-01,5\nc,2024-07-02,5\n", want: "100"},
	{target: "category_purchase", name: "of any but", t: features.Target{Of: features.Rows{Where: map[string]features.Test{"category": {Not: []string{"toys"}}}}},
		transactions: "a,2024-06-01,5\na,2024-07-02,5,toys\nb,2024-06-01,5\nb,2024-07-02,5,books\nc,2024-06-01,5\nc,2024-07-02,5\n", want: "010"},
	{target: "repeat", name: "bought on one day", transactions: "a,2024-06-01,5\na,2024-06-01 12:00,5\na,2024-08-01,5\nb,2024-06-01,5\nc,2024-06-01,5\nc,2024-06-02,5\n", want: "10-"},
	{target: "reactivation", name: "silent for 90 days", transactions: "a,2024-04-01,5\na,2024-08-01,5\nb,2024-04-01,5\nc,2024-04-02,5\nc,2024-08-01,5\n", want: "10-"},
	{target: "uninstall", name: "of those who have the app",
		transactions: "z,2024-01-01,1\n",
		events:       "a,2024-06-01,app_open\na,2024-07-09,app_uninstall\nb,2024-06-01,download\nc,2024-05-01,app_open\nc,2024-06-01,app_uninstall\nc,2024-07-09,app_uninstall\n", want: "10--"},
	{target: "upgrade", name: "within 90 days", transactions: "a,2024-06-01,5\nb,2024-06-01,5\n", events: "a,2024-09-01,plan_upgrade\nb,2024-10-01,plan_upgrade\n", want: "10"},
	{target: "redemption", name: "of who had a mailing in 30 days",
		transactions: "z,2024-01-01,1\n",
		events:       "a,2024-06-01,campaign_received\na,2024-07-09,coupon_redeemed\nb,2024-06-30,campaign_received\nc,2024-05-31,campaign_received\nc,2024-07-09,coupon_redeemed\n", want: "10--"},
}

// Every built-in target answers as its lives say.
//
// Rows 138, 139, 143.
func TestEveryTarget(t *testing.T) {
	all, err := features.Targets()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, tt := range targetCases {
		t.Run(tt.target+"/"+tt.name, func(t *testing.T) {
			h := loadLives(t, tt.transactions, tt.events, tt.customers)
			snapshots, err := h.Compute(nil, []time.Time{tinyMoment}, 1)
			if err != nil {
				t.Fatal(err)
			}
			tt.t.Kind = tt.target
			y, err := h.Label(tt.t, snapshots[0], tinyMoment.AddDate(1, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			if got := labels(y); got != tt.want {
				t.Errorf("labels of %v = %s, want %s", snapshots[0].Customers, got, tt.want)
			}
			shown[tt.target] += tt.want
		})
	}
	for name, target := range all {
		if !strings.Contains(shown[name], "0") || !strings.Contains(shown[name], "1") {
			t.Errorf("target %s is shown with the answers %q, want a 0 and a 1 at least", name, shown[name])
		}
		if target.En == "" || target.Es == "" || target.MeansEn == "" || target.MeansEs == "" || target.Name != target.Kind {
			t.Errorf("target %s has no words in both languages, or another kind: %+v", name, target)
		}
	}
}

// Whom a target is asked of depends on nothing at or after the moment, and labels
// only on the horizon and what is before it.
func TestAskedKnowsNoFuture(t *testing.T) {
	all, err := features.Targets()
	if err != nil {
		t.Fatal(err)
	}
	past := "a,2024-04-11,5\na,2024-05-11,5\nb,2024-06-01,5\nc,2024-01-01,5\nd,2024-06-29,-1\n"
	did := "a,2024-06-20,app_open\nb,2024-06-21,campaign_received\nc,2024-01-01,contract_start\nd,2024-06-01,app_open\n"
	later := "a,2024-07-01,5\nb,2024-08-01,5\nc,2024-10-01,5\nnew,2024-07-01,5\n"
	then := "a,2024-07-02,app_uninstall\nb,2024-07-21,coupon_redeemed\nc,2024-07-01,contract_end\nd,2024-07-01,campaign_received\n"
	for _, name := range slices.Sorted(maps.Keys(all)) {
		target := features.Target{Kind: name}
		if all[name].Wants != "" {
			target.Of.Where = map[string]features.Test{all[name].Wants: {Is: []string{"toys"}}}
		}
		var asked [2][]bool
		for i, more := range [2][2]string{{"", ""}, {later, then}} {
			h := loadLives(t, past+more[0], did+more[1], "")
			s, err := h.Compute(nil, []time.Time{tinyMoment}, 1)
			if err != nil {
				t.Fatal(err)
			}
			if asked[i], err = h.Asked(target, s[0]); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(asked[0], asked[1]) {
			t.Errorf("%s is asked of %v, and of %v once the future is there", name, asked[0], asked[1])
		}
	}
}

// A run doesn't ask who left with a reason.
func TestAskedLeavesOut(t *testing.T) {
	h := loadLives(t, "a,2024-06-01,5\nb,2024-06-01,5\n", "", "a,moved\nb,\n")
	s, err := h.Compute(nil, []time.Time{tinyMoment}, 1)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := h.Asked(features.Target{Kind: "churn"}, s[0])
	if err != nil || !slices.Equal(asked, []bool{false, true}) {
		t.Errorf("asked of %v, %v; want of b alone", asked, err)
	}
}

func TestWrongTargets(t *testing.T) {
	h := loadLives(t, "a,2024-06-01,5\n", "", "")
	s, err := h.Compute(nil, []time.Time{tinyMoment}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		t    features.Target
		want string
	}{
		{features.Target{Kind: "chrun"}, `kind "chrun" (nearest: churn)`},
		{features.Target{Kind: "category_purchase"}, "where: {category: …}"},
		{features.Target{Kind: "churn", Population: "custmers"}, "nearest: customers"},
		{features.Target{Kind: "churn", Outcome: "never"}, `outcome "never"`},
		{features.Target{Kind: "churn", Gap: -aDay}, "no negative gap"},
		{features.Target{Outcome: "some", Population: "all"}, "horizon above zero"},
		{features.Target{Kind: "conversion", Of: features.Rows{Source: "event"}}, `source "event" (nearest: events)`},
		{features.Target{Kind: "conversion", Of: features.Rows{Where: map[string]features.Test{"amount": {}}}}, "ask items"},
		{features.Target{Kind: "conversion", Of: features.Rows{Source: "items", Where: map[string]features.Test{"amunt": {}}}}, "nearest: amount"},
		{features.Target{Kind: "churn_own_rhythm", Quantile: 2}, "quantile"},
	} {
		if _, err := h.Label(tt.t, s[0], tinyMoment.AddDate(1, 0, 0)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want it to say %s", tt.t, err, tt.want)
		}
	}
	if _, err := h.Label(features.Target{Kind: "churn"}, s[0], tinyMoment.AddDate(0, 0, 89)); err == nil {
		t.Error("a horizon that ends after the data: no error")
	}
}

func labels(y []float64) string {
	var b strings.Builder
	for _, v := range y {
		switch {
		case math.IsNaN(v):
			b.WriteByte('-')
		default:
			b.WriteByte('0' + byte(v))
		}
	}
	return b.String()
}

// loadLives loads lines without their heads; events and customers may be empty.
func loadLives(t *testing.T, transactions, events, customers string) *features.History {
	t.Helper()
	in := features.Inputs{}
	if customers != "" {
		path := filepath.Join(t.TempDir(), "customers.csv")
		if err := os.WriteFile(path, []byte("customer_id,exit_reason\n"+customers), 0o600); err != nil {
			t.Fatal(err)
		}
		in.Customers = &features.Source{Paths: []string{path}}
	}
	if events != "" {
		events = "customer_id,time,type\n" + events
	}
	var lines strings.Builder
	for line := range strings.Lines(transactions) {
		line = strings.TrimSuffix(line, "\n")
		lines.WriteString(line + strings.Repeat(",", 3-strings.Count(line, ",")) + "\n")
	}
	return load(t, in, "customer_id,time,amount,category\n"+lines.String(), events)
}
