// Package imports reads models that other programs trained and makes forests of them,
// as LightGBM's text has them, so that one scorer, one explainer and one judge serve
// all.
//
// Every row must reach the leaf that it reaches in the program that trained the model.
// Where LightGBM's nodes can't say what another's mean, they are said by several nodes,
// or the model is refused by name. XGBoost adds up in float32 and LightGBM in float64,
// so that the last digits of raw scores differ.
//
// To add a format, add a line to formats.
package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"segmenta/predict/forest"
)

// ErrFormat reports a file that is no model of a known kind, or one of a kind that
// can't be scored exactly.
var ErrFormat = forest.ErrModel

// A Model is a forest and where it came from.
type Model struct {
	Format string
	Forest *forest.Forest
}

// A format is a kind of file: how to know it, and how to read it.
type format struct {
	name string
	is   func(data []byte, doc any) bool
	read func(data []byte, doc any) (*forest.Forest, error)
}

var formats = []format{
	{"LightGBM text", func(data []byte, _ any) bool {
		return bytes.HasPrefix(data, []byte("tree\n")) || bytes.HasPrefix(data, []byte("tree\r\n"))
	},
		func(data []byte, _ any) (*forest.Forest, error) { return forest.Read(data) }},
	{"XGBoost", func(_ []byte, doc any) bool { return has(doc, "learner") }, xgboost},
	{"CatBoost JSON", func(_ []byte, doc any) bool { return has(doc, "features_info") }, catboost},
	{"scikit-learn", func(_ []byte, doc any) bool { return has(doc, "format") }, sklearn},
	{"LightGBM dump", func(_ []byte, doc any) bool { return has(doc, "tree_info") },
		refuse("LightGBM's JSON rounds its numbers: save the model with booster.save_model(\"model.txt\")")},
	{"CatBoost binary", func(data []byte, _ any) bool { return bytes.HasPrefix(data, []byte("CBM1")) },
		refuse("CatBoost's binary form: save the model with save_model(\"model.json\", format=\"json\")")},
	{"pickle", func(data []byte, _ any) bool { return len(data) > 1 && data[0] == 0x80 && data[1] <= 5 },
		refuse("a Python pickle, which runs code when read: export the model (segmenta models import --help says how)")},
}

func refuse(why string) func([]byte, any) (*forest.Forest, error) {
	return func([]byte, any) (*forest.Forest, error) { return nil, errors.New(why) }
}

// maxBytes bounds a file.
const maxBytes = 256 << 20

// Read reads a model of any known kind.
func Read(data []byte) (*Model, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%w: %d bytes; at most %d are read", ErrFormat, len(data), maxBytes)
	}
	doc, err := document(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	for _, f := range formats {
		if !f.is(data, doc) {
			continue
		}
		forest, err := f.read(data, doc)
		if err == nil {
			err = forest.Check()
		}
		switch {
		case errors.Is(err, ErrFormat):
			return nil, err
		case err != nil:
			return nil, fmt.Errorf("%w: %s: %w", ErrFormat, f.name, err)
		}
		return &Model{f.name, forest}, nil
	}
	return nil, fmt.Errorf("%w: none of the kinds that are read: LightGBM text, XGBoost JSON or UBJSON, CatBoost JSON, scikit-learn HistGradientBoosting (exported)", ErrFormat)
}

// document reads JSON or UBJSON; nil where it is neither.
func document(data []byte) (doc any, err error) {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) < 2 || trimmed[0] != '{' {
		return nil, nil
	}
	if next := bytes.TrimLeft(trimmed[1:], " \t\r\n"); len(next) > 0 && (next[0] == '"' || next[0] == '}') {
		if err := json.Unmarshal(trimmed, &doc); err != nil {
			return nil, fmt.Errorf("JSON: %w", err)
		}
		return doc, nil
	}
	if doc, err = ubj(data); err != nil {
		return nil, fmt.Errorf("UBJSON: %w", err)
	}
	return doc, nil
}

func has(doc any, key string) bool {
	m, ok := doc.(map[string]any)
	_, found := m[key]
	return ok && found
}

// name is what a feature may be called: LightGBM's text parts names by spaces.
var name = regexp.MustCompile(`^[^\s\x00-\x1f]+$`)

// Rename gives the features other names, in their order: those of the columns that
// the model is to be fed.
func (m *Model) Rename(names []string) error {
	if len(names) != len(m.Forest.Features) {
		return fmt.Errorf("%d names for %d features", len(names), len(m.Forest.Features))
	}
	seen := make(map[string]bool)
	for _, n := range names {
		if !name.MatchString(n) || seen[n] {
			return fmt.Errorf("the feature name %q stands twice, or is empty or has a space", n)
		}
		seen[n] = true
	}
	m.Forest.Features, m.Forest.Infos = names, nil
	return nil
}

// named makes names of a list that may be missing.
func named(f *forest.Forest, names []string, features int) error {
	if len(names) == 0 {
		for i := range features {
			names = append(names, fmt.Sprintf("f%d", i))
		}
	}
	f.Features = make([]string, features)
	for i := range names {
		names[i] = strings.Join(strings.Fields(names[i]), "_")
	}
	return (&Model{Forest: f}).Rename(names)
}
