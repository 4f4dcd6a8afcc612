package segment

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"segmenta/table"
)

// A Belonging is one customer's place in one segment.
type Belonging struct {
	Customer, Segment string
	Entered           time.Time // as of which run they first were in it without a break
}

// A Change is one customer entering or leaving one segment, which happens exactly once.
type Change struct {
	Customer string
	Kind     string // rule, lifecycle, journey, rfm, value, micro or priority
	Segment  string
	Event    string // entered or left
}

// Key names the change of a run for whoever must not act on it twice.
func (c Change) Key(at time.Time) string { return c.keyOf(at.UTC().Format(time.RFC3339)) }

func (c Change) keyOf(run string) string {
	sum := sha256.Sum256([]byte(run + "\x00" + c.Customer + "\x00" + c.Kind + "\x00" + c.Segment + "\x00" + c.Event))
	return hex.EncodeToString(sum[:12])
}

// Compare holds who belongs where now against the run before, both in order of
// customer and segment: those who stay keep the moment when they entered.
func Compare(before, now []Belonging) (changes []Change) {
	i := 0
	for k := range now {
		for i < len(before) && before[i].less(now[k]) {
			changes = append(changes, Change{before[i].Customer, "rule", before[i].Segment, "left"})
			i++
		}
		if i < len(before) && !now[k].less(before[i]) {
			now[k].Entered = before[i].Entered
			i++
			continue
		}
		changes = append(changes, Change{now[k].Customer, "rule", now[k].Segment, "entered"})
	}
	for ; i < len(before); i++ {
		changes = append(changes, Change{before[i].Customer, "rule", before[i].Segment, "left"})
	}
	return changes
}

func (b Belonging) less(o Belonging) bool { return b.Compare(o) < 0 }

// Compare orders by customer, then by segment.
func (b Belonging) Compare(o Belonging) int {
	return compareTexts(b.Customer, o.Customer, b.Segment, o.Segment)
}

// Moves compares a kind of which everyone is in one segment at most. Both lists of
// customers are in bytewise order; an empty segment is none.
func Moves(kind string, customersBefore, before, customers, now []string) (changes []Change) {
	move := func(who, from, to string) {
		if from == to {
			return
		}
		if from != "" {
			changes = append(changes, Change{who, kind, from, "left"})
		}
		if to != "" {
			changes = append(changes, Change{who, kind, to, "entered"})
		}
	}
	if len(customersBefore) == 0 {
		changes = make([]Change, 0, len(customers)) // of the first run: all enter
	}
	i := 0
	for k, who := range customers {
		for ; i < len(customersBefore) && customersBefore[i] < who; i++ {
			move(customersBefore[i], before[i], "")
		}
		from := ""
		if i < len(customersBefore) && customersBefore[i] == who {
			from = before[i]
			i++
		}
		move(who, from, now[k])
	}
	for ; i < len(customersBefore); i++ {
		move(customersBefore[i], before[i], "")
	}
	return changes
}

// ChangeTable is the changes as a table, in order of customer, kind and segment.
func ChangeTable(changes []Change, at time.Time) *table.Table {
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), compareTexts(a.Kind, b.Kind, b.Event, a.Event, a.Segment, b.Segment))
	})
	n, run := len(changes), at.UTC().Format(time.RFC3339)
	who, kind, what, event, key, when := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]time.Time, n)
	for i, c := range changes {
		who[i], kind[i], what[i], event[i], key[i], when[i] = c.Customer, c.Kind, c.Segment, c.Event, c.keyOf(run), at
	}
	t := new(table.Table)
	id := table.Strings("customer_id", who)
	id.Required = true
	t.Add(id.Says("", "the customer", "el cliente"))
	t.Add(table.Strings("kind", kind).Says("", "rule, lifecycle, journey, rfm, value, micro or priority", "rule, lifecycle, journey, rfm, value, micro o priority"))
	t.Add(table.Strings("segment", what).Says("", "the segment", "el segmento"))
	t.Add(table.Strings("event", event).Says("", "entered or left since the run before", "entered (entró) o left (salió) desde la ejecución anterior"))
	t.Add(table.Times("at", when).Says("", "the run's moment", "el momento de la ejecución"))
	t.Add(table.Strings("key", key).Says("", "the same for the same change: whoever acts on it acts once", "el mismo para el mismo cambio: quien actúe, que actúe una vez"))
	return t
}

// compareTexts compares pairs of texts, the first pair that differs decides.
func compareTexts(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != pairs[i+1] {
			if pairs[i] < pairs[i+1] {
				return -1
			}
			return 1
		}
	}
	return 0
}
