package pipeline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"segmenta/predict/interval"
	"segmenta/table"
)

// champions are the models that a run scores with.
type champions struct {
	versions map[string]string
	files    map[string]map[string][]byte
}

// champions finds the champion of every target and of the micro-segments.
func (j *Job) champions(w *workspace) (*champions, error) {
	store, err := w.store()
	if err != nil {
		return nil, err
	}
	c := &champions{make(map[string]string), make(map[string]map[string][]byte)}
	for _, target := range append(j.Config.TargetNames(), microSegments, customerValue) {
		version, err := champion(store, target)
		if err != nil {
			return nil, err
		}
		if c.files[target], err = store.Get(target, version); err != nil {
			return nil, mark(ErrGate, err)
		}
		c.versions[target] = version
	}
	return c, nil
}

// A score is what a model says of every customer; NaN of those whom it doesn't score.
type score struct {
	card        Card
	probability []float64
	percentile  []float64
	low, high   []float64
	reasons     *reasons
}

// score scores every customer with the champion of every target.
func (r *running) score() error {
	r.scores, r.drifts = make(map[string]*score), make(map[string]*Drift)
	for _, name := range r.job.Config.TargetNames() {
		s, err := r.scoreTarget(name, r.champions.files[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.scores[name] = s
		if s.card.Abstained != (words{}) {
			r.off(words{"probability of " + r.job.Config.Targets[name].En, "probabilidad de " + r.job.Config.Targets[name].Es}, s.card.Abstained)
		}
	}
	return nil
}

func (r *running) off(what, why words) {
	r.manifest.Off = append(r.manifest.Off, Off{what, why})
}

func (r *running) scoreTarget(name string, files map[string][]byte) (*score, error) {
	s := &score{probability: repeated(math.NaN(), len(r.snapshot.Customers)), percentile: repeated(math.NaN(), len(r.snapshot.Customers)),
		low: repeated(math.NaN(), len(r.snapshot.Customers)), high: repeated(math.NaN(), len(r.snapshot.Customers))}
	if err := json.Unmarshal(files["card.json"], &s.card); err != nil {
		return nil, mark(ErrGate, fmt.Errorf("card.json: %w", err))
	}
	t := r.job.Config.Targets[name]
	if s.card.Horizon != t.Horizon.String() || s.card.Kind != t.Kind || s.card.Asks != "" && s.card.Asks != t.asks() {
		if s.card.Horizon == t.Horizon.String() && s.card.Kind == t.Kind {
			return nil, mark(ErrGate, fmt.Errorf("the champion answers %q, and the configuration asks %q: train again", s.card.Asks, t.asks()))
		}
		return nil, mark(ErrGate, fmt.Errorf("the champion predicts %s in %s, and the configuration asks for %s in %s: train again", s.card.Kind, s.card.Horizon, t.Kind, t.Horizon))
	}
	if s.card.Abstained != (words{}) {
		return s, nil
	}
	m, err := readScorer(files)
	if err != nil {
		return nil, mark(ErrGate, err)
	}
	d := r.past.designAt(r.snapshot, t)
	if s.card.Fallback {
		r.off(words{"a learned model of " + t.En, "un modelo aprendido de " + t.Es}, s.card.Because)
	}
	p, err := m.score(d, r.job.Threads)
	if err != nil {
		return nil, err
	}
	in, err := r.past.Asked(t.label(), r.snapshot)
	if err != nil {
		return nil, err
	}
	if err := r.watch(name, m, files, d, in); err != nil {
		return nil, err
	}
	silent := r.silent()
	for i := range p {
		if in[i] && !silent[i] {
			s.probability[i] = p[i]
			s.low[i], s.high[i] = m.bounds(p[i])
		}
	}
	s.percentile = percentiles(s.probability)
	s.reasons, err = r.reasons(t, s, m, d)
	return s, err
}

// watch measures how far those who are scored are from those learned from.
func (r *running) watch(name string, m *scorer, files map[string][]byte, d *design, asked []bool) error {
	if _, ok := files[referenceFile]; !ok {
		return nil
	}
	ref := new(reference)
	if err := decode(files, referenceFile, ref); err != nil {
		return mark(ErrGate, err)
	}
	found, err := m.driftOf(name, ref, d, asked, r.job.Threads)
	if found != nil {
		r.drifts[name] = found
		r.manifest.Drift = r.drifts
	}
	return err
}

// percentiles are the shares of scored customers with a lower probability, and half of
// those with the same.
func percentiles(p []float64) []float64 {
	out := repeated(math.NaN(), len(p))
	var at []int
	for i, v := range p {
		if !math.IsNaN(v) {
			at = append(at, i)
		}
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Or(cmp.Compare(p[a], p[b]), cmp.Compare(a, b)) })
	for from := 0; from < len(at); {
		to := from
		for to < len(at) && p[at[to]] == p[at[from]] {
			to++
		}
		for _, i := range at[from:to] {
			out[i] = float64(from+to) / 2 / float64(len(at))
		}
		from = to
	}
	return out
}

// columns adds a score's columns to a table.
func (s *score) columns(t *table.Table, name string, called words) {
	t.Add(table.Floats(name+"_probability", s.probability).Says("probability",
		fmt.Sprintf("calibrated probability of %s in %s", called.En, s.card.Horizon), fmt.Sprintf("probabilidad calibrada de %s en %s", called.Es, s.card.Horizon)))
	t.Add(table.Floats(name+"_probability_low", s.low).Says("probability",
		fmt.Sprintf("of %d customers alike, at least this share, in nine cases of ten", interval.Alike), fmt.Sprintf("de %d clientes parecidos, al menos esta parte, en nueve de cada diez casos", interval.Alike)))
	t.Add(table.Floats(name+"_probability_high", s.high).Says("probability",
		fmt.Sprintf("of %d customers alike, at most this share, in nine cases of ten", interval.Alike), fmt.Sprintf("de %d clientes parecidos, como mucho esta parte, en nueve de cada diez casos", interval.Alike)))
	t.Add(table.Floats(name+"_percentile", s.percentile).Says("share",
		"share of scored customers with a lower probability", "parte de los clientes puntuados con menor probabilidad"))
	band := make([]string, len(s.probability))
	for i, p := range s.probability {
		if !math.IsNaN(p) {
			band[i] = bandOf(p)
		}
	}
	t.Add(table.OptionalStrings(name+"_band", band).Says("", "low below .33, high from .66", "low por debajo de 0,33; high desde 0,66"))
	s.reasons.columns(t, name)
}

// bandOf is the band of a probability.
func bandOf(p float64) string {
	switch {
	case p >= 0.66:
		return "high"
	case p >= 0.33:
		return "medium"
	}
	return "low"
}

// versions lists the models of a run in order.
func (c *champions) list() (list []string) {
	for _, t := range slices.Sorted(maps.Keys(c.versions)) {
		list = append(list, t+" "+c.versions[t])
	}
	return list
}
