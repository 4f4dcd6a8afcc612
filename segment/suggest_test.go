package segment_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"segmenta/segment"
	"segmenta/table"
)

// sample draws customers: those with many visits who live in the north buy far more,
// and of many other columns none says anything.
func sample(seed uint64, n int) segment.Sample {
	random := rand.New(rand.NewPCG(seed, 1))
	visits, region, outcome := make([]float64, n), make([]string, n), make([]float64, n)
	noise := make([][]float64, 10)
	for k := range noise {
		noise[k] = make([]float64, n)
	}
	for i := range n {
		visits[i], region[i] = float64(random.IntN(20)), []string{"north", "south", "west"}[random.IntN(3)]
		chance := 0.1
		if visits[i] > 14 && region[i] == "north" {
			chance = 0.6
		}
		if random.Float64() < chance {
			outcome[i] = 1
		}
		for k := range noise {
			noise[k][i] = random.NormFloat64()
		}
	}
	t := new(table.Table)
	for k := range noise {
		t.Add(table.Floats(fmt.Sprint("noise", k), noise[k]))
	}
	t.Add(table.Floats("visits", visits))
	t.Add(table.OptionalStrings("region", region))
	return segment.Sample{Table: t, Outcome: outcome}
}

// Rows 132, 133, 223.
func TestSuggest(t *testing.T) {
	list := segment.Suggest(sample(1, 8000), sample(2, 8000), segment.Search{})
	if len(list) == 0 {
		t.Fatal("nothing was suggested")
	}
	best := list[0]
	if !strings.Contains(best.Definition, "visits >") || !strings.Contains(best.Definition, "region = north") || strings.Contains(best.Definition, "noise") {
		t.Errorf("the best rule is %s, want visits and north and no noise", best.Definition)
	}
	if !best.Holds || best.Checked.Mean < 0.5 || best.Checked.Low > best.Checked.Mean || best.Checked.Everyone > 0.2 {
		t.Errorf("later: %+v", best.Checked)
	}
	again := segment.Suggest(sample(1, 8000), sample(2, 8000), segment.Search{})
	if fmt.Sprint(again) != fmt.Sprint(list) {
		t.Error("the same samples gave other rules")
	}
}

// Where nothing says anything, what is found by chance does not hold later.
func TestSuggestNothing(t *testing.T) {
	held, all := 0, 0
	for seed := range uint64(10) {
		a, b := sample(3+seed, 2000), sample(100+seed, 2000)
		random := rand.New(rand.NewPCG(seed, 9))
		for _, s := range []segment.Sample{a, b} {
			random.Shuffle(len(s.Outcome), func(i, j int) { s.Outcome[i], s.Outcome[j] = s.Outcome[j], s.Outcome[i] })
		}
		for _, s := range segment.Suggest(a, b, segment.Search{}) {
			all++
			if s.Holds {
				held++
			}
		}
	}
	if all == 0 || float64(held) > 0.12*float64(all) {
		t.Errorf("%d of %d rules found in noise hold later, want about 1 in 40", held, all)
	}
}
