package pipeline

import (
	"fmt"
	"math"

	"segmenta/predict"
	"segmenta/predict/interval"
)

// A scorer is a version of a model as a run uses it: what gives log-odds, what makes
// probabilities of them, and how far the outcome may be from those. A model that the user
// brought has only trees, and its own probabilities.
type scorer struct {
	ensemble    *ensemble
	brought     *predict.Model
	calibration *predict.Calibration
	interval    *interval.Interval
}

// readScorer loads a version's files, and refuses those that are not what its card names
// or don't say what they said when they were stored.
func readScorer(files map[string][]byte) (*scorer, error) {
	if err := asStored(files); err != nil {
		return nil, err
	}
	s, err := load(files)
	if err != nil {
		return nil, err
	}
	if _, ok := files[probesFile]; !ok {
		return s, nil
	}
	p := new(probes)
	if err := decode(files, probesFile, p); err != nil {
		return nil, err
	}
	return s, s.confirm(p)
}

// asStored holds the files against the hashes in the card.
func asStored(files map[string][]byte) error {
	var card Card
	if err := decode(files, "card.json", &card); err != nil {
		return err
	}
	for name, want := range card.Files {
		if got := hashText(files[name]); got != want {
			return fmt.Errorf("%s is not the file that the card names: its SHA-256 is %s, and the card says %s", name, got, want)
		}
	}
	return nil
}

func load(files map[string][]byte) (*scorer, error) {
	if _, ours := files[ensembleFile]; !ours {
		m, err := predict.Load(files[treesFile])
		return &scorer{brought: m}, err
	}
	s := &scorer{calibration: new(predict.Calibration), interval: new(interval.Interval)}
	var err error
	if s.ensemble, err = readEnsemble(files); err != nil {
		return nil, err
	}
	if err := decode(files, calibFile, s.calibration); err != nil {
		return nil, err
	}
	return s, decode(files, intervalFile, s.interval)
}

// features names what the model asks for.
func (s *scorer) features() []string {
	if s.brought != nil {
		return s.brought.Features()
	}
	return s.ensemble.features()
}

// score gives every row of a design its probability.
func (s *scorer) score(d *design, threads int) ([]float64, error) {
	return s.probabilities(d.names, d.columns, d.start, threads)
}

func (s *scorer) probabilities(names []string, columns [][]float64, start []float64, threads int) ([]float64, error) {
	if missing := without(s.features(), names); len(missing) > 0 {
		return nil, lacking(missing, names)
	}
	if s.brought != nil {
		picked, err := pick(names, columns, s.brought.Features())
		if err != nil {
			return nil, err
		}
		raw, err := s.brought.Raw(picked, len(start), threads)
		return s.brought.Probability(raw), err
	}
	raw, err := s.ensemble.raw(names, columns, start, threads)
	if err != nil {
		return nil, err
	}
	return s.calibration.Apply(raw), nil
}

// without lists the names that are not among those there are.
func without(names, have []string) (missing []string) {
	there := make(map[string]bool, len(have))
	for _, n := range have {
		there[n] = true
	}
	for _, n := range names {
		if !there[n] {
			missing = append(missing, n)
		}
	}
	return missing
}

// bounds are the interval of a probability; none where nothing is known of its errors.
func (s *scorer) bounds(p float64) (low, high float64) {
	if s.interval == nil {
		return math.NaN(), math.NaN()
	}
	return s.interval.Bounds(p)
}
