package segment_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// believers is 2,000 customers whose stars are from the north and fifty, while the
// persona believes them to be young.
func believers() (*table.Table, []bool) {
	random := rand.New(rand.NewPCG(8, 8))
	const n = 2000
	age, region, shoe, stars := make([]float64, n), make([]string, n), make([]float64, n), make([]bool, n)
	for i := range n {
		age[i], region[i], shoe[i] = float64(18+random.IntN(60)), []string{"north", "south"}[random.IntN(2)], float64(36+random.IntN(10))
		stars[i] = random.Float64() < map[bool]float64{true: 0.3, false: 0.02}[age[i] > 45 && region[i] == "north"]
	}
	t := new(table.Table)
	t.Add(table.Floats("age", age))
	t.Add(table.OptionalStrings("region", region))
	t.Add(table.Floats("shoe", shoe))
	return t, stars
}

// Rows 154–156.
func TestGaps(t *testing.T) {
	people, stars := believers()
	n, err := strict.Parse("personas.yaml", []byte("{id: ana, is: {age: between 20 and 30}}"))
	if err != nil {
		t.Fatal(err)
	}
	ana, err := segment.ReadPattern(n)
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := segment.Gaps(people, stars, []*segment.Pattern{ana}, []string{"age", "region", "shoe", "nosuch"}, 100)
	if err != nil {
		t.Fatal(err)
	}
	by := make(map[string]segment.Gap)
	for _, g := range gaps {
		by[g.Persona+"/"+g.Attribute] = g
	}
	if g := by["ana/age"]; g.Lift > 0.5 || g.P > 0.001 || g.Operative < "46" {
		t.Errorf("ana is believed to be young, and the stars are not: %+v", g)
	}
	if g := by["/region"]; g.Operative != "north" || g.Lift < 1.5 || g.P > 1e-6 {
		t.Errorf("nobody thought of the region: %+v", g)
	}
	if g := by["/shoe"]; g.P < 0.01 || math.Abs(g.Effect) > 0.3 {
		t.Errorf("shoes say nothing: %+v", g)
	}
	if len(gaps) != 3 || gaps[2].Attribute != "shoe" {
		t.Errorf("want three gaps, the largest first: %+v", gaps)
	}
	if one, err := segment.Gaps(people, stars, []*segment.Pattern{ana}, []string{"age", "region", "shoe"}, 1); err != nil || len(one) != 1 || one[0] != gaps[0] {
		t.Errorf("the largest alone: %+v, %v; want %+v", one, err, gaps[0])
	}
	if _, err := segment.ReadPattern(n.Pairs()[0].Value); err == nil {
		t.Error("a persona without an id was read")
	}
}

// Who is like the stars without ever having bought gets a high score. Rows 158, 164.
func TestLikeness(t *testing.T) {
	people, stars := believers()
	in := make([]bool, len(stars))
	for i := range in {
		in[i] = i%2 == 0 // the others are prospects
	}
	score := segment.FitLikeness(people, []string{"age", "region", "shoe", "nosuch"}, in, stars).Scores(people)
	var like, unlike, n, m float64
	for i := 1; i < len(score); i += 2 {
		if stars[i] {
			like, n = like+score[i], n+1
		} else {
			unlike, m = unlike+score[i], m+1
		}
	}
	if like/n < unlike/m+0.1 {
		t.Errorf("later stars score %.3f and others %.3f", like/n, unlike/m)
	}
	blank := new(table.Table)
	blank.Add(table.Floats("age", []float64{nan}))
	if s := segment.FitLikeness(people, []string{"age"}, in, stars).Scores(blank); !math.IsNaN(s[0]) {
		t.Errorf("of nobody nothing is known, and the score is %v", s[0])
	}
}
