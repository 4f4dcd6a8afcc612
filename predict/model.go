// Package predict scores rows with models of trees, whoever trained them.
//
// A model comes as LightGBM text. Load reads it strictly (forest), writes it anew in the
// one form that leaves reads rightly, and has leaves load that: leaves is the judge of
// raw scores. The forest is then compiled (score), and used compiled if it gives the
// judge's scores to the last bit on rows made to be hard for this very model; if not,
// leaves does the scoring and Engine says so. The link to probabilities is applied here.
//
// Calibrate makes honest probabilities of scores, and Explain says what each feature
// contributed to them.
package predict

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/dmitryikh/leaves"
	"golang.org/x/sync/errgroup"

	"segmenta/predict/forest"
	"segmenta/predict/score"
)

// ErrModel reports a file that is no sound LightGBM model, or one of a kind that can't
// be scored exactly.
var ErrModel = forest.ErrModel

// A Model scores rows. It may be used from several goroutines at once.
type Model struct {
	forest   *forest.Forest
	leaves   *leaves.Ensemble
	compiled *score.Scorer // nil where leaves does the scoring
	why      error         // it is nil
}

// Load reads a model.
func Load(data []byte) (*Model, error) {
	f, err := forest.Read(data)
	if err != nil {
		return nil, err
	}
	m := &Model{forest: f}
	err = contained(func() (err error) {
		m.leaves, err = leaves.LGEnsembleFromReader(bufio.NewReader(bytes.NewReader(f.Canonical())), false)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: leaves: %w", ErrModel, err)
	}
	m.why = contained(m.compile)
	return m, nil
}

// compile compiles the forest, and keeps the result if the judge agrees with it.
func (m *Model) compile() error {
	s, err := score.Compile(m.forest)
	if err != nil {
		return err
	}
	rows := score.Probe(m.forest, probeRows)
	got, want := m.lists(probeRows), m.lists(probeRows)
	if err := m.judge(want, rows, 1); err != nil {
		return err
	}
	if err := s.Raw(got, rows, 1); err != nil {
		return err
	}
	for c := range want {
		for i, w := range want[c] {
			if math.Float64bits(got[c][i]) != math.Float64bits(w) {
				return fmt.Errorf("the compiled model gives %v where leaves gives %v", got[c][i], w)
			}
		}
	}
	m.compiled = s
	return nil
}

// probeRows is how many rows a compiled model is proven on.
const probeRows = 512

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
func (m *Model) Features() []string { return slices.Clone(m.forest.Features) }

// Classes is how many scores a row has: 1, but for models of several classes.
func (m *Model) Classes() int { return m.forest.Classes }

// Missing names the features that are not among those there are.
func (m *Model) Missing(have []string) (missing []string) {
	for _, name := range m.forest.Features {
		if !slices.Contains(have, name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// Engine names what computes the scores: compiled, or leaves.
func (m *Model) Engine() string {
	if m.compiled != nil {
		return "compiled"
	}
	return "leaves"
}

// Kernel names the instructions that a compiled model uses.
func (m *Model) Kernel() string {
	if m.compiled != nil {
		return m.compiled.Kernel()
	}
	return ""
}

// Uncompiled says why leaves does the scoring; nil where it doesn't.
func (m *Model) Uncompiled() error { return m.why }

// WithLeaves is the model scored by leaves.
func (m *Model) WithLeaves() *Model {
	return &Model{forest: m.forest, leaves: m.leaves, why: errors.New("leaves was asked for")}
}

// WithKernel is the compiled model with other instructions; see score.Kernels.
func (m *Model) WithKernel(name string) (*Model, error) {
	if m.compiled == nil {
		return nil, m.why
	}
	s, err := m.compiled.With(name)
	return &Model{forest: m.forest, leaves: m.leaves, compiled: s}, err
}

// Raw scores rows given as columns in the order of Features; NaN is missing. The sum
// of the trees, or their mean for a random forest.
func (m *Model) Raw(columns [][]float64, rows, threads int) ([]float64, error) {
	if m.forest.Classes != 1 {
		return nil, fmt.Errorf("%w: it has %d classes, and one score is asked for", ErrModel, m.forest.Classes)
	}
	scores, err := m.RawClasses(columns, rows, threads)
	if err != nil {
		return nil, err
	}
	return scores[0], nil
}

// RawClasses is Raw for any number of classes: a list of scores for each.
func (m *Model) RawClasses(columns [][]float64, rows, threads int) ([][]float64, error) {
	if err := m.fits(columns, rows); err != nil {
		return nil, err
	}
	scores := m.lists(rows)
	if m.compiled != nil {
		return scores, m.compiled.Raw(scores, columns, threads)
	}
	return scores, m.judge(scores, columns, threads)
}

func (m *Model) fits(columns [][]float64, rows int) error {
	if len(columns) != len(m.forest.Features) {
		return fmt.Errorf("%d columns for %d features", len(columns), len(m.forest.Features))
	}
	for i, c := range columns {
		if len(c) != rows {
			return fmt.Errorf("feature %s has %d rows of %d", m.forest.Features[i], len(c), rows)
		}
	}
	return nil
}

func (m *Model) lists(rows int) [][]float64 {
	scores := make([][]float64, m.forest.Classes)
	for c := range scores {
		scores[c] = make([]float64, rows)
	}
	return scores
}

// block is how many rows are handed to leaves at once.
const block = 1024

// judge has leaves score.
func (m *Model) judge(scores, columns [][]float64, threads int) error {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	rows := len(scores[0])
	var g errgroup.Group
	g.SetLimit(threads)
	for from := 0; from < rows; from += block {
		g.Go(func() error { return m.judgeBlock(scores, columns, from, min(from+block, rows)) })
	}
	return g.Wait()
}

func (m *Model) judgeBlock(scores, columns [][]float64, from, to int) error {
	width, classes, n := len(columns), len(scores), to-from
	values, out := make([]float64, n*width), make([]float64, n*classes)
	for c, column := range columns {
		for i := range n {
			values[i*width+c] = column[from+i]
		}
	}
	if err := contained(func() error { return m.leaves.PredictDense(values, n, width, out, 0, 1) }); err != nil {
		return err
	}
	for c := range scores {
		for i := range n {
			scores[c][from+i] = out[i*classes+c]
		}
	}
	return nil
}

// Probability applies the model's link to raw scores.
func (m *Model) Probability(raw []float64) []float64 {
	out := make([]float64, len(raw))
	name, _, _ := strings.Cut(m.forest.Objective, " ")
	for i, z := range raw {
		switch name {
		case "binary", "cross_entropy", "multiclassova":
			out[i] = 1 / (1 + math.Exp(-m.forest.Sigmoid*z))
		case "cross_entropy_lambda":
			out[i] = math.Log1p(math.Exp(z))
		case "poisson", "gamma", "tweedie":
			out[i] = math.Exp(z)
		default:
			out[i] = z
		}
	}
	return out
}

// Probabilities applies the link to the raw scores of all classes.
func (m *Model) Probabilities(raw [][]float64) [][]float64 {
	out := make([][]float64, len(raw))
	for c := range raw {
		out[c] = m.Probability(raw[c])
	}
	if !strings.HasPrefix(m.forest.Objective, "multiclass ") {
		return out
	}
	for i := range out[0] {
		top, sum := math.Inf(-1), 0.0
		for c := range out {
			top = max(top, out[c][i])
		}
		for c := range out {
			out[c][i] = math.Exp(out[c][i] - top)
			sum += out[c][i]
		}
		for c := range out {
			out[c][i] /= sum
		}
	}
	return out
}
