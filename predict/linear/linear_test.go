package linear_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"segmenta/predict/linear"
)

// rows whose log-odds are known: 0.8 signed-log(x) − 1, and the second column tells by
// being missing.
func rows(n int) (columns [][]float64, y, odds []float64) {
	random := rand.New(rand.NewPCG(1, 1))
	columns = make([][]float64, 3)
	for range n {
		x := math.Exp(2*random.NormFloat64()) - 1
		gone := random.Float64() < 0.3
		other := random.NormFloat64()
		z := 0.8*math.Copysign(math.Log1p(math.Abs(x)), x) - 1
		if gone {
			other, z = math.NaN(), z+1.5
		}
		happened := 0.0
		if random.Float64() < 1/(1+math.Exp(-z)) {
			happened = 1
		}
		columns[0], columns[1], columns[2] = append(columns[0], x), append(columns[1], other), append(columns[2], 7)
		y, odds = append(y, happened), append(odds, z)
	}
	return columns, y, odds
}

func TestFindsTheLine(t *testing.T) {
	columns, y, odds := rows(20_000)
	m, err := linear.Fit([]string{"x", "gone", "same"}, columns, y, linear.Options{Penalty: 1})
	if err != nil {
		t.Fatal(err)
	}
	off := 0.0
	raw := m.Raw(columns, len(y))
	for i := range raw {
		off += math.Abs(raw[i]-odds[i]) / float64(len(raw))
	}
	if off > 0.06 {
		t.Errorf("log-odds are off by %.3f on average, want below 0.06", off)
	}
	contributions, bias := m.Explain(columns, len(y))
	for i := range 50 {
		if sum := bias + contributions[0][i] + contributions[1][i] + contributions[2][i]; math.Abs(sum-raw[i]) > 1e-9 {
			t.Fatalf("row %d: contributions add up to %v, and the score is %v", i, sum, raw[i])
		}
	}
	strong, _ := linear.Fit([]string{"x", "gone", "same"}, columns, y, linear.Options{Penalty: 1e7})
	if math.Abs(strong.Columns[0].Weight) > 0.01 {
		t.Errorf("weight %v under a strong penalty, want about 0", strong.Columns[0].Weight)
	}
}

func TestSameBytesOnAnyThreads(t *testing.T) {
	columns, y, _ := rows(12_000)
	var first string
	for _, threads := range []int{1, 2, 5} {
		m, err := linear.Fit([]string{"x", "gone", "same"}, columns, y, linear.Options{Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(m)
		if first == "" {
			first = string(text)
		}
		if string(text) != first {
			t.Errorf("%d threads: another model", threads)
		}
	}
}

func TestRefusesOneOutcome(t *testing.T) {
	if _, err := linear.Fit([]string{"x"}, [][]float64{{1, 2}}, []float64{1, 1}, linear.Options{}); err == nil {
		t.Error("no error")
	}
}

// Separable rows, empty columns and infinite values end in a model, not in NaN.
func TestOddRows(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	m, err := linear.Fit([]string{"a", "b", "c"}, [][]float64{{1, 2, 3, 4}, {nan, nan, nan, nan}, {inf, 1, -inf, 0}}, []float64{0, 0, 1, 1}, linear.Options{Penalty: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range m.Raw([][]float64{{1e300}, {nan}, {inf}}, 1) {
		if math.IsNaN(z) || math.IsInf(z, 0) {
			t.Errorf("log-odds %v", z)
		}
	}
}
