package pipeline

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"segmenta/features"
)

// Every signal looks at a feature that there is, says its value in both languages, and
// warns on its own side only.
func TestSignals(t *testing.T) {
	catalog, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, d := range catalog.Definitions() {
		known[d.Name] = true
	}
	for _, s := range signals {
		if !known[s.feature] {
			t.Errorf("%s: no such feature", s.feature)
		}
		for _, form := range []string{s.en, s.es} {
			if said := fmt.Sprintf(form, 3.0); !strings.Contains(said, "3") || strings.Contains(said, "%!") {
				t.Errorf("%s: %q", s.feature, said)
			}
		}
		beyond, before := s.at+0.1, s.at-0.1
		if s.below {
			beyond, before = before, beyond
		}
		if !s.warns(s.at) || !s.warns(beyond) || s.warns(before) || s.warns(math.NaN()) {
			t.Errorf("%s: warns from the wrong side of %v", s.feature, s.at)
		}
	}
}
