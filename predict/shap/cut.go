package shap

import (
	"slices"

	"segmenta/predict/forest"
)

// A cutter cuts a tree into groups.
type cutter struct {
	e     *Explainer
	tree  *forest.Tree
	scale float64
}

// A step is what a path says of one feature: the share of training rows that go on
// along the path when the feature is unknown, and what a row must answer.
type step struct {
	feature int
	share   float64
	answers []answer
}

// An answer is a node's decision: right where want is set.
type answer struct {
	index uint32 // in the decisions
	want  bool
}

// cut makes a group of the subtree at a node, or of its parts if that is too large for
// a table. What a path says before the node is a bit for each feature, what nodes
// decide below it is a bit each.
func (c *cutter) cut(node int, path []step) {
	size := len(path) + c.leaves(node) - 1
	if node >= 0 && size > c.e.limit {
		c.cut(c.tree.Left[node], c.down(path, node, false))
		c.cut(c.tree.Right[node], c.down(path, node, true))
		return
	}
	g := &group{deep: size > maxBits}
	for _, s := range path {
		g.bits = append(g.bits, s.answers)
	}
	c.gather(g, node, path, len(path))
	if len(g.features) > 0 {
		c.e.groups = append(c.e.groups, g)
	}
}

func (c *cutter) leaves(node int) int {
	if node < 0 {
		return 1
	}
	return c.leaves(c.tree.Left[node]) + c.leaves(c.tree.Right[node])
}

// down is the path on one side of a node.
func (c *cutter) down(path []step, node int, right bool) []step {
	t := c.tree
	child := t.Left[node]
	if right {
		child = t.Right[node]
	}
	share, a := t.RowsAt(child)/t.RowsAt(node), answer{c.e.decide.Index(t, node), right}
	out := slices.Clone(path)
	for i, s := range out {
		if s.feature == t.Feature[node] {
			out[i].share *= share
			out[i].answers = append(slices.Clip(s.answers), a)
			return out
		}
	}
	return append(out, step{t.Feature[node], share, []answer{a}})
}

// gather adds the leaves below a node. The first known of a path's features are those
// that the group's own bits speak of.
func (c *cutter) gather(g *group, node int, path []step, known int) {
	if node < 0 {
		c.leaf(g, ^node, path, known)
		return
	}
	g.bits = append(g.bits, []answer{{c.e.decide.Index(c.tree, node), true}})
	c.gather(g, c.tree.Left[node], c.down(path, node, false), known)
	c.gather(g, c.tree.Right[node], c.down(path, node, true), known)
}

func (c *cutter) leaf(g *group, leaf int, path []step, known int) {
	l := shape{value: c.tree.Value[leaf] * c.scale}
	expected := l.value
	for i, s := range path {
		expected *= s.share
		at := slices.Index(g.features, s.feature)
		if at < 0 {
			at = len(g.features)
			g.features = append(g.features, s.feature)
		}
		l.at, l.share = append(l.at, at), append(l.share, s.share)
		var ones, zeros uint64
		answers := s.answers
		if i < known { // the answers before the group are one bit
			ones |= 1 << i
			answers = answers[len(g.bits[i]):]
		}
		for _, a := range answers {
			bit := uint64(1) << (known + slices.IndexFunc(g.bits[known:], func(b []answer) bool { return b[0].index == a.index }))
			if a.want {
				ones |= bit
			} else {
				zeros |= bit
			}
		}
		l.ones, l.zeros = append(l.ones, ones), append(l.zeros, zeros)
	}
	c.e.bias += expected
	g.leaves = append(g.leaves, l)
}
