package pipeline

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"segmenta/report"
	"segmenta/table"
)

// publishEffects writes the tables and the page.
func (j *Job) publishEffects(w *workspace, name string, m *Effects) error {
	if err := os.MkdirAll(filepath.Join(w.dir, "measures"), 0o755); err != nil {
		return err
	}
	m.Dir = filepath.Join(w.dir, "measures", name)
	return w.publishIn("measures", name, func(dir string) error {
		tables := []namedTable{{"campaign_eval", effectTable(m.Effects)}, {"campaign_engagement", engagementTable(m.Engaged)}, {"campaign_winners", winnerTable(m.Winners)}, {"campaign_criteria", criterionTable(m.Criteria)}}
		trend, err := j.trend(w, name, m)
		if err != nil {
			return err
		}
		tables = append(tables, namedTable{"campaign_trend", trend})
		if m.scores != nil {
			tables = append(tables, namedTable{"uplift", m.scores})
		}
		for _, t := range tables {
			if err := table.WriteFile(filepath.Join(dir, t.name+".parquet"), t.table); err != nil {
				return err
			}
		}
		var page bytes.Buffer
		if err := report.EffectsHTML(&page, m.page(j.Config)); err != nil {
			return fmt.Errorf("report: %w", err)
		}
		return os.WriteFile(filepath.Join(dir, "report.html"), page.Bytes(), 0o644)
	})
}

// page is what the report shows.
func (m *Effects) page(c *Config) *report.EffectsPage {
	p := &report.EffectsPage{Language: c.Language, Name: c.Name, Run: m.Run, Window: m.Window, Note: m.Until.in(c.Language), Currency: c.Currency, Version: version()}
	for _, a := range m.Arms {
		p.Arms = append(p.Arms, report.Arm{Name: armNames[a.Name].or(a.Name).in(c.Language), Customers: int64(a.Customers)})
	}
	for _, e := range m.Effects {
		if !e.shown() {
			p.More++
			continue
		}
		d, _ := e.best()
		p.Effects = append(p.Effects, report.EffectRow{Group: e.place(c.Language), Everyone: strings.HasSuffix(e.Kind, everyone), Outcome: capital(e.called.in(c.Language)), Arm: armNames[e.Arm].or(e.Arm).in(c.Language), Treated: e.Treated, Control: e.Control,
			Rate: e.rate, OfTreated: report.Interval(e.OfTreated), OfControl: report.Interval(e.OfControl), Difference: report.Interval(d), Verdict: e.Verdict, Says: verdictNames[e.Verdict].in(c.Language), Reason: e.Reason.in(c.Language)})
	}
	for _, e := range m.Engaged {
		p.Engaged = append(p.Engaged, report.EngagedRow{Group: e.Name.in(c.Language), Delivered: e.Delivered, Open: report.Interval(e.Open), Click: report.Interval(e.CTR), ClickToOpen: report.Interval(e.CTOR)})
	}
	for _, u := range m.Uplift {
		if u.Why == "" {
			r := report.UpliftRow{Outcome: u.Outcome, Way: u.Way, Qini: report.Interval(u.Ranked.Qini)}
			for _, t := range u.Ranked.Tops {
				r.Tops = append(r.Tops, report.TopRow{Share: t.Share, Effect: report.Interval(t.Effect)})
			}
			p.Uplift = append(p.Uplift, r)
		}
	}
	if m.Segmented != nil {
		p.Segmented = capital(m.Segmented.Says.in(c.Language)) + "."
	}
	return p
}

// shown reports whether the page shows an effect: those on everybody, and on segments
// what is clear of conversion and revenue. The table has them all.
func (e *Effect) shown() bool {
	return strings.HasSuffix(e.Kind, everyone) || (e.Outcome == "conversion" || e.Outcome == "revenue") && e.Verdict != "too_small"
}

// armNames are the arms that segmenta itself names.
var armNames = map[string]words{leftAlone: {"left alone", "fuera de campaña"}, "reached": {"reached", "alcanzados"}}

// group is the segment in words, with the campaign where there is one.
func (e *Effect) group(language string) string {
	if e.Arm != "reached" {
		return e.place(language) + " · " + e.Arm
	}
	return e.place(language)
}

func (e *Effect) place(language string) string {
	if c, _, ok := strings.Cut(strings.TrimPrefix(e.Kind, "campaign "), ": "); ok && strings.HasPrefix(e.Kind, "campaign ") {
		return c + " · " + e.Name.in(language)
	}
	return e.Name.in(language)
}

func winnerTable(list []Winner) *table.Table {
	t := new(table.Table)
	text := func(name, en, es string, of func(w *Winner) string) {
		t.Add(table.OptionalStrings(name, gathered(list, of)).Says("", en, es))
	}
	number := func(name, en, es string, of func(w *Winner) float64) {
		t.Add(table.Floats(name, gathered(list, func(w *Winner) float64 { return finite(of(w)) })).Says("", en, es))
	}
	text("segment_kind", "campaign, and kind of segment", "campaña y tipo de segmento", func(w *Winner) string { return w.Kind })
	text("segment", "the segment", "el segmento", func(w *Winner) string { return w.Segment })
	text("outcome", "what came of it", "qué resultó", func(w *Winner) string { return w.Outcome })
	text("best", "the message that did best", "el mensaje que mejor resultó", func(w *Winner) string { return w.Best })
	text("second", "and the second", "y el segundo", func(w *Winner) string { return w.Second })
	number("difference", "of the two", "entre ambos", func(w *Winner) float64 { return w.Difference.Value })
	number("difference_low", "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %", func(w *Winner) float64 { return w.Difference.Low })
	number("difference_high", "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %", func(w *Winner) float64 { return w.Difference.High })
	number("ratio", "of two rates", "entre dos tasas", func(w *Winner) float64 { return w.Ratio.Value })
	number("p_holm", "of as large a difference by chance, for as many pairs and segments (Holm)", "de una diferencia así por azar, para tantos pares y segmentos (Holm)", func(w *Winner) float64 { return float64(w.Holm) })
	text("verdict", "winner, or no_winner", "winner (gana) o no_winner (sin ganador)", func(w *Winner) string { return w.Verdict })
	return t
}
