package features

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Texts come in bytewise order, whatever they have in common.
func TestInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"", "customer-", "\x00"}).Draw(t, "prefix")
		texts := rapid.SliceOfDistinct(rapid.OneOf(rapid.StringN(0, 3, 12), rapid.StringMatching("[ab\x00]{0,12}")), rapid.ID[string]).Draw(t, "texts")
		var got []string
		for i := range texts {
			texts[i] = prefix + texts[i]
		}
		for _, k := range inOrder(texts) {
			got = append(got, texts[k])
		}
		want := slices.Sorted(slices.Values(texts))
		if !slices.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

// A word keeps its number until words are sorted; then numbers are ranks, and new words
// follow.
func TestWordsAreRanks(t *testing.T) {
	var w words
	all := []string{"pear", "", "apple", "a word of more than fifteen bytes", "pear", "fig"}
	first := make([]int64, len(all))
	w.numbers(first, all)
	if want := []int64{1, 0, 2, 3, 1, 4}; !slices.Equal(first, want) {
		t.Fatalf("numbers %v, want %v", first, want)
	}
	rank := w.sort()
	sorted := []string{"a word of more than fifteen bytes", "apple", "fig", "pear"}
	if !slices.Equal(w.texts(), sorted) {
		t.Fatalf("sorted %q, want %q", w.texts(), sorted)
	}
	for i, s := range all {
		n, met := w.find(s)
		if rank[first[i]] != n || met != (s != "") || met && w.word(n) != s {
			t.Errorf("%q was %d, is of rank %d, and found at %d", s, first[i], rank[first[i]], n)
		}
	}
	if n := w.number("kiwi"); n != 5 || w.word(n) != "kiwi" {
		t.Errorf("a new word gets number %d, want 5", n)
	}
	if _, met := w.find("plum"); met {
		t.Error("plum is found, and never came")
	}
}

// Looking back finds what looking from the start does.
func TestFirstBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOf(rapid.Int64Range(0, 20)).Draw(t, "times")
		slices.Sort(times)
		at := rapid.Int64Range(-1, 22).Draw(t, "at")
		if got, want := firstBack(times, at), firstAt(times, at); got != want {
			t.Fatalf("%v: first at or after %d is %d, want %d", times, at, got, want)
		}
	})
}

// A clock that remembers reads the wall as a new one does, hour by hour around changes.
func TestClockRemembers(t *testing.T) {
	for _, zone := range []string{"Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"} {
		at, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		old := newClock(at)
		for wall := daysSince1970(2024, 1, 1) * day; wall < daysSince1970(2025, 2, 1)*day; wall += day / 48 {
			if got, want := old.utc(wall), newClock(at).utc(wall); got != want {
				t.Fatalf("%s: %s is %d, want %d", zone, fmt.Sprint(time.UnixMicro(wall).UTC()), got, want)
			}
		}
	}
}
