package features

import (
	"slices"

	"segmenta/table"
)

// block decodes one block and scatters its rows.
func (l *loader) block(j *job, s *scatterer) error {
	r, err := j.bound.block(j.block, &s.spare)
	if err != nil {
		return err
	}
	j.audit = newAudit()
	j.audit.read = int64(r.rows)
	if j.source.file < 0 {
		return l.profileBlock(j, r)
	}
	d := l.decode(j, r, s)
	if err := s.scatter(j, d, l.accept(j, d, s)); err != nil {
		return err
	}
	r.t.Release()
	return nil
}

// decoded holds a block's columns, cast. A field that the file lacks is nil.
type decoded struct {
	t           *table.Table
	clock       *clock
	rows        int
	id          *table.Column
	keys        []key    // of each word of id
	hashes      []uint64 // of each word of id, 0 where it is blank
	time, seen  []int64
	timeFaults  faults
	seenFaults  faults
	number      [][]float64
	faults      []faults
	word        []*table.Column
	code        [][]int64 // of each word of a column, or of each row where word is nil: its number, or its hash
	event, free bool      // rows are events; nothing is wrong with any of them
}

func (l *loader) decode(j *job, r reader, s *scatterer) *decoded {
	b := j.bound
	d := &decoded{clock: newClock(l.in.Zone), t: r.t, rows: r.rows, event: j.source.file == events}
	d.number, d.faults = make([][]float64, len(fields)), make([]faults, len(fields))
	d.word, d.code = make([]*table.Column, len(fields)), make([][]int64, len(fields))
	d.id = l.same(r.texts(b.exprs["customer_id"]))
	d.hashes, d.keys = s.hash(d.id.Dict)
	d.time, d.timeFaults = l.times(b, r, "time", d.clock)
	d.seen, d.seenFaults = l.times(b, r, "known_at", d.clock)
	for _, k := range l.h.keep[j.source.file] {
		l.field(d, b, r, k, fields[k].column[j.source.file])
	}
	d.free = d.timeFaults == nil && !d.seenFaults.any(unreadable) && d.id.Null == nil
	if d.event {
		d.free = d.free && d.word[typeField].Null == nil && !slices.ContainsFunc(d.word[typeField].Dict, blankText)
	} else {
		d.free = d.free && d.faults[amountField] == nil
	}
	for k := range fields {
		d.free = d.free && !d.faults[k].any(unreadable)
	}
	return d
}

// field casts one field's column.
func (l *loader) field(d *decoded, b *binding, r reader, k int, column string) {
	switch e := b.exprs[column]; {
	case e == nil:
	case fields[k].kind == numberField:
		d.number[k], d.faults[k] = r.numbers(e)
	case fields[k].hashed:
		d.word[k], d.code[k] = r.hashes(e)
	default:
		mapping := l.in.EventTypes
		if k != typeField {
			mapping = nil
		}
		d.word[k] = r.texts(e)
		d.code[k] = numbered(d.word[k], &l.h.words[k], mapping)
	}
}

func (l *loader) times(b *binding, r reader, name string, zone *clock) ([]int64, faults) {
	e := b.exprs[name]
	if e == nil {
		return nil, nil
	}
	return r.times(e, b.layout, b.local[e.column], zone)
}

// hashes casts a column to the hashes of its words, or where it holds whole numbers
// to those of each row's digits.
func (r reader) hashes(e *expr) (*table.Column, []int64) {
	if c := r.t.Column(e.column); e.constant == nil && (c.Kind == table.Int32 || c.Kind == table.Int64) && c.Null == nil {
		all := r.spare.newInts(r.rows)
		for i, n := range c.Ints {
			if i > 0 && n == c.Ints[i-1] {
				all[i] = all[i-1]
			} else {
				all[i] = int64(hashNumber(n))
			}
		}
		return nil, all
	}
	c := r.texts(e)
	all := make([]int64, len(c.Dict))
	for k, s := range c.Dict {
		if s != "" {
			all[k] = int64(hash(s))
		}
	}
	return c, all
}

// numbered numbers a column's words that occur, after mapping them.
func numbered(c *table.Column, w *words, mapping map[string]string) []int64 {
	all := make([]int64, len(c.Dict))
	used := make([]bool, len(c.Dict))
	for i, k := range c.Codes {
		if !c.IsNull(i) {
			used[k] = true
		}
	}
	texts := make([]string, len(c.Dict))
	for k, s := range c.Dict {
		if ours, ok := mapping[s]; ok {
			s = ours
		}
		if used[k] {
			texts[k] = s
		}
	}
	const few = 1024 // so that other threads don't wait for long
	for from := 0; from < len(all); from += few {
		to := min(from+few, len(all))
		w.numbers(all[from:to], texts[from:to])
	}
	return all
}

// blankText reports a text of nothing but spaces.
func blankText(s string) bool {
	for _, b := range []byte(s) {
		if b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			return false
		}
	}
	return true
}

// place finds a customer, who is numbered at the first meeting.
func (l *loader) place(id string) place {
	h := hash(id)
	p := partOf(h)
	return place{int32(p), l.h.parts[p].one(id, h)}
}
