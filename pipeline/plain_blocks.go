package pipeline

import (
	"errors"
	"fmt"
	"math/rand/v2"
	locks "sync" // publish.go has a sync of its own
	"time"

	"golang.org/x/sync/errgroup"

	"segmenta/table"
)

// sample reads the share of the rows that is to be fitted, block by block, so that only
// it is held. Which rows they are depends on the seed alone.
func (o ClusterFit) sample() (*plainTable, error) {
	if o.Sample < 0 || o.Sample > 1 {
		return nil, mark(ErrConfig, fmt.Errorf("--sample is %v, want a share from 0 to 1", o.Sample))
	}
	if o.Sample == 0 || o.Sample == 1 {
		return o.readNumbers()
	}
	start := time.Now()
	s, err := table.Open(o.File, table.Format{})
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	defer s.Close()
	p := &plainTable{file: o.File}
	var wanted []string
	for _, f := range s.Fields() {
		if f.Name != o.ID && f.Odd == "" {
			wanted = append(wanted, f.Name)
		}
	}
	for b := range s.Blocks() {
		t, err := s.Read(b, wanted)
		if err != nil {
			return nil, mark(ErrConfig, err)
		}
		die := rand.New(rand.NewPCG(o.Seed, uint64(b)))
		var rows []int
		for i := range t.Rows() {
			if die.Float64() < o.Sample {
				rows = append(rows, i)
			}
		}
		names, columns := numbers(t.Pick(rows))
		if p.names = names; p.columns == nil {
			p.columns = make([][]float64, len(columns))
		}
		for i, c := range columns {
			p.columns[i] = append(p.columns[i], c...)
		}
		p.rows += len(rows)
	}
	p.seconds = time.Since(start).Seconds()
	return p, nil
}

// each makes rows of a table's blocks and hands them on, several at once.
func (f *clusterFile) each(in Table, threads int, do func(block int, rows []float32, t *table.Table) error) error {
	s, err := table.Open(in.File, table.Format{Repeats: true})
	if err != nil {
		return mark(ErrConfig, err)
	}
	defer s.Close()
	names, has := f.Names, make(map[string]bool)
	for _, c := range s.Fields() {
		has[c.Name] = true
	}
	for _, n := range f.Names {
		if !has[n] {
			var all []string
			for _, c := range s.Fields() {
				all = append(all, c.Name)
			}
			return (&plainTable{file: in.File, names: all}).lacks(n)
		}
	}
	if has[in.ID] {
		names = append([]string{in.ID}, names...)
	}
	if s.Blocks() == 0 {
		return mark(ErrConfig, errors.New("there are no rows"))
	}
	var g errgroup.Group
	g.SetLimit(threads)
	for b := range s.Blocks() {
		g.Go(func() error {
			t, err := s.Read(b, names)
			if err != nil {
				return mark(ErrConfig, err)
			}
			rows, err := f.rows(t)
			if err != nil {
				return err
			}
			return do(b, rows, t)
		})
	}
	return g.Wait()
}

func (f *clusterFile) rows(t *table.Table) ([]float32, error) {
	columns := make([][]float64, len(f.Names))
	for i, n := range f.Names {
		c := t.Column(n)
		if c.Kind == table.String || c.Kind == table.Time {
			return nil, mark(ErrConfig, fmt.Errorf("column %q holds no numbers", n))
		}
		columns[i] = make([]float64, c.Len())
		for r := range columns[i] {
			columns[i][r] = c.Number(r)
		}
	}
	if f.Transform == nil {
		return interleave(columns, t.Rows()), nil
	}
	rows, _, err := f.Transform.Apply(columns)
	return rows, err
}

// assigned keeps what each block gave until all are there.
type assigned struct {
	lock   locks.Mutex
	blocks map[int]assignedBlock
}

type assignedBlock struct {
	id       *table.Column
	label    []int32
	distance []float32
}

func (a *assigned) set(block int, id *table.Column, label []int32, distance []float32) {
	a.lock.Lock()
	defer a.lock.Unlock()
	if a.blocks == nil {
		a.blocks = make(map[int]assignedBlock)
	}
	a.blocks[block] = assignedBlock{id, label, distance}
}

// all puts the blocks one after the other.
func (a *assigned) all() (id *table.Column, label []int32, distance []float32) {
	var ids []*table.Column
	for b := range len(a.blocks) {
		if a.blocks[b].id != nil {
			ids = append(ids, a.blocks[b].id)
		}
		label, distance = append(label, a.blocks[b].label...), append(distance, a.blocks[b].distance...)
	}
	if len(ids) > 0 {
		id = table.Concat(ids...)
	}
	return id, label, distance
}
