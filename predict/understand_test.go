package predict_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"segmenta/predict"
)

// product is a model of y = 4 where a and b are both above 0.5, else 0, and of c alone.
const product = `tree
version=v3
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=regression
feature_names=a b c
feature_infos=[0:1] [0:1] [0:1]

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
threshold=0.5 0.5
decision_type=8 8
left_child=-1 -2
right_child=1 -3
leaf_value=0 0 4
leaf_count=500 250 250
internal_count=1000 500
shrinkage=1


Tree=1
num_leaves=2
num_cat=0
split_feature=2
threshold=0.5
decision_type=8
left_child=-1
right_child=-2
leaf_value=0 1
leaf_count=500 500
internal_count=1000
shrinkage=1


end of trees
`

func TestUnderstand(t *testing.T) {
	m, err := predict.Load([]byte(product))
	if err != nil {
		t.Fatal(err)
	}
	const rows = 2000
	random := rand.New(rand.NewPCG(4, 4))
	columns := make([][]float64, 3)
	for c := range columns {
		for range rows {
			columns[c] = append(columns[c], random.Float64())
		}
	}
	importance, err := predict.Importances(m, columns, rows, 1)
	if err != nil {
		t.Fatal(err)
	}
	// c is worth 0.5 more or less than its mean.
	if top := predict.Top(importance, 3); top[2] != 2 || math.Abs(importance[2]-0.5) > 1e-9 {
		t.Errorf("importances %v, want c the least, with 0.5", importance)
	}
	double := func(raw []float64) []float64 {
		for i := range raw {
			raw[i] *= 2
		}
		return raw
	}
	got, err := predict.PartialDependence(m, columns, 0, []float64{0, 1}, rows, 1, double)
	if err != nil {
		t.Fatal(err)
	}
	if d := got[1] - got[0]; math.Abs(d-4) > 0.3 { // 2 × 4 × P(b above)
		t.Errorf("a from 0 to 1 gives %v more, want 4", d)
	}
	small := [][]float64{columns[0][:200], columns[1][:200], columns[2][:200]}
	together, err := predict.Interaction(m, small, 0, 1, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	apart, err := predict.Interaction(m, small, 0, 2, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(together-1.0/3) > 0.08 || apart > 1e-9 { // of the joint variance 3, 1 is of the product alone
		t.Errorf("interaction of a and b %v, of a and c %v; want 1/3 and 0", together, apart)
	}
}
