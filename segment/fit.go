package segment

import (
	"cmp"
	"math"
	"slices"

	"segmenta/table"
)

// A Likeness says how much like the stars somebody is, by columns that also people who
// never bought have: the log of how much commoner each of their values is among stars.
// A column speaks for half of what it says, since columns repeat one another.
type Likeness struct {
	Columns []LikeColumn `json:"columns"`
}

// A LikeColumn is what each value of a column says.
type LikeColumn struct {
	Name  string             `json:"name"`
	Cuts  []float64          `json:"cuts,omitempty"`  // of numbers: where one band ends and the next begins
	Bands []float64          `json:"bands,omitempty"` // what each band says
	Words map[string]float64 `json:"words,omitempty"`
}

// bandsOf is how many bands numbers are cut into, and sureness how many customers the
// assumption of no difference counts for.
const (
	bandsOf  = 5
	sureness = 20
)

// FitLikeness learns what the stars' values are. in marks whom to learn from.
func FitLikeness(t *table.Table, columns []string, in, stars []bool) *Likeness {
	l := new(Likeness)
	for _, name := range columns {
		if c := t.Column(name); c != nil {
			l.Columns = append(l.Columns, fitColumn(c, in, stars))
		}
	}
	return l
}

func fitColumn(c *table.Column, in, stars []bool) LikeColumn {
	out := LikeColumn{Name: c.Name}
	if c.Kind != table.String {
		out.Cuts = cutsOf(c, in)
	}
	among, of := make(map[string]float64), make(map[string]float64)
	allStars, all := 0.0, 0.0
	for i := range in {
		if !in[i] || c.IsNull(i) {
			continue
		}
		k := out.key(c, i)
		all, of[k] = all+1, of[k]+1
		if stars[i] {
			allStars, among[k] = allStars+1, among[k]+1
		}
	}
	base := allStars / max(1, all)
	say := func(k string) float64 {
		return math.Log((among[k] + sureness*base) / (of[k] + sureness) / base)
	}
	if c.Kind == table.String {
		out.Words = make(map[string]float64)
		for k := range of {
			out.Words[k] = say(k)
		}
		return out
	}
	for band := range len(out.Cuts) + 1 {
		out.Bands = append(out.Bands, say(string(rune('a'+band))))
	}
	return out
}

func cutsOf(c *table.Column, in []bool) (cuts []float64) {
	var values []float64
	for i := range in {
		if v := c.Number(i); in[i] && v == v {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	for k := 1; k < bandsOf && len(values) > 0; k++ {
		cuts = append(cuts, values[k*len(values)/bandsOf])
	}
	return slices.Compact(cuts)
}

// key names the band or word of row i.
func (l *LikeColumn) key(c *table.Column, i int) string {
	if c.Kind == table.String {
		return c.Text(i)
	}
	return string(rune('a' + l.band(c.Number(i))))
}

func (l *LikeColumn) band(v float64) int {
	n, _ := slices.BinarySearchFunc(l.Cuts, v, func(cut, v float64) int { return cmp.Or(cmp.Compare(cut, v), -1) })
	return n
}

// Scores say how much like the stars each row is, from 0 to 1, NaN where nothing of the
// row is known.
func (l *Likeness) Scores(t *table.Table) []float64 {
	scores := make([]float64, t.Rows())
	for i := range scores {
		sum, known := 0.0, false
		for k := range l.Columns {
			c := t.Column(l.Columns[k].Name)
			if c == nil || c.IsNull(i) {
				continue
			}
			known = true
			sum += l.Columns[k].says(c, i) / 2
		}
		if scores[i] = 1 / (1 + math.Exp(-sum)); !known {
			scores[i] = math.NaN()
		}
	}
	return scores
}

func (l *LikeColumn) says(c *table.Column, i int) float64 {
	if c.Kind == table.String {
		return l.Words[c.Text(i)]
	}
	return l.Bands[l.band(c.Number(i))]
}
