package pipeline

import (
	"math"
	"slices"
	"time"

	"segmenta/features"
	"segmenta/segment"
	"segmenta/table"
)

// A look back at the customers one step before the run's moment, and at what followed.
type back struct {
	snapshot *features.Snapshot
	outcome  []float64 // whether they bought in the step
	step     Days
	at       map[string]int // row by customer
}

// stepBack is how far back is looked where no target says how far ahead.
const stepBack = Days(30)

// lookBack computes the features of a step ago, where the history is long enough.
func (p *placing) lookBack() (*back, error) {
	b := &back{step: stepBack, at: make(map[string]int)}
	t, ok := p.r.job.Config.Targets["conversion"]
	if ok {
		b.step = t.Gap + t.Horizon
	}
	then := p.r.past.asOf.AddDate(0, 0, -int(b.step))
	if first, _ := p.r.past.Span(); then.Before(first.Add(time.Duration(b.step) * 24 * time.Hour)) {
		return nil, nil
	}
	q := features.Question{Definitions: p.lookedBackAt(), Moments: []time.Time{then}, Threads: p.r.job.Threads}
	if ok {
		q.Targets = []features.Target{t.label()}
	}
	list, err := p.r.past.Answer(q)
	if err != nil {
		return nil, err
	}
	b.snapshot, b.outcome = list[0], repeated(math.NaN(), len(list[0].Customers))
	for i, id := range b.snapshot.Customers {
		b.at[id] = i
	}
	if ok {
		b.outcome, err = p.r.past.Label(t.label(), b.snapshot, p.r.past.asOf)
	}
	return b, err
}

// demographics are the features that say in words who somebody is.
var demographics = []string{"age_band", "generation", "profile_gender", "profile_country", "profile_region"}

// lookedBackAt are the features that are asked of a step ago: what RFM and micro-segments
// go by, and who people are.
func (p *placing) lookedBackAt() (defs []features.Definition) {
	orders, amount := p.r.job.Config.Value.RFM.features()
	names := slices.Concat([]string{recencyFeature, orders, amount}, p.seg.Features, demographics)
	for i := range p.r.past.on {
		if slices.Contains(names, p.r.past.on[i].Name) {
			defs = append(defs, p.r.past.on[i])
		}
	}
	return defs
}

// number is a feature of a step ago.
func (b *back) number(name string) []float64 {
	values := repeated(math.NaN(), len(b.snapshot.Customers))
	if c := b.snapshot.Table.Column(name); c != nil {
		for i := range values {
			values[i] = c.Number(i)
		}
	}
	return values
}

// fewestMoves is how many moves must have been seen before anything is said of the next.
const fewestMoves = 200

// follow says which RFM segment everyone will likely be in a step from now, by how
// customers moved in the step before.
func (p *placing) follow(b *back) {
	if b == nil {
		p.r.off(words{"next_segment", "next_segment"}, words{"the history is too short to see anybody move", "la historia es demasiado corta para ver moverse a nadie"})
		return
	}
	orders, amount := p.r.job.Config.Value.RFM.features()
	then := p.rfm.Cuts.Score(b.number(recencyFeature), b.number(orders), b.number(amount))
	from := make([]string, p.n)
	for i, id := range p.r.snapshot.Customers {
		if row, known := b.at[id]; known {
			from[i] = then.Name[row]
		}
	}
	var names []string
	for _, n := range segment.RFMNames {
		names = append(names, n.ID)
	}
	chain := segment.FitChain(names, from, p.rfm.Name)
	if chain.Steps < fewestMoves {
		p.r.off(words{"next_segment", "next_segment"}, words{"too few moves were seen", "se han visto muy pocos movimientos"})
		return
	}
	next, chance := make([]string, p.n), repeated(math.NaN(), p.n)
	for i, name := range p.rfm.Name {
		if name != "" {
			next[i], chance[i] = chain.Next(name)
		}
	}
	p.text("next_segment", next, "the likeliest RFM segment in "+b.step.String(), "el segmento RFM más probable dentro de "+b.step.String())
	p.out.Add(table.Floats("next_segment_probability", chance).Says("probability", "how likely, by the moves of all customers in that segment", "cuán probable, por los movimientos de los clientes de ese segmento"))
	p.r.manifest.Frozen["next_segment"] = chain
}

// compareGroupings measures how much of what followed behaviour accounts for, and who
// people are, and lot, each with the same number of groups.
func (p *placing) compareGroupings(b *back) (*table.Table, error) {
	var list []segment.Explained
	if b != nil && p.seg.Abstained == (words{}) {
		_, at, err := place(p.r.champions.files[microSegments]["clusters.json"], b.snapshot, p.r.job.Threads)
		if err != nil {
			return nil, err
		}
		micro, k := make([]int, len(at.segment)), len(p.seg.Profiles)
		for i, s := range at.segment {
			micro[i] = int(s)
		}
		list = append(list, segment.Explains("behaviour", micro, b.outcome))
		if who := b.demography(micro); who != nil {
			list = append(list, segment.Explains("demography", segment.Regroup(who, k), b.outcome))
		}
		list = append(list, segment.Explains("lot", segment.Drawn(len(micro), k), onlyWhere(b.outcome, micro)))
	}
	return groupingTable(list), nil
}

// demography joins what is known of who people are, of those in a group; nil where
// nothing is.
func (b *back) demography(of []int) []string {
	var columns []*table.Column
	for _, name := range demographics {
		if c := b.snapshot.Table.Column(name); c != nil && c.Kind == table.String {
			columns = append(columns, c)
		}
	}
	if columns == nil {
		return nil
	}
	who := make([]string, len(of))
	for i := range who {
		if of[i] < 0 {
			continue
		}
		for _, c := range columns {
			who[i] += c.Text(i) + "/"
		}
	}
	return who
}

func onlyWhere(values []float64, groups []int) []float64 {
	out := repeated(math.NaN(), len(values))
	for i, g := range groups {
		if g >= 0 {
			out[i] = values[i]
		}
	}
	return out
}

func groupingTable(list []segment.Explained) *table.Table {
	t := new(table.Table)
	t.Add(table.Strings("grouped_by", gathered(list, func(e *segment.Explained) string { return e.By })).Says("", "behaviour: micro-segments; demography: who they are; lot: by chance", "behaviour: microsegmentos; demography: quiénes son; lot: al azar"))
	whole := func(name, en, es string, of func(e *segment.Explained) int64) {
		t.Add(table.Ints(name, table.Int64, gathered(list, of)).Says("", en, es))
	}
	whole("groups", "groups with a customer in them", "grupos con algún cliente", func(e *segment.Explained) int64 { return int64(e.Groups) })
	whole("customers", "customers of whom it is known what followed", "clientes de los que se sabe qué siguió", func(e *segment.Explained) int64 { return int64(e.Customers) })
	for _, f := range []struct {
		name, en, es string
		of           func(e *segment.Explained) float64
	}{
		{"explained", "share of the variance of buying afterwards that the groups account for (ω²)", "parte de la varianza de comprar después que explican los grupos (ω²)", func(e *segment.Explained) float64 { return e.Share }},
		{"explained_low", "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %", func(e *segment.Explained) float64 { return e.Low }},
		{"explained_high", "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %", func(e *segment.Explained) float64 { return e.High }},
		{"lift", "the best group's rate over everyone's", "la tasa del mejor grupo entre la de todos", func(e *segment.Explained) float64 { return e.Lift }},
	} {
		t.Add(table.Floats(f.name, gathered(list, f.of)).Says("share", f.en, f.es))
	}
	return t
}
