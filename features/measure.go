package features

import (
	"math"
	"slices"
)

// A point is what the measures see of one order, line, return or event.
type point struct {
	time                               int64
	seen                               int64
	amount, quantity, discount, weight float64 // weight is what a word weighs: its amount, of events 1
	value                              float64
	order                              uint64
	word                               [3]uint64 // category, product, channel
	day                                int32
	slot                               uint8
	opens                              bool // the first row of an order; always true elsewhere
}

// A view is the part of one customer's points that a measure may read: those
// before the moment and in the window, in order of time.
type view struct {
	points []point
	at     int64 // the moment
	count  int   // how many points open an order
	s      *scratch

	weighed string // the field whose sums by word s holds
}

// scratch is what one worker reuses.
type scratch struct {
	floats []float64
	words  []weighed
}

type fieldKind int

const (
	noField fieldKind = iota
	numberField
	wordField
)

// A measure turns a view into a number; NaN says that there is none.
type measure struct {
	field fieldKind
	of    func(v *view, d *Definition) float64
}

var nan = math.NaN()

// measures lists the measures by the name that definitions use.
var measures = map[string]measure{
	"count":   {noField, func(v *view, _ *Definition) float64 { return float64(v.count) }},
	"days":    {noField, func(v *view, _ *Definition) float64 { return v.days() }},
	"recency": {noField, func(v *view, _ *Definition) float64 { return v.since(len(v.points) - 1) }},
	"age":     {noField, func(v *view, _ *Definition) float64 { return v.since(0) }},

	"sum":    {numberField, func(v *view, d *Definition) float64 { return v.sum(d.Field) }},
	"mean":   {numberField, func(v *view, d *Definition) float64 { return v.sum(d.Field) / positive(v.number(d.Field)) }},
	"median": {numberField, func(v *view, d *Definition) float64 { return median(v.numbers(d.Field)) }},
	"max":    {numberField, func(v *view, d *Definition) float64 { return extreme(v.numbers(d.Field), slices.Max[[]float64]) }},
	"min":    {numberField, func(v *view, d *Definition) float64 { return extreme(v.numbers(d.Field), slices.Min[[]float64]) }},
	"sd":     {numberField, func(v *view, d *Definition) float64 { return deviation(v.numbers(d.Field)) }},
	"last":   {numberField, func(v *view, d *Definition) float64 { return v.last(d.Field) }},

	"discount_share": {numberField, func(v *view, _ *Definition) float64 { return v.discountShare() }},

	"gaps":       {noField, func(v *view, _ *Definition) float64 { return v.days() - 1/some(v) }},
	"span":       {noField, func(v *view, _ *Definition) float64 { return v.span() }},
	"gap_mean":   {noField, func(v *view, _ *Definition) float64 { return v.span() / positive(v.days()-1) }},
	"gap_median": {noField, func(v *view, _ *Definition) float64 { return median(v.gaps()) }},
	"gap_sd":     {noField, func(v *view, _ *Definition) float64 { return deviation(v.gaps()) }},
	"gap_cv":     {noField, func(v *view, _ *Definition) float64 { return deviation(v.gaps()) / positive(v.span()) * (v.days() - 1) }},

	"distinct":  {wordField, func(v *view, d *Definition) float64 { return float64(len(v.weigh(d.Field))) }},
	"favourite": {wordField, func(v *view, d *Definition) float64 { return favourite(v.weigh(d.Field)) }},
	"top_share": {wordField, func(v *view, d *Definition) float64 { return topShare(v.weigh(d.Field)) }},
	"entropy":   {wordField, func(v *view, d *Definition) float64 { return entropy(v.weigh(d.Field)) }},

	"hour":          {noField, func(v *view, _ *Definition) float64 { return v.mode(24, func(slot int) int { return slot % 24 }) }},
	"weekday":       {noField, func(v *view, _ *Definition) float64 { return 1 + v.mode(7, func(slot int) int { return slot / 24 }) }},
	"weekend_share": {noField, func(v *view, _ *Definition) float64 { return v.share(func(slot int) bool { return slot >= 5*24 }) }},
	"night_share": {noField, func(v *view, _ *Definition) float64 {
		return v.share(func(slot int) bool { return slot%24 >= 20 || slot%24 < 6 })
	}},
}
