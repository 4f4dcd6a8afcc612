package features

import (
	"math"
	"time"
)

// Paid says for each customer of the snapshot on how many days of [from, to) they
// ordered and what they paid for it, returns left out, as Summaries counts. An amount
// is worth e^(−rate·days) when it comes so many days after the snapshot; before it,
// only what was known by then counts.
func (h *History) Paid(s *Snapshot, from, to time.Time, rate float64) (days, paid []float64, err error) {
	days, paid = make([]float64, len(s.places)), make([]float64, len(s.places))
	row := make([]map[int32]int, len(h.parts)) // of the snapshot, by part and customer
	for i, at := range s.places {
		if row[at.part] == nil {
			row[at.part] = make(map[int32]int)
		}
		row[at.part][at.customer] = i
	}
	b := bill{from: from.UnixMicro(), to: to.UnixMicro(), asOf: s.AsOf.UnixMicro(), rate: rate}
	if h.far != nil {
		return days, paid, h.paidElsewhere(s, b, days, paid)
	}
	err = h.visit(h.threads, func() func(i int, p *part, g *grouper) error {
		var c customer
		mine := b
		mine.clock = newClock(h.zone)
		mine.today = mine.clock.day(mine.asOf - 1)
		return func(i int, p *part, g *grouper) error {
			for k := range p.byID {
				if at, ok := row[i][p.byID[k]]; ok {
					c.meet(p, g, k)
					days[at], paid[at] = mine.add(&c.rows[transactions])
				}
			}
			return nil
		}
	})
	return days, paid, err
}

// A bill is what someone is to be added up for.
type bill struct {
	from, to, asOf int64
	rate           float64
	clock          *clock
	today          int32
}

func (b *bill) add(r *rows) (days, paid float64) {
	last := int32(math.MinInt32)
	for i, amount := range r.number[amountField] {
		if at := r.time[i]; amount < 0 || at < b.from || at >= b.to || at < b.asOf && r.knownAt(i) > b.asOf {
			continue
		}
		day := b.clock.day(r.time[i])
		if day != last {
			days, last = days+1, day
		}
		paid += amount * math.Exp(-b.rate*float64(max(0, day-b.today)))
	}
	return days, paid
}
