package features

import "time"

// samples is how many rows of each reason are shown.
const samples = 5

type reasonCode int

const (
	noCustomer reasonCode = iota
	noTime
	badTime
	noAmount
	badAmount
	infiniteAmount
	hugeAmount
	noRate
	badNumber
	noType
	badKnown
	future
	duplicate
	forgotten
	// from here on rows are accepted
	repeated
	negative
	free
	timeless
	reasonCount
)

var reasons = [reasonCount]struct{ name, en, es string }{
	noCustomer:     {"no_customer", "no customer id", "sin identificador de cliente"},
	noTime:         {"no_time", "no time", "sin fecha"},
	badTime:        {"bad_time", "the time can't be read", "la fecha no se puede leer"},
	noAmount:       {"no_amount", "no amount", "sin importe"},
	badAmount:      {"bad_amount", "the amount is not a number", "el importe no es un número"},
	infiniteAmount: {"infinite_amount", "the amount is NaN or infinite", "el importe es NaN o infinito"},
	hugeAmount:     {"huge_amount", "the amount is beyond 1e12", "el importe pasa de 1e12"},
	noRate:         {"no_rate", "no exchange rate for its currency by its time", "sin tipo de cambio para su divisa en su fecha"},
	badNumber:      {"bad_number", "quantity, discount or value is not a finite number", "la cantidad, el descuento o el valor no es un número finito"},
	noType:         {"no_type", "no type of event", "sin tipo de evento"},
	badKnown:       {"bad_known_at", "the time at which it became known can't be read", "no se puede leer cuándo se supo"},
	future:         {"future", "at or after the moment up to which rows are read", "posterior al momento hasta el que se lee"},
	duplicate:      {"duplicate", "equal to another row, and dropped", "igual a otra fila, y descartada"},
	forgotten:      {"forgotten", "of somebody who is to be forgotten", "de alguien a quien hay que olvidar"},
	repeated:       {"repeated", "equal to another row, and kept", "igual a otra fila, y conservada"},
	negative:       {"negative_amount", "negative amount: a return", "importe negativo: una devolución"},
	free:           {"zero_amount", "amount of zero: a purchase all the same", "importe cero: una compra igualmente"},
	timeless:       {"no_created_at", "no time of creation: the customer is known by purchases and events only", "sin fecha de alta: solo se conoce por compras y eventos"},
}

// An audit gathers what one block showed, or all of them.
type audit struct {
	read, accepted int64
	older          int64 // accepted, and before Since
	counts         [reasonCount]int64
	samples        [reasonCount][]Sample
	first, last    int64
	seen, used     tally
	types          []int64 // accepted events by type, as numbered while reading
}

func newAudit() *audit { return &audit{first: unset, last: -unset} }

func (a *audit) note(r reasonCode, file string, row int64, value string) {
	a.counts[r]++
	if len(a.samples[r]) < samples {
		a.samples[r] = append(a.samples[r], Sample{File: file, Row: row, Value: value})
	}
}

func (a *audit) plus(o *audit) {
	a.read += o.read
	a.accepted += o.accepted
	a.older += o.older
	for r := range a.counts {
		a.counts[r] += o.counts[r]
		a.samples[r] = append(a.samples[r], o.samples[r]...)
		a.samples[r] = a.samples[r][:min(samples, len(a.samples[r]))]
	}
	a.first, a.last = min(a.first, o.first), max(a.last, o.last)
	a.seen.plus(o.seen)
	a.used.plus(o.used)
	a.types = append(a.types, make([]int64, max(0, len(o.types)-len(a.types)))...)
	for k, n := range o.types {
		a.types[k] += n
	}
}

// wrong is the number of rows that speak against the source: not those without a
// customer, nor future or dropped ones.
func (a *audit) wrong() (n int64) {
	for r := noTime; r < future; r++ {
		n += a.counts[r]
	}
	return n
}

func (a *audit) quality(name string, files []string) SourceQuality {
	q := SourceQuality{
		Name: name, Files: files, Read: a.read, Accepted: a.accepted, Rejected: a.read - a.accepted, Older: a.older,
		AmountRead: a.seen.amount.value(), AmountAccepted: a.used.amount.value(),
		QuantityRead: a.seen.quantity.value(), QuantityAccepted: a.used.quantity.value(),
	}
	if a.last >= a.first {
		q.First, q.Last = time.UnixMicro(a.first).UTC(), time.UnixMicro(a.last).UTC()
	}
	for r, n := range a.counts {
		if n > 0 {
			q.Reasons = append(q.Reasons, Reason{
				Name: reasons[r].name, Rejected: reasonCode(r) < repeated, Rows: n,
				Samples: a.samples[r], En: reasons[r].en, Es: reasons[r].es,
			})
		}
	}
	return q
}

// use books the rows that are used.
func (a *audit) use(d *decoded, used []int32) {
	a.accepted += int64(len(used))
	for _, row := range used {
		a.first, a.last = min(a.first, d.time[row]), max(a.last, d.time[row])
	}
	a.used.rows += int64(len(used))
	file := boolInt(d.event)
	for _, sum := range []struct {
		field int
		to    *total
	}{{worth[file], &a.used.amount}, {quantityField, &a.used.quantity}} {
		v, f := d.number[sum.field], d.faults[sum.field]
		for _, row := range used {
			if v != nil && f.at(int(row)) == sound {
				sum.to.add(v[row])
			}
		}
	}
	if d.event {
		a.useTypes(d, used)
		return
	}
	for _, row := range used {
		if v := d.number[amountField][row]; v < 0 {
			a.counts[negative]++
		} else if v == 0 {
			a.counts[free]++
		}
	}
}

// useTypes counts events by type, first by the words of the block.
func (a *audit) useTypes(d *decoded, used []int32) {
	c, code := d.word[typeField], d.code[typeField]
	counts := make([]int64, len(c.Dict))
	for _, row := range used {
		counts[c.Codes[row]]++
	}
	for word, n := range counts {
		if k := int(code[word]); n > 0 {
			a.types = append(a.types, make([]int64, max(0, k-len(a.types)+1))...)
			a.types[k] += n
		}
	}
}
