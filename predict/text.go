package predict

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Limits of a model file, far above what is of use.
const (
	maxBytes    = 256 << 20
	maxTrees    = 100_000
	maxLeaves   = 1 << 16
	maxFeatures = 1 << 20
)

// ErrModel reports a file that is no sound LightGBM model, or one of a kind that can't
// be scored exactly.
var ErrModel = errors.New("not a model that can be used")

// A forest is a LightGBM text file, read strictly.
type forest struct {
	features  []string
	infos     []string
	objective string
	sigmoid   float64
	average   bool // a random forest: the mean of its trees, not their sum
	trees     []tree
}

// A tree is held as LightGBM writes it: a child below 0 is the leaf ^child.
type tree struct {
	feature             []int
	threshold           []float64
	decision            []int
	left, right         []int
	value, weight       []float64 // of leaves; weight is empty where the file has none
	leafCount, count    []float64 // of leaves and of inner nodes; empty where the file has none
	boundaries, members []uint32  // of categorical splits
}

// Bits of a decision.
const (
	categoricalBit = 1
	defaultLeftBit = 2
	missingShift   = 2 // then 0 none, 1 zero, 2 NaN
)

// parse reads LightGBM's text form, versions 2 to 4.
func parse(data []byte) (*forest, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%w: %d bytes; at most %d are read", ErrModel, len(data), maxBytes)
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	if !bytes.HasPrefix(data, []byte("tree\n")) {
		return nil, fmt.Errorf("%w: it doesn't begin as LightGBM text does, with the line tree", ErrModel)
	}
	body, _, whole := bytes.Cut(data, []byte("\nend of trees"))
	if !whole {
		return nil, fmt.Errorf("%w: it is cut short: the line «end of trees» is missing after %d bytes", ErrModel, len(data))
	}
	parts := strings.Split(string(body), "\nTree=")
	f, err := parseHeader(section(parts[0]))
	if err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrModel, err)
	}
	sizes := strings.Fields(section(parts[0])["tree_sizes"])
	if len(sizes) > 0 && len(sizes) != len(parts)-1 || len(parts) > maxTrees {
		return nil, fmt.Errorf("%w: it holds %d trees, and its header names %d", ErrModel, len(parts)-1, len(sizes))
	}
	for i, p := range parts[1:] {
		number, rest, _ := strings.Cut(p, "\n")
		if number != strconv.Itoa(i) {
			return nil, fmt.Errorf("%w: tree %d is called %q", ErrModel, i, number)
		}
		t, err := parseTree(section(rest), len(f.features))
		if err != nil {
			return nil, fmt.Errorf("%w: tree %d: %w", ErrModel, i, err)
		}
		f.trees = append(f.trees, *t)
	}
	if len(f.trees) == 0 {
		return nil, fmt.Errorf("%w: it has no trees", ErrModel)
	}
	return f, nil
}

// section reads lines of key=value.
func section(text string) map[string]string {
	s := make(map[string]string)
	for _, line := range strings.Split(text, "\n") {
		key, value, _ := strings.Cut(line, "=")
		s[key] = value
	}
	return s
}

func parseHeader(s map[string]string) (*forest, error) {
	if v := s["version"]; v != "v2" && v != "v3" && v != "v4" {
		return nil, fmt.Errorf("version %q, want v2, v3 or v4", v)
	}
	if s["num_class"] != "1" || s["num_tree_per_iteration"] != "1" {
		return nil, fmt.Errorf("%s classes: only models with one score can be used", s["num_class"])
	}
	_, average := s["average_output"]
	f := &forest{features: strings.Split(s["feature_names"], " "), infos: strings.Split(s["feature_infos"], " "), objective: s["objective"], sigmoid: 1, average: average}
	last, err := strconv.Atoi(s["max_feature_idx"])
	if err != nil || last < 0 || last >= maxFeatures {
		return nil, fmt.Errorf("max_feature_idx is %q", s["max_feature_idx"])
	}
	if len(f.features) != last+1 || s["feature_names"] == "" {
		return nil, fmt.Errorf("%d feature names for %d features", len(f.features), last+1)
	}
	if len(f.infos) != last+1 {
		f.infos = nil
	}
	seen := make(map[string]bool)
	for _, name := range f.features {
		if seen[name] {
			return nil, fmt.Errorf("the feature %s stands twice", name)
		}
		seen[name] = true
	}
	return f, f.parseObjective()
}

// parseObjective reads the link between raw score and prediction. What is wrong
// silently elsewhere is refused by name here.
func (f *forest) parseObjective() (err error) {
	words := strings.Fields(f.objective)
	if len(words) == 0 {
		return nil
	}
	for _, w := range words[1:] {
		name, value, _ := strings.Cut(w, ":")
		switch {
		case name == "sqrt":
			return fmt.Errorf("objective %q: of a square root", f.objective)
		case name == "sigmoid":
			if f.sigmoid, err = strconv.ParseFloat(value, 64); err != nil || !(f.sigmoid > 0) || math.IsInf(f.sigmoid, 0) {
				return fmt.Errorf("objective %q: sigmoid", f.objective)
			}
		}
	}
	return nil
}

func parseTree(s map[string]string, features int) (*tree, error) {
	leaves, err := strconv.Atoi(s["num_leaves"])
	if err != nil || leaves < 1 || leaves > maxLeaves {
		return nil, fmt.Errorf("num_leaves is %q, want 1 to %d", s["num_leaves"], maxLeaves)
	}
	if v := s["is_linear"]; v != "" && v != "0" {
		return nil, errors.New("its leaves hold linear models, which are not scored here")
	}
	t := new(tree)
	r := reader{s: s}
	t.value = r.floats("leaf_value", leaves)
	t.weight, t.leafCount = r.optional("leaf_weight", leaves), r.optional("leaf_count", leaves)
	if leaves > 1 {
		t.feature, t.decision = r.ints("split_feature", leaves-1), r.ints("decision_type", leaves-1)
		t.left, t.right = r.ints("left_child", leaves-1), r.ints("right_child", leaves-1)
		t.threshold, t.count = r.floats("threshold", leaves-1), r.optional("internal_count", leaves-1)
		if n, _ := strconv.Atoi(s["num_cat"]); n > 0 {
			t.boundaries, t.members = r.words("cat_boundaries"), r.words("cat_threshold")
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return t, t.check(features)
}

// check holds a tree to what a tree is: every node and leaf reached exactly once from
// the root, features that there are, finite numbers, sound sets of categories.
func (t *tree) check(features int) error {
	for _, v := range append(append([]float64{}, t.value...), t.threshold...) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("a leaf or threshold is %v", v)
		}
	}
	for i, f := range t.feature {
		if f < 0 || f >= features {
			return fmt.Errorf("node %d: feature %d of %d", i, f, features)
		}
		if d := t.decision[i]; d < 0 || d>>missingShift > 2 {
			return fmt.Errorf("node %d: decision type %d", i, d)
		}
		if err := t.checkCategories(i); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
	}
	return t.checkShape()
}

func (t *tree) checkCategories(i int) error {
	if t.decision[i]&categoricalBit == 0 {
		return nil
	}
	k := t.threshold[i]
	if k != math.Trunc(k) || k < 0 || int(k)+1 >= len(t.boundaries) {
		return fmt.Errorf("category set %v of %d", k, len(t.boundaries)-1)
	}
	from, to := t.boundaries[int(k)], t.boundaries[int(k)+1]
	if from >= to || int(to) > len(t.members) {
		return fmt.Errorf("category set from %d to %d of %d", from, to, len(t.members))
	}
	for _, w := range t.members[from:to] {
		if w != 0 {
			return nil
		}
	}
	return errors.New("an empty category set")
}

func (t *tree) checkShape() error {
	if len(t.left) == 0 {
		return nil
	}
	nodes, leaves := make([]bool, len(t.left)), make([]bool, len(t.value))
	nodes[0] = true
	for i := range t.left {
		for _, child := range [2]int{t.left[i], t.right[i]} {
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

// A reader reads lists of known lengths and keeps the first error.
type reader struct {
	s   map[string]string
	err error
}

func (r *reader) fields(key string, n int) []string {
	words := strings.Fields(r.s[key])
	if r.err == nil && n >= 0 && len(words) != n {
		r.err = fmt.Errorf("%s has %d values, want %d", key, len(words), n)
	}
	if r.err != nil {
		return nil
	}
	return words
}

func (r *reader) floats(key string, n int) []float64 {
	return list(r, key, n, func(w string) (float64, error) { return strconv.ParseFloat(w, 64) })
}

// optional is a list that may be missing.
func (r *reader) optional(key string, n int) []float64 {
	if r.s[key] == "" {
		return nil
	}
	return r.floats(key, n)
}

func (r *reader) ints(key string, n int) []int { return list(r, key, n, strconv.Atoi) }

func (r *reader) words(key string) []uint32 {
	return list(r, key, -1, func(w string) (uint32, error) {
		v, err := strconv.ParseUint(w, 10, 32)
		return uint32(v), err
	})
}

func list[T any](r *reader, key string, n int, read func(string) (T, error)) []T {
	var out []T
	for _, w := range r.fields(key, n) {
		v, err := read(w)
		if err != nil && r.err == nil {
			r.err = fmt.Errorf("%s: %q is no number for it", key, w)
		}
		out = append(out, v)
	}
	return out
}
