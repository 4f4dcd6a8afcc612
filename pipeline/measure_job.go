package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"segmenta/predict/effect"
	"segmenta/report"
	"segmenta/table"
)

// A Measuring says what to measure.
type Measuring struct {
	Run      string // empty: the latest whose window is over
	Campaign string // empty: the run as a whole, and every campaign
	Window   string // empty: as the configuration says
}

// Effects are what came of a run and of its campaigns.
type Effects struct {
	Run       string          `json:"run"`
	Dir       string          `json:"dir"`
	Window    string          `json:"window"`
	Complete  bool            `json:"window_over"`
	Until     words           `json:"window_note,omitzero"`
	Arms      []Arm           `json:"arms"`
	Mismatch  effect.Number   `json:"sample_ratio_p"`
	Effects   []*Effect       `json:"effects"`
	Winners   []Winner        `json:"winners"`
	Engaged   []Engagement    `json:"engagement"`
	Uplift    []LearnedUplift `json:"uplift_models"`
	Criteria  []Criterion     `json:"criteria"`
	Segmented *Segmented      `json:"segmented_against_mass,omitempty"`
	Seconds   float64         `json:"seconds"`

	scores   *table.Table
	language string
}

// Segmented is how many times as often customers converted whom segmented campaigns
// reached, beside those whom mass campaigns reached.
type Segmented struct {
	Ratio      effect.Estimate `json:"ratio"`
	Segmented  effect.Estimate `json:"segmented_conversion"`
	Mass       effect.Estimate `json:"mass_conversion"`
	Randomised bool            `json:"randomised"` // the same customers by lot, and not two kinds of customers
	Says       words           `json:"says"`
}

// Measure joins what customers did after a run to where it placed them, and holds those
// who were reached against those left alone.
func (j *Job) Measure(ctx context.Context, q Measuring) (*Effects, error) {
	start := time.Now()
	window := j.Config.Measure.Window
	if q.Window != "" {
		if err := window.UnmarshalText([]byte(q.Window)); err != nil {
			return nil, mark(ErrConfig, fmt.Errorf("--window: %w", err))
		}
	}
	w, err := openWorkspace(j.Config.Path(j.Config.Workspace))
	if err != nil {
		return nil, err
	}
	defer w.close()
	run, moment, err := j.runToMeasure(ctx, q.Run, window)
	if err != nil {
		return nil, err
	}
	m := &Effects{Run: run.name, Window: window.String(), language: j.Config.Language}
	a, err := j.audience(run)
	if err != nil {
		return nil, err
	}
	j.progress("measuring", 0, 1)
	if q.Campaign == "" {
		if err := j.measureRun(ctx, a, moment, window, m); err != nil {
			return nil, err
		}
	}
	if err := j.measureCampaigns(ctx, q.Campaign, a, moment, m); err != nil {
		return nil, err
	}
	m.suppress(j.Config.Privacy.MinGroup)
	name := run.name
	if q.Campaign != "" {
		name += "-" + q.Campaign
	}
	if err := j.publishEffects(w, name, m); err != nil {
		return nil, err
	}
	m.Seconds = time.Since(start).Seconds()
	j.Log.Info().Str("run", m.Run).Int("effects", len(m.Effects)).Str("dir", m.Dir).Msg("measured")
	return m, nil
}

// runToMeasure is the run asked for, or the latest whose window is over; where none is
// over, the earliest.
func (j *Job) runToMeasure(ctx context.Context, name string, window Days) (*published, time.Time, error) {
	run, err := j.published(name)
	if err != nil {
		return nil, time.Time{}, err
	}
	if name == "" {
		last, err := j.lastDay(ctx)
		if err != nil {
			return nil, time.Time{}, err
		}
		entries, err := os.ReadDir(filepath.Dir(run.dir))
		if err != nil {
			return nil, time.Time{}, err
		}
		for _, e := range slices.Backward(entries) {
			at, err := time.ParseInLocation(time.DateOnly, e.Name()[:min(len(e.Name()), len(time.DateOnly))], j.Config.zone)
			if err != nil {
				continue
			}
			if older, err := j.published(e.Name()); err == nil {
				if run = older; !at.AddDate(0, 0, int(window)).After(last) {
					break
				}
			}
		}
	}
	manifest, err := readManifest(run.dir)
	if err != nil {
		return nil, time.Time{}, mark(ErrGate, err)
	}
	at, err := time.Parse(time.RFC3339, manifest.AsOf)
	return run, at.In(j.Config.zone), err
}

// lastDay is the day after the last purchase or event.
func (j *Job) lastDay(ctx context.Context) (time.Time, error) {
	p, err := j.readFor(ctx, time.Time{}, reading{only: []string{}, blind: true})
	if err != nil {
		return time.Time{}, err
	}
	defer p.Close()
	return p.asOf, nil
}

// An audience is whom a run placed where.
type audience struct {
	t      *table.Table
	ids    []string
	stage  []string
	held   []bool
	from   []string // segments and campaigns that leave them alone, with commas around
	groups []group
	share  float64 // that was to be left alone
}

// audience reads a run's segments.
func (j *Job) audience(run *published) (*audience, error) {
	s, err := run.shelf()
	if err != nil {
		return nil, err
	}
	defer s.close()
	names := []string{"customer_id", "holdout", "holdout_from", "variants", "segments"}
	for _, e := range exclusive {
		names = append(names, e.column)
	}
	t, err := s.read(names)
	if err != nil {
		return nil, err
	}
	if t.Column("holdout") == nil {
		return nil, mark(ErrConfig, fmt.Errorf("the run of %s left nobody alone: it is of an earlier version of segmenta", run.name))
	}
	a := &audience{t: t, ids: texts(t.Column("customer_id")), stage: texts(t.Column("lifecycle_stage")), held: make([]bool, t.Rows()), from: make([]string, t.Rows())}
	for i := range a.held {
		a.held[i] = t.Column("holdout").Number(i) == 1
		a.from[i] = "," + t.Column("holdout_from").Text(i) + ","
	}
	if a.groups, err = a.segments(run); err != nil {
		return nil, err
	}
	draws, err := table.ReadFile(filepath.Join(run.dir, "holdout.parquet"))
	if err != nil {
		return nil, err
	}
	for i := range draws.Rows() {
		if draws.Column("check").Text(i) == "draw" && draws.Column("scope").Text(i) == everyone {
			a.share = draws.Column("share_asked").Number(i)
		}
	}
	return a, nil
}

// segments are the groups of every kind, with the names that the summary has for them.
func (a *audience) segments(run *published) (groups []group, err error) {
	summary, err := table.ReadFile(filepath.Join(run.dir, "segment_summary.parquet"))
	if err != nil {
		return nil, err
	}
	column := make(map[string]string)
	for _, e := range exclusive {
		column[e.kind] = e.column
	}
	rules := texts(a.t.Column("segments"))
	of := make(map[string][]string)
	for i := range summary.Rows() {
		kind, id := summary.Column("kind").Text(i), summary.Column("segment").Text(i)
		g := group{kind: kind, id: id, name: words{summary.Column("name_en").Text(i), summary.Column("name_es").Text(i)}, in: make([]bool, len(a.ids))}
		some := false
		for k := range a.ids {
			switch {
			case kind == "rule":
				g.in[k] = strings.Contains(","+rules[k]+",", ","+id+",")
			case column[kind] != "":
				if of[kind] == nil {
					of[kind] = texts(a.t.Column(column[kind]))
				}
				g.in[k] = of[kind][k] == id
			}
			some = some || g.in[k]
		}
		if some {
			g.arm = a.arms(id, kind+"/"+id)
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// arms says who was left alone by everything, or by one of these names; nil where it is
// those alone whom everything leaves alone.
func (a *audience) arms(names ...string) []int {
	arm, own := make([]int, len(a.ids)), false
	for i := range arm {
		if arm[i] = 1; a.held[i] {
			arm[i] = 0
		}
		for _, n := range names {
			if n != "" && strings.Contains(a.from[i], ","+n+",") {
				arm[i], own = 0, true
			}
		}
	}
	if !own {
		return nil
	}
	return arm
}

// measureRun holds all who were not left alone against those who were.
func (j *Job) measureRun(ctx context.Context, a *audience, moment time.Time, window Days, m *Effects) error {
	f, err := j.follow(ctx, moment, window)
	if err != nil {
		return err
	}
	m.Complete, m.Until = f.complete(moment, window)
	x := &experiment{arms: []string{leftAlone, "reached"}, arm: make([]int, len(a.ids)), groups: a.groups, outcomes: f.outcomes(a.ids, a.stage, j.Config.Measure.Events),
		terms: terms{j.Config.Measure.Cost, j.Config.Profit.Margin, j.Config.Measure.Worthwhile}}
	for i, held := range a.held {
		if !held {
			x.arm[i] = 1
		}
	}
	left, all := float64(count(x.arm, 0)), float64(len(a.ids))
	m.Arms = []Arm{{leftAlone, int(left)}, {"reached", int(all - left)}}
	m.Mismatch = effect.Number(math.NaN())
	m.Engaged = f.engagement(a.ids, a.groups)
	if left == 0 && !slices.ContainsFunc(a.groups, func(g group) bool { return g.arm != nil }) {
		if len(j.Config.Measure.Campaigns) == 0 {
			return mark(ErrConfig, fmt.Errorf("the run of %s left nobody alone, so that no effect can be told from what would have happened anyway: set holdout.share, and run again", m.Run))
		}
		return nil
	}
	if a.share > 0 {
		m.Mismatch = effect.Number(effect.RatioMismatch([]float64{left, all - left}, []float64{a.share, 1 - a.share}))
	}
	m.Effects = x.evaluate()
	if m.Criteria, err = j.criteria(&published{m.Run, filepath.Join(j.Config.Path(j.Config.Workspace), "runs", m.Run)}, x, m.Effects); err != nil {
		return err
	}
	return j.upliftOf(a, x, m)
}

// upliftOf learns who is moved, from the run's own features, where both arms are large.
func (j *Job) upliftOf(a *audience, x *experiment, m *Effects) error {
	names, columns, err := j.featuresOf(m.Run, a.ids)
	if err != nil || len(names) == 0 {
		return err
	}
	u, scores, err := x.learned(1, x.outcomes[0], names, columns, nil, 1, j.Threads)
	if err != nil {
		return err
	}
	m.Uplift = append(m.Uplift, *u)
	if u.Why == "" {
		m.scores = new(table.Table)
		id := table.Strings("customer_id", a.ids)
		id.Required = true
		m.scores.Add(id.Says("", "the customer", "el cliente"))
		m.scores.Add(table.Floats("uplift", scores).Says("probability", "how much likelier they are to buy for being reached, by a model that has not seen them", "cuánto más probable es que compren por alcanzarlos, según un modelo que no los ha visto"))
		m.scores.Add(table.Floats("uplift_percentile", percentiles(scores)).Says("share", "share of customers with a lower uplift", "parte de los clientes con menor uplift"))
	}
	return nil
}

// featuresOf are the numbers that the run knew of these customers, without who they are.
func (j *Job) featuresOf(run string, ids []string) (names []string, columns [][]float64, err error) {
	t, err := table.ReadFile(filepath.Join(j.Config.Path(j.Config.Workspace), "runs", run, "features.parquet"))
	if err != nil {
		return nil, nil, err
	}
	at := make(map[string]int, t.Rows())
	id := t.Column("customer_id")
	for i := range t.Rows() {
		at[id.Text(i)] = i
	}
	catalog, err := j.catalog()
	if err != nil {
		return nil, nil, err
	}
	may := make(map[string]bool)
	for _, d := range catalog.Definitions() {
		may[d.Name] = j.mayLearn(&d)
	}
	for _, c := range t.Columns {
		if c.Kind == table.String || c.Kind == table.Time || !may[c.Name] {
			continue
		}
		values := repeated(math.NaN(), len(ids))
		for i, who := range ids {
			if row, there := at[who]; there {
				values[i] = c.Number(row)
			}
		}
		names, columns = append(names, c.Name), append(columns, values)
	}
	return names, columns, nil
}

// measureCampaigns measures one campaign, or all.
func (j *Job) measureCampaigns(ctx context.Context, only string, a *audience, moment time.Time, m *Effects) error {
	all := j.Config.Measure.Campaigns
	names := slices.Sorted(maps.Keys(all))
	if only != "" && !slices.Contains(names, only) {
		return mark(ErrConfig, fmt.Errorf("measure.campaigns has no %q%s", only, nearest(only, names)))
	}
	var reached [2][2]float64 // conversions and customers of segmented and mass campaigns
	for _, name := range names {
		if only != "" && name != only {
			continue
		}
		if err := j.measureCampaign(ctx, name, all[name], a, moment, m, &reached); err != nil {
			return fmt.Errorf("campaign %s: %w", name, err)
		}
	}
	if m.Segmented == nil {
		m.Segmented = segmentedOf(reached)
	}
	return nil
}

func (j *Job) measureCampaign(ctx context.Context, name string, c Campaign, a *audience, moment time.Time, m *Effects, reached *[2][2]float64) error {
	at := moment
	if c.Start != "" {
		var err error
		if at, err = parseMoment(c.Start, j.Config.zone); err != nil {
			return mark(ErrConfig, err)
		}
		if at.Before(moment) {
			return mark(ErrConfig, fmt.Errorf("it began on %s, before the run that drew its hold-out", c.Start))
		}
	}
	f, err := j.follow(ctx, at, c.Window)
	if err != nil {
		return err
	}
	if m.Arms == nil {
		m.Complete, m.Until, m.Mismatch = false, words{}, effect.Number(math.NaN())
		m.Complete, m.Until = f.complete(at, c.Window)
	}
	x := &experiment{arms: append([]string{leftAlone}, slices.Sorted(maps.Keys(c.Variants))...), arm: make([]int, len(a.ids)), outcomes: f.outcomes(a.ids, a.stage, j.Config.Measure.Events),
		terms: terms{c.Cost, j.Config.Profit.Margin, j.Config.Measure.Worthwhile}}
	if len(x.arms) == 1 {
		x.arms = append(x.arms, "reached")
	}
	if err := a.enlist(x, name, c); err != nil {
		return err
	}
	for _, g := range a.groups {
		g.arm = nil // the campaign's own lot
		x.groups = append(x.groups, g)
	}
	if m.Arms == nil {
		for k, arm := range x.arms {
			m.Arms = append(m.Arms, Arm{arm, count(x.arm, k)})
		}
		m.Engaged = f.engagement(a.ids, a.groups)
	}
	label := func(kind string) string { return "campaign " + name + ": " + kind }
	for _, e := range x.evaluate() {
		e.Kind = label(e.Kind)
		m.Effects = append(m.Effects, e)
	}
	for _, w := range x.winners() {
		w.Kind = label(w.Kind)
		m.Winners = append(m.Winners, w)
	}
	if s := x.segmentedByLot(); s != nil {
		m.Segmented = s
	}
	if k := slices.Index([]string{"segmented", "mass"}, c.Kind); k >= 0 {
		for i, arm := range x.arm {
			if arm > 0 {
				reached[k][0] += x.outcomes[0].after[i]
				reached[k][1]++
			}
		}
	}
	return nil
}

// drawn is the message of a campaign that the run drew somebody for, empty where it drew
// none.
func (a *audience) drawn(campaign string, i int) string {
	column := a.t.Column("variants")
	if column == nil {
		return ""
	}
	for _, one := range strings.Split(column.Text(i), ",") {
		if name, variant, ok := strings.Cut(one, "="); ok && name == campaign {
			return variant
		}
	}
	return ""
}

// enlist puts those whom a campaign was for into its arms. Whoever the run drew for no
// message takes no part: the draw counts, and not what the configuration says since.
func (a *audience) enlist(x *experiment, name string, c Campaign) error {
	in := func(int) bool { return true }
	if c.Segment != "" {
		k := slices.IndexFunc(a.groups, func(g group) bool { return g.kind == "rule" && g.id == c.Segment || g.kind+"/"+g.id == c.Segment })
		if k < 0 {
			return mark(ErrConfig, fmt.Errorf("nobody is in the segment %q", c.Segment))
		}
		in = func(i int) bool { return a.groups[k].in[i] }
	}
	left := a.arms(name, c.Segment)
	for i := range a.ids {
		switch {
		case !in(i):
			x.arm[i] = -1
		case a.held[i] || left != nil && left[i] == 0:
			x.arm[i] = 0
		case len(c.Variants) > 0:
			x.arm[i] = slices.Index(x.arms, a.drawn(name, i))
		default:
			x.arm[i] = 1
		}
	}
	if count(x.arm, 0) == 0 && len(c.Variants) < 2 {
		return mark(ErrConfig, fmt.Errorf("it left nobody alone, and has no variants to hold against one another: set holdout.share, or holdout.campaigns.%s", name))
	}
	return nil
}

// claimed is how many times as much segmented campaigns convert as the claim goes that is
// held against what is measured.
const claimed = 10

// segmentedOf holds segmented campaigns against mass ones, each with its own customers.
func segmentedOf(reached [2][2]float64) *Segmented {
	if reached[0][1] == 0 || reached[1][1] == 0 {
		return nil
	}
	s := &Segmented{Ratio: effect.Ratio(reached[0][0], reached[0][1], reached[1][0], reached[1][1]), Segmented: effect.Rate(reached[0][0], reached[0][1]), Mass: effect.Rate(reached[1][0], reached[1][1])}
	s.say()
	return s
}

// segmentedByLot holds two variants of these names against one another, nil where a campaign
// has not both.
func (x *experiment) segmentedByLot() *Segmented {
	a, b := slices.Index(x.arms, "segmented"), slices.Index(x.arms, "mass")
	if a < 0 || b < 0 {
		return nil
	}
	e := x.compare(x.outcomes[0], group{kind: everyone}, a, b)
	s := &Segmented{Ratio: e.Ratio, Segmented: e.OfTreated, Mass: e.OfControl, Randomised: true}
	s.say()
	return s
}

func (s *Segmented) say() {
	r := s.Ratio
	s.Says = words{fmt.Sprintf("segmented campaigns converted %.2f times as often as mass ones (%.2f to %.2f)", r.Value, r.Low, r.High),
		strings.ReplaceAll(fmt.Sprintf("las campañas segmentadas convirtieron %.2f veces lo que las masivas (de %.2f a %.2f)", r.Value, r.Low, r.High), ".", ",")}
	if r.High < claimed {
		s.Says.En, s.Says.Es = s.Says.En+"; ten times is ruled out here", s.Says.Es+"; aquí quedan descartadas las diez veces"
	}
	if !s.Randomised {
		s.Says.En, s.Says.Es = s.Says.En+"; they reached different customers, so that is no effect of segmenting alone", s.Says.Es+"; llegaron a clientes distintos, así que no es efecto solo de segmentar"
	}
}

// suppress leaves out what is known of fewer customers than a group must have.
func (m *Effects) suppress(least int) {
	why := words{fmt.Sprintf("fewer than %d customers on a side: not shown (privacy.min_group)", least), fmt.Sprintf("menos de %d clientes en un lado: no se muestra (privacy.min_group)", least)}
	few := make(map[string]bool) // arms of groups
	for _, e := range m.Effects {
		treated, control := e.Kind+" "+e.Segment+" "+e.Arm, e.Kind+" "+e.Segment+" "+e.Against
		few[treated], few[control] = few[treated] || e.Treated < least, few[control] || e.Control < least
		if e.Treated < least || e.Control < least {
			e.Treated, e.Control, e.Adjusted, e.Change, e.Profit, e.ROI = 0, 0, nil, nil, nil, nil
			e.OfTreated, e.OfControl, e.Difference, e.Ratio, e.Incremental = effect.Unknown, effect.Unknown, effect.Unknown, effect.Unknown, effect.Unknown
			unknown := effect.Number(math.NaN())
			e.P, e.Holm, e.FDR, e.Least, e.Worthwhile, e.NeededControl, e.NeededTreated = unknown, unknown, unknown, unknown, unknown, unknown, unknown
			e.say("too_small", why)
		}
	}
	m.Winners = slices.DeleteFunc(m.Winners, func(w Winner) bool {
		return few[w.Kind+" "+w.Segment+" "+w.Best] || few[w.Kind+" "+w.Segment+" "+w.Second]
	})
	m.Criteria = slices.DeleteFunc(m.Criteria, func(c Criterion) bool { return c.LetsIn < least })
	m.Engaged = slices.DeleteFunc(m.Engaged, func(e Engagement) bool { return e.Delivered < least })
}

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

// Tell says it to people.
func (m *Effects) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(m.language) }
	fmt.Fprintf(w, say("What came of the run of %s within %s\n", "Qué resultó de la ejecución de %s en %s\n"), m.Run, m.Window)
	if m.Until != (words{}) {
		fmt.Fprintf(w, "%s\n", m.Until.in(m.language))
	}
	for _, a := range m.Arms {
		fmt.Fprintf(w, "  %s %d %s\n", pad(armNames[a.Name].or(a.Name).in(m.language), 20), a.Customers, say("customers", "clientes"))
	}
	for _, e := range m.Effects {
		if strings.HasSuffix(e.Kind, everyone) {
			e.tell(w, m.language)
		}
	}
	counts, clear := make(map[string]int), 0
	for _, e := range m.Effects {
		if !strings.HasSuffix(e.Kind, everyone) && e.Outcome == "conversion" {
			counts[e.Verdict]++
			if e.Verdict == "keep" || e.Verdict == "drop" {
				if clear++; clear == 1 {
					fmt.Fprintf(w, "\n%s\n", say("Segments in which it is clear", "Segmentos en los que está claro"))
				}
				fmt.Fprintf(w, "  %s %s: %s\n", pad(e.group(m.language), 36), verdictNames[e.Verdict].in(m.language), e.Reason.in(m.language))
			}
		}
	}
	if len(counts) > 0 {
		fmt.Fprintf(w, "\n%s", say("Conversion by segment:", "Conversión por segmento:"))
		for _, v := range []string{"keep", "adjust", "drop", "too_small"} {
			fmt.Fprintf(w, " %s %d ", verdictNames[v].in(m.language), counts[v])
		}
		fmt.Fprintln(w)
	}
	for _, x := range m.Winners {
		if x.Verdict == "winner" {
			fmt.Fprintf(w, "%s · %s: %s %s %s %s\n", x.Outcome, x.Name.in(m.language), x.Best, say("wins over", "gana a"), x.Second, interval3(x.Difference))
		}
	}
	if m.Segmented != nil {
		fmt.Fprintf(w, "\n%s\n", capital(m.Segmented.Says.in(m.language)))
	}
	for _, c := range m.Criteria {
		if c.Drop && c.Rank == 1 {
			fmt.Fprintf(w, "%s: %s\n", c.Segment, c.Says.in(m.language))
		}
	}
	for _, u := range m.Uplift {
		if u.Why == "" {
			u.Ranked.tell(w, m.language)
		}
	}
	fmt.Fprintf(w, "\n%s %s\n", say("Published in", "Publicado en"), relative(m.Dir))
}
