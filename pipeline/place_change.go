package pipeline

import (
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"segmenta/segment"
	"segmenta/table"
)

// exclusive lists the kinds of which everyone is in one segment at most, and the column
// that says which.
var exclusive = []struct{ kind, column string }{
	{"lifecycle", "lifecycle_stage"}, {"journey", "journey_stage"}, {"rfm", "rfm_segment"}, {"value", "value_band"},
	{"micro", "micro_segment"}, {"priority", "priority"},
}

// belongings is a row for each customer and rule segment they belong to, in order of
// both.
func (p *placing) belongings() (list []segment.Belonging) {
	rules := slices.Clone(p.rules)
	slices.SortFunc(rules, func(a, b *segment.Membership) int {
		return map[bool]int{true: -1, false: 1}[a.Rule.ID < b.Rule.ID]
	})
	for i, id := range p.r.snapshot.Customers {
		for _, m := range rules {
			if m.In[i] {
				list = append(list, segment.Belonging{Customer: id, Segment: m.Rule.ID, Entered: p.r.past.asOf})
			}
		}
	}
	return list
}

// change compares with the run before: who entered and left each segment.
func (p *placing) change() error {
	p.belong = p.belongings()
	name, before := p.r.before(p.r.past.asOf)
	if before == nil {
		moves := [][]segment.Change{segment.Compare(nil, p.belong)}
		for _, e := range exclusive {
			moves = append(moves, segment.Moves(e.kind, nil, nil, p.r.snapshot.Customers, p.column(e.column)))
		}
		p.moves = slices.Concat(moves...)
		return nil
	}
	dir := p.r.workspace.run(name)
	was, err := readBelongings(filepath.Join(dir, "memberships.parquet"), before)
	if err != nil {
		return err
	}
	p.moves = segment.Compare(was, p.belong)
	then, err := time.Parse(time.RFC3339, before.AsOf)
	if err != nil {
		return err
	}
	p.since = p.becameOf(was, then)
	old, err := table.ReadFile(filepath.Join(dir, "segments.parquet"))
	if err != nil {
		return err
	}
	customers := texts(old.Column("customer_id"))
	for _, e := range exclusive {
		if c := old.Column(e.column); c != nil {
			p.moves = append(p.moves, segment.Moves(e.kind, customers, texts(c), p.r.snapshot.Customers, p.column(e.column))...)
		}
	}
	return nil
}

// becameOf counts those who were in each rule segment, and who of them have bought since.
func (p *placing) becameOf(was []segment.Belonging, then time.Time) map[string]segment.Since {
	row := make(map[string]int, p.n)
	for i, id := range p.r.snapshot.Customers {
		row[id] = i
	}
	days := p.r.past.asOf.Sub(then).Hours() / 24
	since := make(map[string]segment.Since)
	for _, b := range was {
		if i, there := row[b.Customer]; there {
			s := since[b.Segment]
			s.Members++
			if p.recency[i] <= days {
				s.Bought++
			}
			since[b.Segment] = s
		}
	}
	return since
}

// column is a column of the segment table as texts, empty where it is null.
func (p *placing) column(name string) []string {
	c := p.out.Column(name)
	if c == nil {
		return make([]string, p.n)
	}
	return texts(c)
}

func texts(c *table.Column) []string {
	list := make([]string, c.Len())
	for i := range list {
		if c.Kind == table.String {
			list[i] = c.Text(i)
		} else if !c.IsNull(i) {
			list[i] = strconv.FormatInt(c.Ints[i], 10)
		}
	}
	return list
}

// readBelongings reads who belonged where as of the run before.
func readBelongings(path string, m *Manifest) ([]segment.Belonging, error) {
	t, err := table.ReadFile(path)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339, m.AsOf)
	if err != nil {
		return nil, err
	}
	who, what, entered := t.Column("customer_id"), t.Column("segment"), t.Column("entered_at")
	list := make([]segment.Belonging, t.Rows())
	for i := range list {
		list[i] = segment.Belonging{Customer: who.Text(i), Segment: what.Text(i), Entered: at}
		if entered != nil {
			list[i].Entered = time.UnixMicro(entered.Ints[i]).UTC()
		}
	}
	slices.SortFunc(list, segment.Belonging.Compare)
	return list, nil
}

// memberships is a row for each customer and rule segment they belong to.
func (p *placing) memberships() *table.Table {
	who, what, since, first := make([]string, len(p.belong)), make([]string, len(p.belong)), make([]time.Time, len(p.belong)), make([]bool, len(p.belong))
	rules := make(map[string]*segment.Rule)
	for _, m := range p.rules {
		rules[m.Rule.ID] = m.Rule
	}
	for i, b := range p.belong {
		who[i], what[i], since[i], first[i] = b.Customer, b.Segment, b.Entered, rules[b.Segment].InPilot(b.Customer)
	}
	t := new(table.Table)
	id := table.Strings("customer_id", who)
	id.Required = true
	t.Add(id.Says("", "the customer", "el cliente"))
	t.Add(table.Strings("segment", what).Says("", "the rule segment", "el segmento por reglas"))
	t.Add(table.Times("entered_at", since).Says("", "as of which run they came in, and have been in since", "en qué ejecución entraron, y siguen dentro desde entonces"))
	t.Add(table.Bools("pilot", first).Says("", "to be tried on first: all where the rule asks for no pilot", "con quien se prueba primero: todos si la regla no pide piloto"))
	return t
}

// triggers is a row for each customer who entered a segment that starts something.
func (p *placing) triggers() *table.Table {
	starts := make(map[string]string)
	for _, m := range p.rules {
		if m.Rule.Trigger != "" {
			starts[m.Rule.ID] = m.Rule.Trigger
		}
	}
	var who, what, from, key []string
	var at []time.Time
	for _, c := range p.moves {
		if c.Kind == "rule" && c.Event == "entered" && starts[c.Segment] != "" {
			who, what, from = append(who, c.Customer), append(what, starts[c.Segment]), append(from, c.Segment)
			key, at = append(key, c.Key(p.r.past.asOf)), append(at, p.r.past.asOf)
		}
	}
	t := new(table.Table)
	id := table.Strings("customer_id", who)
	id.Required = true
	t.Add(id.Says("", "the customer", "el cliente"))
	t.Add(table.Strings("trigger", what).Says("", "what starts: onboarding, cart_abandonment, reactivation or your own", "qué empieza: onboarding, cart_abandonment, reactivation u otro propio"))
	t.Add(table.Strings("segment", from).Says("", "the segment that they entered", "el segmento en el que entraron"))
	t.Add(table.Times("at", at).Says("", "the run's moment", "el momento de la ejecución"))
	t.Add(table.Strings("key", key).Says("", "the same for the same entry: whoever acts on it acts once", "el mismo para la misma entrada: quien actúe, que actúe una vez"))
	return t
}

// moved counts who entered and left every segment, by kind, segment and event.
func moved(changes []segment.Change) map[[3]string]int64 {
	count := make(map[[3]string]int64)
	for _, c := range changes {
		count[[3]string{c.Kind, c.Segment, c.Event}]++
	}
	return count
}
