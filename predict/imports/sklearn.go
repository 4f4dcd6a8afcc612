package imports

import (
	_ "embed"
	"fmt"
	"math"

	"segmenta/predict/forest"
)

// Exporter is the Python that writes a scikit-learn model as sklearn reads it.
//
//go:embed export_sklearn.py
var Exporter string

const sklearnFormat = "segmenta sklearn 1"

var sklearnLosses = map[string]string{"log_loss": "binary sigmoid:1", "squared_error": "regression", "absolute_error": "regression", "quantile": "regression", "poisson": "poisson", "gamma": "gamma"}

// sklearn reads what Exporter writes.
func sklearn(_ []byte, doc any) (*forest.Forest, error) {
	var l look
	if format := l.text(doc, "format"); format != sklearnFormat {
		return nil, fmt.Errorf("the format %.40q, want %q", format, sklearnFormat)
	}
	loss := l.text(doc, "loss")
	objective, known := sklearnLosses[loss]
	if !known {
		return nil, fmt.Errorf("the loss %.40q, whose scores are not known here", loss)
	}
	base, trees, names := l.numbers(doc, "baseline"), l.list(doc, "trees"), l.texts(doc, "features")
	if l.err != nil {
		return nil, l.err
	}
	f := &forest.Forest{Objective: objective, Sigmoid: 1, Classes: len(base), Trees: constants(base)}
	if len(base) > 1 {
		f.Objective = fmt.Sprintf("multiclass num_class:%d", len(base))
	}
	if err := named(f, names, len(names)); err != nil {
		return nil, err
	}
	for i, doc := range trees {
		t := skTree{left: l.ints(doc, "left"), right: l.ints(doc, "right"), leaf: l.ints(doc, "is_leaf"), feature: l.ints(doc, "feature"), missing: l.ints(doc, "missing_left"),
			cut: l.numbers(doc, "threshold"), value: l.numbers(doc, "value"), count: l.numbers(doc, "count")}
		n := len(t.left)
		if l.same("nodes", n, len(t.right), len(t.leaf), len(t.feature), len(t.missing), len(t.cut), len(t.value), len(t.count)); l.err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, l.err)
		}
		t.seen = make([]bool, n)
		root, err := t.node(0)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		flat, err := flat(root)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		f.Trees = append(f.Trees, *flat)
	}
	return f, nil
}

type skTree struct {
	left, right, leaf, feature, missing []int
	cut, value, count                   []float64
	seen                                []bool
}

func (t *skTree) node(i int) (*node, error) {
	if i < 0 || i >= len(t.left) || t.seen[i] {
		return nil, fmt.Errorf("node %d doesn't exist or has two parents", i)
	}
	t.seen[i] = true
	if t.leaf[i] != 0 {
		return &node{leaf: true, value: t.value[i], rows: t.count[i]}, nil
	}
	left, err := t.node(t.left[i])
	if err != nil {
		return nil, err
	}
	right, err := t.node(t.right[i])
	if err != nil {
		return nil, err
	}
	if math.IsNaN(t.cut[i]) {
		return nil, fmt.Errorf("node %d has no threshold", i)
	}
	return &node{feature: t.feature[i], threshold: t.cut[i], decision: forest.Decide(forest.MissingNaN, t.missing[i] != 0), left: left, right: right, rows: t.count[i]}, nil
}
