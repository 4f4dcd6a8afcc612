package features

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
	n := len(s.places)
	freq, recency, age, monetary = fill(n, nan), fill(n, nan), fill(n, nan), fill(n, nan)
	asOf := s.AsOf.UnixMicro()
	today, _ := newClock(h.zone).local(asOf - 1)
	for i, who := range s.places {
		days, first, last, amount := h.repeats(who, asOf)
		if days == 0 {
			continue
		}
		freq[i], recency[i], age[i], monetary[i] = days-1, float64(last-first), float64(today-first), 0
		if days > 1 {
			monetary[i] = amount / (days - 1)
		}
	}
	return freq, recency, age, monetary
}

// repeats counts the days with an order and adds up the amounts of all but the
// first.
func (h *History) repeats(who place, asOf int64) (days float64, first, last int32, amount float64) {
	rows := h.parts[who.part].of(transactions, int(who.customer))
	for i := range rows {
		r := &rows[i]
		if r.amount < 0 || r.seen > asOf {
			continue
		}
		if days == 0 {
			first = r.day
		}
		if days == 0 || r.day != last {
			days, last = days+1, r.day
		}
		if r.day != first {
			amount += r.amount
		}
	}
	return days, first, last, amount
}
