package gbdt

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// setting is a line of the parameters section.
type setting struct{ name, value string }

func newForest(m *matrix, d *Data, p Params) *Forest {
	f := &Forest{Names: d.names(), header: Objectives[p.Objective].header(p), settings: p.settings()}
	for _, b := range m.bins {
		f.infos = append(f.infos, b.info())
	}
	return f
}

// info is the range of a feature as LightGBM's text has it.
func (b *bins) info() string {
	switch {
	case b.useless():
		return "none"
	case b.categorical:
		return "-1:" + join(b.kept, ":", func(c int32) string { return strconv.Itoa(int(c)) })
	}
	low, high := math.Max(b.low, -math.MaxFloat64), math.Min(b.high, math.MaxFloat64)
	return "[" + number(low) + ":" + number(high) + "]"
}

// settings lists what shaped the model, by LightGBM's names.
func (p Params) settings() []setting {
	list := []setting{{"boosting", "gbdt"}, {"objective", p.Objective}}
	for _, s := range []struct {
		name  string
		value float64
	}{
		{"num_iterations", float64(p.Rounds)}, {"learning_rate", p.LearningRate},
		{"num_leaves", float64(p.Leaves)}, {"max_depth", float64(depthOrNone(p.Depth))},
		{"min_data_in_leaf", float64(p.MinLeaf)}, {"min_sum_hessian_in_leaf", p.MinHessian},
		{"bagging_fraction", p.BaggingFraction}, {"bagging_freq", float64(p.BaggingFreq)},
		{"feature_fraction", p.FeatureFraction}, {"early_stopping_round", float64(p.EarlyStop)},
		{"lambda_l1", p.L1}, {"lambda_l2", p.L2}, {"min_gain_to_split", p.MinGain},
		{"max_bin", float64(p.MaxBin)}, {"scale_pos_weight", p.PositiveWeight},
		{"tweedie_variance_power", p.TweediePower},
	} {
		list = append(list, setting{s.name, number(s.value)})
	}
	return append(list, setting{"seed", strconv.FormatUint(p.Seed, 10)})
}

func depthOrNone(depth int) int {
	if depth == 0 {
		return -1
	}
	return depth
}

// WriteText writes the model as LightGBM's text, version 3, which LightGBM and
// leaves read. The same model gives the same bytes.
func (f *Forest) WriteText(w io.Writer) error {
	var trees []string
	var sizes []int
	for i, t := range f.trees {
		trees = append(trees, t.text(i))
		sizes = append(sizes, len(trees[i]))
	}
	var out bytes.Buffer
	out.WriteString("tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n")
	fmt.Fprintf(&out, "max_feature_idx=%d\nobjective=%s\n", len(f.Names)-1, f.header)
	fmt.Fprintf(&out, "feature_names=%s\nfeature_infos=%s\n", strings.Join(f.Names, " "), strings.Join(f.infos, " "))
	fmt.Fprintf(&out, "tree_sizes=%s\n\n", join(sizes, " ", strconv.Itoa))
	for _, t := range trees {
		out.WriteString(t)
	}
	out.WriteString("end of trees\n\nfeature_importances:\n")
	out.WriteString(f.cutCounts())
	out.WriteString("\nparameters:\n")
	for _, s := range f.settings {
		fmt.Fprintf(&out, "[%s: %s]\n", s.name, s.value)
	}
	out.WriteString("\nend of parameters\n\npandas_categorical:null\n")
	_, err := w.Write(out.Bytes())
	return err
}

// cutCounts lists the features by the number of their cuts.
func (f *Forest) cutCounts() string {
	counts := make([]int, len(f.Names))
	for _, t := range f.trees {
		for _, feature := range t.feature {
			counts[feature]++
		}
	}
	var order []int
	for i, n := range counts {
		if n > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return counts[b] - counts[a] })
	var lines strings.Builder
	for _, i := range order {
		fmt.Fprintf(&lines, "%s=%d\n", f.Names[i], counts[i])
	}
	return lines.String()
}

func (t *tree) text(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Tree=%d\nnum_leaves=%d\nnum_cat=%d\n", i, len(t.leafValue), len(t.bitsets))
	line := func(name, values string) { fmt.Fprintf(&b, "%s=%s\n", name, values) }
	line("split_feature", join(t.feature, " ", strconv.Itoa))
	line("split_gain", join(t.gain, " ", number))
	line("threshold", join(t.threshold, " ", number))
	line("decision_type", join(t.decision, " ", func(d uint8) string { return strconv.Itoa(int(d)) }))
	child := func(c int32) string { return strconv.Itoa(int(c)) }
	line("left_child", join(t.left, " ", child))
	line("right_child", join(t.right, " ", child))
	line("leaf_value", join(t.leafValue, " ", number))
	line("leaf_weight", join(t.leafWeight, " ", number))
	line("leaf_count", join(t.leafCount, " ", strconv.Itoa))
	line("internal_value", join(t.nodeValue, " ", number))
	line("internal_weight", join(t.nodeWeight, " ", number))
	line("internal_count", join(t.nodeCount, " ", strconv.Itoa))
	if len(t.bitsets) > 0 {
		bounds, words := []int{0}, []uint32{}
		for _, set := range t.bitsets {
			words = append(words, set...)
			bounds = append(bounds, len(words))
		}
		line("cat_boundaries", join(bounds, " ", strconv.Itoa))
		line("cat_threshold", join(words, " ", func(w uint32) string { return strconv.FormatUint(uint64(w), 10) }))
	}
	fmt.Fprintf(&b, "is_linear=0\nshrinkage=%s\n\n\n", number(t.rate))
	return b.String()
}

// number writes the shortest text that reads back as the same bits.
func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func join[T any](list []T, by string, text func(T) string) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = text(v)
	}
	return strings.Join(words, by)
}
