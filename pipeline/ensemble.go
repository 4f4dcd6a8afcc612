package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"segmenta/predict"
	"segmenta/predict/gbdt"
	"segmenta/predict/linear"
)

// An ensemble is what scores a target's customers: trees that begin from the rhythm of
// purchases, and a line that has the rhythm as one of its columns. Each alone gives
// log-odds; Share of the trees' and the rest of the line's are the raw score. The line of
// the simple model is short and begins from the rhythm, as the trees do; without trees
// and line the rhythm is the score.
type ensemble struct {
	Method    string  `json:"method"` // a key of methods
	Share     float64 `json:"share_of_trees"`
	Unstarted float64 `json:"start_without_rhythm"` // where rows without a rhythm begin
	Seed      uint64  `json:"seed"`

	trees *predict.Model
	text  []byte // the trees as LightGBM text
	line  *linear.Model
}

// methods are what an ensemble may be, in words.
var methods = map[string]words{
	"blend":    {"trees and a line together", "árboles y una recta juntos"},
	"trees":    {"trees", "árboles"},
	"logistic": {"logistic regression", "regresión logística"},
	"simple":   {"logistic regression on three features", "regresión logística con tres variables"},
	"rhythm":   {"the rhythm of purchases alone", "solo el ritmo de compras"},
}

// methodOf names an ensemble by the share of its trees.
func methodOf(share float64) string {
	switch share {
	case 0:
		return "logistic"
	case 1:
		return "trees"
	}
	return "blend"
}

// ridge is the line's penalty: so strong that columns which say the same share what they
// say, and a few hundred outcomes bear the seventy that there are.
const ridge = 300

// A recipe says how to fit an ensemble.
type recipe struct {
	share   float64
	params  gbdt.Params
	threads int
}

// fit learns an ensemble of examples.
func (r recipe) fit(e *examples) (*ensemble, error) {
	m := &ensemble{Method: methodOf(r.share), Share: r.share, Unstarted: e.unstarted(), Seed: r.params.Seed}
	if r.share > 0 {
		if err := m.grow(e, r.params); err != nil {
			return nil, err
		}
	}
	if r.share < 1 {
		if err := m.draw(e, e.names, ridge, nil, r.threads); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// grow trains the trees on all rows, writes LightGBM text, and loads it as any model is
// loaded: what is judged and used is what is written.
func (m *ensemble) grow(e *examples, params gbdt.Params) error {
	params.MinLeaf = min(100, max(5, e.rows()/200))
	var err error
	m.trees, m.text, err = trainData(e.data(m.Unstarted), params)
	return err
}

func trainData(d *gbdt.Data, params gbdt.Params) (*predict.Model, []byte, error) {
	forest, err := gbdt.Train(d, nil, params)
	if err != nil {
		return nil, nil, fmt.Errorf("training: %w", err)
	}
	var text bytes.Buffer
	if err := forest.WriteText(&text); err != nil {
		return nil, nil, err
	}
	m, err := predict.Load(text.Bytes())
	if err != nil {
		return nil, nil, fmt.Errorf("loading what was trained: %w", err)
	}
	return m, text.Bytes(), nil
}

// draw fits the line on some of the features, from where it is to start; nil is nowhere.
func (m *ensemble) draw(e *examples, names []string, penalty float64, start []float64, threads int) (err error) {
	columns, err := pick(e.names, e.columns, names)
	if err != nil {
		return err
	}
	m.line, err = linear.Fit(names, columns, e.label, linear.Options{Penalty: penalty, Start: start, Threads: threads})
	return err
}

// features names what the ensemble asks for.
func (m *ensemble) features() (names []string) {
	if m.trees != nil {
		names = append(names, m.trees.Features()...)
	}
	if m.line != nil {
		for _, n := range m.line.Names() {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// raw is the log-odds of rows whose columns go by the names given.
func (m *ensemble) raw(names []string, columns [][]float64, start []float64, threads int) ([]float64, error) {
	if m.Method == "rhythm" {
		return slices.Clone(start), nil
	}
	begin := filled(start, m.Unstarted)
	trees, err := m.rawTrees(names, columns, begin, threads)
	if err != nil {
		return nil, err
	}
	line, err := m.rawLine(names, columns, begin)
	if err != nil {
		return nil, err
	}
	switch {
	case trees == nil:
		return line, nil
	case line == nil:
		return trees, nil
	}
	return mixed(trees, line, m.Share), nil
}

// mixed is a share of the trees' log-odds and the rest of the line's.
func mixed(trees, line []float64, share float64) []float64 {
	out := make([]float64, len(trees))
	for i := range out {
		out[i] = share*trees[i] + (1-share)*line[i]
	}
	return out
}

func (m *ensemble) rawTrees(names []string, columns [][]float64, begin []float64, threads int) ([]float64, error) {
	if m.trees == nil {
		return nil, nil
	}
	picked, err := pick(names, columns, m.trees.Features())
	if err != nil {
		return nil, err
	}
	raw, err := m.trees.Raw(picked, len(begin), threads)
	return added(raw, begin), err
}

func (m *ensemble) rawLine(names []string, columns [][]float64, begin []float64) ([]float64, error) {
	if m.line == nil {
		return nil, nil
	}
	picked, err := pick(names, columns, m.line.Names())
	if err != nil {
		return nil, err
	}
	raw := m.line.Raw(picked, len(begin))
	if m.Method == "simple" {
		return added(raw, begin), nil
	}
	return raw, nil
}

func added(raw, begin []float64) []float64 {
	for i := range raw {
		raw[i] += begin[i]
	}
	return raw
}

// pick returns the columns of some names, in their order.
func pick(have []string, columns [][]float64, names []string) ([][]float64, error) {
	picked := make([][]float64, len(names))
	for i, n := range names {
		k := slices.Index(have, n)
		if k < 0 {
			return nil, lacking([]string{n}, have)
		}
		picked[i] = columns[k]
	}
	return picked, nil
}

// Files of a version.
const (
	treesFile    = "model.txt"
	lineFile     = "line.json"
	ensembleFile = "ensemble.json"
	calibFile    = "calibration.json"
	intervalFile = "interval.json"
)

// write puts the ensemble among a version's files.
func (m *ensemble) write(files map[string][]byte) (err error) {
	if m.text != nil {
		files[treesFile] = m.text
	}
	if m.line != nil {
		if files[lineFile], err = encodeJSON(m.line); err != nil {
			return err
		}
	}
	files[ensembleFile], err = encodeJSON(m)
	return err
}

// readEnsemble loads what write wrote.
func readEnsemble(files map[string][]byte) (*ensemble, error) {
	m := new(ensemble)
	if err := decode(files, ensembleFile, m); err != nil {
		return nil, err
	}
	if text, ok := files[treesFile]; ok {
		m.text = text
		var err error
		if m.trees, err = predict.Load(text); err != nil {
			return nil, err
		}
	}
	if _, ok := files[lineFile]; ok {
		m.line = new(linear.Model)
		if err := decode(files, lineFile, m.line); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func decode(files map[string][]byte, name string, into any) error {
	if err := json.Unmarshal(files[name], into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// leftOut scores each row with models that saw nothing of its customer.
func (r recipe) leftOut(ctx context.Context, e *examples) (*turn, error) {
	t := &turn{held: e, trees: make([]float64, e.rows()), line: make([]float64, e.rows()), simple: make([]float64, e.rows())}
	return t, r.each(folds, func(part recipe, f int) error {
		rest := e.where(func(i int) bool { return fold(e.customers[i]) != f })
		out := e.where(func(i int) bool { return fold(e.customers[i]) == f })
		if out.rows() == 0 { // those are judged on
			return nil
		}
		if rest.rarer() == 0 {
			return fmt.Errorf("too few customers to leave some out")
		}
		found, err := part.turn(ctx, rest, out)
		if err != nil {
			return err
		}
		next := 0
		for i := range e.label {
			if fold(e.customers[i]) == f {
				t.trees[i], t.line[i], t.simple[i] = found.trees[next], found.line[next], found.simple[next]
				next++
			}
		}
		return nil
	})
}

// parts are the log-odds by the trees alone and by the line alone.
func (m *ensemble) parts(e *examples, threads int) (trees, line []float64, err error) {
	begin := filled(e.start, m.Unstarted)
	if trees, err = m.rawTrees(e.names, e.columns, begin, threads); err != nil {
		return nil, nil, err
	}
	line, err = m.rawLine(e.names, e.columns, begin)
	return trees, line, err
}
