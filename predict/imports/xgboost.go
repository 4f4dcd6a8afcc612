package imports

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"segmenta/predict/forest"
)

// links are XGBoost's objectives: what LightGBM calls the same link, and where a base
// score stands in raw scores.
var links = map[string]struct {
	objective string
	margin    func(base float32) float32
}{
	"binary:logistic":      {"binary sigmoid:1", logit},
	"reg:logistic":         {"binary sigmoid:1", logit},
	"reg:squarederror":     {"regression", same},
	"reg:absoluteerror":    {"regression", same},
	"reg:pseudohubererror": {"regression", same},
	"rank:ndcg":            {"lambdarank", same},
	"rank:pairwise":        {"lambdarank", same},
	"rank:map":             {"lambdarank", same},
	"count:poisson":        {"poisson", logarithm},
	"reg:gamma":            {"gamma", logarithm},
	"reg:tweedie":          {"tweedie", logarithm},
	"multi:softprob":       {"multiclass", same},
	"multi:softmax":        {"multiclass", same},
}

func same(b float32) float32      { return b }
func logit(b float32) float32     { return float32(-math.Log(float64(1/b - 1))) }
func logarithm(b float32) float32 { return float32(math.Log(float64(b))) }

// xgboost reads what XGBoost's save_model writes, JSON or UBJSON, since its version 1.
func xgboost(_ []byte, doc any) (*forest.Forest, error) {
	var l look
	learner := l.at(doc, "learner")
	booster := l.at(learner, "gradient_booster")
	kind := l.text(booster, "name")
	objective := l.text(learner, "objective", "name")
	link, known := links[objective]
	switch {
	case l.err != nil:
		return nil, l.err
	case kind != "gbtree" && kind != "dart":
		return nil, fmt.Errorf("a booster of kind %s, which has no trees", kind)
	case !known:
		return nil, fmt.Errorf("the objective %s, whose scores are not known here", objective)
	}
	var weights []float64
	if kind == "dart" {
		weights = l.numbers(booster, "weight_drop")
		booster = l.at(booster, "gbtree")
	}
	param := l.at(learner, "learner_model_param")
	classes, features := max(1, l.whole(param, "num_class")), l.whole(param, "num_feature")
	trees, info := l.list(booster, "model", "trees"), l.ints(booster, "model", "tree_info")
	if targets, _ := l.at(param, "num_target").(string); targets != "" && targets != "0" && targets != "1" {
		return nil, fmt.Errorf("%s targets at once: one model for each is read", targets)
	}
	base, err := baseScores(l.text(param, "base_score"), classes)
	if l.err == nil {
		l.err = err
	}
	if weights != nil {
		l.same("weight_drop", len(trees), len(weights))
	}
	if l.same("tree_info", len(trees), len(info)); l.err != nil {
		return nil, l.err
	}
	for i := range base {
		base[i] = float64(link.margin(float32(base[i])))
	}
	f := &forest.Forest{Objective: link.objective, Sigmoid: 1, Classes: classes, Trees: constants(base)}
	if link.objective == "multiclass" {
		f.Objective += fmt.Sprintf(" num_class:%d", classes)
	}
	if err := named(f, l.texts(learner, "feature_names"), features); err != nil {
		return nil, err
	}
	byClass := make([][]forest.Tree, classes)
	for i, t := range trees {
		weight := float32(1)
		if weights != nil {
			weight = float32(weights[i])
		}
		tree, err := xgboostTree(t, weight)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		if info[i] < 0 || info[i] >= classes {
			return nil, fmt.Errorf("tree %d belongs to class %d of %d", i, info[i], classes)
		}
		byClass[info[i]] = append(byClass[info[i]], *tree)
	}
	for i := range byClass[0] {
		for _, trees := range byClass {
			if len(trees) != len(byClass[0]) {
				return nil, fmt.Errorf("classes of %d and %d trees", len(byClass[0]), len(trees))
			}
			f.Trees = append(f.Trees, trees[i])
		}
	}
	return f, nil
}

// whole reads a number that XGBoost writes as text.
func (l *look) whole(doc any, key string) int {
	n, err := strconv.Atoi(l.text(doc, key))
	if err != nil || n < 0 || n > 1<<20 {
		l.fail("%s is %.40q", key, l.text(doc, key))
	}
	return n
}

// baseScores reads a number, or a list of one for each class.
func baseScores(text string, classes int) ([]float64, error) {
	var list []float64
	if json.Unmarshal([]byte(text), &list) != nil {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("base_score is %.40q", text)
		}
		list = []float64{v}
	}
	for len(list) == 1 && classes > 1 {
		for range classes - 1 {
			list = append(list, list[0])
		}
	}
	if len(list) != classes {
		return nil, fmt.Errorf("base_score %.40q for %d classes", text, classes)
	}
	return list, nil
}

// An xgbTree is a tree as XGBoost lays it out.
type xgbTree struct {
	left, right, feature, kind, defaultLeft []int
	condition, weight                       []float64
	sets                                    map[int][]uint32 // categories that go right
	seen                                    []bool
	scale                                   float32
}

func xgboostTree(doc any, scale float32) (*forest.Tree, error) {
	var l look
	if size, _ := l.at(doc, "tree_param", "size_leaf_vector").(string); size != "" && size != "0" && size != "1" {
		return nil, fmt.Errorf("its leaves hold %s values each", size)
	}
	t := &xgbTree{left: l.ints(doc, "left_children"), right: l.ints(doc, "right_children"), feature: l.ints(doc, "split_indices"),
		defaultLeft: l.ints(doc, "default_left"), condition: l.numbers(doc, "split_conditions"), scale: scale}
	n := len(t.left)
	t.kind, t.weight = make([]int, n), make([]float64, n)
	if l.at(doc, "split_type") != nil {
		t.kind = l.ints(doc, "split_type")
	}
	if l.at(doc, "sum_hessian") != nil {
		t.weight = l.numbers(doc, "sum_hessian")
	}
	l.same("nodes", n, len(t.right), len(t.feature), len(t.defaultLeft), len(t.condition), len(t.kind), len(t.weight))
	t.seen = make([]bool, n)
	if l.err == nil && l.at(doc, "categories_nodes") != nil {
		t.readSets(&l, doc)
	}
	if l.err != nil {
		return nil, l.err
	}
	root, err := t.node(0)
	if err != nil {
		return nil, err
	}
	return flat(root)
}

func (t *xgbTree) readSets(l *look, doc any) {
	nodes, from, sizes, all := l.ints(doc, "categories_nodes"), l.ints(doc, "categories_segments"), l.ints(doc, "categories_sizes"), l.ints(doc, "categories")
	if l.same("categories", len(nodes), len(from), len(sizes)); l.err != nil {
		return
	}
	t.sets = make(map[int][]uint32)
	for i, n := range nodes {
		if from[i] < 0 || sizes[i] < 1 || from[i]+sizes[i] > len(all) {
			l.fail("categories %d to %d of %d", from[i], from[i]+sizes[i], len(all))
			return
		}
		var set []uint32
		for _, c := range all[from[i] : from[i]+sizes[i]] {
			if c < 0 || c >= maxCategory {
				l.fail("category %d", c)
				return
			}
			for c/32 >= len(set) {
				set = append(set, 0)
			}
			set[c/32] |= 1 << (c % 32)
		}
		t.sets[n] = set
	}
}

// maxCategory bounds categories, and with them the length of their sets.
const maxCategory = 1 << 17

func (t *xgbTree) node(i int) (*node, error) {
	if i < 0 || i >= len(t.left) || t.seen[i] {
		return nil, fmt.Errorf("node %d doesn't exist or has two parents", i)
	}
	t.seen[i] = true
	if t.left[i] == -1 {
		return &node{leaf: true, value: float64(float32(t.condition[i]) * t.scale), rows: t.weight[i]}, nil
	}
	left, err := t.node(t.left[i])
	if err != nil {
		return nil, err
	}
	right, err := t.node(t.right[i])
	if err != nil {
		return nil, err
	}
	missingLeft := t.defaultLeft[i] != 0
	if t.kind[i] == 0 {
		cut := highest(float32(t.condition[i]), true)
		return &node{feature: t.feature[i], threshold: cut, decision: forest.Decide(forest.MissingNaN, missingLeft), left: left, right: right, rows: t.weight[i]}, nil
	}
	set := t.sets[i]
	if set == nil {
		return nil, fmt.Errorf("node %d has no categories", i)
	}
	// XGBoost sends listed categories right and the unknown left; LightGBM sends the
	// listed left, and the unknown and what is missing right.
	n := &node{feature: t.feature[i], set: set, left: right, right: left, rows: t.weight[i]}
	if !missingLeft { // what is missing goes where the listed go: a node before parts it
		return &node{feature: t.feature[i], threshold: math.Inf(1), decision: forest.Decide(forest.MissingNaN, false), left: n, right: right, rows: t.weight[i]}, nil
	}
	return n, nil
}
