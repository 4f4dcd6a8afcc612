package report

import (
	"math"
	"slices"
	"unicode/utf8"
)

// A Map shows groups on a plane: dots are members, and each group's name stands at its
// middle, so that no colour has to be told from another.
type Map struct {
	Shares [2]float64 // of all that differs, along each axis
	Axes   [2]string  // what each axis says
	Groups []Spot
	Dots   []Spot
}

// A Spot is a point of a map.
type Spot struct {
	X, Y  float64
	Group int
	Name  string
}

// Both is the share of all that differs which the map shows.
func (m *Map) Both() float64 { return m.Shares[0] + m.Shares[1] }

// Size of the drawing, and of its letters.
const (
	mapWide, mapHigh = 760.0, 460.0
	mapMargin        = 30.0
	letter, line     = 8.0, 16.0
)

// colours can be told apart by those who don't see red or green; groups beyond them have
// other shapes.
//
// Okabe, M. and Ito, K. (2008). Color universal design.
var colours = []string{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999"}

// A Shape is a spot as it is drawn.
type Shape struct {
	X, Y   float64
	Colour string
	Form   string // of the dots: circle, square or diamond
}

// forms lists them, the first for as many groups as there are colours.
var forms = []string{"circle", "square", "diamond"}

func colour(group int) string { return colours[group%len(colours)] }

func form(group int) string { return forms[group/len(colours)%len(forms)] }

// frame scales points into the drawing: far rows are kept at its edge, lest the rest be
// drawn too small.
type frame struct{ left, right, low, high float64 }

func frameOf(m *Map) frame {
	span := func(of func(Spot) float64) (low, high float64) {
		var all []float64
		for _, s := range m.Dots {
			all = append(all, of(s))
		}
		slices.Sort(all)
		if len(all) > 0 {
			low, high = all[len(all)/100], all[len(all)-1-len(all)/100]
		}
		for _, g := range m.Groups {
			low, high = math.Min(low, of(g)), math.Max(high, of(g))
		}
		return low, math.Max(high, low+1e-9)
	}
	var f frame
	f.left, f.right = span(func(s Spot) float64 { return s.X })
	f.low, f.high = span(func(s Spot) float64 { return s.Y })
	return f
}

func (f frame) at(s Spot) (x, y float64) {
	share := func(v, from, to float64) float64 { return math.Max(0, math.Min(1, (v-from)/(to-from))) }
	x = mapMargin + (mapWide-2*mapMargin)*share(s.X, f.left, f.right)
	y = mapHigh - mapMargin - (mapHigh-2*mapMargin)*share(s.Y, f.low, f.high)
	return math.Round(x*10) / 10, math.Round(y*10) / 10
}

// shapes are the dots as they are drawn.
func shapes(m *Map) []Shape {
	f, list := frameOf(m), make([]Shape, len(m.Dots))
	for i, d := range m.Dots {
		s := &list[i]
		s.X, s.Y = f.at(d)
		s.Colour, s.Form = colour(d.Group), form(d.Group)
	}
	return list
}

// A Label is a name as it is drawn, and where its group's middle is.
type Label struct {
	X, Y, ToX, ToY float64
	Anchor         string // of the text
	Name           string
	Colour, Form   string
}

// names puts each name at its group's middle, or as near to it as no other name stands.
func names(m *Map) []Label {
	f := frameOf(m)
	var list []Label
	for _, g := range m.Groups {
		l := Label{Name: g.Name, Anchor: "middle", Colour: colour(g.Group), Form: form(g.Group)}
		l.ToX, l.ToY = f.at(g)
		half := letter * float64(utf8.RuneCountInString(g.Name)) / 2
		l.X = math.Max(half+4, math.Min(mapWide-half-4, l.ToX))
		for step := range 40 { // above, below, further above …
			by := line * float64((step+1)/2)
			if step%2 == 1 {
				by = -by
			}
			if l.Y = l.ToY - 8 + by; l.Y > line && l.Y < mapHigh-4 && !slices.ContainsFunc(list, func(o Label) bool { return overlap(l, o) }) {
				break
			}
		}
		list = append(list, l)
	}
	return list
}

func overlap(a, b Label) bool {
	wide := letter * float64(utf8.RuneCountInString(a.Name)+utf8.RuneCountInString(b.Name)) / 2
	return math.Abs(a.Y-b.Y) < line && math.Abs(a.X-b.X) < wide+6
}
