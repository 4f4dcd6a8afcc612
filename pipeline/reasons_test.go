package pipeline

import (
	"math"
	"slices"
	"testing"
)

func TestTellReasons(t *testing.T) {
	causes := []cause{
		{members: []int{0, 2}, called: []words{{"days since the last order", "días desde el último pedido"}, {"recency", "recencia"}}, unit: []string{"days", ""}, typical: []float64{95, 1}},
		{members: []int{1}, called: []words{{"share of returns", "parte devuelta"}}, unit: []string{"share"}, typical: []float64{0.0512}},
		{members: []int{3}, called: []words{{"spent", "gastado"}}, unit: []string{"currency"}, typical: []float64{math.NaN()}, currency: "EUR"},
		{members: []int{4}, called: []words{{"nothing", "nada"}}, unit: []string{""}, typical: []float64{1}},
	}
	columns := [][]float64{{210}, {math.NaN()}, {7}, {1234.5}, {1}}
	contributions := [][]float64{{0.5}, {-0.9}, {-0.1}, {0.2}, {0.001}}
	want := []words{
		{"lowered by share of returns: none, typically 5.12 %", "lo baja parte devuelta: ninguno; lo habitual, 5,12 %"},
		{"raised by days since the last order: 210 days, typically 95 days", "lo sube días desde el último pedido: 210 días; lo habitual, 95 días"},
		{"raised by spent: 1234 EUR", "lo sube gastado: 1234 EUR"},
	}
	if got := tellReasons(causes, columns, contributions, 0); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestQuantiles(t *testing.T) {
	x := []float64{math.NaN(), 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	if got := quantiles(x); got[0] != 0 || !slices.IsSorted(got) || len(got) < 8 || got[len(got)-1] < 9 {
		t.Errorf("%v", got)
	}
	if got := evenly(10, 3); !slices.Equal(got, []int{0, 3, 6}) {
		t.Errorf("%v", got)
	}
}
