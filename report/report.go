// Package report writes what a run found as one HTML page that asks no network: no
// script, no font, no picture from anywhere. It is for the people who act on segments,
// so it speaks their language: Spanish or English.
package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
)

//go:embed page.html
var page string

// A Page is everything that the report shows, in plain numbers.
type Page struct {
	Language string // es or en
	Name     string
	AsOf     string
	Currency string
	Version  string

	Customers int
	Buyers    int
	Value     float64

	Kinds  []Kind
	Grid   [5][5]Cell // by recency score (rows, 1 first) and frequency score
	Micro  []Micro
	Map    *Map // of the micro-segments; nil where there is none
	Curve  []Point
	Why    string // why so many micro-segments
	Models []Model
	Sheets []Sheet
	Data   []Finding
	Off    []Off
}

// A Sheet is a small table with a heading: the first column names the row.
type Sheet struct {
	Title string
	Note  string
	Told  bool // the second column is text
	Head  []string
	Rows  [][]string
}

// A Kind is one way of parting the customers.
type Kind struct {
	Title    string
	Segments []Segment
}

// A Segment is a row: Churn is NaN where nobody knows.
type Segment struct {
	Name      string
	Colour    string
	Customers int64
	Share     float64
	Value     float64
	Churn     float64
}

// A Cell is a field of the RFM grid.
type Cell struct {
	Name      string
	Customers int64
	Share     float64
	Churn     float64
}

// A Micro is a micro-segment with what sets it apart.
type Micro struct {
	Name   string
	Share  float64
	Traits []Trait
}

// A Trait is how far a group is from everyone, in standard deviations of ranks.
type Trait struct {
	Name   string
	Effect float64
}

// A Point is the silhouette at one number of groups.
type Point struct {
	K          int
	Silhouette float64
	Chosen     bool
}

// A Model is how good a prediction is, or why there is none.
type Model struct {
	Title     string
	Why       string // no model: the reason
	Validated string
	Rows      int
	Figures   []Figure
	Bins      []Bin
	Causes    []Cause
}

// A Cause is a feature and its share of all that moves the scores.
type Cause struct {
	Name  string
	Share float64
}

// A Figure is a value with its 95 % interval.
type Figure struct {
	Name             string
	Value, Low, High float64
}

// A Bin is a point of the reliability diagram.
type Bin struct {
	Predicted, Happened, Low, High float64
}

// A Finding is a line of the data's quality.
type Finding struct {
	Source, What, Outcome string
	Rows                  int64
}

// Off is what these data can't support.
type Off struct{ What, Why string }

// HTML writes the page.
func HTML(w io.Writer, p *Page) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"t":       func(key string) string { return words(p.Language, key) },
		"n":       func(v any) string { return number(p.Language, v, 0) },
		"f":       func(v float64) string { return number(p.Language, v, 3) },
		"money":   func(v float64) string { return number(p.Language, v, 0) + " " + p.Currency },
		"pct":     func(v float64) string { return percent(p.Language, v) },
		"known":   func(v float64) bool { return !math.IsNaN(v) },
		"heat":    heat,
		"bar":     func(v float64) string { return fmt.Sprintf("%.1f", 100*math.Min(1, math.Max(0, v))) },
		"x":       func(v float64) string { return fmt.Sprintf("%.1f", 40+240*v) },
		"y":       func(v float64) string { return fmt.Sprintf("%.1f", 260-240*v) },
		"effect":  func(v float64) string { return fmt.Sprintf("%.1f", 25*math.Min(2, math.Abs(v))) },
		"negativ": func(v float64) bool { return v < 0 },
		"shapes":  shapes,
		"names":   names,
		"down":    func(i int) int { return 4 - i },
		"plus":    func(a, b int) int { return a + b },
		"max": func(points []Point) float64 {
			m := 1e-9
			for _, p := range points {
				m = math.Max(m, p.Silhouette)
			}
			return m
		},
		"ratio": func(a, b float64) string { return fmt.Sprintf("%.1f", 100*math.Max(0, a/b)) },
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// heat is the strength of a grid cell's colour.
func heat(share float64) string {
	return fmt.Sprintf("%.2f", math.Min(0.9, 0.06+2.2*math.Sqrt(math.Max(0, share))*0.55))
}

// number writes a number with the language's separators.
func number(language string, v any, digits int) string {
	var s string
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "–"
		}
		s = fmt.Sprintf("%.*f", digits, v)
	default:
		s = fmt.Sprint(v)
	}
	whole, rest, _ := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	thousands, point := ",", "."
	if language == "es" {
		thousands, point = ".", ","
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + thousands + whole[i:]
	}
	if rest != "" {
		rest = point + rest
	}
	return sign + whole + rest
}

func percent(language string, v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	digits := 0
	if v > 0 && v < 0.1 {
		digits = 1
	}
	return number(language, 100*v, digits) + " %"
}
