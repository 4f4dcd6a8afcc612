package features

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"segmenta/table"
)

// Rates say what one unit of a currency is worth in ours, from a date on.
type Rates struct {
	To string // ours

	zone *time.Location
	of   map[string][]rate
}

type rate struct {
	from  int64
	value float64
}

// rateColumn is what every row's money is multiplied with. No file's column is called so.
const rateColumn = "\x00rate"

// money lists our columns that are amounts of money.
var money = []string{"amount", "discount", "cost"}

// ReadRates reads a table of currency, date and rate.
func ReadRates(s *Source, to string, zone *time.Location) (*Rates, error) {
	files, err := s.open("rates")
	if err != nil {
		return nil, err
	}
	defer closeAll(files)
	r := &Rates{To: to, zone: cmp.Or(zone, time.UTC), of: map[string][]rate{}}
	for _, file := range files {
		if err := r.read(s, file); err != nil {
			return nil, fmt.Errorf("rates: %s: %w", file.Name(), err)
		}
	}
	return r, r.sort()
}

func (r *Rates) read(s *Source, file table.Source) error {
	b, err := bindRates(s, file)
	if err != nil {
		return err
	}
	for k := range file.Blocks() {
		in, err := b.block(k, nil)
		if err != nil {
			return err
		}
		codes := in.texts(b.exprs["currency"])
		from, bad := in.times(b.exprs["date"], b.layout, true, newClock(r.zone))
		values, wrong := in.numbers(b.exprs["rate"])
		for i := range in.rows {
			code := currencyCode(codes.Text(i))
			if code == "" || bad.at(i) != sound || wrong.at(i) != sound || values[i] <= 0 {
				return fmt.Errorf("row %d: want a currency, a date and a rate above 0", file.FirstRow(k)+int64(i))
			}
			r.of[code] = append(r.of[code], rate{from[i], values[i]})
		}
	}
	return nil
}

// bindRates matches a table of rates with a file.
func bindRates(s *Source, file table.Source) (b *binding, err error) {
	b = &binding{file: file, exprs: map[string]*expr{}, comma: s.Format.DecimalComma}
	if b.layout, err = parseLayout(s.TimeLayout); err != nil {
		return nil, err
	}
	fields := map[string]table.Field{}
	for _, f := range file.Fields() {
		fields[f.Name] = f
	}
	for _, name := range []string{"currency", "date", "rate"} {
		theirs := cmp.Or(s.Columns[name], name)
		e, err := parseExpr(theirs, func(c string) bool { _, ok := fields[c]; return ok })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, c := range e.columns() {
			if f, ok := fields[c]; !ok || f.Odd != "" {
				return nil, fmt.Errorf("no column %q for %s that can be read; say which one under rates: columns: %s", c, name, name)
			}
			b.reads = append(b.reads, c)
		}
		b.exprs[name] = e
	}
	slices.Sort(b.reads)
	b.reads = slices.Compact(b.reads)
	return b, nil
}

// sort puts rates in order, and refuses two for one day.
func (r *Rates) sort() error {
	for code, all := range r.of {
		slices.SortFunc(all, func(a, b rate) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.value, b.value)) })
		for i := range all[1:] {
			if all[i].from == all[i+1].from && all[i].value != all[i+1].value {
				return fmt.Errorf("rates: %s has two rates from %s on: %v and %v", code, time.UnixMicro(all[i].from).UTC().Format(time.DateOnly), all[i].value, all[i+1].value)
			}
		}
	}
	return nil
}

// at is what a unit of a currency was worth at a time, by the last rate before it.
func (r *Rates) at(code string, t int64) (float64, bool) {
	if code == r.To {
		return 1, true
	}
	all := r.of[code]
	k, exact := slices.BinarySearchFunc(all, t, func(a rate, t int64) int { return cmp.Compare(a.from, t) })
	if exact {
		return all[k].value, true
	}
	if k == 0 {
		return 0, false
	}
	return all[k-1].value, true
}

func currencyCode(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// An exchange turns a file's money into ours.
type exchange struct {
	rates    *Rates
	currency *expr
	zone     *time.Location
	own      map[string]*expr // what the money was before
}

// convert lets every amount of money be multiplied with its row's rate, where the file
// says in which currency it is.
func (b *binding) convert(s *Source, fields map[string]table.Field) error {
	theirs, mapped := s.Columns["currency"]
	if _, there := fields["currency"]; s.Rates == nil || !mapped && !there {
		return nil
	}
	e, err := parseExpr(cmp.Or(theirs, "`currency`"), func(c string) bool { _, ok := fields[c]; return ok })
	if err != nil {
		return fmt.Errorf("currency: %w", err)
	}
	if e.constant == nil {
		for _, c := range e.columns() {
			if err := readable("transactions", "currency", c, fields); err != nil {
				return err
			}
		}
	}
	b.exchange = &exchange{s.Rates, e, s.Rates.zone, map[string]*expr{}}
	for _, name := range money {
		if own := b.exprs[name]; own != nil {
			b.exchange.own[name], b.exprs[name] = own, own.priced(b.comma)
		}
	}
	return nil
}

// priced is an expression multiplied with the row's rate.
func (e *expr) priced(comma bool) *expr {
	left := e.math
	switch {
	case e.constant != nil:
		v, bad := reader{comma: comma}.number(*e.constant)
		if bad != sound {
			return e
		}
		left = &node{number: v}
	case e.math == nil:
		left = &node{column: e.column}
	}
	return &expr{math: &node{op: '*', left: left, right: &node{column: rateColumn}}}
}

// meant is the expression that the configuration gives for one of our columns.
func (b *binding) meant(name string) *expr {
	switch {
	case b.exchange != nil && name == "currency":
		return b.exchange.currency
	case b.exchange != nil && b.exchange.own[name] != nil:
		return b.exchange.own[name]
	}
	return b.exprs[name]
}

// needs is what has to be read of the file for the given columns and the rates.
func (b *binding) needs(names []string) []string {
	if b.exchange == nil {
		return names
	}
	all := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == rateColumn })
	for _, e := range []*expr{b.exchange.currency, b.exprs["time"]} {
		if e.constant == nil {
			all = append(all, e.columns()...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// column is every row's rate; null where there is none.
func (x *exchange) column(b *binding, r reader) *table.Column {
	at, bad := r.times(b.exprs["time"], b.layout, b.local[b.exprs["time"].column], newClock(x.zone))
	codes := r.texts(x.currency)
	words := make([]string, len(codes.Dict))
	for k, w := range codes.Dict {
		words[k] = currencyCode(w)
	}
	c := &table.Column{Name: rateColumn, Kind: table.Float64, Floats: make([]float64, r.rows), Null: make([]bool, r.rows)}
	for i := range c.Floats {
		known := false
		switch {
		case bad.at(i) != sound: // the row is refused for its time
			c.Floats[i], known = 1, true
		case !codes.IsNull(i):
			c.Floats[i], known = x.rates.at(words[codes.Codes[i]], at[i])
		}
		c.Null[i] = !known
	}
	return c
}
