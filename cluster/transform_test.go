package cluster

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestTransformMakesColumnsComparable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	n := 5000
	columns := make([][]float64, 6)
	for range n {
		z := r.NormFloat64()
		columns[0] = append(columns[0], math.Exp(2*r.NormFloat64())*100) // a long tail
		columns[1] = append(columns[1], -math.Exp(r.NormFloat64()))      // a long tail below 0
		columns[2] = append(columns[2], r.NormFloat64())
		columns[3] = append(columns[3], z)
		columns[4] = append(columns[4], z+0.3*r.NormFloat64()) // says much the same
		columns[5] = append(columns[5], r.NormFloat64())
	}
	columns[0][0], columns[2][1] = 1e12, math.NaN() // a whale, and nothing
	names := []string{"amount", "loss", "score", "a", "b", "own"}
	for _, how := range bends {
		tr, err := FitTransform(names, columns, TransformOptions{Bend: how})
		if err != nil {
			t.Fatal(err)
		}
		rows, dims, err := tr.Apply(columns)
		if err != nil || dims != 6 {
			t.Fatalf("%s: %d columns, %v", how, dims, err)
		}
		for d, c := range tr.Columns {
			values := make([]float64, n)
			for i := range values {
				values[i] = float64(rows[i*dims+d])
				if math.Abs(values[i]) > 12 {
					t.Fatalf("%s: %s reaches %v", how, c.Name, values[i])
				}
			}
			if mean, sd := moments(values); math.Abs(mean) > 1e-6 || math.Abs(sd-c.Weight) > 1e-5 {
				t.Errorf("%s: %s has mean %v, sd %v at weight %v", how, c.Name, mean, sd, c.Weight)
			}
			if how == "" && math.Abs(skewness(values)) > skewed {
				t.Errorf("%s is still skewed: %v", c.Name, skewness(values))
			}
		}
		if how == "" {
			if tr.Columns[0].Bend != "log1p" || tr.Columns[1].Bend != "yeo_johnson" || tr.Columns[2].Bend != "" {
				t.Errorf("bends %+v", tr.Columns)
			}
			if a, own := tr.Columns[3].Weight, tr.Columns[5].Weight; a > 0.8 || own != 1 {
				t.Errorf("weights %v and %v", a, own)
			}
		}
	}
	if _, err := FitTransform(names, columns, TransformOptions{Bend: "cube"}); err == nil {
		t.Error("no such bend, and no error")
	}
}

// Figures of scipy 1.17.1: scipy.stats.yeojohnson(x, power).
func TestYeoJohnson(t *testing.T) {
	for _, tt := range []struct{ v, power, want float64 }{
		{3, 0.5, 2}, {3, 0, 1.3862943611198906}, {-3, 2, -1.3862943611198906}, {-3, 0.5, -4.666666666666667}, {0, 1.7, 0}, {2.5, 1, 2.5}, {-2.5, 1, -2.5},
	} {
		if got := yeoJohnson(tt.v, tt.power); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("yeoJohnson(%v, %v) = %v, want %v", tt.v, tt.power, got, tt.want)
		}
	}
}

func TestTransformDropsColumnsWithAWord(t *testing.T) {
	n := 2000
	columns := make([][]float64, 6)
	for i := range n {
		v := float64(i%7) + float64(i)/3000
		columns[0] = append(columns[0], v)
		columns[1] = append(columns[1], 5)
		columns[2] = append(columns[2], math.NaN())
		columns[3] = append(columns[3], 3-2*v)
		columns[4] = append(columns[4], 0)
		columns[5] = append(columns[5], math.Inf(1))
	}
	columns[4][7] = 9
	tr, err := FitTransform([]string{"v", "five", "missing", "minus", "hardly", "inf"}, columns, TransformOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "it is constant", "it is empty", "it repeats v", "100.0 % of its values are 0", "it is empty"} {
		if got := tr.Columns[i].Dropped; !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q, want %q", tr.Columns[i].Name, got, want)
		}
	}
	if _, err := FitTransform([]string{"five"}, columns[1:2], TransformOptions{}); err != ErrAlike {
		t.Errorf("%v, want ErrAlike", err)
	}
}
