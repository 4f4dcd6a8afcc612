package imports

import (
	"fmt"

	"segmenta/predict/forest"
)

// losses are CatBoost's losses whose link is known.
var losses = map[string]string{"Logloss": "binary sigmoid:1", "CrossEntropy": "binary sigmoid:1", "RMSE": "regression", "MAE": "regression", "Quantile": "regression",
	"MultiClass": "multiclass", "MultiClassOneVsAll": "multiclassova"}

// catboost reads what CatBoost writes with format="json": numeric features, symmetric
// trees and others.
func catboost(_ []byte, doc any) (*forest.Forest, error) {
	var l look
	for _, kind := range []string{"categorical_features", "text_features", "embedding_features", "ctrs"} {
		if list, _ := l.at(doc, "features_info", kind).([]any); len(list) > 0 {
			return nil, fmt.Errorf("%s, whose statistics a tree can't hold: only numeric features are read", kind)
		}
	}
	loss := l.text(doc, "model_info", "params", "loss_function", "type")
	objective, known := losses[loss]
	if l.err == nil && !known {
		return nil, fmt.Errorf("the loss %s, whose scores are not known here", loss)
	}
	c := catReader{features: make(map[int]catFeature)}
	var names []string
	for _, f := range l.list(doc, "features_info", "float_features") {
		at := catFeature{column: int(l.value(l.at(f, "flat_feature_index")))}
		missing, _ := l.at(f, "nan_value_treatment").(string)
		at.right = missing == "AsTrue"
		if at.column != len(names) {
			return nil, fmt.Errorf("feature %d stands in place %d", at.column, len(names))
		}
		c.features[int(l.value(l.at(f, "feature_index")))] = at
		name, _ := l.at(f, "feature_id").(string)
		if name == "" {
			name = fmt.Sprintf("f%d", at.column)
		}
		names = append(names, name)
	}
	shift := l.list(doc, "scale_and_bias")
	if len(shift) != 2 {
		l.fail("scale_and_bias is missing")
	}
	if l.err != nil {
		return nil, l.err
	}
	c.scale = l.value(shift[0])
	bias, ok := shift[1].([]any)
	if !ok {
		bias = []any{shift[1]}
	}
	base := l.numbers(bias)
	if c.classes = len(base); l.err != nil || c.classes < 1 {
		return nil, fmt.Errorf("scale_and_bias is %.60v", shift)
	}
	f := &forest.Forest{Objective: objective, Sigmoid: 1, Classes: c.classes, Trees: constants(base)}
	if c.classes > 1 {
		f.Objective += fmt.Sprintf(" num_class:%d", c.classes)
		if objective == "multiclassova" {
			f.Objective += " sigmoid:1"
		}
	}
	if err := named(f, names, len(names)); err != nil {
		return nil, err
	}
	return f, c.trees(f, doc)
}

type catFeature struct {
	column int
	right  bool // what is missing goes right
}

type catReader struct {
	look
	features map[int]catFeature
	scale    float64
	classes  int
	nodes    int
}

func (c *catReader) trees(f *forest.Forest, doc any) error {
	var roots []func(class int) *node
	symmetric, _ := c.at(doc, "oblivious_trees").([]any)
	for _, t := range symmetric {
		s := c.symmetric(t)
		roots = append(roots, func(class int) *node { return s.node(c, len(s.splits), 0, class) })
	}
	others, _ := c.at(doc, "trees").([]any)
	for _, t := range others {
		roots = append(roots, func(class int) *node { return c.other(t, class) })
	}
	for i, root := range roots {
		for class := range c.classes {
			if c.err != nil {
				return c.err
			}
			n := root(class)
			if c.err != nil {
				return fmt.Errorf("tree %d: %w", i, c.err)
			}
			t, err := flat(n)
			if err != nil {
				return fmt.Errorf("tree %d: %w", i, err)
			}
			f.Trees = append(f.Trees, *t)
		}
	}
	return c.err
}

// A catTree asks the same question of all rows at each depth; the answers are the bits
// of the leaf's number, the first the lowest.
type catTree struct {
	splits        []any
	value, weight []float64
}

func (c *catReader) symmetric(doc any) *catTree {
	t := &catTree{value: c.numbers(doc, "leaf_values")}
	t.splits, _ = c.at(doc, "splits").([]any)
	if len(t.splits) > 16 || len(t.value) != c.classes<<len(t.splits) {
		c.fail("%d splits and %d values for %d classes", len(t.splits), len(t.value), c.classes)
		return &catTree{value: make([]float64, c.classes)}
	}
	if t.weight = make([]float64, 1<<len(t.splits)); c.at(doc, "leaf_weights") != nil {
		if w := c.numbers(doc, "leaf_weights"); len(w) == len(t.weight) {
			t.weight = w
		}
	}
	return t
}

// node is the part of the tree below the last depth answers, which are leaf's high bits.
func (t *catTree) node(c *catReader, depth, leaf, class int) *node {
	if depth == 0 {
		return &node{leaf: true, value: t.value[leaf*c.classes+class] * c.scale, rows: t.weight[leaf]}
	}
	n := c.split(t.splits[depth-1])
	n.left, n.right = t.node(c, depth-1, leaf, class), t.node(c, depth-1, leaf|1<<(depth-1), class)
	n.rows = n.left.rows + n.right.rows
	return n
}

// split reads a question: a value above the border, in float32, goes right.
func (c *catReader) split(doc any) *node {
	if kind, _ := c.at(doc, "split_type").(string); kind != "FloatFeature" {
		c.fail("a split of kind %q", kind)
	}
	f, ok := c.features[int(c.value(c.at(doc, "float_feature_index")))]
	if !ok {
		c.fail("a split by a feature that is not listed")
	}
	return &node{feature: f.column, threshold: highest(float32(c.value(c.at(doc, "border"))), false), decision: forest.Decide(forest.MissingNaN, !f.right)}
}

func (c *catReader) other(doc any, class int) *node {
	if c.nodes++; c.nodes > 1<<22 {
		c.fail("too many nodes")
	}
	if c.err != nil {
		return &node{leaf: true}
	}
	if c.at(doc, "split") == nil {
		value := c.at(doc, "value")
		if _, list := value.([]any); !list {
			value = []any{value}
		}
		values := c.numbers(value)
		if len(values) != c.classes {
			c.fail("a leaf of %d values for %d classes", len(values), c.classes)
			return &node{leaf: true}
		}
		weight, _ := c.at(doc, "weight").(float64)
		return &node{leaf: true, value: values[class] * c.scale, rows: weight}
	}
	n := c.split(c.at(doc, "split"))
	n.left, n.right = c.other(c.at(doc, "left"), class), c.other(c.at(doc, "right"), class)
	n.rows = n.left.rows + n.right.rows
	return n
}
