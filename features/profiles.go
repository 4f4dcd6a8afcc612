package features

import (
	"fmt"
	"maps"
	"slices"

	"segmenta/table"
)

// profiles reads the customer table: every column that is mapped, under our name, and
// every other one under its own.
func (l *loader) profiles(h *History) error {
	s := l.in.Customers
	if s == nil {
		return nil
	}
	var parts []*table.Table
	for _, path := range s.Paths {
		t, err := table.ReadFile(path)
		if err != nil {
			return err
		}
		if t, err = renamed(path, t, s.Columns); err != nil {
			return err
		}
		if len(parts) > 0 && len(t.Columns) != len(parts[0].Columns) {
			return fmt.Errorf("%s has %d columns, %s has %d", path, len(t.Columns), s.Paths[0], len(parts[0].Columns))
		}
		parts = append(parts, t)
	}
	h.profiles = table.Stack(parts)
	l.has["customers"] = true
	for _, c := range h.profiles.Columns {
		l.has["customers."+c.Name] = true
	}
	id := h.profiles.Column("customer_id")
	if id.Kind != table.String {
		id = asText(id)
		h.profiles.Columns[slices.IndexFunc(h.profiles.Columns, func(c *table.Column) bool { return c.Name == "customer_id" })] = id
	}
	q := l.quality.source("customers")
	q.Rows = int64(id.Len())
	for i := range id.Len() {
		if id.Text(i) == "" {
			q.Rejected[noCustomer]++
			continue
		}
		if _, known := l.ids.code[id.Text(i)]; !known {
			q.Noticed["without purchase or event"]++
		}
		l.ids.add(id.Text(i))
		q.Accepted++
	}
	return nil
}

// renamed gives the mapped columns our names. Only columns are mapped here, no
// expressions.
func renamed(path string, t *table.Table, columns map[string]string) (*table.Table, error) {
	for _, ours := range slices.Sorted(maps.Keys(columns)) {
		c := t.Column(columns[ours])
		if c == nil {
			var names []string
			for _, c := range t.Columns {
				names = append(names, c.Name)
			}
			return nil, fmt.Errorf("%s has no column %q, which columns names as %s%s", path, columns[ours], ours, hasInstead(columns[ours], names))
		}
		if old := t.Column(ours); old != nil && old != c {
			old.Name += "_original"
		}
		c.Name = ours
	}
	if t.Column("customer_id") == nil {
		return nil, fmt.Errorf("%s has no column customer_id; say which column it is with columns: {customer_id: …}", path)
	}
	return t, nil
}

// placeProfiles finds each customer's row of the customer table, the first where an
// id stands twice, and when they were created.
func (h *History) placeProfiles(l *loader, rank []int32) {
	h.profile, h.created = slices.Repeat([]int32{-1}, len(h.customers)), slices.Repeat([]int64{never}, len(h.customers))
	if h.profiles == nil {
		return
	}
	id := h.profiles.Column("customer_id")
	when := func(int) (int64, bool) { return 0, false }
	if c := h.profiles.Column("created_at"); c != nil {
		if clock, err := newClock(l.in.Zone, l.in.Customers.TimeLayout); err == nil {
			if read, err := clock.read(c); err == nil {
				when = read
			}
		}
	}
	for i := range id.Len() {
		if id.Text(i) == "" {
			continue
		}
		c := rank[l.ids.code[id.Text(i)]]
		if h.profile[c] >= 0 {
			l.quality.source("customers").Noticed[duplicate]++
			continue
		}
		h.profile[c], h.created[c] = int32(i), -never
		if at, ok := when(i); ok {
			h.created[c] = at
		}
	}
}

// Profiles is what the customer table says of a snapshot's customers, null for those
// whom it doesn't name; nil where there is no customer table.
func (h *History) Profiles(s *Snapshot) *table.Table {
	if h.profiles == nil {
		return nil
	}
	rows := make([]int, len(s.members))
	for i, c := range s.members {
		rows[i] = int(h.profile[c])
	}
	t := new(table.Table)
	for _, c := range h.profiles.Columns {
		if c.Name != "customer_id" {
			t.Add(c.Pick(rows))
		}
	}
	return t
}
