package features

import (
	"cmp"
	"strconv"

	"segmenta/table"
)

// accept checks one row and finds its customer; the part is −1 where the row is
// rejected.
func (l *loader) accept(j *job, d *decoded, i int) place {
	a, file := j.audit, j.bound.file
	d.count(a, i)
	r, value := d.judge(i, j.source.name == "events")
	if r == reasonCount && d.time[i] >= l.until {
		r = future
	}
	if r != reasonCount {
		a.note(r, file.Name(), file.FirstRow(j.block)+int64(i), cmp.Or(value, j.bound.cell(d, r, i)))
		return place{-1, -1}
	}
	return l.place(d, i)
}

// count adds up what can be read, used or not.
func (d *decoded) count(a *audit, i int) {
	if d.amount != nil && d.amountFault[i] == sound {
		a.seen.amount.add(d.amount[i])
	}
	if d.quantity != nil && d.quantityFault[i] == sound {
		a.seen.quantity.add(d.quantity[i])
	}
}

// judge returns the first reason against a row, reasonCount where there is none.
func (d *decoded) judge(i int, event bool) (reasonCode, string) {
	switch {
	case blank(d.id, i):
		return noCustomer, ""
	case d.timeFault[i] == missing:
		return noTime, ""
	case d.timeFault[i] != sound:
		return badTime, ""
	case !event && d.amountFault[i] == missing:
		return noAmount, ""
	case !event && d.amountFault[i] == unreadable:
		return badAmount, ""
	case !event && d.amountFault[i] == infinite:
		return infiniteAmount, strconv.FormatFloat(d.amount[i], 'g', -1, 64)
	case !event && d.amountFault[i] == huge:
		return hugeAmount, strconv.FormatFloat(d.amount[i], 'g', -1, 64)
	case event && blank(d.category, i):
		return noType, ""
	case event && wrong(d.amountFault, i), wrong(d.quantityFault, i), wrong(d.discountFault, i):
		return badNumber, ""
	case wrong(d.seenFault, i):
		return badKnown, ""
	}
	return reasonCount, ""
}

// cell is the text that made a row unusable, cut short.
func (b *binding) cell(d *decoded, r reasonCode, i int) string {
	for _, name := range map[reasonCode][]string{badTime: {"time"}, badAmount: {"amount"}, badNumber: {"quantity", "discount", "value"}, badKnown: {"known_at"}}[r] {
		e := b.exprs[name]
		if e == nil || e.column == "" || d.t.Column(e.column) == nil {
			continue
		}
		if c := d.t.Column(e.column); c.Kind == table.String && !c.IsNull(i) {
			s := c.Text(i)
			return s[:min(len(s), 60)]
		}
	}
	return ""
}

// wrong reports a fault other than absence, in a column that may be absent.
func wrong(f []fault, i int) bool { return f != nil && f[i] > missing }

// blank reports a text that is null or nothing but spaces.
func blank(c *table.Column, i int) bool {
	if c.IsNull(i) {
		return true
	}
	for _, b := range []byte(c.Dict[c.Codes[i]]) {
		if b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			return false
		}
	}
	return true
}
