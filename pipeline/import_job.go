package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"segmenta/predict"
	"segmenta/predict/imports"
)

// SklearnExporter is the Python that writes a scikit-learn model for models import.
var SklearnExporter = imports.Exporter

// An Import says which model to take in, and for which target.
type Import struct {
	File, Target, AsOf string
	Features           []string // names for the model's features, in its order; its own where there are none
	Predictions        Table    // rows that its own program scored; no proof where it has no file
}

// From says where an imported model came from.
type From struct {
	Format string `json:"format"`
	SHA256 string `json:"sha256"` // of the file as it was brought
	Proof  *Proof `json:"proof,omitempty"`
}

// A Proof is that the model gives here what its own program gave.
type Proof struct {
	Rows    int     `json:"rows"`
	Column  string  `json:"column"` // prediction, or raw
	Largest float64 `json:"largest_difference"`
}

// Imported is what an import left in the store.
type Imported struct {
	Target  string `json:"target"`
	Version string `json:"version"`
	Card    Card   `json:"card"`

	language string
}

// Tell says it to people.
func (i *Imported) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(i.language) }
	from := i.Card.From
	fmt.Fprintf(w, say("Imported a %s model of %d features for %s.\n", "Importado un modelo de %s con %d variables para %s.\n"), from.Format, len(i.Card.Features), i.Target)
	if from.Proof == nil {
		fmt.Fprint(w, say("  not held against its own program's scores: --predictions does that\n", "  sin comparar con las puntuaciones de su propio programa: --predictions lo hace\n"))
	} else {
		fmt.Fprintf(w, say("  the same scores as its own program on %d rows: the largest difference is %.1e\n", "  las mismas puntuaciones que su propio programa en %d filas: la mayor diferencia es %.1e\n"), from.Proof.Rows, from.Proof.Largest)
	}
	i.Card.tell(w, i.Version, i.language)
}

// ImportModel takes in a model that another program trained: it must be read exactly,
// give what its own program gave where that is known, and ask for features that these
// data give. It is judged and stored as a model that was learned here.
func (j *Job) ImportModel(ctx context.Context, o Import) (*Imported, error) {
	text, from, err := o.read(j.Threads)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	t, ok := j.Config.Targets[o.Target]
	if !ok {
		return nil, mark(ErrConfig, fmt.Errorf("no target is called %q; there are %s", o.Target, strings.Join(slices.Sorted(maps.Keys(j.Config.Targets)), ", ")))
	}
	s, err := j.openLearning(ctx, o.AsOf, false)
	if err != nil {
		return nil, err
	}
	defer s.close()
	split := j.plans(s.past)[o.Target]
	if err := s.look(ctx, map[string]plan{o.Target: split}); err != nil {
		return nil, err
	}
	learned, err := s.past.adopt(o.Target, t, j, split, s.snapshots, text)
	if err != nil {
		return nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
	}
	learned.card.From = from
	done := &Learned{language: j.Config.Language}
	if err := done.keep(j, s.store, learned); err != nil {
		return nil, err
	}
	return &Imported{o.Target, done.Models[0].Version, done.Models[0].Card, j.Config.Language}, nil
}

// read reads the model as LightGBM text, and proves it where there are predictions.
func (o Import) read(threads int) (text []byte, from *From, err error) {
	data, err := os.ReadFile(o.File)
	if err != nil {
		return nil, nil, err
	}
	in, err := imports.Read(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", o.File, err)
	}
	if len(o.Features) > 0 {
		if err := in.Rename(o.Features); err != nil {
			return nil, nil, fmt.Errorf("--features: %w; the model calls them %s", err, strings.Join(in.Forest.Features, ","))
		}
	}
	if in.Forest.Classes != 1 {
		return nil, nil, fmt.Errorf("%s: it gives %d scores, one for each class, and a target has one", o.File, in.Forest.Classes)
	}
	text = in.Forest.Text()
	hash := sha256.Sum256(data)
	from = &From{Format: in.Format, SHA256: hex.EncodeToString(hash[:])}
	if o.Predictions.File != "" {
		from.Proof, err = prove(text, o.Predictions, threads)
	}
	return text, from, err
}

// maxDifference is how far a score may be from what its own program gave: of a score
// above 1, that part of it.
var maxDifference = map[string]float64{"prediction": 1e-6, "raw": 1e-5}

// prove holds a model against the scores that its own program gave to rows.
func prove(text []byte, predictions Table, threads int) (*Proof, error) {
	m, err := predict.Load(text)
	if err != nil {
		return nil, err
	}
	t, err := predictions.read()
	if err != nil {
		return nil, err
	}
	proof := &Proof{Rows: t.rows, Column: "prediction"}
	if !slices.Contains(t.names, proof.Column) && slices.Contains(t.names, "raw") {
		proof.Column = "raw"
	}
	want, err := t.take(proof.Column)
	if err != nil {
		return nil, err
	}
	columns, err := t.pick(m.Features())
	if err != nil {
		return nil, err
	}
	got, err := m.Raw(columns, t.rows, threads)
	if err != nil {
		return nil, err
	}
	if proof.Column == "prediction" {
		got = m.Probability(got)
	}
	if t.rows == 0 {
		return nil, fmt.Errorf("%s has no rows", predictions.File)
	}
	for i := range want {
		d := math.Abs(got[i]-want[i]) / math.Max(1, math.Abs(want[i]))
		if !(d <= maxDifference[proof.Column]) {
			return nil, fmt.Errorf("%s: row %d has a %s of %v, and here the model gives %v: it is not the same model, or its columns are others", predictions.File, i+1, proof.Column, want[i], got[i])
		}
		proof.Largest = math.Max(proof.Largest, d)
	}
	return proof, nil
}

// readModel reads a model file of any kind that is imported, as LightGBM text.
func readModel(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	in, err := imports.Read(data)
	if err != nil {
		return nil, mark(ErrConfig, fmt.Errorf("%s: %w", path, err))
	}
	if in.Format == "LightGBM text" {
		return data, nil // as it is, with all that it says
	}
	return in.Forest.Text(), nil
}
