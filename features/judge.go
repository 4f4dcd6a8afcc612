package features

import (
	"slices"
	"strconv"
	"strings"

	"segmenta/table"
)

// accept checks a block's rows and lists those that are used.
func (l *loader) accept(j *job, d *decoded, s *scatterer) []int32 {
	d.count(j.audit)
	used := slices.Grow(s.used[:0], d.rows)
	for i := range d.rows {
		if d.free && d.time[i] < l.until && d.hashes[d.id.Codes[i]] != 0 || l.accepts(j, d, i) {
			used = append(used, int32(i))
		}
	}
	s.used = used
	if since := l.in.Since; !since.IsZero() {
		at := since.UnixMicro()
		for _, i := range used {
			j.audit.older += int64(boolInt(d.time[i] < at))
		}
	}
	return used
}

// accepts checks one row.
func (l *loader) accepts(j *job, d *decoded, i int) bool {
	r, value := d.judge(i)
	if r == reasonCount && d.time[i] >= l.until {
		r = future
	}
	if r != reasonCount {
		if len(j.audit.samples[r]) < samples && value == "" {
			value = j.bound.cell(d, r, i)
		}
		file := j.bound.file
		j.audit.note(r, file.Name(), file.FirstRow(j.block)+int64(i), value)
	}
	return r == reasonCount
}

// count adds up what can be read, used or not.
func (d *decoded) count(a *audit) {
	file := boolInt(d.event)
	for _, sum := range []struct {
		field int
		to    *total
	}{{worth[file], &a.seen.amount}, {quantityField, &a.seen.quantity}} {
		faults := d.faults[sum.field]
		for i, v := range d.number[sum.field] {
			if faults.at(i) == sound {
				sum.to.add(v)
			}
		}
	}
}

// judge returns the first reason against a row, reasonCount where there is none.
func (d *decoded) judge(i int) (reasonCode, string) {
	switch {
	case d.id.IsNull(i):
		return noCustomer, ""
	case d.hashes[d.id.Codes[i]] == 0:
		return nobody(d.id, i), ""
	case d.timeFaults.at(i) == missing:
		return noTime, ""
	case d.timeFaults.at(i) != sound:
		return badTime, ""
	}
	if d.event {
		if blank(d.word[typeField], i) {
			return noType, ""
		}
	} else if f := d.faults[amountField].at(i); f != sound {
		return amountReason(f, d.number[amountField][i])
	}
	for k := range fields {
		if d.faults[k].at(i) > missing {
			return badNumber, ""
		}
	}
	if d.seenFaults.at(i) > missing {
		return badKnown, ""
	}
	return reasonCount, ""
}

// amountReason is what a wrong amount is rejected for, and how it looks.
func amountReason(f fault, amount float64) (reasonCode, string) {
	switch f {
	case missing:
		return noAmount, ""
	case unreadable:
		return badAmount, ""
	case infinite:
		return infiniteAmount, strconv.FormatFloat(amount, 'g', -1, 64)
	case unpriced:
		return noRate, ""
	}
	return hugeAmount, strconv.FormatFloat(amount, 'g', -1, 64)
}

// cell is the text that made a row unusable, cut short.
func (b *binding) cell(d *decoded, r reasonCode, i int) string {
	for _, name := range map[reasonCode][]string{badTime: {"time"}, badAmount: {"amount"}, noRate: {"currency"}, badNumber: {"quantity", "discount", "value"}, badKnown: {"known_at"}}[r] {
		e := b.meant(name)
		if e == nil || e.column == "" || d.t.Column(e.column) == nil {
			continue
		}
		if c := d.t.Column(e.column); c.Kind == table.String && !c.IsNull(i) {
			s := c.Text(i)
			return strings.Clone(s[:min(len(s), 60)])
		}
	}
	return ""
}

// blank reports a text that is null or nothing but spaces.
func blank(c *table.Column, i int) bool { return c.IsNull(i) || blankText(c.Dict[c.Codes[i]]) }
