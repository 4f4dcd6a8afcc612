package pipeline_test

import (
	"math"
	"strings"
	"testing"

	"segmenta/table"
)

// rowWhere is the first row in which a column says something; −1 where none does.
func rowWhere(t *table.Table, column, says string) int {
	for i := range t.Rows() {
		if t.Column(column).Text(i) == says {
			return i
		}
	}
	return -1
}

// acted holds what a run says of whom to do what for.
func acted(t *testing.T, run map[string]*table.Table) {
	t.Helper()
	s, offered, nothing := run["segments"], 0, 0
	for i := range s.Rows() {
		what, gain := s.Column("next_best_action"), s.Column("next_best_action_profit").Number(i)
		switch {
		case what.IsNull(i):
		case what.Text(i) == "nothing":
			nothing++
			if gain != 0 {
				t.Fatalf("doing nothing brings %v", gain)
			}
		case what.Text(i) == "call" || what.Text(i) == "push":
			offered++
			if !(gain > 0) || s.Column("next_best_action_because_es").IsNull(i) || s.Column("next_best_action_en").IsNull(i) {
				t.Fatalf("row %d: %s brings %v", i, what.Text(i), gain)
			}
			if what.Text(i) == "push" && run["features"].Column("consents_push").Number(i) != 1 {
				t.Fatalf("row %d has not agreed to push messages, and is offered one", i)
			}
		}
	}
	if offered < 100 || nothing == 0 {
		t.Errorf("%d are offered something, %d nothing", offered, nothing)
	}
	m := run["mass_mailing"]
	k := rowWhere(m, "segment", "lately")
	at := func(name string) float64 { return m.Column(name).Number(k) }
	if k < 0 || m.Column("channel").Text(k) != "email" || at("contacts_avoided") != at("everybody")-at("in_segment") || math.Abs(at("cost_avoided")-0.01*at("contacts_avoided")) > 1e-9 || !(at("in_segment") > 0) {
		t.Errorf("row %d of mass_mailing: %v of %v, saves %v", k, at("in_segment"), at("everybody"), at("cost_avoided"))
	}
}

// portrayed holds the cards, the niches and the tables of what the data are worth.
func portrayed(t *testing.T, run map[string]*table.Table) {
	t.Helper()
	c := run["cards"]
	k := rowWhere(c, "segment", "lately")
	if k < 0 || c.Column("differs_es").IsNull(k) || !strings.Contains(c.Column("portrait_en").Text(k), "against") || !(c.Column("value_365d_low").Number(k) > c.Column("value_365d_others").Number(k)) {
		t.Errorf("the card of who bought lately is row %d of %d", k, c.Rows())
	}
	n := run["niches"]
	last := math.Inf(1)
	for i := range n.Rows() {
		if e := n.Column("expected").Number(i); e > last {
			t.Errorf("niche %d is out of order", i)
		} else {
			last = e
		}
	}
	if k := rowWhere(n, "value", "CL"); k < 0 || n.Column("market").Number(k) != 5000 || !(n.Column("penetration").Number(k) < 0.2) || n.Column("next").IsNull(k) {
		t.Errorf("the niche of Chile is row %d of %d", k, n.Rows())
	}
	share := 0.0
	for i := range run["channels"].Rows() {
		share += run["channels"].Column("share_of_amount").Number(i)
	}
	if math.Abs(share-1) > 1e-9 {
		t.Errorf("the channels' shares add up to %v", share)
	}
	a, families := run["attributes"], make(map[string]bool)
	for i := range a.Rows() {
		families[a.Column("family").Text(i)] = true
		if a.Column("column").IsNull(i) != a.Column("filled").IsNull(i) {
			t.Errorf("%s is declared missing and is filled, or the other way round", a.Column("attribute").Text(i))
		}
	}
	if k := rowWhere(a, "attribute", "education"); len(families) != 4 || k < 0 || !a.Column("column").IsNull(k) || a.Column("column").IsNull(rowWhere(a, "attribute", "country")) {
		t.Errorf("%d families; the shop knows countries, and nobody's education", len(families))
	}
	p := run["provenance"]
	if p.Rows() != 3 || !(p.Column("gain").Number(0) > 0.5) || p.Column("features").Number(2) != 0 {
		t.Errorf("provenance: %v %v", p.Column("gain").Floats, p.Column("features").Ints)
	}
	if x := run["context"]; rowWhere(x, "what", "orders_30d") < 0 || x.Column("periods").Text(0) != "autumn" {
		t.Errorf("the context has %d rows", x.Rows())
	}
}

// whole holds that there is one row for everybody of any source, with who they are, what
// they do and what is foretold of them, and that what only customers can be is said of
// customers alone.
func whole(t *testing.T, run map[string]*table.Table) {
	t.Helper()
	s := run["segments"]
	for _, name := range []string{"profile_country", "age_band", "orders_all", "favourite_channel", "sessions_30d", "email_open_rate", "last_event_type", "churn_probability", "clv", "segments", "consent_email"} {
		if s.Column(name) == nil {
			t.Errorf("the one row of a customer has no %s", name)
		}
	}
	seen, prospects := make(map[string]bool), 0
	for i := range s.Rows() {
		if id := s.Column("customer_id").Text(i); seen[id] {
			t.Fatalf("%s has two rows", id)
		} else {
			seen[id] = true
		}
		if s.Column("orders_all").Number(i) > 0 {
			continue
		}
		prospects++
		for _, name := range []string{"rfm_segment", "rfm_frequency", "rfm_monetary", "high_ticket", "recommends", "micro_segment"} {
			if !s.Column(name).IsNull(i) {
				t.Fatalf("row %d has bought nothing, and its %s is %s", i, name, s.Column(name).Format(i))
			}
		}
	}
	if prospects == 0 {
		t.Error("there are no prospects")
	}
}
