package features_test

import (
	"testing"

	"segmenta/features"
)

// A feature that compares with a year ago needs the year, and one that is derived needs what
// its parts need.
func TestReach(t *testing.T) {
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	all := c.Definitions()
	want := map[string]int{
		"orders_365d": 0, "recency_days": 0, "overdue_ratio": 0,
		"orders_same_month_last_year": 365, "orders_previous_365d": 730, "orders_year_on_year": 730,
		"gift_season_share": 365, "orders_trend_30d_90d": 90, "orders_trend_180d_365d": 365,
	}
	for i := range all {
		if days, ok := want[all[i].Name]; ok {
			if got := all[i].Reach(); got != days {
				t.Errorf("%s reaches back %d days, want %d", all[i].Name, got, days)
			}
			delete(want, all[i].Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("the catalogue has no %v", want)
	}
}
