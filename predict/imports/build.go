package imports

import (
	"fmt"
	"math"

	"segmenta/predict/forest"
)

// A node is a tree from there on. Nodes may be shared: flat writes each as often as it
// is reached.
type node struct {
	leaf        bool
	value       float64
	rows        float64 // training rows, or what weighs like them; 0 where unknown
	feature     int
	threshold   float64
	decision    int
	set         []uint32 // of categories that go left
	left, right *node
}

// maxLeaves bounds what sharing can grow a tree to.
const maxLeaves = 1 << 16

// flat writes a tree as LightGBM's text has it.
func flat(root *node) (*forest.Tree, error) {
	t := new(forest.Tree)
	if _, err := write(t, root); err != nil {
		return nil, err
	}
	if !(root.rows > 0) {
		t.Count, t.LeafCount = nil, nil
		return t, nil
	}
	for _, counts := range [][]float64{t.Count, t.LeafCount} { // LightGBM reads whole numbers
		for i := range counts {
			counts[i] = math.Max(1, math.Round(counts[i]/root.rows*(1<<30)))
		}
	}
	return t, nil
}

func write(t *forest.Tree, n *node) (int, error) {
	if n.leaf {
		if len(t.Value) >= maxLeaves {
			return 0, fmt.Errorf("a tree of more than %d leaves", maxLeaves)
		}
		t.Value, t.LeafCount = append(t.Value, n.value), append(t.LeafCount, n.rows)
		return ^(len(t.Value) - 1), nil
	}
	at := len(t.Feature)
	t.Feature, t.Count = append(t.Feature, n.feature), append(t.Count, n.rows)
	t.Left, t.Right = append(t.Left, 0), append(t.Right, 0)
	if n.set != nil {
		if t.Boundaries == nil {
			t.Boundaries = []uint32{0}
		}
		t.Decision = append(t.Decision, forest.Categorical|forest.Decide(forest.MissingNaN, false))
		t.Threshold = append(t.Threshold, float64(len(t.Boundaries)-1))
		t.Members = append(t.Members, n.set...)
		t.Boundaries = append(t.Boundaries, uint32(len(t.Members)))
	} else {
		t.Decision, t.Threshold = append(t.Decision, n.decision), append(t.Threshold, n.threshold)
	}
	left, err := write(t, n.left)
	if err != nil {
		return 0, err
	}
	right, err := write(t, n.right)
	t.Left[at], t.Right[at] = left, right
	return at, err
}

// constants are trees of one leaf, one a class.
func constants(values []float64) (trees []forest.Tree) {
	for _, v := range values {
		trees = append(trees, forest.Tree{Value: []float64{v}})
	}
	return trees
}

// highest is the greatest float64 that, read as float32, is not above t: or, where
// strict is set, is below t. A row that was compared in float32 takes the same side of
// it in float64.
func highest(t float32, strict bool) float64 {
	if strict {
		t = math.Nextafter32(t, float32(math.Inf(-1)))
	}
	if math.IsInf(float64(t), 0) {
		return float64(t)
	}
	next := float64(math.Nextafter32(t, float32(math.Inf(1))))
	if math.IsInf(next, 1) {
		next = math.Ldexp(1, 128) // where the next one would be
	}
	middle := (float64(t) + next) / 2 // exact
	if float32(middle) == t {
		return middle
	}
	return math.Nextafter(middle, math.Inf(-1))
}
