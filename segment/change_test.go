package segment_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"segmenta/segment"
)

// belongings draws who is in which of three segments.
func belongings(random *rand.Rand, at time.Time) (list []segment.Belonging) {
	for _, who := range []string{"a", "b", "c", "d", "z", "é"} {
		for _, what := range []string{"one", "three", "two"} {
			if random.IntN(2) == 0 {
				list = append(list, segment.Belonging{Customer: who, Segment: what, Entered: at})
			}
		}
	}
	return list
}

// Whatever happened over many runs, replaying the events gives the membership table,
// and everyone in it entered at the run in which they last came in. Rows 5, 129, 180, 181.
func TestChangesReplay(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	type pair struct{ who, what string }
	replayed := make(map[pair]time.Time)
	var before []segment.Belonging
	keys := make(map[string]bool)
	for run := range 200 {
		at := time.Date(2026, 1, 1+run, 0, 0, 0, 0, time.UTC)
		now := belongings(random, at)
		for _, c := range segment.Compare(before, now) {
			p := pair{c.Customer, c.Segment}
			_, in := replayed[p]
			switch {
			case c.Event == "entered" && !in:
				replayed[p] = at
			case c.Event == "left" && in:
				delete(replayed, p)
			default:
				t.Fatalf("run %d: %+v, and in: %v", run, c, in)
			}
			if keys[c.Key(at)] {
				t.Fatalf("%+v has the key of another change", c)
			}
			keys[c.Key(at)] = true
		}
		want := make(map[pair]time.Time)
		for _, b := range now {
			want[pair{b.Customer, b.Segment}] = b.Entered
		}
		if !maps.Equal(want, replayed) {
			t.Fatalf("run %d: %v, want %v", run, replayed, want)
		}
		before = now
	}
}

func TestMoves(t *testing.T) {
	got := segment.Moves("rfm", []string{"a", "b", "gone"}, []string{"new", "loyal", "lost"}, []string{"a", "b", "c", "d"}, []string{"new", "lost", "new", ""})
	want := []segment.Change{{"b", "rfm", "loyal", "left"}, {"b", "rfm", "lost", "entered"}, {"c", "rfm", "new", "entered"}, {"gone", "rfm", "lost", "left"}}
	slices.SortFunc(got, func(a, b segment.Change) int {
		return slices.Compare([]string{a.Customer, b.Event}, []string{b.Customer, a.Event})
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
