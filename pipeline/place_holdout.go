package pipeline

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"segmenta/predict/effect"
	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// leaveAlone draws who is left alone, by everything and by single segments and
// campaigns, and checks how the draws came out.
func (p *placing) leaveAlone() error {
	h := p.r.job.Config.Holdout
	all := segment.HoldOut{Share: h.Share, Salt: h.Salt}
	held, from := make([]bool, p.n), make([][]string, p.n)
	for i, id := range p.r.snapshot.Customers {
		held[i] = all.Holds(id)
	}
	check := []drawn{{"everyone", "", h.Share, nil, held}}
	for _, id := range slices.Sorted(maps.Keys(h.Segments)) {
		in, err := p.members(id)
		if err != nil {
			return mark(ErrConfig, fmt.Errorf("%s: holdout.segments: %w", p.r.job.Config.file, err))
		}
		check = append(check, p.draw("segment", id, h.Segments[id], in, from))
	}
	for _, name := range slices.Sorted(maps.Keys(h.Campaigns)) {
		check = append(check, p.draw("campaign", name, h.Campaigns[name], nil, from))
	}
	names := make([]string, p.n)
	for i, list := range from {
		names[i] = strings.Join(list, ",")
	}
	p.out.Add(table.Bools("holdout", held).Says("", "left alone by every campaign, so that effects can be measured: never to be contacted", "fuera de toda campaña, para poder medir efectos: no se contacta nunca"))
	p.text("holdout_from", names, "segments and campaigns that leave them alone, with commas between: not to be contacted for these", "segmentos y campañas que los dejan fuera, separados por comas: no se contactan por ellos")
	p.variants()
	p.held = p.drawnTable(check)
	return nil
}

// variants adds which message of each campaign everybody is drawn for.
func (p *placing) variants() {
	drawn := make([]string, p.n)
	campaigns := p.r.job.Config.Measure.Campaigns
	for _, name := range slices.Sorted(maps.Keys(campaigns)) {
		c := campaigns[name]
		for i, id := range p.r.snapshot.Customers {
			if len(c.Variants) > 0 {
				drawn[i] = withOne(drawn[i], name+"="+c.variant(name, p.r.job.Config.Holdout.Salt, id))
			}
		}
	}
	p.text("variants", drawn, "which message of each campaign they are drawn for, as campaign=message with commas between", "qué mensaje de cada campaña les toca, como campaña=mensaje separados por comas")
}

// withOne adds to a list with commas between.
func withOne(list, one string) string {
	if list == "" {
		return one
	}
	return list + "," + one
}

// draw leaves a share of those in a segment alone, all where in is nil.
func (p *placing) draw(kind, name string, share float64, in []bool, from [][]string) drawn {
	h := segment.HoldOut{Share: share, Salt: p.r.job.Config.Holdout.Salt, Name: name}
	d := drawn{kind, name, share, in, make([]bool, p.n)}
	for i, id := range p.r.snapshot.Customers {
		if (in == nil || in[i]) && h.Holds(id) {
			d.held[i] = true
			from[i] = append(from[i], name)
		}
	}
	return d
}

// members marks who is in a segment: a rule's id, or kind/segment.
func (p *placing) members(id string) ([]bool, error) {
	in := make([]bool, p.n)
	if kind, name, ok := strings.Cut(id, "/"); ok {
		for _, e := range exclusive {
			if e.kind == kind {
				for i, v := range p.column(e.column) {
					in[i] = v == name
				}
				return in, nil
			}
		}
		return nil, fmt.Errorf("there is no kind of segment %q in %s", kind, id)
	}
	rules, err := p.r.job.allRules()
	if err != nil {
		return nil, err
	}
	var known []string
	for _, r := range rules {
		known = append(known, r.ID)
	}
	if !slices.Contains(known, id) {
		problem := fmt.Errorf("there is no segment %q", id)
		if near := strict.Nearest(id, known); near != "" {
			problem = fmt.Errorf("%w; did you mean %q?", problem, near)
		}
		return nil, problem
	}
	for _, m := range p.rules {
		if m.Rule.ID == id {
			return m.In, nil
		}
	}
	return in, nil
}

// A drawn hold-out is who was left alone of whom.
type drawn struct {
	kind, name string
	share      float64
	in         []bool // nil: everybody
	held       []bool
}

// drawnTable says of each draw, and of the draw for all within each lifecycle stage,
// RFM segment and value band, whether as many were drawn as were asked for; and of some
// figures whether those left alone are like the others.
func (p *placing) drawnTable(list []drawn) *table.Table {
	var rows []drawRow
	for _, d := range list {
		if d.share > 0 {
			rows = append(rows, d.row("draw", d.kind, d.name, d.in))
		}
	}
	if list[0].share > 0 {
		for _, column := range []string{"lifecycle_stage", "rfm_segment", "value_band"} {
			values := p.column(column)
			for _, v := range slices.Compact(slices.Sorted(slices.Values(values))) {
				in := make([]bool, p.n)
				for i := range in {
					in[i] = values[i] == v
				}
				if v != "" {
					rows = append(rows, list[0].row("stratum", column, v, in))
				}
			}
		}
		for _, name := range []string{"amount_all", "orders_all", "recency_days", "tenure_days"} {
			rows = append(rows, list[0].balance(name, p.feature(name)))
		}
	}
	raw := make([]float64, len(rows))
	for i := range rows {
		raw[i] = rows[i].p
	}
	for i, q := range effect.Holm(raw) {
		rows[i].adjusted = q
	}
	return drawTable(rows)
}

// A drawRow is one check of a draw.
type drawRow struct {
	check, scope, name string
	customers, held    int64
	asked              float64
	share              effect.Estimate
	difference         float64 // of means, in standard deviations
	p, adjusted        float64
}

func (d drawn) row(check, scope, name string, in []bool) drawRow {
	r := drawRow{check: check, scope: scope, name: name, asked: d.share, difference: math.NaN()}
	for i, held := range d.held {
		if in == nil || in[i] {
			r.customers++
			if held {
				r.held++
			}
		}
	}
	r.share = effect.Rate(float64(r.held), float64(r.customers))
	r.p = effect.RatioMismatch([]float64{float64(r.held), float64(r.customers - r.held)}, []float64{d.share, 1 - d.share})
	return r
}

// balance compares the means of a figure.
func (d drawn) balance(name string, values []float64) drawRow {
	var held, others []float64
	for i, v := range values {
		switch {
		case v != v:
		case d.held[i]:
			held = append(held, v)
		default:
			others = append(others, v)
		}
	}
	r := drawRow{check: "balance", scope: "everyone", name: name, customers: int64(len(held) + len(others)), held: int64(len(held)), asked: d.share, share: effect.Unknown}
	w := effect.Welch(held, others)
	r.p, r.difference = w.P, effect.Standardised(held, others)
	return r
}

// mismatchAt is the chance, adjusted for how many checks there are, below which a draw
// is no draw.
const mismatchAt = 0.001

func drawTable(rows []drawRow) *table.Table {
	t := new(table.Table)
	text := func(name, en, es string, of func(r *drawRow) string) {
		t.Add(table.OptionalStrings(name, gathered(rows, of)).Says("", en, es))
	}
	number := func(name, unit, en, es string, of func(r *drawRow) float64) {
		t.Add(table.Floats(name, gathered(rows, of)).Says(unit, en, es))
	}
	text("check", "draw: as many as asked for; stratum: also within these; balance: alike in this figure", "draw: tantos como se pidieron; stratum: también dentro de estos; balance: parecidos en esta cifra", func(r *drawRow) string { return r.check })
	text("scope", "everyone, segment, campaign, or a column of the segment table", "everyone (todos), segment (segmento), campaign (campaña) o una columna de la tabla de segmentos", func(r *drawRow) string { return r.scope })
	text("name", "which segment, campaign, value or figure", "qué segmento, campaña, valor o cifra", func(r *drawRow) string { return r.name })
	t.Add(table.Ints("customers", table.Int64, gathered(rows, func(r *drawRow) int64 { return r.customers })).Says("customers", "among whom it was drawn", "entre quienes se sorteó"))
	t.Add(table.Ints("held_out", table.Int64, gathered(rows, func(r *drawRow) int64 { return r.held })).Says("customers", "left alone", "fuera de campaña"))
	number("share_asked", "share", "share that the configuration asks for", "parte que pide la configuración", func(r *drawRow) float64 { return r.asked })
	number("share", "share", "share that was drawn", "parte sorteada", func(r *drawRow) float64 { return r.share.Value })
	number("share_low", "share", "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %", func(r *drawRow) float64 { return r.share.Low })
	number("share_high", "share", "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %", func(r *drawRow) float64 { return r.share.High })
	number("difference", "standard deviations", "how much larger the figure is among those left alone", "cuánto mayor es la cifra entre quienes quedan fuera", func(r *drawRow) float64 { return r.difference })
	number("p_value", "probability", "of as large a difference by chance", "de una diferencia así por azar", func(r *drawRow) float64 { return r.p })
	number("p_adjusted", "probability", "the same, for as many checks (Holm)", "la misma, para tantas comprobaciones (Holm)", func(r *drawRow) float64 { return r.adjusted })
	text("verdict", "ok, or mismatch where chance is no explanation", "ok, o mismatch si el azar no lo explica", func(r *drawRow) string {
		if r.adjusted < mismatchAt {
			return "mismatch"
		}
		return "ok"
	})
	return t
}
