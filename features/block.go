package features

import (
	"fmt"
	"math"

	"segmenta/table"
)

// A blockReader turns a block of a file into rows, and counts what it rejects.
type blockReader struct {
	l      *loader
	m      *mapping
	t      *table.Table
	name   string // of the source
	file   string
	first  int64
	counts *counts

	customer func(i int) (int32, bool)
	time     func(i int) (int64, bool)
	known    func(i int) (int64, bool)
	numbers  map[string]func(i int) (float64, bool, bool)
	texts    [fields]func(i int) int32
}

// open prepares a reader for each of our columns.
func (b *blockReader) open() (err error) {
	b.customer, err = b.text("customer_id", b.l.ids, nil)
	if err != nil {
		return err
	}
	if b.time, err = b.moment("time"); err != nil {
		return err
	}
	if b.m.of["known_at"] != nil {
		if b.known, err = b.moment("known_at"); err != nil {
			return err
		}
	}
	b.numbers = make(map[string]func(int) (float64, bool, bool))
	for _, name := range []string{"amount", "quantity", "discount", "cost", "value"} {
		if e := b.m.of[name]; e != nil {
			if err := b.numeric(name, e); err != nil {
				return err
			}
			b.numbers[name] = e.numbers(b.t, b.m.comma)
		}
	}
	for f, name := range fieldNames {
		if b.m.of[name] == nil {
			continue
		}
		var translate map[string]string
		if f == kind {
			translate = b.l.in.EventTypes
		}
		read, err := b.text(name, b.l.words[f], translate)
		if err != nil {
			return err
		}
		b.texts[f] = func(i int) int32 { k, _ := read(i); return k }
	}
	return nil
}

// numeric refuses a column of the wrong type before its rows are all rejected.
func (b *blockReader) numeric(name string, e *expression) error {
	for _, n := range e.names {
		if c := b.t.Column(n); c.Kind == table.Time {
			return fmt.Errorf("column %s, for %s, is of type %s, want a number", n, name, c.Kind)
		}
	}
	return nil
}

// text returns how to read row i of one of our text columns as a code, -1 where it is
// null.
func (b *blockReader) text(name string, x *lexicon, translate map[string]string) (func(i int) (int32, bool), error) {
	e := b.m.of[name]
	if e.constant != nil {
		k := x.codes([]string{*e.constant}, func(int) bool { return true })[0]
		return func(int) (int32, bool) { return k, true }, nil
	}
	if e.column == "" {
		return nil, fmt.Errorf("%s is %q, want a column or a 'constant'", name, e.text)
	}
	c := b.t.Column(e.column)
	if c.Kind != table.String {
		c = asText(c)
	}
	words := c.Dict
	if translate != nil {
		words = make([]string, len(c.Dict))
		for k, w := range c.Dict {
			if words[k] = w; translate[w] != "" {
				words[k] = translate[w]
			}
		}
	}
	codes := x.codes(words, func(k int) bool { return words[k] != "" })
	return func(i int) (int32, bool) {
		if c.IsNull(i) {
			return -1, false
		}
		k := codes[c.Codes[i]]
		return k, k >= 0
	}, nil
}

// asText writes numbers out, as ids often are: 17850.0 is the id 17850.
func asText(c *table.Column) *table.Column {
	words := make([]string, c.Len())
	for i := range words {
		if v := c.Number(i); (c.Kind == table.Float64 || c.Kind == table.Float32) && v == math.Trunc(v) && math.Abs(v) < 1e15 {
			words[i] = fmt.Sprintf("%d", int64(v))
		} else {
			words[i] = c.Format(i)
		}
	}
	return table.OptionalStrings(c.Name, words)
}

func (b *blockReader) moment(name string) (func(i int) (int64, bool), error) {
	e := b.m.of[name]
	if e.column == "" {
		return nil, fmt.Errorf("%s is %q, want a column", name, e.text)
	}
	read, err := b.m.clock.read(b.t.Column(e.column))
	if err != nil {
		return nil, fmt.Errorf("column %s, for %s, %w", e.column, name, err)
	}
	return read, nil
}

// rows reads every row of the block: kept, or counted with its reason.
func (b *blockReader) rows() []row {
	n := b.t.Rows()
	rows := make([]row, 0, n)
	for i := range n {
		b.counts.rows++
		r, reason := b.row(i)
		if reason == "" {
			rows = append(rows, r)
			continue
		}
		b.counts.reject(reason, b.file, b.first+int64(i))
	}
	b.counts.accepted = int64(len(rows))
	return rows
}

func (b *blockReader) row(i int) (r row, reason string) {
	amount := b.number("amount", i)
	b.counts.sum("amount", amount)
	b.counts.sum("quantity", b.number("quantity", i))
	var ok bool
	if r.customer, ok = b.customer(i); !ok {
		return r, noCustomer
	}
	if r.at, ok = b.time(i); !ok {
		return r, badTime
	}
	if b.name == "transactions" && (math.IsNaN(amount) || math.IsInf(amount, 0)) {
		return r, badAmount
	}
	if !b.l.in.Until.IsZero() && r.at >= b.l.in.Until.UnixMicro() {
		return r, future
	}
	for f := range r.code {
		r.code[f] = -1
		if b.texts[f] != nil {
			r.code[f] = b.texts[f](i)
		}
	}
	if b.name == "events" && r.code[kind] < 0 {
		return r, noType
	}
	r.wall, r.known = b.m.clock.wall(r.at), r.at
	if b.known != nil {
		if k, ok := b.known(i); ok {
			r.known = max(k, r.at)
		}
	}
	r.amount, r.quantity, r.value = amount, b.number("quantity", i), b.number("value", i)
	r.discount, r.cost = b.number("discount", i), b.number("cost", i)
	b.counts.notice(b.name, &r)
	return r, ""
}

// number is a number of row i, NaN where there is none or where it isn't finite.
func (b *blockReader) number(name string, i int) float64 {
	read := b.numbers[name]
	if read == nil {
		return missing
	}
	v, ok, _ := read(i)
	if !ok || math.IsInf(v, 0) {
		return missing
	}
	return v
}
