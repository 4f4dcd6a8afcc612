package features

import "time"

// summaryColumns are what a walk finds of a customer for the buy-till-you-die models.
const summaryColumns = 4

// Summaries returns what the buy-till-you-die models read, in days: on how many
// further days each customer ordered after the first, when the last of them was
// and how old the customer is (both since the first), and the mean amount of the
// further days, 0 where there are none. All are NaN for who has not ordered.
//
// Age ends with the last whole day before the moment, as in the papers.
//
// Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). "Counting your customers" the
// easy way: an alternative to the Pareto/NBD model. Marketing Science 24 (2).
func (h *History) Summaries(s *Snapshot) (freq, recency, age, monetary []float64) {
	if s.summaries == nil {
		again, err := h.Answer(Question{Moments: []time.Time{s.AsOf}, Summaries: true, Threads: h.threads})
		if err != nil {
			n := len(s.places)
			return fill(n, nan), fill(n, nan), fill(n, nan), fill(n, nan)
		}
		s.summaries = again[0].summaries
	}
	return s.summaries[0], s.summaries[1], s.summaries[2], s.summaries[3]
}

// summarise is one customer's summary: days with an order after the first, recency,
// age, and mean amount.
func (w *walker) summarise(out []float64, c *customer, asOf int64) {
	r := &c.rows[transactions]
	days, amounts := 0.0, 0.0
	var first, last int32
	for i, amount := range r.number[amountField] {
		if amount < 0 || r.knownAt(i) > asOf {
			continue
		}
		today := c.days[i]
		if days == 0 {
			first = today
		}
		if days == 0 || today != last {
			days, last = days+1, today
		}
		if today != first {
			amounts += amount
		}
	}
	if days == 0 {
		out[0], out[1], out[2], out[3] = nan, nan, nan, nan
		return
	}
	out[0], out[1], out[2], out[3] = days-1, float64(last-first), float64(w.clock.day(asOf-1)-first), 0
	if days > 1 {
		out[3] = amounts / (days - 1)
	}
}
