package forest

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
	maxClasses  = 1 << 10
)

// Read reads LightGBM's text form, versions 2 to 4.
func Read(data []byte) (*Forest, error) {
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
	header, err := section(parts[0])
	if err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrModel, err)
	}
	f, err := parseHeader(header)
	if err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrModel, err)
	}
	if sizes := strings.Fields(header["tree_sizes"]); len(sizes) > 0 && len(sizes) != len(parts)-1 || len(parts) > maxTrees {
		return nil, fmt.Errorf("%w: it holds %d trees, and its header names %d", ErrModel, len(parts)-1, len(sizes))
	}
	if f.Trees, err = readTrees(parts[1:]); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return f, f.Check()
}

func readTrees(parts []string) (trees []Tree, err error) {
	for i, p := range parts {
		number, rest, _ := strings.Cut(p, "\n")
		if number != strconv.Itoa(i) {
			return nil, fmt.Errorf("tree %d is called %q", i, number)
		}
		s, err := section(rest)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		t, err := parseTree(s)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		trees = append(trees, *t)
	}
	return trees, nil
}

// section reads lines of key=value.
func section(text string) (map[string]string, error) {
	s := make(map[string]string)
	for line := range strings.SplitSeq(text, "\n") {
		key, value, _ := strings.Cut(line, "=")
		if _, twice := s[key]; twice && key != "" {
			return nil, fmt.Errorf("%s stands twice", key)
		}
		s[key] = value
	}
	return s, nil
}

func parseHeader(s map[string]string) (*Forest, error) {
	if v := s["version"]; v != "v2" && v != "v3" && v != "v4" {
		return nil, fmt.Errorf("version %q, want v2, v3 or v4", v)
	}
	classes, err := strconv.Atoi(s["num_class"])
	if err != nil || classes < 1 || classes > maxClasses || s["num_tree_per_iteration"] != s["num_class"] {
		return nil, fmt.Errorf("%s classes with %s trees an iteration: want the same number, from 1 to %d", s["num_class"], s["num_tree_per_iteration"], maxClasses)
	}
	_, average := s["average_output"]
	f := &Forest{Features: strings.Split(s["feature_names"], " "), Infos: strings.Split(s["feature_infos"], " "), Objective: s["objective"], Sigmoid: 1, Average: average, Classes: classes}
	last, err := strconv.Atoi(s["max_feature_idx"])
	if err != nil || last < 0 || last >= maxFeatures {
		return nil, fmt.Errorf("max_feature_idx is %q", s["max_feature_idx"])
	}
	if len(f.Features) != last+1 || s["feature_names"] == "" {
		return nil, fmt.Errorf("%d feature names for %d features", len(f.Features), last+1)
	}
	if len(f.Infos) != last+1 {
		f.Infos = nil
	}
	seen := make(map[string]bool)
	for _, name := range f.Features {
		if seen[name] {
			return nil, fmt.Errorf("the feature %s stands twice", name)
		}
		seen[name] = true
	}
	return f, f.parseObjective()
}

// parseObjective reads the link between raw score and prediction. What is wrong
// silently elsewhere is refused by name here.
func (f *Forest) parseObjective() (err error) {
	words := strings.Fields(f.Objective)
	if len(words) == 0 {
		return nil
	}
	for _, w := range words[1:] {
		name, value, _ := strings.Cut(w, ":")
		switch {
		case name == "sqrt":
			return fmt.Errorf("objective %q: of a square root", f.Objective)
		case name == "sigmoid":
			if f.Sigmoid, err = strconv.ParseFloat(value, 64); err != nil || !(f.Sigmoid > 0) || math.IsInf(f.Sigmoid, 0) {
				return fmt.Errorf("objective %q: sigmoid", f.Objective)
			}
		}
	}
	return nil
}

func parseTree(s map[string]string) (*Tree, error) {
	leaves, err := strconv.Atoi(s["num_leaves"])
	if err != nil || leaves < 1 || leaves > maxLeaves {
		return nil, fmt.Errorf("num_leaves is %q, want 1 to %d", s["num_leaves"], maxLeaves)
	}
	if v := s["is_linear"]; v != "" && v != "0" {
		return nil, errors.New("its leaves hold linear models, which are not scored here")
	}
	t := new(Tree)
	r := reader{s: s}
	t.Value = r.floats("leaf_value", leaves)
	t.Weight, t.LeafCount = r.optional("leaf_weight", leaves), r.optional("leaf_count", leaves)
	if leaves > 1 {
		t.Feature, t.Decision = r.ints("split_feature", leaves-1), r.ints("decision_type", leaves-1)
		t.Left, t.Right = r.ints("left_child", leaves-1), r.ints("right_child", leaves-1)
		t.Threshold, t.Count = r.floats("threshold", leaves-1), r.optional("internal_count", leaves-1)
		if n, _ := strconv.Atoi(s["num_cat"]); n > 0 {
			t.Boundaries, t.Members = r.words("cat_boundaries", n+1), r.words("cat_threshold", -1)
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return t, nil
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

func (r *reader) words(key string, n int) []uint32 {
	return list(r, key, n, func(w string) (uint32, error) {
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
