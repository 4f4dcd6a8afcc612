package predict

import (
	"fmt"

	"golang.org/x/sync/errgroup"

	"segmenta/predict/forest"
)

// Explain says what each feature contributed to each row's raw score: exact SHAP
// values of the trees, by the number of training rows that took each path. The
// contributions of a row and its bias add up to the raw score.
//
// Lundberg, S. M., Erion, G. G. and Lee, S.-I. (2018). Consistent Individualized
// Feature Attribution for Tree Ensembles, algorithm 2.
func Explain(m *Model, columns [][]float64, rows, threads int) (contributions [][]float64, bias []float64, err error) {
	f := m.forest
	if err := f.Counted(); err != nil {
		return nil, nil, err
	}
	if len(columns) != len(f.Features) {
		return nil, nil, fmt.Errorf("%d columns for %d features", len(columns), len(f.Features))
	}
	contributions = make([][]float64, len(columns))
	for c := range contributions {
		contributions[c] = make([]float64, rows)
	}
	bias = make([]float64, rows)
	expected, scale := 0.0, 1.0
	if f.Average {
		scale = 1 / float64(len(f.Trees))
	}
	for i := range f.Trees {
		expected += mean(&f.Trees[i], 0) * scale
	}
	var g errgroup.Group
	g.SetLimit(max(1, threads))
	for from := 0; from < rows; from += block {
		g.Go(func() error {
			x, phi := make([]float64, len(columns)), make([]float64, len(columns))
			for r := from; r < min(from+block, rows); r++ {
				clear(phi)
				for c := range columns {
					x[c] = columns[c][r]
				}
				for i := range f.Trees {
					shap(&f.Trees[i], x, phi)
				}
				for c := range phi {
					contributions[c][r] = phi[c] * scale
				}
				bias[r] = expected
			}
			return nil
		})
	}
	return contributions, bias, g.Wait()
}

// mean is the tree's mean over the rows that it was trained on, from a node down.
func mean(t *forest.Tree, node int) float64 {
	if len(t.Left) == 0 {
		return t.Value[0]
	}
	if node < 0 {
		return t.Value[^node]
	}
	l, r := t.RowsAt(t.Left[node]), t.RowsAt(t.Right[node])
	return (l*mean(t, t.Left[node]) + r*mean(t, t.Right[node])) / (l + r)
}

// A step is one feature of a path: the share of training rows that go on when it is
// unknown, whether this row does when it is known, and the weight of the subsets.
type step struct {
	feature   int
	zero, one float64
	weight    float64
}

func shap(t *forest.Tree, x, phi []float64) {
	if len(t.Left) > 0 {
		descend(t, 0, x, phi, nil, 1, 1, -1)
	}
}

func descend(t *forest.Tree, node int, x, phi []float64, path []step, zero, one float64, feature int) {
	path = extend(path, zero, one, feature)
	if node < 0 {
		for i := 1; i < len(path); i++ {
			phi[path[i].feature] += unwoundSum(path, i) * (path[i].one - path[i].zero) * t.Value[^node]
		}
		return
	}
	hot, cold := t.Left[node], t.Right[node]
	if !t.GoesLeft(node, x[t.Feature[node]]) {
		hot, cold = cold, hot
	}
	z, o := 1.0, 1.0
	for k := 1; k < len(path); k++ {
		if path[k].feature == t.Feature[node] {
			z, o = path[k].zero, path[k].one
			path = unwind(path, k)
			break
		}
	}
	n := t.RowsAt(node)
	descend(t, hot, x, phi, path, z*t.RowsAt(hot)/n, o, t.Feature[node])
	descend(t, cold, x, phi, path, z*t.RowsAt(cold)/n, 0, t.Feature[node])
}

func extend(path []step, zero, one float64, feature int) []step {
	n := len(path)
	out := make([]step, n+1)
	copy(out, path)
	out[n] = step{feature, zero, one, 0}
	if n == 0 {
		out[n].weight = 1
	}
	for i := n - 1; i >= 0; i-- {
		out[i+1].weight += one * out[i].weight * float64(i+1) / float64(n+1)
		out[i].weight = zero * out[i].weight * float64(n-i) / float64(n+1)
	}
	return out
}

func unwind(path []step, k int) []step {
	n := len(path) - 1
	out := make([]step, n+1)
	copy(out, path)
	next := out[n].weight
	zero, one := path[k].zero, path[k].one
	for i := n - 1; i >= 0; i-- {
		if one != 0 {
			t := out[i].weight
			out[i].weight = next * float64(n+1) / (float64(i+1) * one)
			next = t - out[i].weight*zero*float64(n-i)/float64(n+1)
		} else {
			out[i].weight = out[i].weight * float64(n+1) / (zero * float64(n-i))
		}
	}
	for i := k; i < n; i++ {
		out[i].feature, out[i].zero, out[i].one = out[i+1].feature, out[i+1].zero, out[i+1].one
	}
	return out[:n]
}

func unwoundSum(path []step, k int) (sum float64) {
	n := len(path) - 1
	next := path[n].weight
	zero, one := path[k].zero, path[k].one
	for i := n - 1; i >= 0; i-- {
		if one != 0 {
			t := next * float64(n+1) / (float64(i+1) * one)
			sum += t
			next = path[i].weight - t*zero*float64(n-i)/float64(n+1)
		} else {
			sum += path[i].weight / (zero * float64(n-i) / float64(n+1))
		}
	}
	return sum
}
