package pipeline

import (
	"errors"

	"segmenta/cluster"
	"segmenta/segment"
	"segmenta/table"
)

// How many stars there must be to look for groups among them, how many groups are tried
// at most, and the share of a group that a persona must fit for it to be no news.
const (
	fewestStars  = 100
	mostHidden   = 6
	coveredByAny = 0.5
)

// A hidden segment is a group of stars, and how much of it the personas cover.
type hidden struct {
	cluster.Profile
	covered float64
}

// hiddenSegments looks for groups among the customers of most worth alone, by what they
// do, and says which of them no persona covers.
func (p *placing) hiddenSegments(all *table.Table, stars []bool, personas []*segment.Pattern) (list []hidden, err error) {
	var rows []int
	for i, star := range stars {
		if star {
			rows = append(rows, i)
		}
	}
	if len(rows) < fewestStars || p.seg.Abstained != (words{}) {
		return nil, nil
	}
	names := p.seg.Features
	columns := columnsAt(p.r.snapshot, names, rows)
	transform, err := cluster.FitTransform(names, columns, cluster.TransformOptions{})
	if errors.Is(err, cluster.ErrAlike) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	points, dims, err := transform.Apply(columns)
	if err != nil {
		return nil, err
	}
	choice, err := cluster.Choose(points, dims, 2, mostHidden, cluster.Options{Seed: p.r.job.Config.Clusters.Seed, Threads: p.r.job.Threads})
	if err != nil {
		return nil, err
	}
	a, err := choice.Model.Assign(points, p.r.job.Threads)
	if err != nil {
		return nil, err
	}
	covered := make([]bool, p.n)
	for _, persona := range personas {
		in, err := persona.Of(all)
		if err != nil {
			return nil, err
		}
		for i, fits := range in {
			covered[i] = covered[i] || fits
		}
	}
	for _, f := range cluster.Describe(names, columns, a, choice.K, p.r.past.words()) {
		h := hidden{Profile: f}
		n := 0.0
		for k, c := range a.Cluster {
			if int(c) == f.Cluster {
				n++
				if covered[rows[k]] {
					h.covered++
				}
			}
		}
		h.covered /= n
		list = append(list, h)
	}
	return list, nil
}

func hiddenTable(list []hidden) *table.Table {
	t := new(table.Table)
	t.Add(table.Ints("group", table.Int32, gathered(list, func(h *hidden) int64 { return int64(h.Cluster + 1) })).Says("", "the group among the customers of most worth", "el grupo entre los clientes de más valor"))
	t.Add(table.Strings("name_en", gathered(list, func(h *hidden) string { return h.NameEn })).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("name_es", gathered(list, func(h *hidden) string { return h.NameEs })).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.Floats("share", gathered(list, func(h *hidden) float64 { return h.Share })).Says("share", "share of the stars", "parte de las estrellas"))
	t.Add(table.Floats("covered", gathered(list, func(h *hidden) float64 { return h.covered })).Says("share", "share of the group that some persona fits", "parte del grupo a la que se ajusta alguna persona"))
	t.Add(table.Bools("hidden", gathered(list, func(h *hidden) bool { return h.covered < coveredByAny })).Says("", "no persona fits half of it", "ninguna persona se ajusta a la mitad"))
	return t
}
