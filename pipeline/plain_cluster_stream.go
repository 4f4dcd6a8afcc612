package pipeline

import (
	"fmt"
	"time"

	"segmenta/cluster"
	"segmenta/table"
)

// heldValue is about what a value of a table takes while it is read and fitted: as it is
// decoded, as it is bent, and as it is clustered.
const heldValue = 8 + 8 + 8 + 4

// fitting tells whether the rows are more than memory holds. A sample that memory does
// hold is fitted first then.
func (o *ClusterFit) fitting(memory int64) (streamed bool, err error) {
	if o.Sample != 0 {
		return false, nil
	}
	s, err := table.Open(o.File, table.Format{})
	if err != nil {
		return false, mark(ErrConfig, err)
	}
	defer s.Close()
	n := s.Blocks()
	if n < 2 { // nothing is gained by reading one block again and again
		return false, nil
	}
	before := s.FirstRow(n-1) - 1
	rows := before + before/int64(n-1) // the last block is like the others
	need, has := float64(rows)*float64(len(s.Fields()))*heldValue, rowsShare*float64(memory)
	if need <= has {
		return false, nil
	}
	o.Sample = has / need
	return true, nil
}

// stream goes on from the centers of a sample with all rows.
func (f *clusterFile) stream(o ClusterFit, done *ClustersFitted, threads int) (err error) {
	start := time.Now()
	blocks := func(do func(int, []float32) error) error {
		return f.each(o.Table, max(1, threads), func(b int, rows []float32, _ *table.Table) error { return do(b, rows) })
	}
	f.Model, err = cluster.FitBlocks(blocks, f.Model.Dims, f.Model.K, cluster.Options{Init: f.Model.Centers, MaxIter: o.MaxIter, Tol: o.Tol})
	if err != nil {
		return mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
	}
	m := f.Model
	done.SampleRows, done.Rows, done.Streamed = done.Rows, 0, true
	for _, size := range m.Sizes {
		done.Rows += size
	}
	done.Inertia, done.Iterations = m.Inertia, m.Iterations
	done.SecondsFit += time.Since(start).Seconds()
	return nil
}
