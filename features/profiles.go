package features

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"segmenta/table"
)

// A profileBlock is one block of the customers file: its columns under our
// names, and where each row's customer lies.
type profileBlock struct {
	t       *table.Table
	where   []place // part −1 where the row is not used
	created []int64
}

// profileNames lists every column of the customers file that can be read, under
// our name and theirs. A column may stand under several names of ours.
func (b *binding) profileNames(mapping map[string]string) (ours, theirs []string) {
	mapped := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(mapping)) {
		if e := b.exprs[name]; e != nil && e.column != "" && name != "customer_id" {
			ours, theirs = append(ours, name), append(theirs, e.column)
		}
		if e := b.exprs[name]; e != nil {
			mapped[e.column] = true
		}
	}
	for _, f := range b.file.Fields() {
		if f.Odd == "" && !mapped[f.Name] && f.Name != b.exprs["customer_id"].column {
			ours, theirs = append(ours, f.Name), append(theirs, f.Name)
		}
	}
	return ours, theirs
}

// profileBlock reads one block of the customers file, with all its columns.
func (l *loader) profileBlock(j *job, _ reader) error {
	b := j.bound
	ours, theirs := b.profileNames(l.in.Customers.Columns)
	names := append(slices.Clone(theirs), b.reads...)
	slices.Sort(names)
	t, err := b.file.Read(j.block, slices.Compact(names))
	if err != nil {
		return err
	}
	r := reader{t: t, rows: t.Rows(), comma: b.comma}
	d := &decoded{clock: newClock(l.in.Zone), id: l.same(r.texts(b.exprs["customer_id"]))}
	created, faults := l.times(b, r, "created_at", d.clock)
	who := &profileBlock{t: &table.Table{}, where: make([]place, r.rows), created: fill(r.rows, unset)}
	for i := range r.rows {
		who.where[i] = l.profile(j, d, i, created, faults, who.created)
	}
	for k, name := range ours {
		named := *t.Column(theirs[k])
		named.Name = name
		who.t.Add(&named)
	}
	j.who = who
	return nil
}

// profile checks one row of the customers file.
func (l *loader) profile(j *job, d *decoded, i int, created []int64, faults faults, to []int64) place {
	a, file := j.audit, j.bound.file
	row := file.FirstRow(j.block) + int64(i)
	switch {
	case blank(d.id, i):
		a.note(nobody(d.id, i), file.Name(), row, "")
	case faults.at(i) > missing:
		a.note(badTime, file.Name(), row, "")
	case created != nil && faults.at(i) == sound && created[i] >= l.until:
		a.note(future, file.Name(), row, "")
	default:
		a.accepted++
		if created != nil && faults.at(i) == sound {
			to[i] = created[i]
		} else {
			a.counts[timeless]++
		}
		return l.place(d.id.Dict[d.id.Codes[i]])
	}
	return place{-1, -1}
}

// customers joins the customers file with the histories. Of several rows of one
// customer the last created counts, then the greatest in its text.
func (l *loader) customers() error {
	h := l.h
	for i := range h.parts {
		p := &h.parts[i]
		p.created, p.profile = fill(p.ids.len(), unset), fill(p.ids.len(), int32(-1))
	}
	var blocks []*profileBlock
	var all profileBlock
	for _, j := range l.jobs {
		if j.who != nil {
			blocks = append(blocks, j.who)
			all.where, all.created = append(all.where, j.who.where...), append(all.created, j.who.created...)
		}
	}
	if len(blocks) == 0 {
		return nil
	}
	var err error
	if all.t, err = stack(blocks); err != nil {
		return err
	}
	h.profiles = all.t
	a := l.work[len(l.work)-1].sum
	for i, at := range all.where {
		if at.part < 0 {
			continue
		}
		p, k := &h.parts[at.part], at.customer
		if old := p.profile[k]; old >= 0 {
			a.counts[duplicate]++
			a.accepted--
			if all.compare(int(old), i) >= 0 {
				continue
			}
		}
		p.profile[k], p.created[k] = int32(i), all.created[i]
	}
	return nil
}

func (b *profileBlock) compare(i, j int) int {
	if c := cmp.Compare(b.created[i]%unset, b.created[j]%unset); c != 0 {
		return c
	}
	for _, column := range b.t.Columns {
		c := cmp.Compare(column.Number(i), column.Number(j))
		if column.Kind == table.String {
			c = cmp.Compare(column.Text(i), column.Text(j))
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// stack lays the blocks of all customers files under one another.
func stack(blocks []*profileBlock) (*table.Table, error) {
	all := &table.Table{}
	for _, c := range blocks[0].t.Columns {
		var columns []*table.Column
		for _, b := range blocks {
			same := b.t.Column(c.Name)
			if same == nil || same.Kind != c.Kind {
				return nil, fmt.Errorf("customers: column %s is not in every file with the same type", c.Name)
			}
			columns = append(columns, same)
		}
		all.Add(table.Concat(columns...))
	}
	return all, nil
}
