package pipeline

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// The tables of a run.
type tables struct {
	segments, memberships, summary, clusters, grid, features, quality *table.Table
}

type namedTable struct {
	name  string
	table *table.Table
}

func (t *tables) files() []namedTable {
	return []namedTable{{"segments", t.segments}, {"memberships", t.memberships}, {"segment_summary", t.summary}, {"clusters", t.clusters},
		{"rfm_grid", t.grid}, {"features", t.features}, {"quality", t.quality}}
}

// A placing is everyone's place in every kind of segment.
type placing struct {
	r               *running
	out             *table.Table
	n               int
	bought          []bool
	orders, spent   []float64
	recency         []float64
	churn           []float64
	rfm             *segment.RFM
	stage, evidence []string
	band, priority  []string
	vip             []bool
	seg             *segmentation
	micro           *placed
	rules           []*segment.Membership
}

// place puts every customer into their segments: RFM, lifecycle, value, micro-segment,
// rules, priority.
func (r *running) place() (*tables, error) {
	p := &placing{r: r, n: len(r.snapshot.Customers), out: &table.Table{Meta: map[string]string{"as_of": r.manifest.AsOf, "models": strings.Join(r.champions.list(), ", ")}}}
	_, p.bought = buyersOf(r.snapshot)
	p.orders, p.spent, p.recency = p.feature("orders_all"), p.feature("amount_all"), p.feature(recencyFeature)
	p.churn = repeated(math.NaN(), p.n)
	if s := r.scores["churn"]; s != nil {
		p.churn = s.probability
	}
	p.rfm = segment.FitRFM(p.recency, p.orders, p.spent)
	p.value()
	p.lifecycle()
	var err error
	if p.seg, p.micro, err = place(r.champions.files[microSegments]["clusters.json"], r.snapshot, r.job.Threads); err != nil {
		return nil, err
	}
	r.segmentation = p.seg
	if p.seg.Abstained != "" {
		r.off("micro-segments", p.seg.Abstained)
	}
	p.write()
	if err := p.applyRules(); err != nil {
		return nil, err
	}
	r.manifest.Off = append(r.manifest.Off, r.past.off...)
	r.manifest.Frozen = p.frozen()
	return &tables{segments: p.out, memberships: p.memberships(), summary: p.summary(), clusters: p.clusters(), grid: p.rfm.Grid(p.spent, p.churn),
		features: stack1(r), quality: r.past.Quality().Table()}, nil
}

// feature is a feature's values, NaN where these data have no such feature.
func (p *placing) feature(name string) []float64 {
	c := p.r.snapshot.Table.Column(name)
	v := repeated(math.NaN(), p.n)
	for i := range v {
		if c != nil {
			v[i] = c.Number(i)
		}
	}
	return v
}

func (p *placing) value() {
	cuts := segment.FitValue(p.spent)
	p.band, p.vip, p.priority = make([]string, p.n), make([]bool, p.n), make([]string, p.n)
	for i := range p.n {
		p.band[i] = cuts.Band(p.spent[i], p.bought[i])
		p.vip[i] = p.bought[i] && p.spent[i] >= cuts.VIP
	}
	p.r.manifest.Frozen = map[string]any{"rfm_cuts": p.rfm.Cuts, "value_cuts": cuts}
}

// lifecycle finds everyone's stage from what the data hold.
func (p *placing) lifecycle() {
	gap := p.feature("gap_mean_days")
	rule := segment.LifecycleRule{DormantDays: 90, DormantGaps: 3, TypicalGap: typical(gap), EvangelistAt: 3}
	profile := p.profile()
	referrals, nps := p.feature("referrals_all"), p.feature("last_nps")
	asked := p.feature("price_requests_all")
	p.stage, p.evidence = make([]string, p.n), make([]string, p.n)
	for i := range p.n {
		who := segment.Person{NotQualified: profile.text("not_qualified_reason", i), ExitReason: profile.text("exit_reason", i),
			Orders: p.orders[i], Recency: p.recency[i], Gap: gap[i], Recommends: referrals[i] > 0 || nps[i] >= 9, TopBilling: p.vip[i],
			AskedPrice: asked[i] > 0, Email: strings.Contains(profile.text("email", i), "@"), Phone: profile.text("phone", i) != "",
			OtherData: profile.text("country", i) != "" || profile.text("city", i) != "" || profile.text("birth_date", i) != ""}
		p.stage[i], p.evidence[i] = rule.Stage(who)
		p.priority[i] = segment.Priority(p.stage[i], p.band[i], p.vip[i], p.churn[i])
		p.vip[i] = p.vip[i] && p.stage[i] != "dormant" && p.stage[i] != "retired"
	}
}

// typical is the mean gap of those who have one.
func typical(gap []float64) float64 {
	sum, n := 0.0, 0.0
	for _, g := range gap {
		if !math.IsNaN(g) {
			sum, n = sum+g, n+1
		}
	}
	return sum / n
}

// A profileTable is the customer table, where there is one.
type profileTable struct{ t *table.Table }

func (p *placing) profile() profileTable { return profileTable{p.r.past.Profiles(p.r.snapshot)} }

func (p profileTable) text(name string, i int) string {
	if p.t == nil || p.t.Column(name) == nil {
		return ""
	}
	return p.t.Column(name).Format(i)
}

// write makes the columns of the segment table.
func (p *placing) write() {
	id := table.Strings("customer_id", p.r.snapshot.Customers)
	id.Required = true
	p.out.Add(id.Says("", "the customer", "el cliente"))
	moments := make([]time.Time, p.n)
	for i := range moments {
		moments[i] = p.r.past.asOf
	}
	p.out.Add(table.Times("as_of", moments).Says("", "the moment: nothing at or after it counts", "el momento: nada en él o después cuenta"))
	p.text("lifecycle_stage", p.stage, "lifecycle stage", "etapa del ciclo de vida")
	p.text("lifecycle_evidence", p.evidence, "what put them there", "qué los puso ahí")
	p.whole("rfm_recency", p.rfm.R, "recency score, 5 most recent", "puntuación de recencia; 5, los más recientes")
	p.whole("rfm_frequency", p.rfm.F, "frequency score, 5 most frequent", "puntuación de frecuencia; 5, los más frecuentes")
	p.whole("rfm_monetary", p.rfm.M, "monetary score, 5 highest", "puntuación monetaria; 5, los que más gastan")
	p.text("rfm_segment", p.rfm.Name, "RFM segment", "segmento RFM")
	p.text("value_band", p.band, "value band by what they spent so far", "banda de valor por lo gastado hasta ahora")
	p.out.Add(table.Bools("vip", p.vip).Says("", "among the best tenth by spending, and active", "en la mejor décima parte por gasto, y activo"))
	p.microColumns()
	for _, name := range p.r.job.Config.TargetNames() {
		p.r.scores[name].columns(p.out, name)
	}
	p.rhythm()
	p.text("priority", p.priority, "row of the priority matrix", "fila de la matriz de prioridad")
	p.ranks()
	for _, name := range []string{"recency_days", "tenure_days", "orders_all", "amount_all", "orders_365d", "amount_365d", "average_order_all", "gap_mean_days", "overdue_ratio"} {
		if c := p.r.snapshot.Table.Column(name); c != nil {
			p.out.Add(c)
		}
	}
}

func (p *placing) text(name string, values []string, en, es string) {
	p.out.Add(table.OptionalStrings(name, values).Says("", en, es))
}

// whole adds scores, of which 0 is null.
func (p *placing) whole(name string, values []int64, en, es string) {
	c := table.Ints(name, table.Int32, values).Says("", en, es)
	c.Null = make([]bool, len(values))
	for i, v := range values {
		c.Null[i] = v == 0
	}
	p.out.Add(c)
}

func (p *placing) microColumns() {
	en, es := make([]string, p.n), make([]string, p.n)
	ids, second := make([]int64, p.n), make([]int64, p.n)
	for i, s := range p.micro.segment {
		if s >= 0 {
			ids[i], second[i] = s+1, p.micro.second[i]+1
			en[i], es[i] = p.seg.Profiles[s].NameEn, p.seg.Profiles[s].NameEs
		}
	}
	p.whole("micro_segment", ids, "micro-segment", "microsegmento")
	p.text("micro_segment_name_en", en, "its name in English", "su nombre en inglés")
	p.text("micro_segment_name_es", es, "its name in Spanish", "su nombre en español")
	p.out.Add(table.Floats("micro_segment_distance", p.micro.distance).Says("", "distance to its centre", "distancia a su centro"))
	p.out.Add(table.Floats("micro_segment_margin", p.micro.margin).Says("share", "how much farther the second-best is, 0 as near", "cuánto más lejos está el segundo mejor; 0, igual de cerca"))
	p.whole("micro_segment_second", second, "the second-best", "el segundo mejor")
}

// rhythm adds what the rhythm of purchases alone says.
func (p *placing) rhythm() {
	t := Target{Kind: "churn", Horizon: 90}
	if c, ok := p.r.job.Config.Targets["churn"]; ok {
		t = c
	}
	alive, expected := repeated(math.NaN(), p.n), repeated(math.NaN(), p.n)
	if rh, err := rhythmAt(p.r.past.History, p.r.snapshot, t); err != nil {
		p.r.off("p_alive and expected_purchases", err.Error())
	} else {
		alive, expected = rh.alive, rh.expected(p.r.past.History, p.r.snapshot, t)
	}
	p.out.Add(table.Floats("p_alive", alive).Says("probability", "probability of still being a customer (BG/NBD)", "probabilidad de seguir siendo cliente (BG/NBD)"))
	p.out.Add(table.Floats("expected_purchases", expected).Says("purchases", "expected purchases in "+t.Horizon.String()+" (BG/NBD)", "compras esperadas en "+t.Horizon.String()+" (BG/NBD)"))
}

// ranks adds the priority's number and what to do.
func (p *placing) ranks() {
	rank, en, es := make([]int64, p.n), make([]string, p.n), make([]string, p.n)
	for i, id := range p.priority {
		for _, row := range segment.Priorities {
			if row.ID == id {
				rank[i], en[i], es[i] = row.Rank, row.ActionEn, row.ActionEs
			}
		}
	}
	p.whole("priority_rank", rank, "1 first", "1, lo primero")
	p.text("next_best_action_en", en, "what to do", "qué hacer, en inglés")
	p.text("next_best_action_es", es, "what to do, in Spanish", "qué hacer")
}

// applyRules evaluates the built-in rules and the user's own over the columns so far
// and all features.
func (p *placing) applyRules() error {
	all := &table.Table{Columns: append([]*table.Column{}, p.out.Columns...)}
	for _, c := range p.r.snapshot.Table.Columns {
		if all.Column(c.Name) == nil {
			all.Add(c)
		}
	}
	if t := p.r.past.Profiles(p.r.snapshot); t != nil {
		for _, c := range t.Columns {
			if all.Column(c.Name) == nil {
				all.Add(c)
			}
		}
	}
	rules, err := p.ruleList()
	if err != nil {
		return err
	}
	for _, rule := range rules {
		m, err := rule.Evaluate(all)
		var lacks segment.Unavailable
		if rule.Builtin && errors.As(err, &lacks) {
			p.r.off("segment "+rule.ID, "there is no column "+lacks.Column)
			continue
		}
		if err != nil {
			return mark(ErrConfig, err)
		}
		p.rules = append(p.rules, m)
	}
	in := make([]string, p.n)
	for i := range in {
		var ids []string
		for _, m := range p.rules {
			if m.In[i] {
				ids = append(ids, m.Rule.ID)
			}
		}
		in[i] = strings.Join(ids, ",")
	}
	p.text("segments", in, "rule segments, with commas between; memberships.parquet has a row for each", "segmentos por reglas, separados por comas; memberships.parquet tiene una fila de cada uno")
	return nil
}

func (p *placing) ruleList() ([]*segment.Rule, error) {
	rules, err := segment.Builtins()
	if err != nil {
		return nil, err
	}
	own, err := readRules(p.r.job.Config.Segments)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	return append(rules, own...), nil
}

func readRules(nodes []strict.Node) (rules []*segment.Rule, err error) {
	for _, n := range nodes {
		rule, err := segment.ReadRule(n)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

func (p *placing) frozen() map[string]any {
	frozen := p.r.manifest.Frozen
	for _, m := range p.rules {
		if len(m.Frozen) > 0 {
			frozen["segment "+m.Rule.ID] = m.Frozen
		}
		frozen["funnel "+m.Rule.ID] = m.Funnel
	}
	return frozen
}

// memberships is a row for each customer and rule segment they belong to.
func (p *placing) memberships() *table.Table {
	var who, what []string
	for i, id := range p.r.snapshot.Customers {
		for _, m := range p.rules {
			if m.In[i] {
				who, what = append(who, id), append(what, m.Rule.ID)
			}
		}
	}
	t := new(table.Table)
	id := table.Strings("customer_id", who)
	id.Required = true
	t.Add(id.Says("", "the customer", "el cliente"))
	t.Add(table.Strings("segment", what).Says("", "the rule segment", "el segmento por reglas"))
	return t
}

// summary says what every segment amounts to.
func (p *placing) summary() *table.Table {
	s := segment.NewSummary(p.spent, p.churn)
	add := func(kind string, names []segment.Name, of []string) {
		for _, n := range names {
			s.Add(kind, n, func(i int) bool { return of[i] == n.ID })
		}
	}
	add("lifecycle", segment.Stages, p.stage)
	add("rfm", segment.RFMNames, p.rfm.Name)
	add("value", segment.Bands, p.band)
	for _, f := range p.seg.Profiles {
		s.Add("micro", segment.Name{ID: strconv.Itoa(f.Cluster + 1), En: f.NameEn, Es: f.NameEs}, func(i int) bool { return p.micro.segment[i] == int64(f.Cluster) })
	}
	for _, row := range segment.Priorities {
		s.Add("priority", row.Name, func(i int) bool { return p.priority[i] == row.ID })
	}
	for _, m := range p.rules {
		s.Add("rule", segment.Name{ID: m.Rule.ID, En: m.Rule.En.Name, Es: m.Rule.Es.Name, Colour: m.Rule.Colour}, func(i int) bool { return m.In[i] })
	}
	return s.Table()
}

// clusters is a row for each micro-segment and trait.
func (p *placing) clusters() *table.Table {
	var id []int64
	var en, es, feature []string
	var size, effect, median, overall []float64
	for _, f := range p.seg.Profiles {
		for _, t := range f.Traits {
			id, en, es, feature = append(id, int64(f.Cluster+1)), append(en, f.NameEn), append(es, f.NameEs), append(feature, t.Feature)
			size, effect, median, overall = append(size, f.Share), append(effect, t.Effect), append(median, t.Median), append(overall, t.Overall)
		}
	}
	t := &table.Table{Meta: map[string]string{"criterion": p.seg.Criterion, "why": p.seg.Why}}
	t.Add(table.Ints("micro_segment", table.Int32, id).Says("", "the micro-segment", "el microsegmento"))
	t.Add(table.Strings("name_en", en).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("name_es", es).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.Floats("share", size).Says("share", "share of customers when it was found", "parte de los clientes cuando se encontró"))
	t.Add(table.Strings("feature", feature).Says("", "the feature", "la característica"))
	t.Add(table.Floats("effect", effect).Says("standard deviations", "difference of mean ranks to everyone", "diferencia de rangos medios con todos"))
	t.Add(table.Floats("median", median).Says("", "median in the micro-segment", "mediana en el microsegmento"))
	t.Add(table.Floats("overall_median", overall).Says("", "median of everyone", "mediana de todos"))
	return t
}

// stack1 is the features of the run with the customer in front.
func stack1(r *running) *table.Table {
	t := new(table.Table)
	id := table.Strings("customer_id", r.snapshot.Customers)
	id.Required = true
	t.Add(id.Says("", "the customer", "el cliente"))
	for _, c := range r.snapshot.Table.Columns {
		t.Add(c)
	}
	return t
}
