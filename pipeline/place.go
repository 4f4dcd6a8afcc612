package pipeline

import (
	"math"
	"strings"

	"segmenta/segment"
	"segmenta/table"
)

// The tables of a run.
type tables struct {
	segments, summary, clusters, grid, features, quality *table.Table

	others []namedTable // which only the files hold
	worth  *valuing     // what the report says of value
	cards  []namedCard
	niches []segment.Niche
	mailed []mailed
}

type namedTable struct {
	name  string
	table *table.Table
}

func (t *tables) files() []namedTable {
	return append([]namedTable{{"segments", t.segments}, {"segment_summary", t.summary}, {"clusters", t.clusters}, {"rfm_grid", t.grid}, {"features", t.features}, {"quality", t.quality}}, t.others...)
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
	journey, reason []string // and what put them there
	funnel          []string
	band, priority  []string
	vip             []bool
	worth           *valuing
	profits         []segment.Profit // nil where nothing says what customers cost
	seg             *segmentation
	micro           *placed
	rules           []*segment.Membership
	goods           *products
	intents         []*segment.Pattern
	intent          []string
	gaps            *table.Table
	profiles        *profileTable // once it was asked for
	hidden          []hidden
	belong          []segment.Belonging
	since           map[string]segment.Since // by rule segment
	moves           []segment.Change
	silent          []bool       // who has not agreed to be profiled
	held            *table.Table // how the draws of those left alone came out
}

// place puts every customer into their segments: RFM, lifecycle, value, micro-segment,
// rules, priority.
func (r *running) place() (*tables, error) {
	p := &placing{r: r, n: len(r.snapshot.Customers), silent: r.silent(), out: &table.Table{Meta: map[string]string{"as_of": r.manifest.AsOf, "models": strings.Join(r.champions.list(), ", ")}}}
	_, p.bought = buyersOf(r.snapshot)
	p.orders, p.spent, p.recency = p.feature("orders_all"), p.feature("amount_all"), p.feature(recencyFeature)
	p.churn = repeated(math.NaN(), p.n)
	if s := r.scores["churn"]; s != nil {
		p.churn = s.probability
	}
	if err := p.value(); err != nil {
		return nil, err
	}
	p.lifecycle()
	p.profit()
	var err error
	if p.seg, p.micro, err = place(r.champions.files[microSegments]["clusters.json"], r.snapshot, r.job.Threads); err != nil {
		return nil, err
	}
	p.forgo()
	r.segmentation, r.microSegments = p.seg, p.micro.segment
	if p.seg.Abstained != (words{}) {
		r.off(words{"micro-segments", "microsegmentos"}, p.seg.Abstained)
	}
	p.travel()
	if err := p.sell(); err != nil {
		return nil, err
	}
	p.forgoGoods()
	p.write()
	p.productColumns()
	before, err := p.lookBack()
	if err != nil {
		return nil, err
	}
	p.follow(before)
	groupings, err := p.compareGroupings(before)
	if err != nil {
		return nil, err
	}
	all := p.everything()
	if err := p.intend(all); err != nil {
		return nil, err
	}
	p.fit()
	if err := p.ideal(all); err != nil {
		return nil, err
	}
	p.agreements()
	if err := p.applyRules(p.everything()); err != nil {
		return nil, err
	}
	r.rules = p.rules
	p.untold()
	if err := p.leaveAlone(); err != nil {
		return nil, err
	}
	if err := p.change(); err != nil {
		return nil, err
	}
	var cards []namedCard
	var moves *table.Table
	err = each(r.job.Threads, 2, func(k int) (err error) {
		if k == 0 {
			moves = segment.ChangeTable(p.moves, r.past.asOf)
			return nil
		}
		cards, err = p.cards(all)
		return err
	})
	if err != nil {
		return nil, err
	}
	channels, err := p.channelTable()
	if err != nil {
		return nil, err
	}
	attributes := p.attributesKnown()
	r.reliable = p.reliabilities(attributes)
	niches, mailed := p.niches(), p.mailings()
	movements, err := r.movements()
	if err != nil {
		return nil, err
	}
	r.season = season(movements, r.periods())
	r.manifest.Off = append(r.manifest.Off, r.past.off...)
	r.manifest.Frozen = p.frozen()
	return &tables{segments: p.out, summary: p.summary(), clusters: p.clusters(), grid: p.rfm.Grid(p.gridFigures()), features: stack1(r), quality: r.past.Quality().Table(), worth: p.worth, cards: cards, niches: niches, mailed: mailed,
		others: []namedTable{
			{"memberships", p.memberships()},
			{"transitions", moves},
			{"triggers", p.triggers()},
			{"affinity", p.affinityTable()},
			{"opportunities", p.opportunityTable()},
			{"category_pairs", p.pairTable()},
			{"profit", p.profitTable()},
			{"priority", p.priorityTable()},
			{"value_holdout", p.worth.model.waysTable()},
			{"value_fit", p.worth.model.fitnessTable()},
			{"identities", p.identities()},
			{"icp_gap", p.gaps},
			{"hidden_segments", hiddenTable(p.hidden)},
			{"groupings", groupings},
			{"market", p.marketSizes()},
			{"holdout", p.held},
			{"mass_mailing", mailingTable(mailed)},
			{"cards", cardTable(cards)},
			{"context", r.contextTable(movements)},
			{"niches", nicheTable(niches)},
			{"channels", channels},
			{"attributes", p.attributeTable(attributes)},
			{"provenance", p.provenanceTable()},
		}}, nil
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

// lifecycle finds everyone's stage from what the data hold.
func (p *placing) lifecycle() {
	gap := p.feature("gap_mean_days")
	rule := segment.LifecycleRule{DormantDays: 90, DormantGaps: 3, TypicalGap: typical(gap), EvangelistAt: 3}
	profile := p.profile()
	referrals, nps := p.feature("referrals_all"), p.feature("last_nps")
	asked, met := p.feature("price_requests_all"), p.any("meetings_all", "quotes_all")
	p.stage, p.evidence = make([]string, p.n), make([]string, p.n)
	for i := range p.n {
		who := segment.Person{NotQualified: profile.text("not_qualified_reason", i), ExitReason: profile.text("exit_reason", i),
			Orders: p.orders[i], Recency: p.recency[i], Gap: gap[i], Recommends: referrals[i] > 0 || nps[i] >= 9, TopBilling: p.vip[i],
			Meeting: met[i] > 0, AskedPrice: asked[i] > 0, Email: strings.Contains(profile.text("email", i), "@"), Phone: profile.text("phone", i) != "",
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

// profile picks the customers' rows of it, once.
func (p *placing) profile() profileTable {
	if p.profiles == nil {
		p.profiles = &profileTable{p.r.past.Profiles(p.r.snapshot)}
	}
	return *p.profiles
}

func (p profileTable) text(name string, i int) string {
	if p.t == nil || p.t.Column(name) == nil {
		return ""
	}
	return p.t.Column(name).Format(i)
}
