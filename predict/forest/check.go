package forest

import (
	"errors"
	"fmt"
	"math"
)

// Check holds a forest to what a forest is.
func (f *Forest) Check() error {
	if len(f.Trees) == 0 || f.Classes < 1 || len(f.Trees)%f.Classes != 0 {
		return fmt.Errorf("%w: it has %d trees for %d classes", ErrModel, len(f.Trees), f.Classes)
	}
	for i := range f.Trees {
		if err := f.Trees[i].check(len(f.Features)); err != nil {
			return fmt.Errorf("%w: tree %d: %w", ErrModel, i, err)
		}
	}
	return nil
}

// check holds a tree to what a tree is: every node and leaf reached exactly once from
// the root, features that there are, finite numbers, sound sets of categories.
func (t *Tree) check(features int) error {
	for _, v := range t.Value {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("a leaf is %v", v)
		}
	}
	for _, v := range t.Threshold { // one of +Inf parts only what is missing from the rest
		if math.IsNaN(v) || math.IsInf(v, -1) {
			return fmt.Errorf("a threshold is %v", v)
		}
	}
	for i, f := range t.Feature {
		if f < 0 || f >= features {
			return fmt.Errorf("node %d: feature %d of %d", i, f, features)
		}
		if d := t.Decision[i]; d < 0 || d>>missingShift > 2 {
			return fmt.Errorf("node %d: decision type %d", i, d)
		}
		if err := t.checkCategories(i); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
	}
	return t.checkShape()
}

func (t *Tree) checkCategories(i int) error {
	if t.Decision[i]&Categorical == 0 {
		return nil
	}
	k := t.Threshold[i]
	if k != math.Trunc(k) || k < 0 || int(k)+1 >= len(t.Boundaries) {
		return fmt.Errorf("category set %v of %d", k, len(t.Boundaries)-1)
	}
	from, to := t.Boundaries[int(k)], t.Boundaries[int(k)+1]
	if from >= to || int(to) > len(t.Members) {
		return fmt.Errorf("category set from %d to %d of %d", from, to, len(t.Members))
	}
	for _, w := range t.Members[from:to] {
		if w != 0 {
			return nil
		}
	}
	return errors.New("an empty category set")
}

func (t *Tree) checkShape() error {
	if len(t.Left) == 0 {
		return nil
	}
	nodes, leaves := make([]bool, len(t.Left)), make([]bool, len(t.Value))
	nodes[0] = true
	for i := range t.Left {
		for _, child := range [2]int{t.Left[i], t.Right[i]} {
			seen, k := nodes, child
			if child < 0 {
				seen, k = leaves, ^child
			} else if child <= i {
				return fmt.Errorf("node %d: its child %d stands before it", i, child)
			}
			if k >= len(seen) || seen[k] {
				return fmt.Errorf("node %d: child %d doesn't exist or has two parents", i, child)
			}
			seen[k] = true
		}
	}
	return nil
}
