package segment

import (
	"math"
	"testing"

	"segmenta/table"
)

// A card says nothing that the data don't: a trait of size and beyond chance is on it,
// and noise is not. Rows 159, 168.
func TestPortray(t *testing.T) {
	const n = 2000
	in, intent, spent := make([]bool, n), make([]string, n), make([]float64, n)
	night, noise, city := make([]float64, n), make([]float64, n), make([]string, n)
	for i := range n {
		in[i] = i%4 == 0
		night[i], noise[i], city[i], intent[i], spent[i] = float64(i%7), float64((i*7919)%101), "Lima", "quick", 50
		if in[i] {
			night[i], spent[i] = night[i]+3, 80
			if i%3 != 0 {
				city[i], intent[i] = "Quito", "compare"
			}
		}
		spent[i] += float64(i % 11)
	}
	all := new(table.Table)
	all.Add(table.Floats("night", night))
	all.Add(table.Floats("noise", noise))
	all.Add(table.Strings("city", city))
	c, err := Portray(all, in, []string{"night", "noise", "city", "not there"}, intent, spent)
	if err != nil {
		t.Fatal(err)
	}
	if c.Customers != 500 || c.Intent != "compare" || math.Abs(c.IntentHas-0.666) > 1e-9 || !math.IsInf(c.IntentLift, 1) {
		t.Errorf("%+v", c)
	}
	if len(c.Traits) != 2 || c.Traits[0].Attribute != "city" || c.Traits[0].Operative != "Quito" || c.Traits[1].Attribute != "night" || c.Traits[1].Effect < 1 {
		t.Errorf("traits %+v", c.Traits)
	}
	if !(c.ValueLow < c.Value && c.Value < c.ValueHigh) || math.Abs(c.Value-c.ValueOthers-30) > 0.5 || c.ValueLow < c.ValueOthers {
		t.Errorf("worth %v [%v, %v] beside %v", c.Value, c.ValueLow, c.ValueHigh, c.ValueOthers)
	}
}

// The best niche is the one whose people are won and leave something, not the largest;
// the next one to go to is the one whose buyers do the same. Row 167.
func TestNiches(t *testing.T) {
	var values []string
	var bought []bool
	var profit, day, night []float64
	add := func(value string, people, buyers int, each, d, n float64) {
		for i := range people {
			values, bought, profit = append(values, value), append(bought, i < buyers), append(profit, each+float64(i%3)-1)
			day, night = append(day, d), append(night, n)
		}
	}
	add("large", 3000, 300, 20, 1, -1)
	add("won", 300, 210, 18, -1, 1)
	add("alike", 300, 60, 18, -0.8, 0.9)
	add("losing", 300, 200, -5, 1, -0.5)
	add("tiny", 12, 12, 900, 1, 0)
	third := make([]float64, len(values))
	list := Niches("city", values, bought, profit, map[string]float64{"alike": 6000}, [][]float64{day, night, third})
	var order []string
	for _, n := range list {
		order = append(order, n.Value)
	}
	if len(order) != 4 || order[0] != "won" || order[1] != "large" || order[3] != "losing" {
		t.Fatalf("%v", order)
	}
	won := list[0]
	if won.Next != "alike" || won.Likeness < 0.99 || math.Abs(won.Penetration-0.7) > 1e-9 || !(won.Low < 0.7 && won.High > 0.7) {
		t.Errorf("%+v", won)
	}
	if alike := list[2]; alike.People != 6000 || math.Abs(alike.Penetration-0.01) > 1e-9 {
		t.Errorf("%+v", alike)
	}
}
