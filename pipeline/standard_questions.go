package pipeline

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"segmenta/features"
)

// questions is what the checks ask about.
type questions struct {
	job    *Job
	past   *past
	before *profile // nil where there is no run before
	latest bool     // the moment is now, and not one that somebody named
	all    []features.Check
}

// ask makes every check.
func (q *questions) ask() []features.Check {
	for _, s := range standards {
		s = s.set(q.job.Config.Quality.Checks[s.name])
		if s.severity != "off" && s.ask != nil {
			s.ask(q, s)
		}
	}
	for _, name := range q.past.order {
		q.all = append(q.all, q.past.watched[name].Checks()...)
	}
	return q.all
}

// share asks whether a part of the rows is small enough.
func (q *questions) share(s standard, source, column string, part, of int64, samples []features.Sample, en, es string) {
	share := 0.0
	if of > 0 {
		share = float64(part) / float64(of)
	}
	q.all = append(q.all, features.Check{Source: source, Column: column, Name: s.name, Severity: s.severity, Observed: share, Limit: s.limit, Rows: part, Passed: share <= s.limit,
		En: fmt.Sprintf("%d of %d %s", part, of, en), Es: fmt.Sprintf("%d de %d %s", part, of, es), Samples: samples})
}

// schema says what has changed in the columns since the run before.
func (q *questions) schema(s standard) {
	for _, c := range q.past.drift {
		if s.severity != "" {
			c.Severity = s.severity
		}
		q.all = append(q.all, c)
	}
	if q.before == nil {
		return
	}
	for _, name := range q.past.order {
		was := q.before.Sources[name]
		if was == nil {
			continue
		}
		changes := features.Unread(name, was, q.past.shapes[name])
		for _, c := range changes {
			if s.severity != "" {
				c.Severity = s.severity
			}
			q.all = append(q.all, c)
		}
		if len(changes)+len(q.past.drift) == 0 {
			q.all = append(q.all, features.Check{Source: name, Name: s.name, Severity: "fail", Observed: math.NaN(), Limit: math.NaN(), Passed: true,
				En: "the columns are those of the run of " + q.before.Run, Es: "las columnas son las de la ejecución de " + q.before.Run})
		}
	}
}

// currency refuses amounts of which nobody knows what they are worth.
func (q *questions) currency(s standard) {
	counts := q.past.watched["transactions"].Currencies()
	c := q.job.Config
	if counts == nil {
		return
	}
	var said []string
	wrong, codes := int64(0), slices.Sorted(maps.Keys(counts))
	ours := strings.ToUpper(c.Currency)
	if ours == "" && len(codes) == 1 {
		ours = codes[0]
	}
	for _, code := range codes {
		name := code
		if code == "" {
			name = words{"none", "ninguna"}.in(c.Language)
		}
		said = append(said, fmt.Sprintf("%s %d", name, counts[code]))
		if code == "" || code != ours {
			wrong += counts[code]
		}
	}
	list := strings.Join(said, ", ")
	k := features.Check{Source: "transactions", Column: "currency", Name: s.name, Severity: s.severity, Observed: float64(len(codes)), Limit: 1, Rows: wrong, Passed: wrong == 0 || c.Sources.Rates != nil,
		En: "rows by currency: " + list, Es: "filas por divisa: " + list}
	if !k.Passed {
		k.En += "; amounts of different currencies can't be added: say sources.rates, or select one currency"
		k.Es += "; no se pueden sumar importes de divisas distintas: indique sources.rates, o elija una divisa"
		if ours == "" {
			k.En, k.Es = k.En+", and currency", k.Es+", y currency"
		} else {
			k.En, k.Es = k.En+" ("+ours+" is the configuration's)", k.Es+" ("+ours+" es la de la configuración)"
		}
	}
	q.all = append(q.all, k)
}

// volume compares the rows of each source with the run before.
func (q *questions) volume(s standard) {
	if q.before == nil {
		return
	}
	for _, now := range q.past.Quality().Sources {
		was, known := q.before.Accepted[now.Name]
		if !known || was == 0 {
			continue
		}
		ratio := float64(now.Accepted) / float64(was)
		q.all = append(q.all, features.Check{Source: now.Name, Name: s.name, Severity: s.severity, Observed: ratio, Limit: s.limit, Rows: now.Accepted, Passed: ratio >= s.least && ratio <= s.limit,
			En: fmt.Sprintf("%d rows, and %d in the run of %s; from %g to %g times as many may be", now.Accepted, was, q.before.Run, s.least, s.limit),
			Es: fmt.Sprintf("%d filas, y %d en la ejecución de %s; se admite de %g a %g veces tantas", now.Accepted, was, q.before.Run, s.least, s.limit)})
	}
}

// nulls asks whether a column has emptied since the run before.
func (q *questions) nulls(s standard) {
	if q.before == nil {
		return
	}
	for _, name := range q.past.order {
		was := q.before.column(name)
		for _, c := range q.past.shapes[name].Columns {
			old, known := was[c.Name]
			if !known || old.Null == nil || c.Null == nil {
				continue
			}
			rise := *c.Null - *old.Null
			if rise <= s.limit {
				continue // hundreds of columns that are as they were say nothing
			}
			q.all = append(q.all, features.Check{Source: name, Column: c.Name, Name: s.name, Severity: s.severity, Observed: rise, Limit: s.limit, Rows: int64(*c.Null * float64(q.past.shapes[name].Rows)),
				En: fmt.Sprintf("%.3g %% of the rows are null, and %.3g %% were in the run of %s", 100**c.Null, 100**old.Null, q.before.Run),
				Es: fmt.Sprintf("el %.3g %% de las filas es nulo, y lo era el %.3g %% en la ejecución de %s", 100**c.Null, 100**old.Null, q.before.Run)})
		}
	}
}

func (q *questions) duplicates(s standard) {
	for _, now := range q.past.Quality().Sources {
		q.share(s, now.Name, "", now.Rows("repeated")+now.Rows("duplicate"), now.Read, nil, "rows are equal to another", "filas son iguales a otra")
	}
}

// future asks for rows that haven't happened. Of a moment in the past most rows are later.
func (q *questions) future(s standard) {
	if !q.latest {
		return
	}
	for _, now := range q.past.Quality().Sources {
		q.share(s, now.Name, "", now.Rows("future"), now.Read, now.Samples("future"), "rows lie in the future", "filas están en el futuro")
	}
}

// freshness asks how old the newest row is: now, or at the moment that was named.
func (q *questions) freshness(s standard) {
	at := q.past.asOf
	if q.latest {
		at = q.job.now()
	}
	if at.Year() > 9000 { // nobody said what time it is
		return
	}
	for _, now := range q.past.Quality().Sources {
		if now.Last.IsZero() {
			continue
		}
		days := math.Floor(at.Sub(now.Last).Hours() / 24)
		q.all = append(q.all, features.Check{Source: now.Name, Name: s.name, Severity: s.severity, Observed: days, Limit: s.limit, Passed: days <= s.limit,
			En: fmt.Sprintf("the newest row is of %s, %.0f days before", now.Last.In(q.job.Config.zone).Format(time.DateOnly), days),
			Es: fmt.Sprintf("la fila más reciente es de %s, %.0f días antes", now.Last.In(q.job.Config.zone).Format(time.DateOnly), days)})
	}
}

// unseen asks for rows whose category, channel or type is new since the run before.
func (q *questions) unseen(s standard) {
	if q.before == nil {
		return
	}
	for _, name := range q.past.order {
		was, seen := q.before.column(name), q.past.watched[name].Seen()
		for _, c := range q.past.shapes[name].Columns {
			old := was[c.Name]
			if len(old.Words) == 0 || seen[c.Name] == nil {
				continue
			}
			rows := int64(0)
			for word, n := range seen[c.Name].Words {
				if _, known := slices.BinarySearch(old.Words, word); !known {
					rows += n
				}
			}
			q.share(s, name, c.Name, rows, seen[c.Name].Rows-seen[c.Name].Nulls, nil, "rows hold a word that wasn't there in the run of "+q.before.Run, "filas tienen una palabra que no estaba en la ejecución de "+q.before.Run)
		}
	}
}

// unmatched asks for customers whom only one source knows.
func (q *questions) unmatched(s standard) {
	bought := q.past.watched["transactions"].IDs()
	who := q.past.watched["customers"]
	if events := q.past.watched["events"]; events != nil {
		others := []*features.IDs{bought}
		if who != nil {
			others = append(others, who.IDs())
		}
		n, of := events.IDs().Without(others...)
		q.share(s, "events", "", n, of, nil, "customers with events are in no other source", "clientes con eventos no están en ninguna otra fuente")
	}
	if who != nil {
		n, of := bought.Without(who.IDs())
		q.share(s, "transactions", "", n, of, nil, "buyers are not in customers", "compradores no están en customers")
	}
}

// late asks for rows that lie before the run before and that it didn't know.
func (q *questions) late(s standard) {
	if q.before == nil || q.past.before.Run != q.before.Run { // rows were counted up to another run
		return
	}
	for _, now := range q.past.Quality().Sources {
		was, known := q.before.Usable[now.Name]
		if !known || now.Name == "customers" {
			continue
		}
		q.share(s, now.Name, "", max(0, now.Older-was), now.Accepted, nil, "rows are older than the run of "+q.before.Run+" and weren't there then", "filas son anteriores a la ejecución de "+q.before.Run+" y entonces no estaban")
	}
}
