package forest

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Text writes the forest as LightGBM's text, version 3.
func (f *Forest) Text() []byte { return f.text(f.Features) }

// Canonical writes the forest in the form that leaves reads rightly: plain feature
// names, exact sizes, nothing that it would pass over.
func (f *Forest) Canonical() []byte {
	names := make([]string, len(f.Features))
	for i := range names {
		names[i] = "f" + strconv.Itoa(i)
	}
	return f.text(names)
}

func (f *Forest) text(names []string) []byte {
	var trees [][]byte
	var sizes []int
	for i := range f.Trees {
		t := f.Trees[i].text(i)
		trees = append(trees, t)
		sizes = append(sizes, len(t))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "tree\nversion=v3\nnum_class=%d\nnum_tree_per_iteration=%d\nlabel_index=0\nmax_feature_idx=%d\n", f.Classes, f.Classes, len(names)-1)
	if f.Objective != "" {
		fmt.Fprintf(&b, "objective=%s\n", f.Objective)
	}
	if f.Average {
		b.WriteString("average_output\n")
	}
	infos := f.Infos
	if infos == nil {
		infos = strings.Split(strings.Repeat(" [-1e308:1e308]", len(names))[1:], " ")
	}
	fmt.Fprintf(&b, "feature_names=%s\nfeature_infos=%s\n", strings.Join(names, " "), strings.Join(infos, " "))
	line(&b, "tree_sizes", sizes)
	b.WriteString("\n")
	for _, t := range trees {
		b.Write(t)
	}
	b.WriteString("end of trees\n")
	return b.Bytes()
}

func (t *Tree) text(i int) []byte {
	var b bytes.Buffer
	sets := max(0, len(t.Boundaries)-1)
	fmt.Fprintf(&b, "Tree=%d\nnum_leaves=%d\nnum_cat=%d\n", i, len(t.Value), sets)
	if len(t.Left) > 0 {
		line(&b, "split_feature", t.Feature)
		line(&b, "threshold", t.Threshold)
		line(&b, "decision_type", t.Decision)
		line(&b, "left_child", t.Left)
		line(&b, "right_child", t.Right)
	}
	line(&b, "leaf_value", t.Value)
	for _, l := range []struct {
		key    string
		values []float64
	}{{"leaf_weight", t.Weight}, {"leaf_count", t.LeafCount}, {"internal_count", t.Count}} {
		if len(l.values) > 0 {
			line(&b, l.key, l.values)
		}
	}
	if sets > 0 {
		line(&b, "cat_boundaries", t.Boundaries)
		line(&b, "cat_threshold", t.Members)
	}
	b.WriteString("is_linear=0\nshrinkage=1\n\n\n")
	return b.Bytes()
}

func line[T int | uint32 | float64](b *bytes.Buffer, key string, values []T) {
	b.WriteString(key + "=")
	for i, v := range values {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch v := any(v).(type) {
		case float64:
			if math.IsInf(v, 1) {
				b.WriteString("inf")
				continue
			}
			b.Write(strconv.AppendFloat(b.AvailableBuffer(), v, 'g', -1, 64))
		case int:
			b.Write(strconv.AppendInt(b.AvailableBuffer(), int64(v), 10))
		case uint32:
			b.Write(strconv.AppendUint(b.AvailableBuffer(), uint64(v), 10))
		}
	}
	b.WriteByte('\n')
}
