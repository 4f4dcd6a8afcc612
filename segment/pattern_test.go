package segment_test

import (
	"slices"
	"testing"

	"segmenta/segment"
	"segmenta/table"
)

// Everyone has one intent at most, the first that fits; what the data can't show is
// left out by name. Row 130.
func TestIntents(t *testing.T) {
	list, err := segment.Intents()
	if err != nil {
		t.Fatal(err)
	}
	visits := new(table.Table)
	for name, values := range map[string][]float64{
		"sessions_30d": {4, 1, 1, 0}, "product_views_30d": {9, 2, 2, 0}, "categories_viewed_30d": {1, 2, 1, 0},
		"page_views_30d": {40, 30, 4, 0}, "cart_adds_30d": {1, 0, 1, 0},
	} {
		visits.Add(table.Floats(name, values))
	}
	got, lacking, err := segment.First(list, visits)
	if want := []string{"compare", "research", "quick", ""}; err != nil || !slices.Equal(got, want) || len(lacking) != 0 {
		t.Errorf("%q %v %v, want %q", got, lacking, err, want)
	}
	visits.Columns = slices.DeleteFunc(visits.Columns, func(c *table.Column) bool { return c.Name == "categories_viewed_30d" })
	if got, lacking, err = segment.First(list, visits); err != nil || lacking["compare"] != "categories_viewed_30d" || got[0] != "" {
		t.Errorf("%q %v %v", got, lacking, err)
	}
	for _, p := range list {
		if p.Es.Name == "" || p.En.Name == "" || p.Es.Description == "" || p.En.Description == "" {
			t.Errorf("%s has no words", p.ID)
		}
	}
}
