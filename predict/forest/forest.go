// Package forest holds models of trees as LightGBM's text has them: it reads that text
// strictly, checks that trees are trees, and writes it anew.
//
// What other programs would score wrongly without a word is refused by name, so that
// whoever gets a Forest from here may trust its every index.
package forest

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrModel reports a file that is no sound model, or one of a kind that can't be scored
// exactly.
var ErrModel = errors.New("not a model that can be used")

// A Forest is trees whose values add up to a raw score, or to one for each class: tree
// i belongs to class i modulo Classes.
type Forest struct {
	Features  []string
	Infos     []string // LightGBM's ranges of the features; may be nil
	Objective string
	Sigmoid   float64
	Average   bool // a random forest: the mean of its trees, not their sum
	Classes   int
	Trees     []Tree
}

// A Tree is held as LightGBM writes it: a child below 0 is the leaf ^child.
type Tree struct {
	Feature             []int
	Threshold           []float64 // numeric: the largest value that goes left; categorical: which set
	Decision            []int
	Left, Right         []int
	Value, Weight       []float64 // of leaves; Weight is empty where the file has none
	LeafCount, Count    []float64 // training rows at leaves and inner nodes; empty where the file has none
	Boundaries, Members []uint32  // of sets of categories: set k is the bits of Members[Boundaries[k]:Boundaries[k+1]]
}

// Bits of a decision.
const (
	Categorical  = 1
	DefaultLeft  = 2
	missingShift = 2
)

// What a node takes for missing, and sends in its default direction.
const (
	MissingNone = iota // NaN is read as 0
	MissingZero        // NaN, and what is next to 0
	MissingNaN
)

// Zero is how near to 0 a value is 0 for MissingZero.
const Zero = 1e-35

// Missing is what a node takes for missing.
func Missing(decision int) int { return decision >> missingShift & 3 }

// Decide makes a numeric node's decision.
func Decide(missing int, left bool) int {
	d := missing << missingShift
	if left {
		d |= DefaultLeft
	}
	return d
}

// GoesLeft decides as LightGBM and leaves do.
func (t *Tree) GoesLeft(node int, x float64) bool {
	d := t.Decision[node]
	if d&Categorical != 0 {
		return t.holds(int(t.Threshold[node]), x)
	}
	missing := Missing(d)
	if math.IsNaN(x) && missing != MissingNaN {
		x = 0
	}
	if missing == MissingNaN && math.IsNaN(x) || missing == MissingZero && x > -Zero && x <= Zero {
		return d&DefaultLeft != 0
	}
	return x <= t.Threshold[node]
}

// Category is the category that a value stands for, -1 for none: its whole part, which
// for what lies between -1 and 0 is 0.
func Category(x float64) int {
	if !(x > -1 && x < math.MaxInt32+1) {
		return -1
	}
	return int(x)
}

// Set is the bits of the categories that go left.
func (t *Tree) Set(k int) []uint32 { return t.Members[t.Boundaries[k]:t.Boundaries[k+1]] }

func (t *Tree) holds(set int, x float64) bool {
	words, k := t.Set(set), Category(x)
	return k >= 0 && k/32 < len(words) && words[k/32]>>(k%32)&1 == 1
}

// RowsAt is how many training rows reached a node, or a leaf where it is below 0.
func (t *Tree) RowsAt(node int) float64 {
	if node < 0 {
		return t.LeafCount[^node]
	}
	return t.Count[node]
}

// Counted says whether every tree knows how many training rows took each path.
func (f *Forest) Counted() error {
	for i := range f.Trees {
		if !f.Trees[i].counted() {
			return fmt.Errorf("%w: tree %d doesn't say how many training rows took each path, which explanations need", ErrModel, i)
		}
	}
	return nil
}

func (t *Tree) counted() bool {
	if len(t.Left) == 0 {
		return true
	}
	sound := func(n float64) bool { return n >= 0 && n <= math.MaxInt64 }
	return len(t.Count) == len(t.Left) && len(t.LeafCount) == len(t.Value) &&
		!slices.ContainsFunc(t.Count, func(n float64) bool { return !sound(n) || n == 0 }) &&
		!slices.ContainsFunc(t.LeafCount, func(n float64) bool { return !sound(n) })
}
