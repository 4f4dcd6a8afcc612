package pipeline

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"segmenta/cluster"
	"segmenta/table"
)

// A ClusterFit says which groups to look for in a plain table.
type ClusterFit struct {
	Table
	K         int // 0: chosen
	Seed      uint64
	Init      string // a table of first centers
	MaxIter   int
	Tol       float64
	Transform string  // robust, none, or how every column is bent
	Criterion string  // that k is chosen by
	Sample    float64 // share of the rows to fit; 0: all
	By        string  // a column within whose values groups are looked for; empty: among all rows
	Out       string
}

// A clusterFile is a fitted clustering with what must be done to rows before it.
type clusterFile struct {
	Names     []string           `json:"names"`
	Transform *cluster.Transform `json:"transform,omitempty"`
	Model     *cluster.Model     `json:"model,omitempty"`

	By     string         `json:"by,omitempty"` // a column; then there is a model for each of its values
	Layers []clusterLayer `json:"layers,omitempty"`
}

// ClustersFitted is what a fit found.
type ClustersFitted struct {
	Rows        int     `json:"rows"`
	SampleRows  int     `json:"sample_rows,omitempty"` // that were fitted
	Dims        int     `json:"dims"`
	K           int     `json:"k"`
	Inertia     float64 `json:"inertia"`               // of all rows
	SampleLoss  float64 `json:"sample_loss,omitempty"` // how much farther all rows are from their centers than those that were fitted
	Iterations  int     `json:"iterations"`
	Streamed    bool    `json:"streamed,omitempty"` // all rows were fitted, read anew in every round
	SecondsRead float64 `json:"seconds_read"`
	SecondsInit float64 `json:"seconds_init"`
	SecondsFit  float64 `json:"seconds_fit"`
	Out         string  `json:"output"`
}

// Tell says it to people.
func (c *ClustersFitted) Tell(w io.Writer) {
	tell(w, "rows", c.Rows, "dims", c.Dims, "k", c.K, "inertia", c.Inertia, "iterations", c.Iterations,
		"seconds", c.SecondsRead+c.SecondsInit+c.SecondsFit, "wrote", c.Out)
}

// FitClusters finds groups in a plain table.
func (j *Job) FitClusters(o ClusterFit) (*ClustersFitted, error) {
	if o.By != "" {
		return j.fitLayers(o)
	}
	streamed, err := o.fitting(j.memory())
	if err != nil {
		return nil, err
	}
	t, err := o.sample()
	if err != nil {
		return nil, err
	}
	file := clusterFile{Names: t.names}
	rows, dims, err := file.prepare(t, o.Transform)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	options := cluster.Options{Seed: o.Seed, MaxIter: o.MaxIter, Tol: o.Tol, Threads: j.Threads, Criterion: o.Criterion}
	if options.Init, err = o.centers(t.names, dims); err != nil {
		return nil, err
	}
	start := time.Now()
	if options.Init == nil && o.K > 0 && len(rows) > 0 && o.K <= t.rows {
		if options.Init, err = cluster.Seeds(rows, dims, o.K, options); err != nil {
			return nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
		}
	}
	seeded := time.Since(start).Seconds()
	if file.Model, err = fitOrChoose(rows, dims, o.K, options); err != nil {
		return nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
	}
	m := file.Model
	done := &ClustersFitted{Rows: t.rows, Dims: dims, K: m.K, Inertia: m.Inertia, Iterations: m.Iterations, SecondsRead: t.seconds,
		SecondsInit: seeded, SecondsFit: time.Since(start).Seconds() - seeded, Out: o.Out}
	if streamed {
		if err := file.stream(o, done, j.Threads); err != nil {
			return nil, err
		}
	} else if o.Sample > 0 && o.Sample < 1 {
		if err := file.measure(o.Table, done, j.Threads); err != nil {
			return nil, err
		}
	}
	text, err := encodeJSON(file)
	if err != nil {
		return nil, err
	}
	return done, os.WriteFile(o.Out, text, 0o644)
}

// measure holds all rows against a model that was fitted to some of them. The
// excess over the sample's own inertia is what the centers owe to the sample; that a fit
// of all rows may end elsewhere is not in it.
func (f *clusterFile) measure(t Table, done *ClustersFitted, threads int) error {
	done.SampleRows, done.Rows = done.Rows, 0
	own := done.Inertia / float64(done.SampleRows)
	done.Inertia = 0
	err := f.each(t, 1, func(_ int, rows []float32, _ *table.Table) error {
		_, inertia := f.Model.Label(rows, threads)
		done.Inertia += inertia
		done.Rows += len(rows) / f.Model.Dims
		return nil
	})
	if own > 0 && done.Rows > 0 {
		done.SampleLoss = max(0, done.Inertia/float64(done.Rows)/own-1)
	}
	return err
}

// prepare makes rows of a table, transformed unless that is not wanted.
func (f *clusterFile) prepare(t *plainTable, transform string) (rows []float32, dims int, err error) {
	switch transform {
	case "none":
		return interleave(t.columns, t.rows), len(t.columns), nil
	case "robust", "", "log1p", "yeo_johnson", "quantile":
		bend := transform
		if bend == "robust" {
			bend = ""
		}
		if f.Transform, err = cluster.FitTransform(t.names, t.columns, cluster.TransformOptions{Bend: bend}); err != nil {
			return nil, 0, err
		}
		return f.Transform.Apply(t.columns)
	}
	return nil, 0, mark(ErrConfig, fmt.Errorf("--transform is %q, want robust, none, log1p, yeo_johnson or quantile", transform))
}

func fitOrChoose(rows []float32, dims, k int, o cluster.Options) (*cluster.Model, error) {
	if k != 0 {
		return cluster.Fit(rows, dims, k, o)
	}
	choice, err := cluster.Choose(rows, dims, 2, 20, o)
	if err != nil {
		return nil, err
	}
	return choice.Model, nil
}

// centers reads the first centers, one a row.
func (o ClusterFit) centers(names []string, dims int) ([]float32, error) {
	if o.Init == "" {
		return nil, nil
	}
	t, err := Table{o.Init, o.ID}.readNumbers()
	if err != nil {
		return nil, err
	}
	if len(t.columns) != dims || t.rows != o.K {
		return nil, mark(ErrConfig, fmt.Errorf("%s holds %d centers of %d numbers, want %d of %d", o.Init, t.rows, len(t.columns), o.K, dims))
	}
	columns, err := t.pick(names)
	if err != nil {
		columns = t.columns // other names, same order
	}
	return interleave(columns, t.rows), nil
}

// interleave lays columns out row by row.
func interleave(columns [][]float64, rows int) []float32 {
	dims := len(columns)
	out := make([]float32, rows*dims)
	for c, column := range columns {
		for r, v := range column {
			out[r*dims+c] = float32(v)
		}
	}
	return out
}

// ClustersAssigned is what an assignment took.
type ClustersAssigned struct {
	Rows          int     `json:"rows"`
	K             int     `json:"k"`
	SecondsAssign float64 `json:"seconds_assign"` // reading too: both go on at once
	SecondsWrite  float64 `json:"seconds_write"`
	Out           string  `json:"output"`
}

// Tell says it to people.
func (c *ClustersAssigned) Tell(w io.Writer) {
	tell(w, "rows", c.Rows, "k", c.K, "seconds", c.SecondsAssign, "wrote", c.Out)
}

// A ModelTable is a plain table and a model to hold it against.
type ModelTable struct {
	Table
	Model  string
	Raw    bool
	Engine string
	Out    string
}

// AssignClusters puts every row of a plain table into its group, block by block.
func (j *Job) AssignClusters(o ModelTable) (*ClustersAssigned, error) {
	var file clusterFile
	if err := readJSON(o.Model, &file); err != nil {
		return nil, err
	}
	if file.By != "" && len(file.Layers) > 0 {
		return j.assignLayers(o, &file)
	}
	if file.Model == nil || len(file.Names) == 0 {
		return nil, mark(ErrConfig, fmt.Errorf("%s: not a clustering", o.Model))
	}
	start := time.Now()
	var parts assigned
	err := file.each(o.Table, max(1, j.Threads), func(block int, rows []float32, t *table.Table) error {
		label, distance, err := file.Model.Nearest(rows, 1)
		if err != nil {
			return err
		}
		parts.set(block, t.Column(o.ID), label, distance)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	ids, label, distance := parts.all()
	done := &ClustersAssigned{Rows: len(label), K: file.Model.K, SecondsAssign: time.Since(start).Seconds(), Out: o.Out}
	t := &plainTable{file: o.File, id: ids}
	done.SecondsWrite, err = t.write(o.Out,
		table.Ints("cluster", table.Int32, widen(label)).Says("", "the nearest center", "el centro más cercano"),
		float32s("distance", distance).Says("", "to the nearest center", "al centro más cercano"))
	return done, err
}

func widen(v []int32) []int64 {
	out := make([]int64, len(v))
	for i, x := range v {
		out[i] = int64(x)
	}
	return out
}

func float32s(name string, v []float32) *table.Column {
	c := &table.Column{Name: name, Kind: table.Float32, Floats: make([]float64, len(v))}
	for i, x := range v {
		c.Floats[i] = float64(x)
	}
	return c
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return mark(ErrConfig, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return mark(ErrConfig, fmt.Errorf("%s: not a model that segmenta wrote: %w", path, err))
	}
	return nil
}
