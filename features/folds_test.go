package features_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"segmenta/features"
)

// Whatever the moments, horizons and customers: no outcome that a fold learns from
// reaches into or past the moment that it judges, nobody is on both sides of a
// fold or in two folds of one moment, and time never runs backwards.
func TestFolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2024, 1, 1, 0, 0, 0, 0, madrid)
		groups := rapid.IntRange(1, 5).Draw(t, "groups")
		n := rapid.IntRange(0, 60).Draw(t, "rows")
		var who []string
		var at, until []time.Time
		for range n {
			m := start.AddDate(0, 0, 7*rapid.IntRange(0, 9).Draw(t, "week"))
			who = append(who, fmt.Sprint("c", rapid.IntRange(0, 9).Draw(t, "customer")))
			at, until = append(at, m), append(until, m.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "window")))
		}
		folds := features.Folds(who, at, until, groups)
		judged := map[int]bool{}
		for k, f := range folds {
			if k > 0 && (f.At.Before(folds[k-1].At) || f.At.Equal(folds[k-1].At) && f.Group <= folds[k-1].Group) {
				t.Fatal("folds are out of order")
			}
			var learns []string
			for _, i := range f.Train {
				if until[i].After(f.At) {
					t.Fatalf("it learns from an outcome that is over on %v and judges %v", until[i], f.At)
				}
				learns = append(learns, who[i])
			}
			for _, i := range f.Valid {
				if judged[i] || !at[i].Equal(f.At) || slices.Contains(learns, who[i]) {
					t.Fatalf("row %d is judged twice, at another moment, or is of a customer learned from", i)
				}
				judged[i] = true
			}
		}
		// Nothing is left out that could be used.
		for i := range who {
			usable := slices.ContainsFunc(folds, func(f features.Fold) bool { return slices.Contains(f.Valid, i) })
			other := false
			for j := range who {
				other = other || !until[j].After(at[i]) && features.Group(who[j], groups) != features.Group(who[i], groups)
			}
			if usable != other {
				t.Fatalf("row %d is judged: %v, and there is something to learn from before it: %v", i, usable, other)
			}
		}
	})
}

// A horizon that ends with the judged moment is over by then; a microsecond later it
// isn't.
func TestFoldsBoundary(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2024, 1, 1+n, 0, 0, 0, 0, time.UTC) }
	other := "b" // one of the other group
	for features.Group(other, 2) == features.Group("a", 2) {
		other += "b"
	}
	at := []time.Time{day(0), day(30)}
	for late, want := range []int{1, 0} {
		folds := features.Folds([]string{other, "a"}, at, []time.Time{day(30).Add(time.Duration(late) * time.Microsecond), day(60)}, 2)
		if len(folds) != want {
			t.Errorf("an outcome that is over %d µs after the judged moment began: %d folds, want %d", late, len(folds), want)
		}
	}
}
