package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"segmenta/predict/effect"
	"segmenta/segment"
	"segmenta/table"
)

// A Criterion is what leaving out one condition of a rule segment would do: how those fare
// whom it lets in, beside those who are in.
type Criterion struct {
	Segment   string          `json:"segment"`
	Criterion string          `json:"criterion"`
	LetsIn    int             `json:"lets_in"`
	OfIn      effect.Estimate `json:"effect_on_members"`
	OfLetIn   effect.Estimate `json:"effect_on_those_let_in"`
	Drop      bool            `json:"drop"` // they clearly gain, so the criterion keeps out whom it should not
	Rank      int             `json:"rank"` // 1: to be dropped first
	Says      words           `json:"says"`
}

// criteria asks of each rule segment of which it is not clear that it works, which of its
// criteria could go: the one whose outsiders gain most first.
func (j *Job) criteria(run *published, x *experiment, effects []*Effect) (list []Criterion, err error) {
	rules, err := j.allRules()
	if err != nil {
		return nil, err
	}
	s, err := run.shelf()
	if err != nil {
		return nil, err
	}
	defer s.close()
	for _, e := range effects {
		k := slices.IndexFunc(rules, func(r *segment.Rule) bool { return r.ID == e.Segment })
		if e.Kind != "rule" || e.Outcome != "conversion" || e.Verdict == "keep" || k < 0 {
			continue
		}
		t, err := s.forRules(rules[k : k+1])
		if err != nil {
			return nil, err
		}
		own, err := x.loosened(rules[k], t, e)
		if err != nil {
			return nil, err
		}
		list = append(list, own...)
	}
	return list, nil
}

// loosened ranks the criteria of one rule.
func (x *experiment) loosened(rule *segment.Rule, t *table.Table, e *Effect) (list []Criterion, err error) {
	loose, err := rule.Loosen(t)
	var lacks segment.Unavailable
	if errors.As(err, &lacks) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	in, _ := e.best()
	for _, l := range loose {
		out := x.compare(x.outcomes[0], group{kind: "rule", id: rule.ID, in: l.LetsIn}, 1, 0)
		c := Criterion{Segment: rule.ID, Criterion: l.Criterion, LetsIn: out.Treated + out.Control, OfIn: in, OfLetIn: effect.Unknown}
		if c.LetsIn == 0 {
			continue
		}
		c.OfLetIn, _ = out.best()
		c.Drop = c.OfLetIn.Low > 0
		c.say(out)
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b Criterion) int {
		return cmp.Or(-cmp.Compare(a.OfLetIn.Low, b.OfLetIn.Low), cmp.Compare(a.Criterion, b.Criterion))
	})
	for i := range list {
		list[i].Rank = i + 1
	}
	return list, nil
}

func (c *Criterion) say(e *Effect) {
	en, es := e.difference("en"), e.difference("es")
	if c.Drop {
		c.Says = words{fmt.Sprintf("without %s %d more would be in, and they gain (%s): it could go", c.Criterion, c.LetsIn, en),
			fmt.Sprintf("sin %s entrarían %d más, y ganan (%s): podría quitarse", c.Criterion, c.LetsIn, es)}
		return
	}
	c.Says = words{fmt.Sprintf("without %s %d more would be in, and it is not clear that they gain (%s): keep it", c.Criterion, c.LetsIn, en),
		fmt.Sprintf("sin %s entrarían %d más, y no está claro que ganen (%s): manténgalo", c.Criterion, c.LetsIn, es)}
}

func criterionTable(list []Criterion) *table.Table {
	t := new(table.Table)
	text := func(name, en, es string, of func(c *Criterion) string) {
		t.Add(table.OptionalStrings(name, gathered(list, of)).Says("", en, es))
	}
	number := func(name, en, es string, of func(c *Criterion) float64) {
		t.Add(table.Floats(name, gathered(list, func(c *Criterion) float64 { return finite(of(c)) })).Says("probability", en, es))
	}
	whole := func(name, en, es string, of func(c *Criterion) int) {
		t.Add(table.Ints(name, table.Int64, gathered(list, func(c *Criterion) int64 { return int64(of(c)) })).Says("", en, es))
	}
	text("segment", "the rule segment", "el segmento por reglas", func(c *Criterion) string { return c.Segment })
	text("criterion", "one of its conditions", "una de sus condiciones", func(c *Criterion) string { return c.Criterion })
	whole("rank", "1: to be dropped first", "1: la primera en quitarse", func(c *Criterion) int { return c.Rank })
	whole("lets_in", "customers who would be in without it", "clientes que entrarían sin ella", func(c *Criterion) int { return c.LetsIn })
	number("effect_on_members", "effect on those who are in", "efecto en quienes están dentro", func(c *Criterion) float64 { return c.OfIn.Value })
	number("effect_on_those_let_in", "effect on those whom it keeps out", "efecto en quienes deja fuera", func(c *Criterion) float64 { return c.OfLetIn.Value })
	number("effect_on_those_let_in_low", "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %", func(c *Criterion) float64 { return c.OfLetIn.Low })
	number("effect_on_those_let_in_high", "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %", func(c *Criterion) float64 { return c.OfLetIn.High })
	t.Add(table.Bools("drop", gathered(list, func(c *Criterion) bool { return c.Drop })).Says("", "it could go", "podría quitarse"))
	text("says_en", "in English words", "en palabras, en inglés", func(c *Criterion) string { return c.Says.En })
	text("says_es", "in Spanish words", "en palabras", func(c *Criterion) string { return c.Says.Es })
	return t
}

// trend is a segment's scorecard over the runs that were measured, the oldest first: what
// it did, and whether its definition was another than the measurement before.
func (j *Job) trend(w *workspace, name string, m *Effects) (*table.Table, error) {
	type line struct {
		run       string
		e         *table.Table
		i         int
		redefined bool
	}
	var lines []line
	all := map[string]*table.Table{name: effectTable(m.Effects)}
	err := w.walk(func(path, file string) error {
		folder, base := filepath.Split(file)
		if run := filepath.Base(filepath.Clean(folder)); base == "campaign_eval.parquet" && run < name {
			t, err := table.ReadFile(path)
			all[run] = t
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	last := make(map[string]string)
	for _, run := range slices.Sorted(maps.Keys(all)) {
		defined := definitionsOfRun(w.run(run[:min(len(run), len(m.Run))]))
		for i := range all[run].Rows() {
			e := all[run]
			id := e.Column("segment").Text(i)
			l := line{run: run, e: e, i: i}
			if now := defined[id]; e.Column("segment_kind").Text(i) == "rule" && now != "" {
				l.redefined = last[id] != "" && last[id] != now
			}
			lines = append(lines, l)
		}
		for id, now := range defined {
			last[id] = now
		}
	}
	t := new(table.Table)
	text := func(name, en, es string) {
		t.Add(table.OptionalStrings(name, gathered(lines, func(l *line) string { return l.e.Column(name).Text(l.i) })).Says("", en, es))
	}
	t.Add(table.Strings("run", gathered(lines, func(l *line) string { return l.run })).Says("", "what was measured", "qué se midió"))
	text("segment_kind", "everyone, or the kind of segment", "everyone (todos) o el tipo de segmento")
	text("segment", "the segment", "el segmento")
	text("outcome", "what came of it", "qué resultó")
	text("arm", "what was done", "qué se hizo")
	text("verdict", "keep, adjust, drop or too_small", "keep (mantener), adjust (ajustar), drop (abandonar) o too_small (demasiado pequeño)")
	for _, c := range []struct{ name, en, es string }{{"of_treated", "rate or mean of the treated", "tasa o media de los tratados"}, {"of_control", "rate or mean of those left alone", "tasa o media de los que quedaron fuera"},
		{"difference", "of the two: the effect", "entre ambas: el efecto"}, {"difference_low", "lower end of its 95 % interval", "extremo inferior de su intervalo del 95 %"}, {"difference_high", "upper end of its 95 % interval", "extremo superior de su intervalo del 95 %"}} {
		t.Add(table.Floats(c.name, gathered(lines, func(l *line) float64 { return l.e.Column(c.name).Number(l.i) })).Says("", c.en, c.es))
	}
	t.Add(table.Bools("redefined", gathered(lines, func(l *line) bool { return l.redefined })).Says("", "the rule is another than at the measurement before", "la regla es otra que en la medición anterior"))
	return t, nil
}

// definitionsOfRun are the hashes of the rules of a run, by segment; none where it is gone.
func definitionsOfRun(dir string) map[string]string {
	defined := make(map[string]string)
	t, err := table.ReadFile(filepath.Join(dir, "segment_summary.parquet"), "segment", "definition_sha256")
	if err != nil {
		return defined
	}
	for i := range t.Rows() {
		if hash := t.Columns[1].Text(i); hash != "" {
			defined[t.Columns[0].Text(i)] = hash
		}
	}
	return defined
}
