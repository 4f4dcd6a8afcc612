package pipeline

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"segmenta/predict/metric"
)

// Too good to be true: a single feature that ranks the outcome so well knows it.
const (
	leakAUC    = 0.98
	leakRows   = 5000 // looked at, at most
	leakRarest = 20   // of the rarer outcome, at least
)

// alarm stops training by name where a feature knows the outcome, or where it is there
// when the model learns and gone when it scores, or the other way round.
func (j *Job) alarm(newest *examples, now *design, asked []bool) error {
	found := leaks(newest)
	found = append(found, mismatches(newest, now, asked)...)
	if len(found) == 0 {
		return nil
	}
	en, es := joinedWords(found)
	said := words{en + "; take it out, mend the source, or go on with --force", es + "; quítela, corrija la fuente o siga con --force"}
	if j.Force {
		j.Log.Warn().Str("gate", "leak").Msg("forced: " + said.En)
		return nil
	}
	return mark(ErrGate, errors.New(said.in(j.Config.Language)))
}

// leaks names the features that alone rank the outcome too well.
func leaks(e *examples) (found []words) {
	step := (e.rows() + leakRows - 1) / leakRows
	var at []int
	for i := 0; i < e.rows(); i += max(step, 1) {
		at = append(at, i)
	}
	y := rowsAt(e.label, at)
	if e := (&examples{label: y}); e.rarer() < leakRarest {
		return nil
	}
	for c, name := range e.names {
		if strings.HasPrefix(name, "rhythm_") {
			continue // what a model says of the past
		}
		v := rowsAt(e.columns[c], at)
		for i := range v {
			if math.IsNaN(v[i]) || math.IsInf(v[i], 0) {
				v[i] = -math.MaxFloat64
			}
		}
		auc, err := metric.AUC(y, v)
		if err == nil && max(auc, 1-auc) >= leakAUC {
			found = append(found, words{fmt.Sprintf("%s alone ranks the outcome with an AUC of %.3f, which is too good to be true: it seems to know what comes after the moment", name, max(auc, 1-auc)),
				fmt.Sprintf("%s por sí sola ordena el resultado con un AUC de %.3f, demasiado bueno para ser verdad: parece saber lo que viene después del momento", name, max(auc, 1-auc))})
		}
	}
	return found
}

// A feature is gone where hardly a row has it, and there where most have. In between are
// customers who grow old: windows run empty by and by.
const (
	gone  = 0.99
	there = 0.5
)

// mismatches names the features that are gone at one end only.
func mismatches(e *examples, now *design, asked []bool) (found []words) {
	for c, name := range e.names {
		if strings.HasPrefix(name, "rhythm_") || e.rows() < leakRarest {
			continue
		}
		columns, err := pick(now.names, now.columns, []string{name})
		if err != nil {
			continue
		}
		learned, scored := missingShare(e.columns[c], nil), missingShare(columns[0], asked)
		if max(learned, scored) >= gone && min(learned, scored) <= there {
			found = append(found, words{fmt.Sprintf("%s is missing in %.0f %% of the rows to learn from, and in %.0f %% of those to score", name, 100*learned, 100*scored),
				fmt.Sprintf("%s falta en el %.0f %% de las filas de las que aprender, y en el %.0f %% de las que puntuar", name, 100*learned, 100*scored)})
		}
	}
	return found
}

// missingShare is that of the rows asked about; of all where asked is nil.
func missingShare(values []float64, asked []bool) float64 {
	missing, n := 0.0, 0.0
	for i, v := range values {
		if asked != nil && !asked[i] {
			continue
		}
		n++
		if math.IsNaN(v) {
			missing++
		}
	}
	return missing / math.Max(1, n)
}
