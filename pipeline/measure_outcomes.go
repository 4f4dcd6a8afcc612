package pipeline

import (
	"context"
	"fmt"
	"math"
	"time"

	"segmenta/features"
)

// leftAlone is the arm of those whom nothing reached.
const leftAlone = "left_alone"

// An aftermath is what everybody did in the window after a moment, and in as
// long a window before it.
type aftermath struct {
	at            map[string]int // row after, by customer
	atBefore      map[string]int
	after, before *features.Snapshot
	end           time.Time // of what is known
}

// counted are what is asked of both windows. A shop that lacks a source has no such column.
func (m Measure) counted(window Days) []features.Definition {
	w := []string{window.String()}
	d := func(name, source, measure, field string, types ...string) features.Definition {
		return features.Definition{Name: "measured_" + name, Source: source, Measure: measure, Field: field, Types: types, Windows: w, En: name, Es: name}
	}
	defs := []features.Definition{d("orders", "orders", "count", ""), d("amount", "orders", "sum", "amount"),
		d("nps", "events", "mean", "value", "nps"), d("unsubscribes", "events", "count", "", "unsubscribe"),
		d("sent", "events", "count", "", "email_sent"), d("bounced", "events", "count", "", "email_bounce"),
		d("opened", "events", "count", "", "email_open"), d("clicked", "events", "count", "", "email_click")}
	for _, t := range m.Events {
		defs = append(defs, d("event_"+t, "events", "count", "", t))
	}
	return defs
}

// follow computes what everybody did before and after a moment.
func (j *Job) follow(ctx context.Context, moment time.Time, window Days) (*aftermath, error) {
	catalog, err := new(features.Catalog).With("measure", j.Config.Measure.counted(window))
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	g, err := j.gather(ctx, false)
	if err != nil {
		return nil, err
	}
	defer g.close()
	in := j.inputs(g, j.now())
	in.Definitions = catalog.Definitions()
	if in.Forgotten, err = j.suppressed(); err != nil {
		return nil, err
	}
	if in.Transactions.Rates, err = j.rates(g); err != nil {
		return nil, err
	}
	h, err := features.Load(ctx, in)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	defer h.Close()
	_, last := h.Span()
	f := &aftermath{end: dayAfter(last.In(j.Config.zone))}
	defs, _ := h.Available(catalog.Definitions())
	until := moment.AddDate(0, 0, int(window))
	s, err := h.Answer(features.Question{Definitions: defs, Moments: []time.Time{moment, until}, Threads: j.Threads})
	if err != nil {
		return nil, err
	}
	f.before, f.after = s[0], s[1]
	f.atBefore, f.at = rowsOfCustomers(f.before), rowsOfCustomers(f.after)
	return f, nil
}

func rowsOfCustomers(s *features.Snapshot) map[string]int {
	at := make(map[string]int, len(s.Customers))
	for i, id := range s.Customers {
		at[id] = i
	}
	return at
}

// of is a column of the window after and of the one before for these customers: 0 where
// somebody did nothing, NaN where nothing says. It is nil where the data have no such
// thing.
func (f *aftermath) of(name string, ids []string) (after, before []float64) {
	return columnFor(f.after, f.at, name, ids), columnFor(f.before, f.atBefore, name, ids)
}

func columnFor(s *features.Snapshot, at map[string]int, name string, ids []string) []float64 {
	c := s.Table.Column("measured_" + name)
	if c == nil {
		return nil
	}
	values := make([]float64, len(ids))
	for i, id := range ids {
		if row, there := at[id]; there {
			values[i] = c.Number(row)
		}
		if math.IsNaN(values[i]) && name != "nps" {
			values[i] = 0
		} else if name == "nps" && (values[i] == 0 && !has(at, id)) {
			values[i] = math.NaN()
		}
	}
	return values
}

func has(at map[string]int, id string) bool { _, there := at[id]; return there }

// outcomes are what came of everybody: bought, spent, stayed, came back, used it, liked it,
// and unsubscribed.
func (f *aftermath) outcomes(ids, stage []string, events []string) (list []outcome) {
	orders, ordersBefore := f.of("orders", ids)
	amount, amountBefore := f.of("amount", ids)
	bought, boughtBefore := yesNo(orders), yesNo(ordersBefore)
	list = append(list, outcome{"conversion", words{"conversion", "conversión"}, true, false, 1, bought, boughtBefore, true},
		outcome{"revenue", words{"revenue a customer", "ingreso por cliente"}, false, true, 1, amount, amountBefore, true},
		outcome{"orders", words{"orders a customer", "pedidos por cliente"}, false, false, 1, orders, ordersBefore, true})
	in := func(stages ...string) []float64 {
		values := repeated(math.NaN(), len(ids))
		for i, s := range stage {
			for _, want := range stages {
				if s == want {
					values[i] = bought[i]
				}
			}
		}
		return values
	}
	list = append(list, outcome{"retention", words{"retention", "retención"}, true, false, 1, in("customer", "top_customer", "evangelist"), nil, false},
		outcome{"reactivation", words{"reactivation", "reactivación"}, true, false, 1, in("dormant"), nil, false})
	for _, t := range events {
		if after, before := f.of("event_"+t, ids); after != nil {
			list = append(list, outcome{"use_" + t, words{"use (" + t + ")", "uso (" + t + ")"}, false, false, 1, after, before, true})
		}
	}
	if nps, _ := f.of("nps", ids); nps != nil {
		list = append(list, outcome{"nps", words{"NPS", "NPS"}, false, false, 1, promoters(nps), nil, false})
	}
	if after, _ := f.of("unsubscribes", ids); after != nil {
		list = append(list, outcome{"unsubscribes", words{"unsubscribes", "bajas"}, true, false, -1, yesNo(after), nil, false})
	}
	return list
}

func yesNo(counts []float64) []float64 {
	if counts == nil {
		return nil
	}
	out := make([]float64, len(counts))
	for i, v := range counts {
		if v > 0 {
			out[i] = 1
		}
	}
	return out
}

// promoters turns answers from 0 to 10 into 100 for 9 and more, −100 for 6 and less, and
// 0 between: their mean is the net promoter score.
func promoters(answers []float64) []float64 {
	out := make([]float64, len(answers))
	for i, v := range answers {
		switch {
		case math.IsNaN(v):
			out[i] = v
		case v >= 9:
			out[i] = 100
		case v <= 6:
			out[i] = -100
		}
	}
	return out
}

// complete reports whether the whole window is known, and says so where it isn't.
func (f *aftermath) complete(moment time.Time, window Days) (bool, words) {
	until := moment.AddDate(0, 0, int(window))
	if !f.end.Before(until) {
		return true, words{}
	}
	days := int(f.end.Sub(moment).Hours() / 24)
	return false, words{fmt.Sprintf("%d of %d days of the window are over: measure again when all are", max(0, days), window),
		fmt.Sprintf("han pasado %d de los %d días de la ventana: mida de nuevo cuando hayan pasado todos", max(0, days), window)}
}
