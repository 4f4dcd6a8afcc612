package pipeline

import (
	"fmt"
	"math"
	"slices"
	"time"

	"segmenta/cluster"
	"segmenta/strict"
	"segmenta/table"
)

// A clusterLayer is the clustering of the rows with one value of a column: a stage of
// the lifecycle, say. Its clusters are numbered after those of the layers before it.
type clusterLayer struct {
	Value     string             `json:"value"`
	Rows      int                `json:"rows"`
	First     int                `json:"first_cluster"`
	Transform *cluster.Transform `json:"transform,omitempty"`
	Model     *cluster.Model     `json:"model"`
}

// layered is a table parted by the values of a column.
type layered struct {
	all    *table.Table
	by     *table.Column
	id     *table.Column
	values []string // in bytewise order; null is the empty one
	rows   map[string][]int
}

// layers reads a table and parts it.
func (t Table) layers(by string) (*layered, error) {
	all, err := table.ReadFile(t.File)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	l := &layered{all: all, by: all.Column(by), id: all.Column(t.ID), rows: make(map[string][]int)}
	if l.by == nil {
		var names []string
		for _, c := range all.Columns {
			names = append(names, c.Name)
		}
		hint := ""
		if near := strict.Nearest(by, names); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, mark(ErrConfig, fmt.Errorf("--by: %s has no column %q%s", t.File, by, hint))
	}
	for i := range all.Rows() {
		v := l.by.Format(i)
		if len(l.rows[v]) == 0 {
			l.values = append(l.values, v)
		}
		l.rows[v] = append(l.rows[v], i)
	}
	slices.Sort(l.values)
	return l, nil
}

// plain is the numbers of one layer.
func (l *layered) plain(file, value string) *plainTable {
	rest := new(table.Table)
	for _, c := range l.all.Columns {
		if c != l.id && c != l.by {
			rest.Add(asNumbers(c.Pick(l.rows[value])))
		}
	}
	p := &plainTable{file: file, rows: len(l.rows[value])}
	p.names, p.columns = numbers(rest)
	return p
}

// fitLayers finds groups within each value of a column.
func (j *Job) fitLayers(o ClusterFit) (*ClustersFitted, error) {
	if o.Init != "" || o.Sample > 0 {
		return nil, mark(ErrConfig, fmt.Errorf("--by goes with neither --init nor --sample"))
	}
	start := time.Now()
	l, err := o.layers(o.By)
	if err != nil {
		return nil, err
	}
	done := &ClustersFitted{Rows: l.all.Rows(), SecondsRead: time.Since(start).Seconds(), Out: o.Out}
	start = time.Now()
	file := clusterFile{By: o.By}
	for _, value := range l.values {
		t := l.plain(o.File, value)
		file.Names = t.names
		layer := clusterFile{Names: t.names}
		rows, dims, err := layer.prepare(t, o.Transform)
		if err == nil {
			layer.Model, err = fitOrChoose(rows, dims, o.K, cluster.Options{Seed: o.Seed, MaxIter: o.MaxIter, Tol: o.Tol, Threads: j.Threads, Criterion: o.Criterion})
		}
		if err != nil {
			return nil, mark(ErrConfig, fmt.Errorf("%s: %s %q, %d rows: %w", o.File, o.By, value, t.rows, err))
		}
		file.Layers = append(file.Layers, clusterLayer{value, t.rows, done.K, layer.Transform, layer.Model})
		done.Dims, done.K, done.Inertia = dims, done.K+layer.Model.K, done.Inertia+layer.Model.Inertia
		done.Iterations = max(done.Iterations, layer.Model.Iterations)
	}
	done.SecondsFit = time.Since(start).Seconds()
	return done, writeJSON(o.Out, file)
}

// assignLayers puts every row into a group of its own layer; a row whose layer the model
// doesn't know is in none.
func (j *Job) assignLayers(o ModelTable, file *clusterFile) (*ClustersAssigned, error) {
	start := time.Now()
	l, err := o.layers(file.By)
	if err != nil {
		return nil, err
	}
	labels := table.Ints("cluster", table.Int32, make([]int64, l.all.Rows()))
	labels.Null = slices.Repeat([]bool{true}, l.all.Rows())
	distances := float32s("distance", make([]float32, l.all.Rows()))
	distances.Null = slices.Clone(labels.Null)
	k := 0
	for _, layer := range file.Layers {
		k += layer.Model.K
		rows := l.rows[layer.Value]
		if len(rows) == 0 {
			continue
		}
		t := l.plain(o.File, layer.Value)
		columns, err := t.pick(file.Names)
		if err != nil {
			return nil, err
		}
		points := interleave(columns, t.rows)
		if layer.Transform != nil {
			if points, _, err = layer.Transform.Apply(columns); err != nil {
				return nil, err
			}
		}
		label, distance, err := layer.Model.Nearest(points, max(1, j.Threads))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.File, err)
		}
		for i, row := range rows {
			labels.Ints[row], labels.Null[row] = int64(layer.First)+int64(label[i]), false
			distances.Floats[row], distances.Null[row] = float64(distance[i]), math.IsNaN(float64(distance[i]))
		}
	}
	done := &ClustersAssigned{Rows: l.all.Rows(), K: k, SecondsAssign: time.Since(start).Seconds(), Out: o.Out}
	done.SecondsWrite, err = (&plainTable{file: o.File, id: l.id}).write(o.Out,
		labels.Says("", "the nearest center of the row's own layer", "el centro más cercano de la propia capa"), distances.Says("", "to the nearest center", "al centro más cercano"))
	return done, err
}
