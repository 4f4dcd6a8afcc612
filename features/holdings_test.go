package features_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"segmenta/features"
)

// Rows 120, 121.
func TestHoldings(t *testing.T) {
	h := load(t, features.Inputs{}, tinyTransactions, `customer_id,time,type,category
ana,2024-06-27,product_view,games
ana,2024-06-28,cart_add,games
ana,2024-07-02,product_view,books
ben,2024-06-28,session,
`)
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	some, err := c.Select([]string{"recency_days"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Compute(some, []time.Time{tinyMoment}, 2)
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Holdings(s[0])
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		who, what        string
		orders, interest int32
		amount           float64
		bought, seen     string
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.DateOnly)
	}
	var list []row
	for _, x := range got.List {
		list = append(list, row{s[0].Customers[x.Row], got.Categories[x.Category], x.Orders, x.Interest, x.Amount, day(x.Bought), day(x.Seen)})
	}
	// Two lines of one day are one day; what came at the moment or after does not count.
	want := []row{
		{"ana", "books", 2, 0, 150, "2024-06-01", ""}, {"ana", "games", 0, 2, 0, "", "2024-06-28"}, {"ana", "toys", 2, 0, 90, "2024-06-25", ""},
		{"ben", "books", 2, 0, 20, "2024-03-11", ""},
	}
	if diff := cmp.Diff(want, list, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
}
