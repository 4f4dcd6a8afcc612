package pipeline_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"segmenta/features"
	"segmenta/pipeline"
	"segmenta/table"
)

// A training set holds the rows and outcomes that train learns from, and its columns
// are all that purged folds need.
func TestTrainingSet(t *testing.T) {
	data, err := filepath.Abs("../testdata/cdnow/transactions.parquet")
	if err != nil {
		t.Fatal(err)
	}
	j := project(t, strings.Replace(cdnow, "180d", "60d", 1)+"training: {cutoffs: 3, rounds: 3, features: [recency_days, orders_90d]}\nclusters: {max: 3}\n")
	j.Config.Sources.Transactions.Path = pipeline.Paths{data}
	out := filepath.Join(t.TempDir(), "training.parquet")
	done, err := j.TrainingSet(context.Background(), "churn", nil, out)
	if err != nil {
		t.Fatal(err)
	}
	s, err := table.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range s.Columns {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); got != "customer_id as_of outcome_until group label recency_days orders_90d" || done.Features != 2 {
		t.Errorf("columns %s, %d features", got, done.Features)
	}
	learned, err := j.Train(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	c := card(t, learned, "churn")
	if want := c.Rows + c.Held.Rows; s.Rows() != want || done.Rows != want {
		t.Errorf("%d rows, and train learns from %d and judges on %d", s.Rows(), c.Rows, c.Held.Rows)
	}
	var who []string
	var at, until []time.Time
	for i := range s.Rows() {
		who = append(who, s.Column("customer_id").Text(i))
		at = append(at, time.UnixMicro(s.Column("as_of").Ints[i]))
		until = append(until, time.UnixMicro(s.Column("outcome_until").Ints[i]))
		if g := int64(features.Group(who[i], 3)); s.Column("group").Ints[i] != g {
			t.Fatalf("%s is in group %d, want %d", who[i], s.Column("group").Ints[i], g)
		}
	}
	folds := features.Folds(who, at, until, 3)
	if len(folds) < 3 {
		t.Errorf("%d folds, want the last moment judged on each of 3 groups at least", len(folds))
	}
	if _, err := j.TrainingSet(context.Background(), "chrun", nil, out); err == nil || !strings.Contains(err.Error(), "did you mean churn?") {
		t.Errorf("an unknown target: %v", err)
	}
	if _, err := j.TrainingSet(context.Background(), "churn", []string{"1998-06-01"}, out); err == nil || !strings.Contains(err.Error(), "the data end on") {
		t.Errorf("a moment whose outcome nobody knows yet: %v", err)
	}
}
