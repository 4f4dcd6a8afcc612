package features_test

import (
	"math"
	"testing"
	"time"

	"segmenta/features"
)

// Moments at which a definition turns: the same history, a second apart.
func TestMeasureEdges(t *testing.T) {
	const cart = "a,2024-06-30 10:00,cart_add,,,,P1\n"
	tests := []struct {
		name, feature        string
		transactions, events string
		want                 float64 // NaN: no value
	}{
		{"bought at the same moment", "abandoned_cart_products_7d", "a,2024-06-30 10:00,5,,P1\n", cart, 0},
		{"bought a second later", "abandoned_cart_products_7d", "a,2024-06-30 10:00:01,5,,P1\n", cart, 0},
		{"bought a second before", "abandoned_cart_products_7d", "a,2024-06-30 09:59:59,5,,P1\n", cart, 1},
		{"another product bought", "abandoned_cart_products_7d", "a,2024-06-30 11:00,5,,P2\n", cart, 1},
		{"returned, not bought", "abandoned_cart_products_7d", "a,2024-06-30 11:00,-5,,P1\n", cart, 1},
		{"a product twice counts once", "abandoned_cart_products_7d", "z,2024-01-01,1\n", cart + cart, 1},
		{"exactly a week ago is in", "abandoned_cart_products_7d", "z,2024-01-01,1\n", "a,2024-06-24,cart_add,,,,P1\n", 1},
		{"a microsecond before is not", "abandoned_cart_products_7d", "z,2024-01-01,1\n", "a,2024-06-23T23:59:59.999999Z,cart_add,,,,P1\n", 0},
		{"at the moment itself is not", "abandoned_cart_products_7d", "z,2024-01-01,1\n", "a,2024-06-30 00:00,other\na,2024-07-01,cart_add,,,,P1\n", 0},
		{"a purchase in the same half hour", "cart_to_order_90d", "a,2024-06-30 10:30,5,,P1\n", cart, 1},
		{"a second past it", "cart_to_order_90d", "a,2024-06-30 10:30:01,5,,P1\n", cart, 0},
		{"something in between", "cart_to_order_90d", "a,2024-06-30 10:30,5,,P1\n", cart + "a,2024-06-30 10:10,chat\n", 0},
		{"a quarter of an hour is quick", "quick_visits_90d", "a,2024-06-30 10:15,5,,P1\n", cart, 1},
		{"a second more is not", "quick_visits_90d", "a,2024-06-30 10:15:01,5,,P1\n", cart, 0},
		{"a purchase alone is no visit", "quick_visits_90d", "a,2024-06-30 10:15:01,5,,P1\n", "", 0},
		{"one product three times is research", "research_visits_90d", "z,2024-01-01,1\n", cart + cart + cart, 1},
		{"twice is not", "research_visits_90d", "z,2024-01-01,1\n", cart + cart, 0},
		{"two products are compared", "comparing_visits_90d", "z,2024-01-01,1\n", cart + "a,2024-06-30 10:30,product_view,,,,P2\n", 1},
		{"not half an hour and a second apart", "comparing_visits_90d", "z,2024-01-01,1\n", cart + "a,2024-06-30 10:30:01,product_view,,,,P2\n", 0},
		{"a week runs from Monday", "active_weeks_180d", "a,2024-06-24,5\na,2024-06-30,5\n", "", 1},
		{"to Sunday", "active_weeks_180d", "a,2024-06-23,5\na,2024-06-24,5\n", "", 2},
		{"two responses are too few", "best_hour", "z,2024-01-01,1\n", "a,2024-06-30 10:00,email_click\na,2024-06-29 10:00,email_click\n", math.NaN()},
		{"three are enough", "best_hour", "z,2024-01-01,1\n", "a,2024-06-30 10:00,email_click\na,2024-06-29 10:00,email_click\na,2024-06-28 10:59,email_click\n", 10},
		{"midnight lies between 23 and 0", "best_hour", "z,2024-01-01,1\n", "a,2024-06-30 23:00,email_click\na,2024-06-29 00:00,email_click\na,2024-06-28 00:30,email_click\na,2024-06-28 01:30,email_click\n", 0},
		{"a visit across midnight is one", "visits_30d", "z,2024-01-01,1\n", "a,2024-06-29 23:50,page_view\na,2024-06-30 00:10,page_view\n", 1},
		{"no value fails every test", "campaign_orders_365d", "a,2024-06-01,5\n", "", 0},
		{"last year's month begins on its first moment", "orders_same_month_last_year", "a,2023-07-02,5\n", "", 1},
		{"not a microsecond before", "orders_same_month_last_year", "a,2023-07-01T23:59:59.999999Z,5\n", "", 0},
		{"and ends before its last", "orders_same_month_last_year", "a,2023-08-01,5\n", "", 0},
		{"two lines of one moment are one purchase", "rebought_share_all", "a,2024-06-01,5,,P1\na,2024-06-01,6,,P1\n", "", 0},
		{"a second later it is bought again", "rebought_share_all", "a,2024-06-01,5,,P1\na,2024-06-01 00:00:01,6,,P1\n", "", 0.5},
		{"fifteen days from the day of the year", "season_share", "a,2023-07-16,5\n", "", 1},
		{"sixteen", "season_share", "a,2023-07-17,5\n", "", 0},
		{"New Year lies between December and January", "season_share", "a,2023-01-05,5\n", "", 0},
		{"a rhythm of one purchase never changed", "rate_shift", "a,2023-01-05,5\n", "", 0},
		{"a pace that stopped is slower", "rate_shift", "a,2024-01-01,5\na,2024-01-11,5\na,2024-01-21,5\na,2024-01-31,5\n", "", -math.Sqrt(2 * 3 * math.Log(182/30.))},
		{"a rhythm without a deviation is late by days", "overdue_deviations", "a,2024-06-01,5\na,2024-06-11,5\na,2024-06-21,5\n", "", 0},
		{"and so is one of two gaps of ten and eleven", "overdue_deviations", "a,2024-05-21,5\na,2024-05-31,5\na,2024-06-11,5\n", "", 9.5},
		{"one gap has no deviation", "overdue_deviations", "a,2024-06-11,5\na,2024-06-21,5\n", "", math.NaN()},
		{"a loss is no margin", "margin_share_all", "a,2024-01-01,10,,,,,,,,15\n", "", -0.5},
		{"sold at cost is not below it", "loss_lines_365d", "a,2024-01-01,10,,,,,,,,10\n", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events := tt.events
			if events == "" {
				events = "z,2024-01-01,other\n"
			}
			h := load(t, features.Inputs{}, transactionsHead+tt.transactions, eventsHead+events)
			c, err := features.Builtin()
			if err != nil {
				t.Fatal(err)
			}
			defs, err := c.Select([]string{tt.feature})
			if err != nil {
				t.Fatal(err)
			}
			s, err := h.Compute(defs, []time.Time{tinyMoment}, 1)
			if err != nil {
				t.Fatal(err)
			}
			got := s[0].Table.Columns[0].Number(0)
			if !(math.Abs(got-tt.want) < 1e-9) && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
				t.Errorf("%s of %s = %v, want %v", tt.feature, s[0].Customers[0], got, tt.want)
			}
		})
	}
}

// On the days on which clocks change, windows that end before the moment end at the
// same time of day.
func TestAgoAcrossClockChanges(t *testing.T) {
	at := time.Date(2024, 4, 2, 0, 0, 0, 0, madrid) // three days after the clocks went forward
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	week := features.Definition{Name: "week_before", Source: "orders", Measure: "count", Windows: []string{"3d"}, Ago: "3d", En: "x", Es: "x"}
	if c, err = c.With("own", []features.Definition{week}); err != nil {
		t.Fatal(err)
	}
	defs, err := c.Select([]string{"week_before"})
	if err != nil {
		t.Fatal(err)
	}
	in := features.Inputs{Zone: madrid, Transactions: &features.Source{TimeLayout: "local"}}
	h := load(t, in, "customer_id,time,amount\na,2024-03-26 23:59,1\na,2024-03-27 00:00,1\na,2024-03-29 23:59,1\na,2024-03-30 00:00,1\n", "")
	s, err := h.Compute(defs, []time.Time{at}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := s[0].Table.Columns[0].Number(0); got != 2 {
		t.Errorf("orders from March 27 to before March 30 = %v, want 2", got)
	}
}
