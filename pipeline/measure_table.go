package pipeline

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"segmenta/predict/effect"
	"segmenta/strict"
	"segmenta/table"
)

// A MeasuredTable is a trial that lies in one table, and what to ask of it.
type MeasuredTable struct {
	Table
	Treatment, Control string
	Outcomes, Segments []string
	Covariate          string
	Before             []string // one for each outcome
	Score              string
	Learn              []string // columns to learn uplift from, or all
	Shares             []float64
	Cost, Margin       float64
	Worthwhile         float64
	Seed               uint64
	Language           string
	Out, Scores        string
}

// A Measurement is what a trial showed.
type Measurement struct {
	Rows     int             `json:"rows"`
	Skipped  int             `json:"rows_without_treatment,omitempty"`
	Arms     []Arm           `json:"arms"`
	Mismatch *effect.Number  `json:"sample_ratio_p,omitempty"`
	Effects  []*Effect       `json:"effects"`
	Winners  []Winner        `json:"winners,omitempty"`
	Rankings []Ranked        `json:"rankings,omitempty"`
	Uplift   []LearnedUplift `json:"uplift_models,omitempty"`
	Seconds  float64         `json:"seconds"`
	language string
}

// An Arm is one of the treatments, the first being none.
type Arm struct {
	Name      string `json:"arm"`
	Customers int    `json:"customers"`
}

// A Ranked is how well a score orders customers by what the treatment does to them.
type Ranked struct {
	Score   string          `json:"score"`
	Arm     string          `json:"arm"`
	Outcome string          `json:"outcome"`
	Unit    string          `json:"unit"` // of Qini and AUUC: share of a perfect order, or outcomes a customer
	Qini    effect.Estimate `json:"qini"`
	AUUC    effect.Estimate `json:"auuc"`
	Tops    []Top           `json:"uplift_at"`
}

// A Top is the effect on those with the highest scores.
type Top struct {
	Share  float64         `json:"share"`
	Effect effect.Estimate `json:"effect"`
	Profit *Profitable     `json:"profit,omitempty"`
}

// Profitable is what treating so many would earn, of everybody in the table.
type Profitable struct {
	effect.Estimate
	Customers int `json:"customers"`
}

// tops are the shares at which uplift is told.
var tops = []float64{0.1, 0.2, 0.3, 0.5, 1}

// MeasureTable says what a treatment did.
func (j *Job) MeasureTable(o MeasuredTable) (*Measurement, error) {
	start := time.Now()
	all, err := table.ReadFile(o.File)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	x, m, err := o.experiment(all)
	if err != nil {
		return nil, err
	}
	if len(o.Shares) > 0 {
		if len(o.Shares) != len(x.arms) {
			return nil, mark(ErrConfig, fmt.Errorf("--shares gives %d shares, and there are %d arms: %s", len(o.Shares), len(x.arms), strings.Join(x.arms, ", ")))
		}
		counts := make([]float64, len(m.Arms))
		for i, a := range m.Arms {
			counts[i] = float64(a.Customers)
		}
		p := effect.Number(effect.RatioMismatch(counts, o.Shares))
		m.Mismatch = &p
	}
	m.Effects, m.Winners = x.evaluate(), x.winners()
	if o.Score != "" {
		score, err := o.numbers(all, o.Score)
		if err != nil {
			return nil, err
		}
		if m.Rankings, err = x.rank(o.Score, score, o.Seed); err != nil {
			return nil, mark(ErrConfig, err)
		}
	}
	if len(o.Learn) > 0 {
		if err := j.learnUplift(o, all, x, m); err != nil {
			return nil, err
		}
	}
	if o.Out != "" {
		if err := table.WriteFile(o.Out, effectTable(m.Effects)); err != nil {
			return nil, err
		}
	}
	m.Seconds, m.language = time.Since(start).Seconds(), o.Language
	return m, nil
}

// experiment reads who got what, and what came of it.
func (o MeasuredTable) experiment(all *table.Table) (*experiment, *Measurement, error) {
	c := all.Column(o.Treatment)
	if c == nil {
		return nil, nil, o.lacks(all, o.Treatment)
	}
	x := &experiment{terms: terms{o.Cost, o.Margin, o.Worthwhile}}
	if x.terms.worthwhile == 0 {
		x.terms.worthwhile = usualWorthwhile
	}
	var err error
	if x.arms, x.arm, err = armsOf(c, o.Control); err != nil {
		return nil, nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
	}
	m := &Measurement{Rows: all.Rows()}
	for k, name := range x.arms {
		m.Arms = append(m.Arms, Arm{name, count(x.arm, k)})
	}
	m.Skipped = count(x.arm, -1)
	var covariate []float64
	if o.Covariate != "" {
		if covariate, err = o.numbers(all, o.Covariate); err != nil {
			return nil, nil, err
		}
	}
	if len(o.Before) > 0 && len(o.Before) != len(o.Outcomes) {
		return nil, nil, mark(ErrConfig, fmt.Errorf("--before names %d columns, and --outcome %d: give one for each", len(o.Before), len(o.Outcomes)))
	}
	for k, name := range o.Outcomes {
		values, err := o.numbers(all, name)
		if err != nil {
			return nil, nil, err
		}
		y := outcome{id: name, name: words{name, name}, rate: zerosAndOnes(values), better: 1, after: values, before: covariate}
		y.money = !y.rate && o.Margin > 0
		if len(o.Before) > 0 {
			y.same = true
			if y.before, err = o.numbers(all, o.Before[k]); err != nil {
				return nil, nil, err
			}
		}
		x.outcomes = append(x.outcomes, y)
	}
	for _, name := range o.Segments {
		c := all.Column(name)
		if c == nil {
			return nil, nil, o.lacks(all, name)
		}
		groups, err := groupsOf(c)
		if err != nil {
			return nil, nil, mark(ErrConfig, fmt.Errorf("%s: %w", o.File, err))
		}
		x.groups = append(x.groups, groups...)
	}
	return x, m, nil
}

func (o MeasuredTable) lacks(all *table.Table, name string) error {
	var names []string
	for _, c := range all.Columns {
		names = append(names, c.Name)
	}
	hint := "; there are " + strings.Join(names, ", ")
	if near := strict.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return mark(ErrConfig, fmt.Errorf("%s has no column %q%s", o.File, name, hint))
}

// numbers is a column as numbers, NaN where there is none.
func (o MeasuredTable) numbers(all *table.Table, name string) ([]float64, error) {
	c := all.Column(name)
	if c == nil {
		return nil, o.lacks(all, name)
	}
	if c = asNumbers(c); c.Kind == table.String {
		return nil, mark(ErrConfig, fmt.Errorf("%s: %s is text, and numbers are wanted", o.File, name))
	}
	values := make([]float64, c.Len())
	for i := range values {
		values[i] = c.Number(i)
	}
	return values, nil
}

func count(values []int, of int) (n int) {
	for _, v := range values {
		if v == of {
			n++
		}
	}
	return n
}

func zerosAndOnes(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != 0 && v != 1 && !math.IsNaN(v) })
}

// mostArms is how many different treatments there may be.
const mostArms = 20

// alone are the words by which those left alone are known.
var alone = []string{"0", "false", "control", "holdout", "hold-out", "none", "no", "left_alone"}

// armsOf reads the arms, those left alone first.
func armsOf(c *table.Column, control string) (names []string, arm []int, err error) {
	arm = make([]int, c.Len())
	for i := range arm {
		if v := c.Format(i); !c.IsNull(i) && !slices.Contains(names, v) {
			if names = append(names, v); len(names) > mostArms {
				return nil, nil, fmt.Errorf("%s holds more than %d different values: it names no treatment", c.Name, mostArms)
			}
		}
	}
	slices.Sort(names)
	at := slices.Index(names, control)
	if control == "" {
		at = slices.IndexFunc(names, func(n string) bool { return slices.Contains(alone, strings.ToLower(n)) })
	}
	if at < 0 || len(names) < 2 {
		return nil, nil, fmt.Errorf("%s holds %q: --control says which of them was left alone, and another is needed", c.Name, names)
	}
	names = append([]string{names[at]}, slices.Delete(slices.Clone(names), at, at+1)...)
	for i := range arm {
		if arm[i] = -1; !c.IsNull(i) {
			arm[i] = slices.Index(names, c.Format(i))
		}
	}
	return names, arm, nil
}

// mostGroups is how many different values a column of segments may hold.
const mostGroups = 200

func groupsOf(c *table.Column) (groups []group, err error) {
	at := make(map[string]int)
	for i := range c.Len() {
		if c.IsNull(i) {
			continue
		}
		id := c.Format(i)
		k, known := at[id]
		if !known {
			if k = len(groups); k == mostGroups {
				return nil, fmt.Errorf("%s holds more than %d different values: it names no segment", c.Name, mostGroups)
			}
			at[id] = k
			groups = append(groups, group{c.Name, id, words{id, id}, make([]bool, c.Len()), nil})
		}
		groups[k].in[i] = true
	}
	slices.SortFunc(groups, func(a, b group) int { return strings.Compare(a.id, b.id) })
	return groups, nil
}

// rank judges a score by every arm and outcome.
func (x *experiment) rank(name string, score []float64, seed uint64) (list []Ranked, err error) {
	for arm := 1; arm < len(x.arms); arm++ {
		for _, o := range x.outcomes {
			var s, y []float64
			var t []bool
			for i, a := range x.arm {
				if (a == arm || a == 0) && !math.IsNaN(score[i]) && !math.IsNaN(o.after[i]) {
					s, y, t = append(s, score[i]), append(y, o.after[i]), append(t, a == arm)
				}
			}
			r, err := effect.Rank(s, y, t)
			if err != nil {
				continue // a score of another arm
			}
			list = append(list, x.ranked(name, x.arms[arm], o, r, len(s), seed))
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no arm has it together with those left alone", name)
	}
	return list, nil
}

func (x *experiment) ranked(name, arm string, o outcome, r *effect.Ranking, n int, seed uint64) Ranked {
	k := Ranked{Score: name, Arm: arm, Outcome: o.id, Unit: "outcomes a customer"}
	k.Qini, k.AUUC = r.Judge(seed)
	if r.Binary() {
		k.Unit = "share of a perfect order"
	}
	for _, share := range tops {
		top := Top{Share: share, Effect: r.AtTop(share)}
		if o.money && x.terms.margin > 0 {
			customers := int(share * float64(n))
			top.Profit = &Profitable{top.Effect.Times(x.terms.margin).Plus(-x.terms.cost).Times(float64(customers)), customers}
		}
		k.Tops = append(k.Tops, top)
	}
	return k
}

// A LearnedUplift is a model of whom an arm moves, judged on customers that it has not
// seen.
type LearnedUplift struct {
	Arm     string              `json:"arm"`
	Outcome string              `json:"outcome"`
	Way     string              `json:"way"`
	Ways    []effect.LearnedWay `json:"ways"`
	Rows    int                 `json:"judged_rows"`
	Ranked  Ranked              `json:"judged"`
	Why     string              `json:"why_not,omitempty"`
}

// learnUplift learns whom each arm moves, and writes everybody's scores where asked.
func (j *Job) learnUplift(o MeasuredTable, all *table.Table, x *experiment, m *Measurement) error {
	names, columns, categorical := o.inputs(all)
	if len(names) == 0 {
		return mark(ErrConfig, fmt.Errorf("%s: no column is left to learn from", o.File))
	}
	out := new(table.Table)
	if id := all.Column(o.ID); id != nil {
		out.Add(id)
	}
	for arm := 1; arm < len(x.arms); arm++ {
		for _, y := range x.outcomes {
			u, scores, err := x.learned(arm, y, names, columns, categorical, o.Seed, j.Threads)
			if err != nil {
				return err
			}
			m.Uplift = append(m.Uplift, *u)
			out.Add(table.Floats("uplift "+x.arms[arm]+" "+y.id, scores).Says("", "how much the outcome is expected to rise by the treatment", "cuánto se espera que suba el resultado por el tratamiento"))
		}
	}
	if o.Scores != "" {
		return table.WriteFile(o.Scores, out)
	}
	return nil
}

// learned is a model of one arm and outcome.
func (x *experiment) learned(arm int, o outcome, names []string, columns [][]float64, categorical []bool, seed uint64, threads int) (*LearnedUplift, []float64, error) {
	d := &effect.Data{Names: names, Categorical: categorical, Columns: make([][]float64, len(columns))}
	var rows []int
	for i, a := range x.arm {
		if (a == arm || a == 0) && !math.IsNaN(o.after[i]) {
			rows = append(rows, i)
			d.Outcome, d.Treated = append(d.Outcome, o.after[i]), append(d.Treated, a == arm)
			for c := range columns {
				d.Columns[c] = append(d.Columns[c], columns[c][i])
			}
		}
	}
	scores := repeated(math.NaN(), len(x.arm))
	u := &LearnedUplift{Arm: x.arms[arm], Outcome: o.id}
	l, err := effect.Learn(d, seed, threads)
	if err != nil {
		u.Why = err.Error()
		return u, scores, nil
	}
	for k, i := range rows {
		scores[i] = l.Score[k]
	}
	r, err := l.Ranking(d)
	if err != nil {
		return nil, nil, err
	}
	u.Way, u.Ways = l.Way, l.Ways
	for _, judged := range l.Judged {
		if judged {
			u.Rows++
		}
	}
	u.Ranked = x.ranked(l.Way, u.Arm, o, r, u.Rows, seed)
	return u, scores, nil
}

// inputs are the columns to learn from: texts as category codes.
func (o MeasuredTable) inputs(all *table.Table) (names []string, columns [][]float64, categorical []bool) {
	taken := append(append([]string{o.Treatment, o.ID, o.Score}, o.Outcomes...), "")
	for _, c := range all.Columns {
		if slices.Contains(taken, c.Name) || o.Learn[0] != "all" && !slices.Contains(o.Learn, c.Name) {
			continue
		}
		c := asNumbers(c)
		values := make([]float64, c.Len())
		for i := range values {
			if values[i] = c.Number(i); c.Kind == table.String && !c.IsNull(i) {
				values[i] = float64(c.Codes[i])
			}
		}
		names, columns, categorical = append(names, c.Name), append(columns, values), append(categorical, c.Kind == table.String)
	}
	return names, columns, categorical
}

// Tell says it to people.
func (m *Measurement) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(m.language) }
	for _, a := range m.Arms {
		fmt.Fprintf(w, "%-24s %d %s\n", a.Name, a.Customers, say("customers", "clientes"))
	}
	if m.Mismatch != nil {
		fmt.Fprintf(w, "%-24s p = %.3g\n", say("drawn as planned?", "¿sorteo como se planeó?"), float64(*m.Mismatch))
	}
	for _, e := range m.Effects {
		e.tell(w, m.language)
	}
	for _, x := range m.Winners {
		fmt.Fprintf(w, "\n%s · %s: %s %s %s (%s %s, p %.3g)\n", x.Outcome, x.Name.in(m.language), x.Best, say("before", "por delante de"), x.Second,
			map[string]string{"winner": say("a winner", "gana"), "no_winner": say("no winner", "sin ganador")}[x.Verdict], interval3(x.Difference), float64(x.Holm))
	}
	for _, r := range m.Rankings {
		r.tell(w, m.language)
	}
	for _, u := range m.Uplift {
		if u.Why != "" {
			fmt.Fprintf(w, "\n%s %s · %s: %s\n", say("no uplift model of", "sin modelo de uplift de"), u.Arm, u.Outcome, u.Why)
			continue
		}
		u.Ranked.tell(w, m.language)
	}
}

func (r *Ranked) tell(w io.Writer, language string) {
	fmt.Fprintf(w, "\n%s · %s · %s\n  Qini %s   AUUC %s\n", r.Score, r.Arm, r.Outcome, interval3(r.Qini), interval3(r.AUUC))
	for _, t := range r.Tops {
		fmt.Fprintf(w, "  %s %3.0f %%  %s\n", words{"top", "primer"}.in(language), 100*t.Share, interval3(t.Effect))
	}
}

func interval3(e effect.Estimate) string {
	return fmt.Sprintf("%.4g [%.4g, %.4g]", e.Value, e.Low, e.High)
}

// tell says an effect to people.
func (e *Effect) tell(w io.Writer, language string) {
	fmt.Fprintf(w, "\n%s · %s · %s\n", e.called.in(language), e.Name.in(language), e.Arm)
	fmt.Fprintf(w, "  %s %s   %s %s\n", pad(e.Arm, 20), interval3(e.OfTreated), e.Against, interval3(e.OfControl))
	d, _ := e.best()
	fmt.Fprintf(w, "  %s %s   p %.3g\n", pad(words{"difference", "diferencia"}.in(language), 20), interval3(d), float64(e.Holm))
	if e.Adjusted != nil {
		fmt.Fprintf(w, "  %s %.1f %%\n", pad(words{"interval narrower by", "intervalo más estrecho"}.in(language), 20), 100*e.Adjusted.Narrower)
	}
	fmt.Fprintf(w, "  %s %s\n", pad(verdictNames[e.Verdict].in(language), 20), e.Reason.in(language))
}

// verdictNames are the verdicts in words.
var verdictNames = map[string]words{"keep": {"keep", "mantener"}, "adjust": {"adjust", "ajustar"}, "drop": {"drop", "abandonar"}, "too_small": {"too small to tell", "demasiado pequeño"}}
