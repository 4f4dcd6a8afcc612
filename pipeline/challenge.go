package pipeline

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"segmenta/models"
	"segmenta/predict/metric"
)

// A Verdict is what was decided about a new version: whether it took the champion's
// place, and the figures of both on the same rows, whose outcomes neither had learned.
type Verdict struct {
	Version  string           `json:"version"`
	AsOf     string           `json:"as_of"`
	Against  string           `json:"against,omitempty"`
	Rows     int              `json:"rows,omitempty"`
	AUC      *metric.Interval `json:"auc_gained,omitempty"` // above zero: the new version is better
	LogLoss  *metric.Interval `json:"log_loss_gained,omitempty"`
	ECE      *metric.Interval `json:"ece_gained,omitempty"`
	Worse    []words          `json:"worse_in,omitempty"` // large segments in which the new version is worse
	Promoted bool             `json:"promoted"`
	Why      words            `json:"why"`
}

// challenge stores a version and lets it take the champion's place if it deserves to: if
// on the same rows it is better by more than noise, its probabilities are no worse, and
// no large segment is served worse.
func (j *Job) challenge(store *models.Store, l *learnedModel, version string) (*Verdict, error) {
	v := &Verdict{Version: version, AsOf: l.card.AsOf}
	old, err := store.Champion(l.card.Target)
	switch {
	case errors.Is(err, models.ErrNone):
		v.promote("there was no champion", "no había campeón")
		return v, nil
	case err != nil:
		return nil, err
	case old == version:
		v.promote("it is the champion already", "ya es el campeón")
		return v, nil
	}
	v.Against = old
	return v, j.hold(store, l, v)
}

func (v *Verdict) promote(en, es string) { v.Promoted, v.Why = true, words{en, es} }

func (v *Verdict) keep(en, es string) { v.Promoted, v.Why = false, words{en, es} }

// hold holds a new version against the champion.
func (j *Job) hold(store *models.Store, l *learnedModel, v *Verdict) error {
	files, err := store.Get(l.card.Target, v.Against)
	if err != nil {
		v.promote("the champion can't be read: "+err.Error(), "el campeón no se puede leer: "+err.Error())
		return nil
	}
	var card Card
	if err := decode(files, "card.json", &card); err != nil {
		v.promote("the champion has no card", "el campeón no tiene ficha")
		return nil
	}
	gone := card.Abstained != (words{})
	switch {
	case l.card.Brought:
		v.promote("you brought it", "lo ha traído usted")
	case card.Brought:
		v.promote("you no longer bring a model", "usted ya no trae un modelo")
	case l.card.Asks != card.Asks:
		v.promote("the champion answers another question: "+card.Asks, "el campeón responde a otra pregunta: "+card.Asks)
	case gone:
		v.promote("the champion had no scores", "el campeón no daba puntuaciones")
	case l.card.Abstained != (words{}):
		v.keep("it has no scores: "+l.card.Abstained.En, "no da puntuaciones: "+l.card.Abstained.Es)
	case card.AsOf > l.card.AsOf:
		v.promote("you went back in time: the champion may have learned from these outcomes, and isn't held against them",
			"ha vuelto atrás en el tiempo: el campeón puede haber aprendido de estos resultados y no se compara con ellos")
	case l.held == nil || l.held.rarer() < 10:
		v.promote("there are too few outcomes to hold both against", "hay muy pocos resultados con los que comparar a los dos")
	default:
		return j.measure(l, files, v)
	}
	return nil
}

// measure judges both on the rows that the new version is judged on.
func (j *Job) measure(l *learnedModel, files map[string][]byte, v *Verdict) error {
	champion, err := readScorer(files)
	if err != nil {
		v.promote("the champion can't be read: "+err.Error(), "el campeón no se puede leer: "+err.Error())
		return nil
	}
	e := l.held
	theirs, err := champion.probabilities(e.names, e.columns, e.start, j.Threads)
	if err != nil {
		v.promote("the champion can't score these data: "+err.Error(), "el campeón no puede puntuar estos datos: "+err.Error())
		return nil
	}
	gained, err := metric.Paired(e.label, l.scored, theirs, 1)
	if err != nil {
		return err
	}
	v.Rows = e.rows()
	for k, f := range metric.Figures {
		switch f.Name {
		case "auc":
			v.AUC = &gained[k]
		case "log_loss":
			v.LogLoss = &gained[k]
		case "ece":
			v.ECE = &gained[k]
		}
	}
	v.Worse = worseIn(e, l.scored, theirs)
	v.decide()
	return nil
}

func (v *Verdict) decide() {
	switch {
	case v.LogLoss.Low <= 0 && v.AUC.Low <= 0:
		v.keep("the champion stays: the new version is not better beyond noise", "sigue el campeón: la nueva versión no es mejor más allá del ruido")
	case v.ECE.High < 0:
		v.keep("the champion stays: the new version's probabilities are worse calibrated", "sigue el campeón: las probabilidades de la nueva versión están peor calibradas")
	case v.AUC.High < 0 || v.LogLoss.High < 0:
		v.keep("the champion stays: the new version is better in one figure and worse in another", "sigue el campeón: la nueva versión mejora una cifra y empeora otra")
	case len(v.Worse) > 0:
		v.keep("the champion stays: the new version is worse for "+v.Worse[0].En, "sigue el campeón: la nueva versión es peor para "+v.Worse[0].Es)
	default:
		v.promote("better than the champion beyond noise, and not worse anywhere", "mejor que el campeón más allá del ruido, y en nada peor")
	}
}

// largeSegment is from how many rows on a segment has a say of its own.
const largeSegment = 300

// worseIn names the large segments in which ours have a larger loss than theirs, by more
// than three standard errors: there are many segments, and one is unlucky.
func worseIn(e *examples, ours, theirs []float64) (worse []words) {
	for _, s := range segmentsOf(e) {
		var sum, squares float64
		for _, i := range s.rows {
			d := lossAt(e.label[i], logit(ours[i])) - lossAt(e.label[i], logit(theirs[i]))
			sum, squares = sum+d, squares+d*d
		}
		n := float64(len(s.rows))
		if n < largeSegment {
			continue
		}
		if m := sum / n; m > 3*math.Sqrt(max(0, squares/n-m*m)/n) {
			worse = append(worse, s.name)
		}
	}
	return worse
}

// A rowSegment is some of the rows, by what they have in common.
type rowSegment struct {
	name words
	rows []int
}

// segmentsOf parts the rows in thirds of recency, of frequency and of spending.
func segmentsOf(e *examples) (list []rowSegment) {
	for _, by := range []struct {
		feature string
		names   [3]words
	}{
		{recencyFeature, [3]words{{"those who bought lately", "quienes compraron hace poco"}, {"those who bought some time ago", "quienes compraron hace algún tiempo"}, {"those silent for long", "quienes llevan mucho sin comprar"}}},
		{"orders_all", [3]words{{"those with few orders", "quienes tienen pocos pedidos"}, {"those with some orders", "quienes tienen algunos pedidos"}, {"those with many orders", "quienes tienen muchos pedidos"}}},
		{"amount_all", [3]words{{"small spenders", "quienes gastan poco"}, {"middling spenders", "quienes gastan algo"}, {"big spenders", "quienes gastan mucho"}}},
	} {
		k := slices.Index(e.names, by.feature)
		if k < 0 {
			continue
		}
		var at []int
		for i, v := range e.columns[k] {
			if !math.IsNaN(v) {
				at = append(at, i)
			}
		}
		slices.SortFunc(at, func(a, b int) int { return cmp.Or(cmp.Compare(e.columns[k][a], e.columns[k][b]), cmp.Compare(a, b)) })
		for third := range 3 {
			list = append(list, rowSegment{by.names[third], at[third*len(at)/3 : (third+1)*len(at)/3]})
		}
	}
	return list
}

// record keeps a verdict in the store.
func (v *Verdict) record(store *models.Store, target string) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return store.Record(target, line)
}

// verdictOf finds what was decided about a version; nil where nothing was.
func verdictOf(store *models.Store, target, version string) (*Verdict, error) {
	lines, err := store.History(target)
	if err != nil {
		return nil, err
	}
	var found *Verdict
	for _, line := range lines {
		v := new(Verdict)
		if err := json.Unmarshal(line, v); err != nil {
			return nil, fmt.Errorf("%s: history: %w", target, err)
		}
		if v.Version == version {
			found = v
		}
	}
	return found, nil
}
