package pipeline

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"time"

	"segmenta/predict/metric"
	"segmenta/report"
	"segmenta/segment"
)

// report writes the run's page.
func (r *running) report(path string) error {
	c := r.job.Config
	p := &report.Page{Language: c.Language, Name: c.Name, AsOf: r.past.asOf.Format(time.DateOnly), Currency: c.Currency, Version: version(), Customers: len(r.snapshot.Customers)}
	spent := r.tables.segments.Column("amount_all")
	for i := range r.snapshot.Customers {
		if v := spent.Number(i); !math.IsNaN(v) {
			p.Value += v
		}
	}
	buyers, _ := buyersOf(r.snapshot)
	p.Buyers = len(buyers)
	r.reportSegments(p)
	r.reportGrid(p)
	r.reportMicro(p)
	for _, name := range c.TargetNames() {
		p.Models = append(p.Models, r.reportModel(name))
	}
	days := strconv.Itoa(int(c.Value.Horizon))
	p.Models = append(p.Models, r.tables.worth.model.page(capital(r.say("lifetime value in "+days+" days", "valor de vida en "+days+" días")), c.Language))
	r.reportSheets(p)
	q := r.tables.quality
	for i := range q.Rows() {
		p.Data = append(p.Data, report.Finding{Source: q.Column("source").Text(i), What: q.Column(c.Language).Text(i), Rows: int64(q.Column("rows").Number(i))})
	}
	for _, o := range r.manifest.Off {
		p.Off = append(p.Off, report.Off{What: o.What.in(c.Language), Why: o.Why.in(c.Language)})
	}
	var page bytes.Buffer
	if err := report.HTML(&page, p); err != nil {
		return err
	}
	return os.WriteFile(path, page.Bytes(), 0o644)
}

func (r *running) say(en, es string) string { return words{en, es}.in(r.job.Config.Language) }

func (r *running) reportSegments(p *report.Page) {
	rows := rowsOf(r.tables.summary)
	for _, k := range kinds {
		kind := report.Kind{Title: r.say(k.en, k.es)}
		for _, s := range rows {
			if s.Kind != k.kind || s.Customers == 0 {
				continue
			}
			churn := math.NaN()
			if s.Churn != nil {
				churn = *s.Churn
			}
			kind.Segments = append(kind.Segments, report.Segment{Name: r.say(s.NameEn, s.NameEs), Customers: s.Customers, Share: s.Share, Value: s.Value, Churn: churn})
		}
		if len(kind.Segments) > 0 {
			p.Kinds = append(p.Kinds, kind)
		}
	}
}

func (r *running) reportGrid(p *report.Page) {
	g := r.tables.grid
	for i := range g.Rows() {
		name, _ := segment.NameOf(segment.RFMNames, g.Column("segment").Text(i))
		customers := g.Column("customers").Number(i)
		if math.IsNaN(customers) { // too few to be told of
			customers = 0
		}
		p.Grid[int(g.Column("recency_score").Number(i))-1][int(g.Column("frequency_score").Number(i))-1] = report.Cell{
			Name: r.say(name.En, name.Es), Customers: int64(customers), Share: customers / math.Max(1, float64(p.Buyers)), Churn: g.Column("mean_churn_probability").Number(i)}
	}
}

// traitsShown is how many traits of a micro-segment the page shows.
const traitsShown = 5

func (r *running) reportMicro(p *report.Page) {
	seg := r.segmentation
	if seg.Abstained != (words{}) {
		return
	}
	words, untold := r.past.words(), untoldOf(r.tables.summary)
	for _, f := range seg.Profiles {
		if untold["micro "+strconv.FormatInt(seg.id(f.Cluster), 10)] {
			continue
		}
		m := report.Micro{Name: r.say(f.NameEn, f.NameEs), Share: f.Share}
		for _, t := range f.Traits[:min(traitsShown, len(f.Traits))] {
			m.Traits = append(m.Traits, report.Trait{Name: r.say(words[t.Feature].En, words[t.Feature].Es), Effect: t.Effect})
		}
		p.Micro = append(p.Micro, m)
	}
	p.Map = r.reportMap(seg)
	for _, c := range seg.Curve {
		p.Curve = append(p.Curve, report.Point{K: c.K, Silhouette: c.Silhouette, Chosen: c.K == seg.Model.K})
	}
}

func (r *running) reportModel(name string) report.Model {
	card := r.scores[name].card
	called := r.job.Config.Targets[name].words()
	days := strconv.Itoa(int(r.job.Config.Targets[name].Horizon))
	m := report.Model{Title: capital(r.say(called.En+" in "+days+" days", called.Es+" en "+days+" días")), Why: card.Abstained.in(r.job.Config.Language)}
	if card.Held == nil {
		return m
	}
	m.Rows, m.Validated = card.Held.Rows, capital(card.Validation.in(r.job.Config.Language))+"."
	for _, f := range []struct {
		en, es string
		i      *metric.Interval
	}{{"AUC", "AUC", card.Held.AUC}, {"AUC of recency alone", "AUC de la recencia sola", card.Baseline}, {"average precision", "precisión media", card.Held.AP},
		{"calibration error (ECE)", "error de calibración (ECE)", card.Held.ECE}, {"Brier", "Brier", card.Held.Brier}, {"log loss", "pérdida logarítmica", card.Held.LogLoss},
		{"lift in the top 10 %", "lift en el 10 % superior", card.Held.Lift10}, {"gain in the top 10 %", "ganancia en el 10 % superior", card.Held.Gain10}} {
		if f.i != nil {
			m.Figures = append(m.Figures, report.Figure{Name: r.say(f.en, f.es), Value: f.i.Value, Low: f.i.Low, High: f.i.High})
		}
	}
	r.reportSince(&m, name)
	for _, b := range card.Held.Bins {
		m.Bins = append(m.Bins, report.Bin{Predicted: b.Predicted, Happened: b.Happened, Low: b.Low, High: b.High})
	}
	m.Causes = r.reportCauses(card)
	return m
}

// causesShown is how many features the page shows of each model.
const causesShown = 8

func (r *running) reportCauses(card Card) (list []report.Cause) {
	if card.Understood == nil {
		return nil
	}
	called := r.past.words()
	for _, i := range card.Understood.Importance[:min(causesShown, len(card.Understood.Importance))] {
		w := called[i.Feature]
		name := r.say(w.En, w.Es)
		switch i.Feature {
		case rhythmNone, rhythmAlive, rhythmExpected:
			name = r.say("the rhythm of purchases", "el ritmo de compra")
		}
		if name == "" {
			name = i.Feature
		}
		list = append(list, report.Cause{Name: capital(name), Share: i.Share})
	}
	return list
}

// reportSince adds how earlier runs turned out, and what is expected of this one.
func (r *running) reportSince(m *report.Model, name string) {
	if e := r.manifest.Estimated[name]; e != nil {
		m.Figures = append(m.Figures, report.Figure{Name: r.say("AUC expected of this run, from its probabilities", "AUC que se espera de esta ejecución, por sus probabilidades"), Value: e.AUC, Low: math.NaN(), High: math.NaN()})
	}
	for _, b := range r.manifest.Matured {
		if b.Target == name && b.AUC != nil {
			m.Figures = append(m.Figures, report.Figure{Name: r.say("AUC of the run of "+b.Run+", now that it is known", "AUC de la ejecución de "+b.Run+", ahora que se conoce"), Value: b.AUC.Value, Low: b.AUC.Low, High: b.AUC.High},
				report.Figure{Name: r.say("calibration error of the run of "+b.Run, "error de calibración de la ejecución de "+b.Run), Value: b.ECE.Value, Low: b.ECE.Low, High: b.ECE.High})
		}
	}
}
