package features

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"segmenta/table"
)

// mostShared is how many ids may share an e-mail or a phone and still be one person: an
// address of a whole office is nobody's.
const mostShared = 5

// A Merge says that two ids are one person, and by which column.
type Merge struct {
	Customer, Into string
	By             string
}

// identities find out which ids are one person.
type identities struct {
	alias  map[string]string // of each id that is another's: whose
	merges []Merge
	shared int // addresses that too many ids share, which join nobody
}

// normalised lists how each column is brought into one form before it is compared.
var normalised = map[string]func(string) string{"email": plainEmail, "phone": plainPhone}

// IdentityColumns lists the columns of the customers file that can tell that two ids
// are one person.
func IdentityColumns() []string { return []string{"email", "phone"} }

func plainEmail(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if name, host, ok := strings.Cut(s, "@"); !ok || name == "" || !strings.Contains(host, ".") {
		return ""
	}
	return s
}

// plainPhone leaves the digits; a number of fewer than seven is none.
func plainPhone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	digits = strings.TrimLeft(digits, "0")
	if len(digits) < 7 || len(digits) > 15 {
		return ""
	}
	return digits
}

// A known customer is what identities are found by.
type knownAs struct {
	id      string
	created int64
	address [2]string // by IdentityColumns
}

// unify finds the ids that share an address. Of one person's ids the first created
// stays, of those the first in bytewise order.
func unify(all []knownAs, by []string) *identities {
	slices.SortFunc(all, func(a, b knownAs) int { return cmp.Or(cmp.Compare(a.created, b.created), cmp.Compare(a.id, b.id)) })
	ids := &identities{alias: make(map[string]string)}
	root := make([]int, len(all))
	at := make(map[string]int)
	for i := range all {
		root[i] = i
		if first, twice := at[all[i].id]; twice {
			root[i] = first
		} else {
			at[all[i].id] = i
		}
	}
	find := func(i int) int {
		for root[i] != i {
			i = root[i]
		}
		return i
	}
	for k, column := range IdentityColumns() {
		if !slices.Contains(by, column) {
			continue
		}
		holders := make(map[string][]int)
		for i := range all {
			if a := all[i].address[k]; a != "" {
				if h := holders[a]; len(h) == 0 || find(h[len(h)-1]) != find(i) {
					holders[a] = append(h, i)
				}
			}
		}
		for i := range all {
			h := holders[all[i].address[k]]
			switch {
			case len(h) < 2 || h[0] != i:
			case len(h) > mostShared:
				ids.shared++
			default:
				for _, other := range h[1:] {
					a, b := find(i), find(other)
					if a != b {
						root[max(a, b)] = min(a, b)
						ids.merges = append(ids.merges, Merge{all[max(a, b)].id, all[min(a, b)].id, column})
					}
				}
			}
		}
	}
	for i := range all {
		if into := all[find(i)].id; into != all[i].id {
			ids.alias[all[i].id] = into
		}
	}
	for i := range ids.merges {
		if into, moved := ids.alias[ids.merges[i].Into]; moved {
			ids.merges[i].Into = into
		}
	}
	slices.SortFunc(ids.merges, func(a, b Merge) int { return cmp.Compare(a.Customer, b.Customer) })
	return ids
}

// identify reads the addresses of the customers file, where ids are to be joined.
func (l *loader) identify() error {
	if len(l.in.Identity) == 0 || l.in.Customers == nil {
		return nil
	}
	var all []knownAs
	for _, j := range l.jobs {
		if j.source.name != "customers" {
			continue
		}
		some, err := l.addresses(&j)
		if err != nil {
			return fmt.Errorf("customers: %w", err)
		}
		all = append(all, some...)
	}
	ids := unify(all, l.in.Identity)
	l.alias, l.h.merges, l.h.sharedAddresses = ids.alias, ids.merges, ids.shared
	return nil
}

// addresses reads one block's; who was created at or after the end of what may be known
// is not there yet.
func (l *loader) addresses(j *job) ([]knownAs, error) {
	r, err := j.bound.block(j.block, nil)
	if err != nil {
		return nil, err
	}
	have := make(map[string]*table.Column)
	ours, theirs := j.bound.profileNames(l.in.Customers.Columns)
	for k, name := range ours {
		if normalised[name] != nil {
			t, err := j.bound.file.Read(j.block, []string{theirs[k]})
			if err != nil {
				return nil, err
			}
			have[name] = t.Columns[0]
		}
	}
	id := r.texts(j.bound.exprs["customer_id"])
	created, faults := l.times(j.bound, r, "created_at", newClock(l.in.Zone))
	var all []knownAs
	for i := range r.rows {
		who := knownAs{created: unset}
		if blank(id, i) {
			continue
		}
		if created != nil && faults.at(i) == sound {
			if who.created = created[i]; who.created >= l.until {
				continue
			}
		}
		if who.id = id.Dict[id.Codes[i]]; l.in.Forgotten != nil && l.in.Forgotten(who.id) {
			continue
		}
		for k, column := range IdentityColumns() {
			if c := have[column]; c != nil {
				who.address[k] = normalised[column](c.Format(i))
			}
		}
		all = append(all, who)
	}
	return all, nil
}

// forgottenWord stands in the place of an id that is to be forgotten: it is blank, so that
// the row is nobody's.
const forgottenWord = " \t \t "

// nobody is why a row without a customer has none.
func nobody(id *table.Column, i int) reasonCode {
	if !id.IsNull(i) && id.Dict[id.Codes[i]] == forgottenWord {
		return forgotten
	}
	return noCustomer
}

// same gives every id the name of the person whose it is, and those who are to be
// forgotten none.
func (l *loader) same(c *table.Column) *table.Column {
	if len(l.alias) == 0 && l.in.Forgotten == nil {
		return c
	}
	one := *c
	one.Dict = slices.Clone(c.Dict)
	for k, id := range one.Dict {
		into, is := l.alias[id]
		if is {
			one.Dict[k] = into
		}
		if l.in.Forgotten != nil && (l.in.Forgotten(id) || is && l.in.Forgotten(into)) {
			one.Dict[k] = forgottenWord
		}
	}
	return &one
}

// Merges lists the ids that were found to be somebody else's, in bytewise order, and
// how many addresses so many ids share that they join nobody.
func (h *History) Merges() (merges []Merge, shared int) { return h.merges, h.sharedAddresses }
