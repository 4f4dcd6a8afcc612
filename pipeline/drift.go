package pipeline

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"segmenta/predict/drift"
)

// A reference is what a model's features and scores looked like among those whom it was
// to score when it was trained.
type reference struct {
	Rows     int                         `json:"rows"`
	Features map[string]*drift.Reference `json:"features"`
	Score    *drift.Reference            `json:"score"`
}

const (
	referenceFile = "reference.json"
	driftBins     = 10
	driftRows     = 50_000 // of more, rows at equal distances are looked at
)

// referenceOf describes the rows of a design that are asked about.
func (s *scorer) referenceOf(d *design, asked []bool, threads int) (*reference, error) {
	names, columns, start := d.some(s.features(), asked)
	p, err := s.probabilities(names, columns, start, threads)
	if err != nil {
		return nil, err
	}
	r := &reference{Rows: len(start), Features: make(map[string]*drift.Reference), Score: drift.NewReference(p, driftBins)}
	for c, name := range names {
		r.Features[name] = drift.NewReference(columns[c], driftBins)
	}
	return r, nil
}

// some are the named columns of asked rows, or of some of them where there are many.
func (d *design) some(wanted []string, asked []bool) (names []string, columns [][]float64, start []float64) {
	var at []int
	for i, yes := range asked {
		if yes {
			at = append(at, i)
		}
	}
	if step := (len(at) + driftRows - 1) / driftRows; step > 1 {
		var fewer []int
		for k := 0; k < len(at); k += step {
			fewer = append(fewer, at[k])
		}
		at = fewer
	}
	for c, name := range d.names {
		if slices.Contains(wanted, name) {
			names, columns = append(names, name), append(columns, rowsAt(d.columns[c], at))
		}
	}
	return names, columns, rowsAt(d.start, at)
}

// A Drift is how far a model's inputs and scores are from what it learned.
type Drift struct {
	Target   string                 `json:"target"`
	Score    drift.Shift            `json:"score"`
	Features map[string]drift.Shift `json:"features"` // those that moved by more than chance and by a moderate amount
	ticking  map[string]bool        // features in days, which move with the calendar
}

// driftOf holds the rows that a run scores against the reference.
func (s *scorer) driftOf(target string, ref *reference, d *design, asked []bool, threads int) (*Drift, error) {
	names, columns, start := d.some(s.features(), asked)
	if len(start) == 0 {
		return nil, nil
	}
	p, err := s.probabilities(names, columns, start, threads)
	if err != nil {
		return nil, err
	}
	found := &Drift{Target: target, Score: ref.Score.Against(p), Features: make(map[string]drift.Shift), ticking: make(map[string]bool)}
	for c, name := range names {
		old := ref.Features[name]
		if old == nil {
			continue
		}
		if shift := old.Against(columns[c]); shift.Beyond(drift.Moderate) {
			found.Features[name] = shift
			found.ticking[name] = d.unit(name) == "days" || strings.HasPrefix(name, "rhythm_")
		}
	}
	return found, nil
}

func (d *design) unit(name string) string {
	if c := d.snapshot.Table.Column(name); c != nil {
		return c.Unit
	}
	return ""
}

// maxDrift is the stability index from which a run stops: another population.
func (j *Job) maxDrift() float64 {
	if m := j.Config.Quality.MaxDrift; m != nil {
		return max(*m, drift.Moderate)
	}
	return 1
}

// driftGate asks whether those who are scored are still like those whom the models
// learned from: by feature and by score. What only the calendar moves is told and stops
// nothing.
func driftGate(r *running) (passed bool, verdict words) {
	limit := r.job.maxDrift()
	var stops, warns []words
	for _, target := range slices.Sorted(maps.Keys(r.drifts)) {
		d := r.drifts[target]
		if d.Score.Far(limit) {
			stops = append(stops, words{fmt.Sprintf("the scores of %s moved (PSI %.2f, chance gives %.2f)", target, d.Score.PSI, d.Score.Critical),
				fmt.Sprintf("las puntuaciones de %s se han movido (PSI %.2f, el azar da %.2f)", target, d.Score.PSI, d.Score.Critical)})
		}
		for _, name := range slices.Sorted(maps.Keys(d.Features)) {
			shift := d.Features[name]
			said := words{fmt.Sprintf("%s of %s (PSI %.2f, chance gives %.2f)", name, target, shift.PSI, shift.Critical),
				fmt.Sprintf("%s de %s (PSI %.2f, el azar da %.2f)", name, target, shift.PSI, shift.Critical)}
			switch {
			case shift.Far(limit) && !d.ticking[name]:
				stops = append(stops, words{said.En + " moved", said.Es + " se ha movido"})
			case shift.Beyond(drift.Serious):
				warns = append(warns, said)
			}
		}
	}
	if len(stops) > 0 {
		en, es := joinedWords(stops)
		return false, words{fmt.Sprintf("not the customers that the models learned from: %s; at most %.3g may be: look at the data, or train again%s", en, limit, r.season.En),
			fmt.Sprintf("no son los clientes de los que aprendieron los modelos: %s; se admite como mucho %.3g: revise los datos o entrene de nuevo%s", es, limit, r.season.Es)}
	}
	if len(warns) > 0 {
		en, es := joinedWords(warns)
		return true, words{warning + "moved, within limits: " + en + r.season.En, "aviso: se han movido, dentro de los límites: " + es + r.season.Es}
	}
	return true, words{"features and scores are as they were learned", "las variables y las puntuaciones son como cuando se aprendieron"}
}

// mostSaid is how many things a gate names.
const mostSaid = 5

func joinedWords(list []words) (en, es string) {
	var e, s []string
	for _, w := range list[:min(mostSaid, len(list))] {
		e, s = append(e, w.En), append(s, w.Es)
	}
	if more := len(list) - mostSaid; more > 0 {
		e, s = append(e, fmt.Sprintf("and %d more", more)), append(s, fmt.Sprintf("y %d más", more))
	}
	return strings.Join(e, ", "), strings.Join(s, ", ")
}

// segmentDriftGate asks whether the micro-segments hold the shares that they were found
// with.
func segmentDriftGate(r *running) (passed bool, verdict words) {
	seg := r.segmentation
	if seg == nil || seg.Abstained != (words{}) || seg.Rows == 0 {
		return true, words{"there are no micro-segments to compare", "no hay microsegmentos que comparar"}
	}
	expected, actual := make([]int, len(seg.Profiles)), make([]int, len(seg.Profiles))
	for k, p := range seg.Profiles {
		expected[k] = int(math.Round(p.Share * float64(seg.Rows)))
	}
	n := 0
	for _, k := range r.microSegments {
		if k >= 0 && int(k) < len(actual) {
			actual[k]++
			n++
		}
	}
	const alarm = 0.001
	psi, critical, limit := drift.PSI(expected, actual), drift.Critical(seg.Rows, n, len(expected), alarm), r.job.maxDrift()
	verdict = words{fmt.Sprintf("micro-segments: PSI %.2f, chance gives %.2f, at most %.3g may be", psi, critical, limit),
		fmt.Sprintf("microsegmentos: PSI %.2f, el azar da %.2f, se admite como mucho %.3g", psi, critical, limit)}
	return n == 0 || psi <= critical || psi < limit, verdict
}

// The shares of customers who leave between which churn is by industry, as is usual to
// say of any business.
const (
	leastChurn = 0.11
	mostChurn  = 0.50
)

// baseRateGate tells of churn that is out of the ordinary, with the definition that gave
// it: more often than not it is the definition that doesn't fit the business. It never
// stops a run.
func baseRateGate(r *running) (passed bool, verdict words) {
	for _, name := range r.job.Config.TargetNames() {
		t, s := r.job.Config.Targets[name], r.scores[name]
		if t.question.Outcome != "none" || t.order() >= 0 || s == nil {
			continue
		}
		sum, n := 0.0, 0.0
		for _, p := range s.probability {
			if !math.IsNaN(p) {
				sum, n = sum+p, n+1
			}
		}
		if n == 0 || sum/n >= leastChurn && sum/n <= mostChurn {
			continue
		}
		verdict.En += fmt.Sprintf(warning+"%.0f %% of those asked about are expected to leave (%s); from 11 to 50 %% is usual. The definition: %s. ", 100*sum/n, name, t.asks())
		verdict.Es += fmt.Sprintf("aviso: se espera que se vaya el %.0f %% de los considerados (%s); lo habitual es del 11 al 50 %%. La definición: %s. ", 100*sum/n, name, t.asks())
	}
	if verdict == (words{}) {
		return true, words{"churn is from 11 to 50 %, or not asked", "el abandono está entre el 11 y el 50 %, o no se pregunta"}
	}
	return true, words{strings.TrimSpace(verdict.En), strings.TrimSpace(verdict.Es)}
}
