package pipeline

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"segmenta/models"
	"segmenta/predict"
	"segmenta/predict/interval"
	"segmenta/predict/linear"
	"segmenta/predict/metric"
)

// madeUp is rows of which the outcome follows from the first column as far as signal goes.
func madeUp(n int, signal float64, seed uint64) *examples {
	random := rand.New(rand.NewPCG(seed, 1))
	e := &examples{names: []string{recencyFeature, "orders_all"}, columns: make([][]float64, 2)}
	for range n {
		x, noise := random.NormFloat64(), random.NormFloat64()
		y := 0.0
		if signal*x+random.NormFloat64() > 0 {
			y = 1
		}
		e.columns[0], e.columns[1] = append(e.columns[0], x), append(e.columns[1], noise)
		e.label, e.start, e.customers = append(e.label, y), append(e.start, 0), append(e.customers, "c")
	}
	return e
}

// stored is a model of some columns as learning leaves it, judged on held.
func stored(t *testing.T, train, held *examples, asOf string, names ...string) *learnedModel {
	t.Helper()
	m := &ensemble{Method: "logistic"}
	if err := m.draw(train, names, 1, nil, 1); err != nil {
		t.Fatal(err)
	}
	l := &learnedModel{files: map[string][]byte{}, calibration: &predict.Calibration{Method: "none"}, interval: interval.Fit(nil),
		card: Card{Target: "churn", AsOf: asOf, Asks: "whether"}}
	if err := m.write(l.files); err != nil {
		t.Fatal(err)
	}
	if err := l.attach(m, train.names, train.columns, train.start); err != nil {
		t.Fatal(err)
	}
	if err := l.judge(m, held, 1); err != nil {
		t.Fatal(err)
	}
	return l
}

// A new version takes the champion's place only if it is better beyond noise and not
// worse anywhere; what was decided is kept.
func TestChampionAndChallenger(t *testing.T) {
	store, _ := models.Open(t.TempDir())
	j := &Job{Threads: 1}
	train, held := madeUp(4000, 1, 1), madeUp(4000, 1, 2)
	done := &Learned{}
	steps := []struct {
		name     string
		model    *learnedModel
		promoted bool
		why      string
	}{
		{"the first", stored(t, train, held, "2026-01-01", "orders_all"), true, "no champion"},
		{"a better one", stored(t, train, held, "2026-02-01", recencyFeature), true, "better than the champion"},
		{"the same again", stored(t, train, held, "2026-02-01", recencyFeature), true, "already"},
		{"no better one", stored(t, train, held, "2026-03-01", recencyFeature, "orders_all"), false, "not better beyond noise"},
		{"a worse one", stored(t, train, held, "2026-04-01", "orders_all"), false, "not better beyond noise"},
		{"one of the past", stored(t, train, held, "2025-01-01", "orders_all"), true, "back in time"},
	}
	for _, s := range steps {
		before, _ := store.Champion("churn")
		if err := done.keep(j, store, s.model); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		last := done.Models[len(done.Models)-1]
		if last.Verdict.Promoted != s.promoted || !strings.Contains(last.Verdict.Why.En, s.why) || last.Verdict.Why.Es == "" {
			t.Errorf("%s: promoted %v because %q, want %v and %q", s.name, last.Verdict.Promoted, last.Verdict.Why.En, s.promoted, s.why)
		}
		now, _ := store.Champion("churn")
		if (now == last.Version) != s.promoted || !s.promoted && now != before {
			t.Errorf("%s: the champion is %s", s.name, now)
		}
		if v, err := verdictOf(store, "churn", last.Version); err != nil || v == nil || v.Promoted != s.promoted {
			t.Errorf("%s: recorded %+v (%v)", s.name, v, err)
		}
	}
}

func iv(value, low, high float64) *metric.Interval {
	return &metric.Interval{Value: value, Low: low, High: high}
}

// Better on the whole is not enough where a large segment is served worse, or where the
// probabilities are.
func TestDecide(t *testing.T) {
	good, none, bad := iv(0.01, 0.005, 0.015), iv(0, -0.01, 0.01), iv(-0.01, -0.015, -0.005)
	tests := []struct {
		name    string
		verdict Verdict
		want    string
	}{
		{"better", Verdict{AUC: good, LogLoss: good, ECE: none}, "better than the champion"},
		{"no better", Verdict{AUC: none, LogLoss: none, ECE: none}, "not better beyond noise"},
		{"worse calibrated", Verdict{AUC: good, LogLoss: good, ECE: bad}, "worse calibrated"},
		{"ranks better, fits worse", Verdict{AUC: good, LogLoss: bad, ECE: none}, "worse in another"},
		{"worse in a segment", Verdict{AUC: good, LogLoss: good, ECE: none, Worse: []words{{"big spenders", "quienes gastan mucho"}}}, "worse for big spenders"},
	}
	for _, tt := range tests {
		tt.verdict.decide()
		if !strings.Contains(tt.verdict.Why.En, tt.want) || tt.verdict.Promoted != (tt.name == "better") {
			t.Errorf("%s: %v because %q, want %q", tt.name, tt.verdict.Promoted, tt.verdict.Why.En, tt.want)
		}
	}
}

// A large segment in which ours are turned round is named.
func TestWorseIn(t *testing.T) {
	e := madeUp(3000, 2, 3)
	theirs, ours := make([]float64, e.rows()), make([]float64, e.rows())
	for i, y := range e.label {
		theirs[i], ours[i] = 0.2+0.6*y, 0.2+0.6*y
		if e.columns[1][i] > 0.5 { // most of a third by orders
			ours[i] = 0.8 - 0.6*y
		}
	}
	worse := worseIn(e, ours, theirs)
	found := false
	for _, w := range worse {
		found = found || w.En == "those with many orders"
	}
	if !found {
		t.Errorf("worse in %v, want those with many orders", worse)
	}
	if same := worseIn(e, theirs, theirs); len(same) > 0 {
		t.Errorf("worse than itself in %v", same)
	}
}

// A model that doesn't say what it said when it was stored is refused, and so is a file
// that the card doesn't name, even where every checksum of the store was forged along.
func TestStoredModelsSayTheSame(t *testing.T) {
	train, held := madeUp(2000, 1, 1), madeUp(2000, 1, 2)
	l := stored(t, train, held, "2026-01-01", recencyFeature)
	l.files["card.json"], _ = encodeJSON(l.card)
	if _, err := readScorer(l.files); err != nil {
		t.Fatal(err)
	}
	var line linear.Model
	if err := json.Unmarshal(l.files[lineFile], &line); err != nil {
		t.Fatal(err)
	}
	line.Columns[0].Weight *= 1.001
	sound := l.files[lineFile]
	l.files[lineFile], _ = encodeJSON(line)
	if _, err := readScorer(l.files); err == nil || !strings.Contains(err.Error(), "when it was stored") {
		t.Errorf("another weight: %v, want a refusal by the probes", err)
	}
	l.card.Files = map[string]string{lineFile: hashText(sound)}
	l.files["card.json"], _ = encodeJSON(l.card)
	if _, err := readScorer(l.files); err == nil || !strings.Contains(err.Error(), "is not the file that the card names") {
		t.Errorf("another file: %v, want a refusal by the card's hash", err)
	}
}
