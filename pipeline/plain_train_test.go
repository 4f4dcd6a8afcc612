package pipeline

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/predict/gbdt"
)

// spenders writes customers with what they did next, buys or spend, and returns the file.
func spenders(t *testing.T, rows int, seed uint64, next string) string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	b.WriteString("customer_id,as_of,recency,orders,plan,weight," + next + "\n")
	for i := range rows {
		recency, orders, plan := r.ExpFloat64()*40, r.IntN(8), r.IntN(6)
		z := float64(orders)/3 - recency/40 + float64(plan%3)/2
		did := 0.0
		if r.Float64() < 1/(1+math.Exp(-z)) {
			did = 1
		}
		if next == "spend" {
			did *= math.Exp(1 + z/2 + r.NormFloat64()/4)
		}
		fmt.Fprintf(&b, "c%d,2026-%02d-01,%.2f,%d,%d,%d,%.3f\n", i, 1+i*6/rows, recency, orders, plan, 1+i%2, did)
	}
	path := filepath.Join(t.TempDir(), "train.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func trainTable(t *testing.T, change func(o *TrainTable)) (*TableTrained, string, error) {
	t.Helper()
	o := TrainTable{Table: Table{ID: "customer_id"}, Label: "buys", Time: "as_of", Weight: "weight", Valid: "yes", Categorical: []string{"plan"},
		Trees: gbdt.Params{Objective: "binary", Rounds: 300, Leaves: 8, LearningRate: 0.1}, Out: filepath.Join(t.TempDir(), "model.txt")}
	change(&o)
	next := "buys"
	if o.Label == "spend" {
		next = o.Label
	}
	o.File = spenders(t, 3000, 1, next)
	if o.Valid != "" {
		o.Valid = spenders(t, 2000, 2, next)
	}
	done, err := (&Job{Threads: 2}).TrainTable(o)
	text, _ := os.ReadFile(o.Out)
	return done, string(text), err
}

func TestTrainTable(t *testing.T) {
	without := func(o *TrainTable) { o.Valid = "" }
	tests := []struct {
		name   string
		change func(o *TrainTable)
		check  func(d *TableTrained, text string) bool
	}{
		{"all rounds", without, func(d *TableTrained, _ string) bool { return d.Rounds == 300 && d.AUC == nil && d.Features == 3 }},
		{"stopped by the valid table", func(o *TrainTable) { o.Trees.EarlyStop = 10 },
			func(d *TableTrained, _ string) bool { return d.Rounds < 200 && *d.AUC > 0.7 }},
		{"stopped by the latest rows", func(o *TrainTable) { o.Trees.EarlyStop, o.Valid = 10, "" },
			func(d *TableTrained, _ string) bool { return d.Rounds < 200 && d.SecondsTune > 0 }},
		{"stopped by other customers", func(o *TrainTable) { o.Trees.EarlyStop, o.Valid, o.Time = 10, "", "" },
			func(d *TableTrained, _ string) bool { return d.Rounds < 200 }},
		{"amounts", func(o *TrainTable) { o.Label, o.Trees.Objective, o.Trees.EarlyStop = "spend", "tweedie", 10 },
			func(d *TableTrained, text string) bool {
				return d.AUC == nil && *d.MAE < *d.RMSE && strings.Contains(text, "objective=tweedie")
			}},
		{"tuned", func(o *TrainTable) { o.Tune, o.Trees.Rounds = "4", 60 },
			func(d *TableTrained, _ string) bool {
				return d.Tuned.Trials == 4 && d.Tuned.Loss <= d.Tuned.Given && d.Rounds == d.Tuned.Rounds
			}},
		{"monotone", func(o *TrainTable) { o.Monotone = map[string]int{"orders": 1}; without(o) },
			func(d *TableTrained, _ string) bool { return d.Rounds > 0 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			done, text, err := trainTable(t, tt.change)
			if err != nil || !tt.check(done, text) {
				t.Errorf("%+v (%v)", done, err)
			}
		})
	}
}

func TestTrainTableTwice(t *testing.T) {
	change := func(o *TrainTable) { o.Tune, o.Trees.Rounds, o.Valid = "3", 30, "" }
	_, one, _ := trainTable(t, change)
	_, two, err := trainTable(t, change)
	if err != nil || one == "" || one != two {
		t.Errorf("the same search on the same table gives two models (%v)", err)
	}
}

func TestTrainTableRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(o *TrainTable)
		want   string
	}{
		{"no such label", func(o *TrainTable) { o.Label = "bays" }, `no column of numbers called "bays"; did you mean "buys"?`},
		{"no such time", func(o *TrainTable) { o.Tune, o.Time = "2", "when" }, `no column called "when"`},
		{"not a time", func(o *TrainTable) { o.Tune, o.Time = "2", "customer_id" }, `customer_id of row 1 is "c0", want a number or a time`},
		{"no such monotone", func(o *TrainTable) { o.Monotone = map[string]int{"order": 1} }, `did you mean "orders"?`},
		{"odd monotone", func(o *TrainTable) { o.Monotone = map[string]int{"orders": 2} }, "monotone orders=2: want 1"},
		{"odd tune", func(o *TrainTable) { o.Tune = "often" }, `tune "often": want how many`},
		{"odd objective", func(o *TrainTable) { o.Trees.Objective = "huber" }, "unknown objective: huber, want one of [binary"},
		{"a label that is no class", func(o *TrainTable) { o.Label, o.Trees.Objective = "recency", "binary" }, "want 0 or 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, text, err := trainTable(t, tt.change)
			if err == nil || !strings.Contains(err.Error(), tt.want) || text != "" {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}
