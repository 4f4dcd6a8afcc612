package pipeline

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"segmenta/features"
	"segmenta/table"
)

// A Period is a part of the year, or one time, in which customers behave as they
// otherwise don't.
type Period struct {
	From string `yaml:"from" jsonschema_description:"its first day: 11-20 for every year, or 2025-11-20"`
	To   string `yaml:"to" jsonschema_description:"its last day, likewise; before from, it goes on into the next year"`
}

// holds reports whether a day lies in the period.
func (p Period) holds(day time.Time) bool {
	if len(p.From) == len(time.DateOnly) {
		at := day.Format(time.DateOnly)
		return p.From <= at && at <= p.To
	}
	at := day.Format("01-02")
	if p.From <= p.To {
		return p.From <= at && at <= p.To
	}
	return at >= p.From || at <= p.To
}

func (p Period) check(name string) error {
	forms := []string{"01-02", time.DateOnly}
	for _, form := range forms {
		_, e1 := time.Parse(form, p.From)
		_, e2 := time.Parse(form, p.To)
		if e1 == nil && e2 == nil && (form != time.DateOnly || p.From <= p.To) {
			return nil
		}
	}
	return fmt.Errorf("calendar.%s: from %q to %q is no period; write from: 11-20 and to: 11-30, or whole dates", name, p.From, p.To)
}

// contextDays is the stretch that is held against the one before it and against the same
// two of the year before.
const contextDays = 30

// contextReads are the features that are added up over everybody.
var contextReads = []string{"orders_30d", "amount_30d", "sessions_30d", "emails_sent_30d"}

// A movement is how much there was of something in the last days, in those before, and
// in the same two stretches of the year before; NaN of what the history doesn't reach.
type movement struct {
	name                          string
	now, before, yearAgo, earlier float64
}

func (m *movement) change() float64   { return m.now/m.before - 1 }
func (m *movement) lastYear() float64 { return m.yearAgo/m.earlier - 1 }

// muchMoved is the change from which there is something to explain.
const muchMoved = 0.1

// seasonal reports a change that was there the year before too: in the same direction,
// and at least half as large.
func (m *movement) seasonal() bool {
	now, then := m.change(), m.lastYear()
	return math.Abs(now) >= muchMoved && now*then > 0 && math.Abs(then) >= math.Abs(now)/2
}

// movements looks back over the history at four moments.
func (r *running) movements() (list []movement, err error) {
	var some []features.Definition
	for _, d := range r.past.on {
		if slices.Contains(contextReads, d.Name) {
			some = append(some, d)
		}
	}
	if len(some) == 0 {
		return nil, nil
	}
	at := r.past.asOf
	moments := []time.Time{at, at.AddDate(0, 0, -contextDays), at.AddDate(-1, 0, 0), at.AddDate(-1, 0, -contextDays)}
	s, err := r.past.Answer(features.Question{Definitions: some, Moments: moments, Threads: r.job.Threads})
	if err != nil {
		return nil, err
	}
	first, _ := r.past.Span()
	for _, d := range some {
		m := movement{name: d.Name}
		for k, to := range []*float64{&m.now, &m.before, &m.yearAgo, &m.earlier} {
			*to = math.NaN()
			if !moments[k].AddDate(0, 0, -contextDays).Before(first) {
				c := s[k].Table.Column(d.Name)
				*to = 0
				for i := range c.Len() {
					if v := c.Number(i); !math.IsNaN(v) {
						*to += v
					}
				}
			}
		}
		list = append(list, m)
	}
	return list, nil
}

// periods names those of the calendar in which the last days lie.
func (r *running) periods() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(r.job.Config.Calendar)) {
		p := r.job.Config.Calendar[name]
		for d := 1; d <= contextDays; d++ {
			if p.holds(r.past.asOf.AddDate(0, 0, -d)) {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

// season says in words what the calendar may explain; empty where it explains nothing.
func season(list []movement, periods []string) (said words) {
	var en, es []string
	for _, m := range list {
		if m.seasonal() {
			en = append(en, fmt.Sprintf("%s changed by %+.0f %%, and by %+.0f %% at this time a year before", m.name, 100*m.change(), 100*m.lastYear()))
			es = append(es, fmt.Sprintf("%s ha cambiado un %+.0f %%, y un %+.0f %% en esta época hace un año", m.name, 100*m.change(), 100*m.lastYear()))
		}
	}
	if len(periods) > 0 {
		en, es = append(en, "these days lie in "+strings.Join(periods, ", ")), append(es, "estos días caen en "+strings.Join(periods, ", "))
	}
	if len(en) == 0 {
		return words{}
	}
	return words{"; the calendar may explain it: " + strings.Join(en, "; "), "; puede explicarlo el calendario: " + strings.Join(es, "; ")}
}

func (r *running) contextTable(list []movement) *table.Table {
	t := new(table.Table)
	number := func(name, unit, en, es string, of func(m *movement) float64) {
		t.Add(table.Floats(name, gathered(list, func(m *movement) float64 { return finite(of(m)) })).Says(unit, en, es))
	}
	t.Add(table.Strings("what", gathered(list, func(m *movement) string { return m.name })).Says("", "the feature, added up over everybody", "la característica, sumada entre todos"))
	number("now", "", "in the last 30 days", "en los últimos 30 días", func(m *movement) float64 { return m.now })
	number("before", "", "in the 30 days before; null where the history doesn't reach", "en los 30 días anteriores; nulo donde el histórico no llega", func(m *movement) float64 { return m.before })
	number("year_ago", "", "in the same 30 days a year before", "en los mismos 30 días de hace un año", func(m *movement) float64 { return m.yearAgo })
	number("change", "share", "against the 30 days before", "frente a los 30 días anteriores", (*movement).change)
	number("change_year_ago", "share", "the same change a year before", "el mismo cambio hace un año", (*movement).lastYear)
	number("year_on_year", "share", "against the same 30 days a year before", "frente a los mismos 30 días de hace un año", func(m *movement) float64 { return m.now/m.yearAgo - 1 })
	t.Add(table.Bools("seasonal", gathered(list, (*movement).seasonal)).Says("", "the change was there a year before too, at least half as large", "el cambio también se dio hace un año, al menos la mitad de grande"))
	periods := strings.Join(r.periods(), ",")
	t.Add(table.OptionalStrings("periods", gathered(list, func(*movement) string { return periods })).Says("", "periods of the configured calendar in which the last 30 days lie", "periodos del calendario configurado en los que caen los últimos 30 días"))
	return t
}
