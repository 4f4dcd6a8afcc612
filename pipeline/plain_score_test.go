package pipeline_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"segmenta/pipeline"
	"segmenta/table"
)

const twoLeaves = `tree
version=v3
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=0
objective=binary sigmoid:1
feature_names=a
feature_infos=[0:9]

Tree=0
num_leaves=2
num_cat=0
split_feature=0
threshold=1
decision_type=10
left_child=-1
right_child=-2
leaf_value=-1 3
leaf_count=5 5
internal_count=10
shrinkage=1


end of trees
`

const twoClasses = `tree
version=v3
num_class=2
num_tree_per_iteration=2
label_index=0
max_feature_idx=0
objective=multiclass num_class:2
feature_names=a
feature_infos=[0:9]

Tree=0
num_leaves=1
num_cat=0
leaf_value=1


Tree=1
num_leaves=1
num_cat=0
leaf_value=2


end of trees
`

// Rows are scored by either engine, explained, and given a score for each class.
func TestScoreTable(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	rows := pipeline.Table{File: file("rows.csv", "customer_id,a\nc1,2\nc2,0\nc3,\n"), ID: "customer_id"}
	one, two, out := file("one.txt", twoLeaves), file("two.txt", twoClasses), filepath.Join(dir, "out.parquet")
	j := &pipeline.Job{Threads: 1}
	tests := []struct {
		name   string
		of     pipeline.ModelTable
		do     func(pipeline.ModelTable) (*pipeline.Scored, error)
		engine string
		want   map[string][]float64
	}{
		{"probabilities", pipeline.ModelTable{Model: one, Engine: "auto"}, j.ScoreTable, "compiled", map[string][]float64{"score": {1 / (1 + math.Exp(-3)), 1 / (1 + math.E), 1 / (1 + math.E)}}},
		{"raw, by leaves", pipeline.ModelTable{Model: one, Raw: true, Engine: "leaves"}, j.ScoreTable, "leaves", map[string][]float64{"score": {3, -1, -1}}},
		{"contributions", pipeline.ModelTable{Model: one}, j.ExplainTable, "treeshap", map[string][]float64{"a": {2, -2, -2}, "bias": {1, 1, 1}}},
		{"classes", pipeline.ModelTable{Model: two, Raw: true}, j.ScoreTable, "compiled", map[string][]float64{"score_0": {1, 1, 1}, "score_1": {2, 2, 2}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.of.Table, tt.of.Out = rows, out
			done, err := tt.do(tt.of)
			if err != nil {
				t.Fatal(err)
			}
			if done.Engine != tt.engine || done.Rows != 3 {
				t.Errorf("%+v, want 3 rows by %s", done, tt.engine)
			}
			got, err := table.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range tt.want {
				for i, v := range want {
					if c := got.Column(name); c == nil || math.Abs(c.Number(i)-v) > 1e-12 {
						t.Fatalf("%s, row %d: %v, want %v", name, i, c, v)
					}
				}
			}
		})
	}
	if _, err := j.ScoreTable(pipeline.ModelTable{Table: rows, Model: one, Engine: "fast"}); !errors.Is(err, pipeline.ErrConfig) {
		t.Errorf("an engine that there is not: %v", err)
	}
}
