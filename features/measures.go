package features

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// A span is the rows of one customer that a measure looks at: in the window, in order
// of time, seen at a moment.
type span struct {
	rows []seen
	wall int64 // the moment by the shop's clocks
}

// seen is a row as a measure sees it.
type seen struct {
	wall  int64
	value float64
	code  int32
}

// valueColumns lists what can be measured of a row, and the column it needs.
var valueColumns = map[string]string{
	"": "", "amount": "amount", "quantity": "quantity", "discount": "discount", "cost": "cost", "value": "value",
	"hour": "", "weekday": "", "weekend": "", "night": "", "discounted": "discount", "margin": "cost",
	"order": "order_id", "product": "product_id", "category": "category", "tier": "tier", "channel": "channel", "status": "status",
	"type": "type", "campaign": "campaign_id",
}

// codeFields are the values that are words.
var codeFields = map[string]int{"order": order, "product": product, "category": category, "tier": tier, "channel": channel, "status": status, "type": kind, "campaign": campaign}

// A measure makes one number of a span.
type measure struct {
	value bool // it needs a value
	word  bool // the value may be a word
	of    func(s span) float64
}

func (m measure) words(value string) bool {
	_, word := codeFields[value]
	return m.word && word && m.text()
}

// text reports whether the measure of words is a word.
func (m measure) text() bool { return m.of == nil }

// measures lists what can be made of a span. A measure of nothing is null, but a count
// of nothing is 0, and so is a sum.
var measures = map[string]measure{
	"count":       {of: func(s span) float64 { return float64(len(s.rows)) }},
	"sum":         {value: true, of: sum},
	"mean":        {value: true, of: mean},
	"median":      {value: true, of: func(s span) float64 { return median(s.values()) }},
	"max":         {value: true, of: func(s span) float64 { return extreme(s, slices.Max[[]float64]) }},
	"min":         {value: true, of: func(s span) float64 { return extreme(s, slices.Min[[]float64]) }},
	"sd":          {value: true, of: func(s span) float64 { return sd(s.values()) }},
	"last":        {value: true, of: last},
	"distinct":    {value: true, word: true, of: distinct},
	"mode":        {value: true, word: true},
	"mode_number": {value: true, of: modeNumber},
	"entropy":     {value: true, word: true, of: entropy},
	"days":        {of: func(s span) float64 { return float64(len(s.days())) }},
	"since_last":  {of: func(s span) float64 { return s.since(len(s.rows) - 1) }},
	"since_first": {of: func(s span) float64 { return s.since(0) }},
	"gap_mean":    {of: func(s span) float64 { return average(s.gaps()) }},
	"gap_median":  {of: func(s span) float64 { return median(s.gaps()) }},
	"gap_sd":      {of: func(s span) float64 { return sd(s.gaps()) }},
	"gap_cv":      {of: func(s span) float64 { return sd(s.gaps()) / average(s.gaps()) }},
	"gap_last":    {of: lastGap},
}

func measureNames() []string { return slices.Sorted(maps.Keys(measures)) }

// check refuses a value that the measure can't take.
func (m measure) check(e *entry) error {
	_, known := valueColumns[e.Value]
	_, word := codeFields[e.Value]
	switch {
	case !known:
		return fmt.Errorf("value is %q%s", e.Value, meant(e.Value, slices.Sorted(maps.Keys(valueColumns))))
	case m.value && e.Value == "":
		return fmt.Errorf("%s needs a value, such as amount", e.Measure)
	case word && !m.word:
		return fmt.Errorf("%s is of numbers, and %s are words", e.Measure, e.Value)
	}
	return nil
}

func sum(s span) float64 {
	total := 0.0
	for _, r := range s.rows {
		if !math.IsNaN(r.value) {
			total += r.value
		}
	}
	return total
}

func mean(s span) float64 { return average(s.values()) }

// values are those that are known.
func (s span) values() (known []float64) {
	for _, r := range s.rows {
		if !math.IsNaN(r.value) {
			known = append(known, r.value)
		}
	}
	return known
}

func average(v []float64) float64 {
	if len(v) == 0 {
		return missing
	}
	total := 0.0
	for _, x := range v {
		total += x
	}
	return total / float64(len(v))
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return missing
	}
	slices.Sort(v)
	if h := len(v) / 2; len(v)%2 == 1 {
		return v[h]
	} else {
		return (v[h-1] + v[h]) / 2
	}
}

// sd is the standard deviation of a sample; of fewer than two it is not known.
func sd(v []float64) float64 {
	if len(v) < 2 {
		return missing
	}
	m, total := average(v), 0.0
	for _, x := range v {
		total += (x - m) * (x - m)
	}
	return math.Sqrt(total / float64(len(v)-1))
}

func extreme(s span, of func([]float64) float64) float64 {
	v := s.values()
	if len(v) == 0 {
		return missing
	}
	return of(v)
}

func last(s span) float64 {
	v := s.values()
	if len(v) == 0 {
		return missing
	}
	return v[len(v)-1]
}

// tally counts how often each code or number occurs, in order of code or number.
func (s span) tally() (keys []float64, count []int) {
	var all []float64
	for _, r := range s.rows {
		if r.code >= 0 {
			all = append(all, float64(r.code))
		} else if !math.IsNaN(r.value) {
			all = append(all, r.value)
		}
	}
	slices.Sort(all)
	for i, k := range all {
		if i == 0 || k != all[i-1] {
			keys, count = append(keys, k), append(count, 0)
		}
		count[len(count)-1]++
	}
	return keys, count
}

func distinct(s span) float64 {
	keys, _ := s.tally()
	return float64(len(keys))
}

// entropy is Shannon's, in bits: 0 for one kind only, 1 for two in equal parts.
func entropy(s span) float64 {
	_, count := s.tally()
	if len(count) == 0 {
		return missing
	}
	total, h := 0, 0.0
	for _, n := range count {
		total += n
	}
	for _, n := range count {
		p := float64(n) / float64(total)
		h -= p * math.Log2(p)
	}
	return math.Max(0, h)
}

// modeNumber is the commonest value; of equally common ones the least.
func modeNumber(s span) float64 {
	keys, count := s.tally()
	if len(keys) == 0 {
		return missing
	}
	return keys[slices.Index(count, slices.Max(count))]
}

// days are the days on which something happened, once each.
func (s span) days() (list []int64) {
	for _, r := range s.rows {
		if d := dayOf(r.wall); len(list) == 0 || d != list[len(list)-1] {
			list = append(list, d)
		}
	}
	return list
}

// gaps are the days between one day of purchase and the next.
func (s span) gaps() (list []float64) {
	on := s.days()
	for i := 1; i < len(on); i++ {
		list = append(list, float64(on[i]-on[i-1]))
	}
	return list
}

func lastGap(s span) float64 {
	g := s.gaps()
	if len(g) == 0 {
		return missing
	}
	return g[len(g)-1]
}

// since is how many days before the moment row i happened.
func (s span) since(i int) float64 {
	if i < 0 || len(s.rows) == 0 {
		return missing
	}
	return float64(s.wall-s.rows[i].wall) / day
}
