// Package predict scores rows with models of trees, whoever trained them.
//
// A model comes as LightGBM text. Load reads it strictly, writes it anew in the one
// form that leaves reads rightly, and has leaves load that; leaves gives the raw
// scores, and the link to probabilities is applied here. What leaves would score
// wrongly without a word is refused by name.
//
// Calibrate makes honest probabilities of scores, and Explain says what each feature
// contributed to them.
package predict

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/dmitryikh/leaves"
	"golang.org/x/sync/errgroup"
)

// A Model scores rows. It may be used from several goroutines at once.
type Model struct {
	forest *forest
	leaves *leaves.Ensemble
}

// Load reads a model.
func Load(data []byte) (*Model, error) {
	f, err := parse(data)
	if err != nil {
		return nil, err
	}
	m := &Model{forest: f}
	err = contained(func() (err error) {
		m.leaves, err = leaves.LGEnsembleFromReader(bufio.NewReader(bytes.NewReader(f.canonical())), false)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: leaves: %w", ErrModel, err)
	}
	return m, nil
}

// contained makes an error of a panic of leaves.
func contained(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return work()
}

// Features names the columns that the model asks for, in its order.
func (m *Model) Features() []string { return slices.Clone(m.forest.features) }

// Missing names the features that are not among those there are.
func (m *Model) Missing(have []string) (missing []string) {
	for _, name := range m.forest.features {
		if !slices.Contains(have, name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// Engine names what computes the scores.
func (m *Model) Engine() string { return "leaves" }

// WithLeaves is the model scored by leaves.
func (m *Model) WithLeaves() *Model { return m }

// block is how many rows are handed to leaves at once.
const block = 1024

// Raw scores rows given as columns in the order of Features; NaN is missing. The sum
// of the trees, or their mean for a random forest.
func (m *Model) Raw(columns [][]float64, rows, threads int) ([]float64, error) {
	if len(columns) != len(m.forest.features) {
		return nil, fmt.Errorf("%d columns for %d features", len(columns), len(m.forest.features))
	}
	for i, c := range columns {
		if len(c) != rows {
			return nil, fmt.Errorf("feature %s has %d rows of %d", m.forest.features[i], len(c), rows)
		}
	}
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	scores := make([]float64, rows)
	var g errgroup.Group
	g.SetLimit(threads)
	for from := 0; from < rows; from += block {
		g.Go(func() error { return m.block(scores[from:min(from+block, rows)], columns, from) })
	}
	return scores, g.Wait()
}

func (m *Model) block(scores []float64, columns [][]float64, from int) error {
	width := len(columns)
	values := make([]float64, len(scores)*width)
	for c, column := range columns {
		for i := range scores {
			values[i*width+c] = column[from+i]
		}
	}
	return contained(func() error { return m.leaves.PredictDense(values, len(scores), width, scores, 0, 1) })
}

// Probability applies the model's link to raw scores.
func (m *Model) Probability(raw []float64) []float64 {
	out := make([]float64, len(raw))
	name, _, _ := strings.Cut(m.forest.objective, " ")
	for i, z := range raw {
		switch name {
		case "binary", "cross_entropy":
			out[i] = 1 / (1 + math.Exp(-m.forest.sigmoid*z))
		case "poisson", "gamma", "tweedie":
			out[i] = math.Exp(z)
		default:
			out[i] = z
		}
	}
	return out
}

// canonical writes the forest in the form of version 3 that leaves reads rightly:
// plain feature names, exact sizes, nothing that it would pass over.
func (f *forest) canonical() []byte {
	var trees [][]byte
	var sizes []string
	for i := range f.trees {
		t := f.trees[i].text(i)
		trees = append(trees, t)
		sizes = append(sizes, strconv.Itoa(len(t)))
	}
	var b bytes.Buffer
	b.WriteString("tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n")
	fmt.Fprintf(&b, "max_feature_idx=%d\n", len(f.features)-1)
	if f.average {
		b.WriteString("average_output\n")
	}
	names := make([]string, len(f.features))
	for i := range names {
		names[i] = "f" + strconv.Itoa(i)
	}
	fmt.Fprintf(&b, "feature_names=%s\ntree_sizes=%s\n\n", strings.Join(names, " "), strings.Join(sizes, " "))
	for _, t := range trees {
		b.Write(t)
	}
	b.WriteString("end of trees\n")
	return b.Bytes()
}

func (t *tree) text(i int) []byte {
	var b bytes.Buffer
	categories := 0
	if len(t.boundaries) > 0 {
		categories = len(t.boundaries) - 1
	}
	fmt.Fprintf(&b, "Tree=%d\nnum_leaves=%d\nnum_cat=%d\n", i, len(t.value), categories)
	if len(t.left) > 0 {
		line(&b, "split_feature", t.feature)
		line(&b, "threshold", t.threshold)
		line(&b, "decision_type", t.decision)
		line(&b, "left_child", t.left)
		line(&b, "right_child", t.right)
	}
	line(&b, "leaf_value", t.value)
	if categories > 0 {
		line(&b, "cat_boundaries", t.boundaries)
		line(&b, "cat_threshold", t.members)
	}
	b.WriteString("shrinkage=1\n\n\n")
	return b.Bytes()
}

func line[T int | uint32 | float64](b *bytes.Buffer, key string, values []T) {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprintf("%v", v)
		if f, ok := any(v).(float64); ok {
			words[i] = strconv.FormatFloat(f, 'g', 17, 64)
		}
	}
	fmt.Fprintf(b, "%s=%s\n", key, strings.Join(words, " "))
}
