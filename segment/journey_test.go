package segment_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"segmenta/segment"
)

// Rows 39, 100–105.
func TestJourney(t *testing.T) {
	tests := []struct {
		name          string
		who           segment.Traveller
		stage, funnel string
		email         bool
	}{
		{"imported, nothing done", segment.Traveller{Stage: "cold_contact"}, "awareness", "lead", true},
		{"looked at products", segment.Traveller{Stage: "cold_contact", Interest: 3}, "consideration", "prospect", true},
		{"looked, nobody knows who", segment.Traveller{Stage: "cold_contact", Interest: 3}, "consideration", "lead", false},
		{"filled a cart", segment.Traveller{Stage: "lead", Interest: 3, Intent: 1}, "purchase", "prospect", true},
		{"likely to buy", segment.Traveller{Stage: "lead", Interest: 3, Likely: true}, "purchase", "prospect", true},
		{"active customer", segment.Traveller{Stage: "customer", RFM: "new", Orders: 1}, "retention", "customer", true},
		{"active, and likely to buy again", segment.Traveller{Stage: "customer", RFM: "new", Orders: 1, Likely: true}, "retention", "customer", true},
		{"active, with a full cart", segment.Traveller{Stage: "customer", RFM: "loyal", Orders: 4, Intent: 2}, "purchase", "loyal_customer", true},
		{"recommends", segment.Traveller{Stage: "customer", RFM: "champions", Orders: 9, Recommends: true, Intent: 1}, "advocacy", "loyal_customer", true},
		{"recommends, and never bought", segment.Traveller{Stage: "lead", Recommends: true}, "awareness", "prospect", true},
		{"dormant", segment.Traveller{Stage: "dormant", RFM: "lost", Orders: 2}, "awareness", "customer", true},
		{"dormant, looking again", segment.Traveller{Stage: "dormant", RFM: "lost", Orders: 2, Interest: 1}, "consideration", "customer", true},
		{"nothing known", segment.Traveller{Orders: nan, Intent: nan, Interest: nan}, "awareness", "lead", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stage, why := segment.Journey(tt.who)
			if funnel := segment.Funnel(tt.who, tt.email); stage != tt.stage || funnel != tt.funnel {
				t.Errorf("%s because %s, in the funnel %s; want %s and %s", stage, why, funnel, tt.stage, tt.funnel)
			}
		})
	}
}

// Whoever it is, they are in exactly one named stage of each kind, with a reason. Row 99.
func TestExactlyOneStage(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	number := func() float64 { return []float64{nan, 0, 1, 2, 5, 100, 400}[random.IntN(7)] }
	text := func(words ...string) string { return words[random.IntN(len(words))] }
	yes := func() bool { return random.IntN(2) == 0 }
	for range 5000 {
		p := segment.Person{NotQualified: text("", "", "", "competitor"), ExitReason: text("", "moved"), Orders: number(), Recency: number(), Gap: number(),
			Recommends: yes(), TopBilling: yes(), Meeting: yes(), AskedPrice: yes(), Email: yes(), Phone: yes(), OtherData: yes()}
		rule := segment.LifecycleRule{DormantDays: 90, DormantGaps: 3, TypicalGap: number(), EvangelistAt: 3}
		stage, why := rule.Stage(p)
		one(t, segment.Stages, stage)
		one(t, segment.Evidence, why)
		w := segment.Traveller{Stage: stage, RFM: text("", "new", "loyal"), Orders: p.Orders, Recommends: p.Recommends, Intent: number(), Likely: yes(), Interest: number()}
		journey, why := segment.Journey(w)
		one(t, segment.JourneyStages, journey)
		one(t, segment.JourneyEvidence, why)
		one(t, segment.FunnelStages, segment.Funnel(w, p.Email))
	}
}

func one(t *testing.T, list []segment.Name, id string) {
	t.Helper()
	n := 0
	for _, name := range list {
		if name.ID == id && name.En != "" && name.Es != "" {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%q is %d of %v", id, n, list)
	}
}

// Row 142.
func TestChain(t *testing.T) {
	names := []string{"new", "loyal", "lost"}
	var from, to []string
	add := func(a, b string, n int) {
		for range n {
			from, to = append(from, a), append(to, b)
		}
	}
	add("new", "lost", 60)
	add("new", "loyal", 40)
	add("loyal", "loyal", 90)
	add("loyal", "lost", 10)
	add("lost", "", 50) // nobody knows where to
	c := segment.FitChain(names, from, to)
	if to, p := c.Next("new"); to != "lost" || math.Abs(p-(60+10*0.35)/110) > 1e-12 {
		t.Errorf("after new comes %s with %v", to, p)
	}
	if to, p := c.Next("lost"); to != "loyal" || math.Abs(p-0.65) > 1e-12 {
		t.Errorf("nothing was seen to follow lost, so the average of all serves: %s with %v", to, p)
	}
	if to, _ := c.Next("nosuch"); to != "" {
		t.Error(to)
	}
	for i, row := range c.P {
		sum := 0.0
		for _, p := range row {
			sum += p
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Errorf("%s: the probabilities add up to %v", names[i], sum)
		}
	}
	if c.Steps != 200 {
		t.Errorf("%d steps, want 200", c.Steps)
	}
}
