package features

import (
	"cmp"
	"slices"
	"time"
)

// heldColumns is what a worker says of a customer and a word, beside the word: times as
// seconds and the microseconds past them, so that floats hold them exactly.
var heldColumns = []string{"orders", "interest", "amount", "bought", "bought_micros", "seen", "seen_micros"}

// held says what every customer has to do with every word of a field.
func (k *worker) held(h *History) error {
	field := fieldAt(k.Field)
	words := make([][]string, 1+len(heldColumns))
	words[0] = append([]string{}, h.words[field].texts()...)
	return h.visit(k.threads, func() func(int, *part, *grouper) error {
		var c customer
		var list []Holding
		var line []byte
		clock := newClock(h.zone)
		values := make([]float64, len(words))
		return func(_ int, p *part, g *grouper) error {
			for i := range p.byID {
				c.meet(p, g, i)
				list = c.holdings(field, 0, k.Moments[0], clock, list[:0])
				for _, one := range list {
					values = append(values[:0], float64(one.Category+1), float64(one.Orders), float64(one.Interest), one.Amount)
					values = appendTime(appendTime(values, one.Bought), one.Seen)
					line = answerLine(line[:0], p.ids.name(int(p.byID[i])), 0, true, values, words)
					if err := k.write(line); err != nil {
						return err
					}
				}
			}
			return nil
		}
	})
}

func appendTime(to []float64, at time.Time) []float64 {
	if at.IsZero() {
		return append(to, nan, nan)
	}
	n := at.UnixMicro()
	return append(to, float64(floorDiv(n, second)), float64(n-floorDiv(n, second)*second))
}

func timeOf(seconds, micros float64) time.Time {
	if seconds != seconds {
		return time.Time{}
	}
	return time.UnixMicro(int64(seconds)*second + int64(micros))
}

// paid says what every customer paid between two times.
func (k *worker) paid(h *History) error {
	words := make([][]string, 2)
	b := bill{from: k.From, to: k.To, asOf: k.Moments[0], rate: k.Rate}
	return h.visit(k.threads, func() func(int, *part, *grouper) error {
		var c customer
		var line []byte
		mine := b
		mine.clock = newClock(h.zone)
		mine.today = mine.clock.day(mine.asOf - 1)
		return func(_ int, p *part, g *grouper) error {
			for i := range p.byID {
				c.meet(p, g, i)
				days, paid := mine.add(&c.rows[transactions])
				if days == 0 {
					continue
				}
				line = answerLine(line[:0], p.ids.name(int(p.byID[i])), 0, true, []float64{days, paid}, words)
				if err := k.write(line); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

// holdingsElsewhere gathers what workers say of a snapshot's customers and the words of a
// field.
func (h *History) holdingsElsewhere(s *Snapshot, field int) (*Holdings, error) {
	w := h.far.work
	w.Task, w.Field, w.Moments = "held", fields[field].name, []int64{s.AsOf.UnixMicro()}
	rows := h.rowsOf(s)
	all := &Holdings{}
	_, err := h.far.hear(h, &w, func(who string, _ int, _ bool, v []float64) error {
		if row := h.rowOf(rows, who); row >= 0 {
			all.List = append(all.List, Holding{Row: row, Category: int32(v[0]), Orders: int32(v[1]), Interest: int32(v[2]), Amount: v[3], Bought: timeOf(v[4], v[5]), Seen: timeOf(v[6], v[7])})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	words := h.words[field].texts() // in the order in which they came
	all.Categories = slices.Sorted(slices.Values(words))
	for i := range all.List {
		k, _ := slices.BinarySearch(all.Categories, words[all.List[i].Category-1])
		all.List[i].Category = int32(k)
	}
	slices.SortFunc(all.List, func(a, b Holding) int { return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Category, b.Category)) })
	return all, nil
}

// rowOf is a customer's row in a snapshot, −1 where there is none.
func (h *History) rowOf(rows [][]int32, who string) int32 {
	at := hash(who)
	k := partOf(at)
	if n := h.parts[k].one(who, at); int(n) < len(rows[k]) {
		return rows[k][n]
	}
	return -1
}

// paidElsewhere gathers what workers say that a snapshot's customers paid.
func (h *History) paidElsewhere(s *Snapshot, b bill, days, paid []float64) error {
	w := h.far.work
	w.Task, w.Moments, w.From, w.To, w.Rate = "paid", []int64{b.asOf}, b.from, b.to, b.rate
	rows := h.rowsOf(s)
	_, err := h.far.hear(h, &w, func(who string, _ int, _ bool, v []float64) error {
		if row := h.rowOf(rows, who); row >= 0 {
			days[row], paid[row] = v[0], v[1]
		}
		return nil
	})
	return err
}
