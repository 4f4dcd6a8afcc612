package features

import (
	"math"
	"slices"
)

// A view is the part of one customer's series that a measure may read: the points
// before the moment and in the window, in order of time.
type view struct {
	*series
	from, to int
	at       int64 // the moment
	count    int   // how many of the points open an order
	s        *scratch
	weighed  int // the field whose sums by word s holds, −1 where there is none
}

// scratch is what one walker reuses.
type scratch struct {
	floats []float64
	days   []int32
	words  []weighed
	set    set
	sums   []running // by field
	turn   int       // which group and moment sums are of
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
	also  string // another field that it reads
}

var nan = math.NaN()

// measures lists the measures by the name that definitions use.
var measures = map[string]measure{
	"count":   {noField, func(v *view, _ *Definition) float64 { return float64(v.count) }, ""},
	"days":    {noField, func(v *view, _ *Definition) float64 { return v.distinctDays() }, ""},
	"recency": {noField, func(v *view, _ *Definition) float64 { return v.since(v.to - 1) }, ""},
	"age":     {noField, func(v *view, _ *Definition) float64 { return v.since(v.from) }, ""},

	"sum":    {numberField, func(v *view, d *Definition) float64 { return v.sum(d.field) }, ""},
	"mean":   {numberField, func(v *view, d *Definition) float64 { return v.sum(d.field) / positive(v.filled(d.field)) }, ""},
	"median": {numberField, func(v *view, d *Definition) float64 { return median(v.values(d.field)) }, ""},
	"max":    {numberField, func(v *view, d *Definition) float64 { return extreme(v.values(d.field), slices.Max[[]float64]) }, ""},
	"min":    {numberField, func(v *view, d *Definition) float64 { return extreme(v.values(d.field), slices.Min[[]float64]) }, ""},
	"sd":     {numberField, func(v *view, d *Definition) float64 { return deviation(v.values(d.field)) }, ""},
	"last":   {numberField, func(v *view, d *Definition) float64 { return v.last(d.field) }, ""},

	"discount_share": {numberField, func(v *view, d *Definition) float64 { return v.discountShare(d.field) }, "amount"},

	"gaps":       {noField, func(v *view, _ *Definition) float64 { return v.distinctDays() - 1/some(v) }, ""},
	"span":       {noField, func(v *view, _ *Definition) float64 { return v.span() }, ""},
	"gap_mean":   {noField, func(v *view, _ *Definition) float64 { return v.span() / positive(v.distinctDays()-1) }, ""},
	"gap_median": {noField, func(v *view, _ *Definition) float64 { return median(v.gaps()) }, ""},
	"gap_sd":     {noField, func(v *view, _ *Definition) float64 { return deviation(v.gaps()) }, ""},
	"gap_cv": {noField, func(v *view, _ *Definition) float64 {
		return deviation(v.gaps()) / positive(v.span()) * (v.distinctDays() - 1)
	}, ""},

	"distinct":  {wordField, func(v *view, d *Definition) float64 { return v.distinct(d.field) }, ""},
	"favourite": {wordField, func(v *view, d *Definition) float64 { return favourite(v.weigh(d.field)) }, ""},
	"top_share": {wordField, func(v *view, d *Definition) float64 { return topShare(v.weigh(d.field)) }, ""},
	"entropy":   {wordField, func(v *view, d *Definition) float64 { return entropy(v.weigh(d.field)) }, ""},

	"hour":          {noField, func(v *view, _ *Definition) float64 { return v.mode(24, func(slot int) int { return slot % 24 }) }, ""},
	"weekday":       {noField, func(v *view, _ *Definition) float64 { return 1 + v.mode(7, func(slot int) int { return slot / 24 }) }, ""},
	"weekend_share": {noField, func(v *view, _ *Definition) float64 { return v.share(func(slot int) bool { return slot >= 5*24 }) }, ""},
	"night_share": {noField, func(v *view, _ *Definition) float64 {
		return v.share(func(slot int) bool { return slot%24 >= 20 || slot%24 < 6 })
	}, ""},
	"morning_share": {noField, func(v *view, _ *Definition) float64 {
		return v.share(func(slot int) bool { return slot%24 >= 6 && slot%24 < 12 })
	}, ""},
	"smooth_hour":       {noField, func(v *view, _ *Definition) float64 { return v.smooth(24, func(slot int) int { return slot % 24 }) }, ""},
	"smooth_weekday":    {noField, func(v *view, _ *Definition) float64 { return 1 + v.smooth(7, func(slot int) int { return slot / 24 }) }, ""},
	"hour_entropy":      {noField, func(v *view, _ *Definition) float64 { return v.hourEntropy() }, ""},
	"season_share":      {noField, func(v *view, _ *Definition) float64 { return v.seasonShare() }, ""},
	"month_share":       {noField, func(v *view, d *Definition) float64 { return v.monthShare(d.Months) }, ""},
	"month_start_share": {noField, func(v *view, _ *Definition) float64 { return v.dated(func(_, _, d int) bool { return d <= 10 }) }, ""},

	"first":        {numberField, func(v *view, d *Definition) float64 { return v.first(d.field) }, ""},
	"slope":        {numberField, func(v *view, d *Definition) float64 { return v.slope(d.field) }, ""},
	"margin":       {numberField, func(v *view, d *Definition) float64 { earned, _ := v.margin(d.field); return earned }, "amount"},
	"margin_share": {numberField, func(v *view, d *Definition) float64 { earned, of := v.margin(d.field); return earned / positive(of) }, "amount"},
	"below_cost":   {numberField, func(v *view, d *Definition) float64 { return v.belowCost(d.field) }, "amount"},
	"weeks":        {noField, func(v *view, _ *Definition) float64 { return v.weeks() }, ""},
	"months":       {noField, func(v *view, _ *Definition) float64 { return v.months() }, ""},
	"gap_max":      {noField, func(v *view, _ *Definition) float64 { return v.gapsOf(slices.Max[[]float64]) }, ""},
	"gap_last":     {noField, func(v *view, _ *Definition) float64 { return v.gapsOf(lastOf) }, ""},
	"gap_q90": {noField, func(v *view, _ *Definition) float64 {
		return v.gapsOf(func(g []float64) float64 { return quantile(g, 0.9) })
	}, ""},
	"rate_shift":      {noField, func(v *view, _ *Definition) float64 { shift, _ := v.rateShift(); return shift }, ""},
	"rate_shift_days": {noField, func(v *view, _ *Definition) float64 { _, since := v.rateShift(); return since }, ""},

	"last_word":      {wordField, func(v *view, d *Definition) float64 { return v.lastWord(d.field) }, ""},
	"novel":          {wordField, func(v *view, d *Definition) float64 { return v.novel(d.field) }, ""},
	"repeated_share": {wordField, func(v *view, d *Definition) float64 { return v.repeatedShare(d.field) }, ""},
	"second_share":   {wordField, func(v *view, d *Definition) float64 { return secondShare(v.weigh(d.field)) }, ""},

	"visits":          {noField, func(v *view, _ *Definition) float64 { return v.visits().n }, ""},
	"visit_depth":     {noField, func(v *view, _ *Definition) float64 { all := v.visits(); return all.steps / positive(all.n) }, ""},
	"visit_depth_max": {noField, func(v *view, _ *Definition) float64 { return v.visits().deepest / some(v) }, ""},
	"visit_minutes":   {noField, func(v *view, _ *Definition) float64 { all := v.visits(); return all.minutes / positive(all.n) }, ""},
	"bounce_share":    {noField, func(v *view, _ *Definition) float64 { all := v.visits(); return all.single / positive(all.n) }, ""},

	"abandoned":         {wordField, func(v *view, d *Definition) float64 { n, _ := v.abandoned(d.codes); return n }, ""},
	"abandoned_recency": {wordField, func(v *view, d *Definition) float64 { _, since := v.abandoned(d.codes); return since }, ""},
	"quick_visits":      {wordField, func(v *view, d *Definition) float64 { return v.intents(d.codes, quickIntent) }, ""},
	"comparing_visits":  {wordField, func(v *view, d *Definition) float64 { return v.intents(d.codes, compareIntent) }, ""},
	"research_visits":   {wordField, func(v *view, d *Definition) float64 { return v.intents(d.codes, researchIntent) }, ""},
	"route":             {noField, func(v *view, d *Definition) float64 { return v.route(d.codes) }, ""},
	"hours_to_purchase": {noField, func(v *view, d *Definition) float64 { return median(v.hoursToPurchase(d.codes)) }, ""},
}

// journeyMeasures lists the measures that need events and purchases on one line.
var journeyMeasures = []string{"abandoned", "abandoned_recency", "route", "hours_to_purchase", "quick_visits", "comparing_visits", "research_visits"}

// timelyMeasures lists the measures that read the moment itself: what they say of the same
// points is another thing a day later.
var timelyMeasures = []string{"recency", "age", "season_share", "slope", "rate_shift", "rate_shift_days", "abandoned_recency"}
