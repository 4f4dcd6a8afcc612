package pipeline

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/table"
)

// spots writes a table of 6,000 rows around three places.
func spots(t *testing.T) string {
	r := rand.New(rand.NewPCG(1, 2))
	var x, y []float64
	var id []string
	for i := range 6000 {
		x, y = append(x, 10*float64(i%3)+r.NormFloat64()), append(y, r.NormFloat64())
		id = append(id, strings.Repeat("c", i%5+1))
	}
	in := new(table.Table)
	in.Add(table.Strings("customer_id", id))
	in.Add(table.Floats("x", x))
	in.Add(table.Floats("y", y))
	path := filepath.Join(t.TempDir(), "rows.parquet")
	if err := table.WriteFile(path, in); err != nil {
		t.Fatal(err)
	}
	return path
}

// A tenth of the rows finds nearly what all find, and says what it lost.
func TestFitOfASample(t *testing.T) {
	j, in := &Job{Threads: 2}, spots(t)
	fit := func(share float64) *ClustersFitted {
		done, err := j.FitClusters(ClusterFit{Table: Table{in, "customer_id"}, K: 3, Seed: 1, Transform: "none", Sample: share, Out: filepath.Join(t.TempDir(), "m.json")})
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	all, tenth := fit(0), fit(0.1)
	if tenth.Rows != 6000 || tenth.SampleRows < 500 || tenth.SampleRows > 700 || all.SampleRows != 0 {
		t.Errorf("%d of %d rows were fitted", tenth.SampleRows, tenth.Rows)
	}
	if loss := tenth.Inertia/all.Inertia - 1; loss < 0 || loss > 0.02 || tenth.SampleLoss > 0.1 {
		t.Errorf("lost %v, and %v is said", loss, tenth.SampleLoss)
	}
}

// More rows than memory holds are read anew in every round, and give what rows in memory
// give.
func TestFitOfMoreThanMemoryHolds(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "4GiB") // of the whole test, not of this job
	in := filepath.Join(t.TempDir(), "rows.parquet")
	r := rand.New(rand.NewPCG(3, 4))
	var x, y []float64
	for i := range 300_000 {
		x, y = append(x, 4*float64(i%5)+r.NormFloat64()), append(y, 3*float64(i%2)+r.NormFloat64())
	}
	rows := new(table.Table)
	rows.Add(table.Floats("x", x))
	rows.Add(table.Floats("y", y))
	if err := table.WriteFile(in, rows); err != nil {
		t.Fatal(err)
	}
	fit := func(memory Size, threads int) (*ClustersFitted, []byte) {
		o := ClusterFit{Table: Table{File: in}, K: 10, Seed: 1, Transform: "none", Tol: 1e-9, Out: filepath.Join(t.TempDir(), "m.json")}
		done, err := (&Job{Threads: threads, Memory: memory}).FitClusters(o)
		if err != nil {
			t.Fatal(err)
		}
		model, err := os.ReadFile(o.Out)
		if err != nil {
			t.Fatal(err)
		}
		return done, model
	}
	all, _ := fit(1<<30, 2)
	few, model := fit(1<<20, 2)
	if all.Streamed || !few.Streamed || few.Rows != 300_000 || few.SampleRows < 1000 || few.SampleRows > 100_000 {
		t.Errorf("%+v, and in less memory %+v", all, few)
	}
	if worse := few.Inertia/all.Inertia - 1; worse > 1e-3 {
		t.Errorf("inertia is %v worse", worse)
	}
	if _, again := fit(1<<20, 1); !bytes.Equal(model, again) {
		t.Error("another model on one thread")
	}
}

func TestAssignBlockByBlock(t *testing.T) {
	j, in, dir := &Job{Threads: 2}, spots(t), t.TempDir()
	model, out := filepath.Join(dir, "m.json"), filepath.Join(dir, "a.parquet")
	fitted, err := j.FitClusters(ClusterFit{Table: Table{in, "customer_id"}, Seed: 1, Transform: "none", Out: model})
	if err != nil || fitted.K != 3 {
		t.Fatalf("%+v, %v", fitted, err)
	}
	done, err := j.AssignClusters(ModelTable{Table: Table{in, "customer_id"}, Model: model, Out: out})
	if err != nil || done.Rows != 6000 {
		t.Fatalf("%+v, %v", done, err)
	}
	got, err := table.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := table.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	of := map[int]float64{}
	for i := range got.Rows() {
		c := got.Column("cluster").Number(i)
		if was, known := of[i%3]; known && was != c {
			t.Fatalf("row %d is in %v, and others of its place in %v", i, c, was)
		}
		of[i%3] = c
		if a, b := got.Column("customer_id").Text(i), rows.Column("customer_id").Text(i); a != b {
			t.Fatalf("row %d is %s, want %s", i, a, b)
		}
	}
	other := filepath.Join(dir, "other.parquet")
	small := new(table.Table)
	small.Add(table.Floats("x", []float64{1}))
	if err := table.WriteFile(other, small); err != nil {
		t.Fatal(err)
	}
	if _, err := j.AssignClusters(ModelTable{Table: Table{other, ""}, Model: model, Out: out}); err == nil || !strings.Contains(err.Error(), `no column of numbers called "y"`) {
		t.Errorf("a missing column: %v", err)
	}
}

// Within each value of a column groups are looked for apart, and numbered on; a row of a
// layer that the model doesn't know is in none.
func TestClustersWithinLayers(t *testing.T) {
	dir := t.TempDir()
	j := &Job{Threads: 2}
	write := func(name string, stages ...string) string {
		var id, stage []string
		var x, y []float64
		for k, s := range stages {
			for i := range 120 {
				id, stage = append(id, fmt.Sprint(k, "-", i)), append(stage, s)
				x, y = append(x, float64(i%2*100+i%7+1000*k)), append(y, float64(i%5+i%2*10))
			}
		}
		rows := new(table.Table)
		rows.Add(table.Strings("customer_id", id))
		rows.Add(table.Strings("stage", stage))
		rows.Add(table.Floats("x", x))
		rows.Add(table.Floats("y", y))
		path := filepath.Join(dir, name)
		if err := table.WriteFile(path, rows); err != nil {
			t.Fatal(err)
		}
		return path
	}
	model := filepath.Join(dir, "m.json")
	in := Table{File: write("rows.parquet", "customer", "dormant"), ID: "customer_id"}
	fitted, err := j.FitClusters(ClusterFit{Table: in, K: 2, By: "stage", MaxIter: 50, Out: model})
	if err != nil || fitted.K != 4 || fitted.Dims != 2 || fitted.Rows != 240 {
		t.Fatalf("%+v, %v: want two groups in each of two layers", fitted, err)
	}
	out := filepath.Join(dir, "out.parquet")
	in.File = write("new.parquet", "customer", "dormant", "retired")
	if _, err := j.AssignClusters(ModelTable{Table: in, Model: model, Out: out}); err != nil {
		t.Fatal(err)
	}
	got, err := table.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Rows() {
		c := got.Column("cluster")
		switch layer := i / 120; {
		case layer == 2 && !c.IsNull(i):
			t.Fatalf("row %d of an unknown layer is in cluster %d", i, c.Ints[i])
		case layer < 2 && (c.IsNull(i) || c.Ints[i]/2 != int64(layer) || c.Ints[i] != c.Ints[layer*120+i%2]):
			t.Fatalf("row %d of layer %d is in cluster %d", i, layer, c.Ints[i])
		}
	}
	_, err = j.FitClusters(ClusterFit{Table: in, K: 2, By: "stagee", Out: model})
	if err == nil || !strings.Contains(err.Error(), `did you mean "stage"?`) {
		t.Errorf("%v", err)
	}
	_, err = j.FitClusters(ClusterFit{Table: in, K: 500, By: "stage", Out: model})
	if err == nil || !strings.Contains(err.Error(), `stage "customer", 120 rows`) {
		t.Errorf("%v: want the layer that has too few rows", err)
	}
}
