package pipeline

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDays(t *testing.T) {
	for _, c := range []struct {
		text string
		want Days
		ok   bool
	}{{"90d", 90, true}, {"12w", 84, true}, {"1y", 365, true}, {" 0d ", 0, true}, {"90", 0, false}, {"-3d", 0, false}, {"1.5d", 0, false}, {"d", 0, false}, {"99999d", 0, false}} {
		var d Days
		if err := d.UnmarshalText([]byte(c.text)); (err == nil) != c.ok || d != c.want {
			t.Errorf("%q: %v, %v", c.text, d, err)
		}
	}
}

// A moment without a zone is one of the configured zone, and a day begins there, also
// on the days on which clocks change.
func TestMoments(t *testing.T) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want, run string }{
		{"2026-01-31", "2026-01-30T23:00:00Z", "2026-01-31"},
		{"2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29"}, // 23 hours long
		{"2026-10-26", "2026-10-25T23:00:00Z", "2026-10-26"},
		{"2026-01-31 18:00:00", "2026-01-31T17:00:00Z", "2026-01-31T170000Z"},
		{"2026-06-30T22:00:00Z", "2026-06-30T22:00:00Z", "2026-07-01"},
	} {
		at, err := parseMoment(c.text, madrid)
		if err != nil || at.UTC().Format(time.RFC3339) != c.want || runName(at) != c.run {
			t.Errorf("%s: %v, run %s, %v", c.text, at.UTC(), runName(at), err)
		}
	}
	if _, err := parseMoment("yesterday", madrid); err == nil || !strings.Contains(err.Error(), "2026-01-31") {
		t.Errorf("yesterday: %v", err)
	}
	last := time.Date(2026, 3, 28, 23, 59, 0, 0, madrid)
	if got := dayAfter(last); !got.Equal(time.Date(2026, 3, 29, 0, 0, 0, 0, madrid)) {
		t.Errorf("the day after %v: %v", last, got)
	}
}

// Nothing learned from is still going on at the judging moment.
func TestSplitTime(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2025, 1, 1+n, 0, 0, 0, 0, time.UTC) }
	tr := Training{Every: 30, Cutoffs: 4}
	for _, c := range []struct {
		name      string
		target    Target
		asOf      int
		ok        bool
		holdout   int
		train     []int
		customers bool
	}{
		{"long", Target{Horizon: 90}, 700, true, 610, []int{520, 490, 460, 430}, false},
		{"gap", Target{Horizon: 30, Gap: 7}, 200, true, 163, []int{126, 96, 66, 36}, false},
		{"short", Target{Horizon: 90}, 200, true, 110, []int{110}, true},
		{"too short", Target{Horizon: 90}, 100, false, 0, nil, false},
	} {
		s, ok := splitTime(c.target, tr, day(0), day(c.asOf))
		if ok != c.ok {
			t.Errorf("%s: %v", c.name, ok)
			continue
		}
		if !ok {
			continue
		}
		var want []time.Time
		for _, d := range c.train {
			want = append(want, day(d))
		}
		if !s.Holdout.Equal(day(c.holdout)) || !reflect.DeepEqual(s.Train, want) || s.ByCustomers != c.customers {
			t.Errorf("%s: %+v", c.name, s)
		}
		window := time.Duration(c.target.Gap+c.target.Horizon) * 24 * time.Hour
		for _, at := range s.Train {
			if !s.ByCustomers && at.Add(window).After(s.Holdout) {
				t.Errorf("%s: the outcome of %v ends after the judging moment %v", c.name, at, s.Holdout)
			}
		}
	}
}

func TestFillEnv(t *testing.T) {
	env := func(name string) (string, bool) { return "s3cret", name == "TOKEN" }
	got, err := fillEnv("x.yaml", []byte("a: ${TOKEN} # ${NOT_READ}\nb: $TOKEN\n"), env)
	if err != nil || string(got) != "a: s3cret # ${NOT_READ}\nb: $TOKEN\n" {
		t.Errorf("%q, %v", got, err)
	}
	_, err = fillEnv("x.yaml", []byte("a: 1\nb: ${MISSING}\n"), env)
	if err == nil || !strings.Contains(err.Error(), "x.yaml:2:4") || !strings.Contains(err.Error(), "MISSING") {
		t.Errorf("%v", err)
	}
}

// Percentiles are mid-ranks among those who are scored.
func TestPercentiles(t *testing.T) {
	nan := math.NaN()
	got := percentiles([]float64{0.5, nan, 0.1, 0.5, 0.9})
	want := []float64{0.5, nan, 0.125, 0.5, 0.875}
	if !cmp.Equal(got, want, cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Whatever the schema knows the configuration reads, and the other way round.
func TestSchema(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	c := reflect.TypeFor[Config]()
	for i := range c.NumField() {
		key := c.Field(i).Tag.Get("yaml")
		if key != "" && !strings.Contains(string(text), `"`+key+`"`) {
			t.Errorf("the schema has no %s", key)
		}
	}
}

// Every word that people read is there in both languages.
func TestBothLanguages(t *testing.T) {
	for name, w := range traitWords {
		for _, s := range []string{w.HighEn, w.HighEs, w.LowEn, w.LowEs} {
			if s == "" {
				t.Errorf("%s has not all its words: %+v", name, w)
			}
		}
	}
	for _, name := range clusterBy {
		if _, ok := traitWords[name]; !ok {
			t.Errorf("%s, by which customers are compared, has no adjectives", name)
		}
	}
	for _, k := range kinds {
		if k.en == "" || k.es == "" {
			t.Errorf("kind %s: %q, %q", k.kind, k.en, k.es)
		}
	}
}
