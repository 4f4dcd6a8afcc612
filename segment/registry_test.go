package segment_test

import (
	"strings"
	"testing"

	"segmenta/segment"
)

// The record of the segments names each, with its definition and plan, in the language
// asked for; another plan or rule is another version. Row 221.
func TestRegistry(t *testing.T) {
	m, err := evaluate(planned("mine", `primary: {recency_days: "> 40"}`), people())
	if err != nil {
		t.Fatal(err)
	}
	other, err := evaluate(planned("mine", `primary: {recency_days: "> 41"}`), people())
	if err != nil {
		t.Fatal(err)
	}
	pages := make(map[string]string)
	for _, language := range []string{"en", "es"} {
		var b strings.Builder
		if err := segment.Registry(&b, language, "2026-01-01", []*segment.Membership{m}); err != nil {
			t.Fatal(err)
		}
		pages[language] = b.String()
		for _, want := range []string{"`mine`", "2026-01-01", "primary: recency_days > 40", "do mine", "60.0 %", "[5 3 3 3]", "`champions`", "`cold_contact`", "`advocacy`"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s has no %q:\n%s", language, want, b.String())
			}
		}
	}
	if !strings.Contains(pages["es"], "Campeones") || strings.Contains(pages["es"], "Champions (") {
		t.Errorf("not in Spanish:\n%s", pages["es"])
	}
	var b strings.Builder
	if err := segment.Registry(&b, "en", "2026-01-01", []*segment.Membership{other}); err != nil {
		t.Fatal(err)
	}
	version := func(page string) string {
		_, rest, _ := strings.Cut(page, "| version | ")
		v, _, _ := strings.Cut(rest, " |")
		return v
	}
	if len(version(b.String())) != 12 || version(b.String()) == version(pages["en"]) {
		t.Errorf("version %q of one definition and %q of another", version(b.String()), version(pages["en"]))
	}
}
