package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
)

//go:embed effects.html
var effectsPage string

// An EffectsPage is what the report of a measurement shows.
type EffectsPage struct {
	Language, Name, Run, Window, Note, Currency, Version string

	Arms      []Arm
	Effects   []EffectRow
	More      int // that only the table has
	Engaged   []EngagedRow
	Uplift    []UpliftRow
	Segmented string
}

// An Arm is who got what.
type Arm struct {
	Name      string
	Customers int64
}

// An Interval is a value with its 95 % interval; NaN where nothing is known.
type Interval struct{ Value, Low, High float64 }

// An EffectRow is what an arm did to a group.
type EffectRow struct {
	Group, Outcome, Arm              string
	Everyone, Rate                   bool
	Treated, Control                 int
	OfTreated, OfControl, Difference Interval
	Verdict, Says, Reason            string
}

// An EngagedRow is what the messages did in a group.
type EngagedRow struct {
	Group                    string
	Delivered                int
	Open, Click, ClickToOpen Interval
}

// An UpliftRow is how well a model orders customers by what reaching them does.
type UpliftRow struct {
	Outcome, Way string
	Qini         Interval
	Tops         []TopRow
}

// A TopRow is the effect among those with the highest scores.
type TopRow struct {
	Share  float64
	Effect Interval
}

// EffectsHTML writes the page of a measurement.
func EffectsHTML(w io.Writer, p *EffectsPage) error {
	t, err := template.New("effects").Funcs(template.FuncMap{
		"t":     func(key string) string { return words(p.Language, key) },
		"n":     func(v any) string { return number(p.Language, v, 0) },
		"pct":   func(v float64) string { return percent(p.Language, v) },
		"f":     func(v float64) string { return number(p.Language, v, 3) },
		"value": func(v float64, rate bool) string { return figure(p.Language, v, rate) },
		"known": func(i Interval) bool { return !math.IsNaN(i.Low) },
		"x":     func(v float64, r EffectRow) string { return fmt.Sprintf("%.1f", place(v, r.Difference)) },
		"width": func(r EffectRow) string {
			return fmt.Sprintf("%.1f", math.Max(1, place(r.Difference.High, r.Difference)-place(r.Difference.Low, r.Difference)))
		},
	}).Parse(effectsPage)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// figure is a rate in percent, or another number with three figures.
func figure(language string, v float64, rate bool) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case rate:
		return number(language, 100*v, 2) + " %"
	case math.Abs(v) >= 100:
		return number(language, v, 0)
	}
	return number(language, v, 2)
}

// place is where a value lies on a bar of 200 that has 0 in its middle and the whole
// interval on it.
func place(v float64, i Interval) float64 {
	most := math.Max(math.Abs(i.Low), math.Abs(i.High))
	if most == 0 || math.IsNaN(most) {
		return 100
	}
	return 100 + 95*v/most
}
