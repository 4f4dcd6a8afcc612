package pipeline_test

import (
	"slices"
	"testing"

	"segmenta/features"
	"segmenta/segment"
)

// Whatever the built-in rules and intents ask of is a feature of the catalogue or a
// column of the segment table; one is the user's own to define, and the starter shows how.
func TestBuiltinsAskOfWhatThereIs(t *testing.T) {
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"value_band", "lifecycle_stage", "rfm_frequency", "clv", "beauty_orders_30d"}
	for _, d := range c.Definitions() {
		known = append(known, d.Name)
	}
	rules, err := segment.Builtins()
	if err != nil {
		t.Fatal(err)
	}
	intents, err := segment.Intents()
	if err != nil {
		t.Fatal(err)
	}
	mentions := make(map[string][]segment.Mention)
	for _, r := range rules {
		mentions[r.ID] = r.Mentions()
	}
	for _, i := range intents {
		mentions[i.ID] = i.Mentions()
	}
	for id, list := range mentions {
		for _, m := range list {
			if !slices.Contains(known, m.Column) {
				t.Errorf("%s asks of %s, which nothing computes", id, m.Column)
			}
		}
	}
}
