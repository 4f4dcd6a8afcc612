package pipeline

import (
	"errors"
	"math"
	"strings"
	"testing"

	"segmenta/cluster"
	"segmenta/features"
	"segmenta/table"
)

// now is rows to score with the columns of examples.
func now(e *examples) *design {
	return &design{snapshot: &features.Snapshot{Customers: e.customers, Table: &table.Table{}}, names: e.names, columns: e.columns, start: e.start}
}

// A feature that knows the outcome, and one that is there at one end only, stop training
// by name, in both languages; force goes on.
func TestLeakAlarm(t *testing.T) {
	sound := madeUp(2000, 1, 1)
	leaking := madeUp(2000, 1, 2)
	leaking.names[1] = "refunded_later"
	copy(leaking.columns[1], leaking.label)
	gone := madeUp(2000, 1, 3)
	gone.columns[1] = repeated(math.NaN(), gone.rows())
	older := madeUp(2000, 1, 5)
	for i := range 1500 {
		older.columns[1][i] = math.NaN()
	}
	few := madeUp(12, 1, 4)
	copy(few.columns[1], few.label)
	tests := []struct {
		name    string
		learned *examples
		scored  *examples
		en, es  string
	}{
		{"sound", sound, sound, "", ""},
		{"a leak", leaking, leaking, "refunded_later alone ranks the outcome with an AUC of 1.000", "refunded_later por sí sola ordena el resultado"},
		{"gone when scoring", sound, gone, "orders_all is missing in 0 % of the rows to learn from, and in 100 %", "orders_all falta en el 0 %"},
		{"gone when learning", gone, sound, "orders_all is missing in 100 % of the rows to learn from", "orders_all falta en el 100 %"},
		{"customers who grew old", sound, older, "", ""},
		{"too few rows to tell", few, few, "", ""},
	}
	for _, tt := range tests {
		for language, want := range map[string]string{"en": tt.en, "es": tt.es} {
			j := &Job{Config: &Config{Language: language}}
			err := j.alarm(tt.learned, now(tt.scored), nil)
			if (err != nil) != (want != "") || err != nil && (!errors.Is(err, ErrGate) || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s (%s): %v, want %q", tt.name, language, err, want)
			}
			j.Force = true
			if err := j.alarm(tt.learned, now(tt.scored), nil); err != nil {
				t.Errorf("%s, forced: %v", tt.name, err)
			}
		}
	}
}

// Micro-segments that hold other shares stop a run, if the rows are enough to tell.
func TestSegmentDrift(t *testing.T) {
	seg := &segmentation{Rows: 1000, Profiles: []cluster.Profile{{Share: 0.7}, {Share: 0.2}, {Share: 0.1}}}
	for _, tt := range []struct {
		name   string
		counts []int
		passed bool
	}{{"the same", []int{70, 20, 10}, true}, {"a little other", []int{600, 280, 120}, true}, {"turned round", []int{50, 150, 800}, false}, {"a handful", []int{1, 0, 0}, true}} {
		r := &running{job: &Job{Config: &Config{}}, segmentation: seg}
		for k, n := range tt.counts {
			for range n {
				r.microSegments = append(r.microSegments, int64(k))
			}
		}
		passed, verdict := segmentDriftGate(r)
		if passed != tt.passed || !strings.Contains(verdict.En, "PSI") || !strings.Contains(verdict.Es, "el azar da") {
			t.Errorf("%s: passed %v (%s), want %v", tt.name, passed, verdict.En, tt.passed)
		}
	}
}
