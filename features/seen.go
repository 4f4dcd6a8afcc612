package features

import (
	"maps"
	"math"
	"slices"

	"segmenta/table"
)

// Seen is what the rows of a column showed.
type Seen struct {
	Rows, Nulls int64
	Words       map[string]int64 // of a text column; nil past mostWords
	Min, Max    float64          // of numbers and times; Min > Max where there is none
}

// mostWords is how many words of a column are told apart.
const mostWords = 2000

// see looks over one column.
func see(c *table.Column) *Seen {
	s := &Seen{Rows: int64(c.Len()), Min: math.Inf(1), Max: math.Inf(-1)}
	for _, null := range c.Null {
		s.Nulls += int64(boolInt(null))
	}
	switch c.Kind {
	case table.String:
		s.Words = wordsOf(c)
	case table.Float32, table.Float64:
		for i, v := range c.Floats {
			if !c.IsNull(i) && v == v {
				s.Min, s.Max = min(s.Min, v), max(s.Max, v)
			}
		}
	case table.Bool:
	default:
		least, most := int64(math.MaxInt64), int64(math.MinInt64)
		for i, v := range c.Ints {
			if !c.IsNull(i) {
				least, most = min(least, v), max(most, v)
			}
		}
		if least <= most {
			s.Min, s.Max = float64(least), float64(most)
		}
	}
	return s
}

// wordsOf counts a column's words; nil where there are too many to tell apart.
func wordsOf(c *table.Column) map[string]int64 {
	if len(c.Dict) > 4*mostWords {
		return nil
	}
	counts := make([]int64, len(c.Dict))
	for i, k := range c.Codes {
		if !c.IsNull(i) {
			counts[k]++
		}
	}
	words := map[string]int64{}
	for k, n := range counts {
		if n > 0 {
			words[c.Dict[k]] += n
		}
	}
	if len(words) > mostWords {
		return nil
	}
	return words
}

func (s *Seen) plus(o *Seen) {
	s.Rows, s.Nulls = s.Rows+o.Rows, s.Nulls+o.Nulls
	s.Min, s.Max = min(s.Min, o.Min), max(s.Max, o.Max)
	if s.Words == nil || o.Words == nil {
		s.Words = nil
		return
	}
	for word, n := range o.Words {
		s.Words[word] += n
	}
	if len(s.Words) > mostWords {
		s.Words = nil
	}
}

// Seen is what was seen of every column that was read.
func (o *Observer) Seen() map[string]*Seen {
	all := map[string]*Seen{}
	for _, w := range o.files {
		for _, block := range slices.Sorted(maps.Keys(w.blocks)) {
			for name, s := range w.blocks[block].columns {
				if all[name] == nil {
					sum := *s
					sum.Words = maps.Clone(s.Words)
					all[name] = &sum
					continue
				}
				all[name].plus(s)
			}
		}
	}
	return all
}

// Currencies counts the rows of each currency; nil where the source names none.
func (o *Observer) Currencies() map[string]int64 {
	var all map[string]int64
	for _, w := range o.files {
		if w.currency == "" {
			continue
		}
		if all == nil {
			all = map[string]int64{}
		}
		for _, g := range w.blocks {
			s := g.columns[w.currency]
			if s.Nulls > 0 {
				all[""] += s.Nulls
			}
			for word, n := range s.Words {
				all[currencyCode(word)] += n
			}
		}
	}
	return all
}
