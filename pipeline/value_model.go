package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"segmenta/features"
	"segmenta/models"
	"segmenta/predict/clv"
	"segmenta/predict/metric"
	"segmenta/segment"
)

// customerValue is the name under which the store keeps what was learned of value.
const customerValue = "customer_value"

// Ways of foretelling value beside the models of purchases.
const (
	naiveValue  = "naive"  // what they spent in as many days before
	treesValue  = "trees"  // trees, to which the model of purchases is one feature among others
	hybridValue = "hybrid" // trees that begin from the model of purchases
)

// wayWords are what a way is called.
func wayWords(way string) words {
	if w, ok := map[string]words{
		naiveValue: {"naive rule", "regla ingenua"}, "bgnbd": {"BG/NBD", "BG/NBD"}, "mbgnbd": {"MBG/NBD", "MBG/NBD"}, "pareto": {"Pareto/NBD", "Pareto/NBD"},
		treesValue: {"trees", "árboles"}, hybridValue: {"trees that begin from BG/NBD", "árboles que parten de BG/NBD"}, likeliest: {"likeliest model", "modelo más verosímil"},
	}[way]; ok {
		return w
	}
	return words{way, way}
}

// likeliest is the way in use where none could be judged.
const likeliest = "likeliest"

// A valueModel is what the store keeps of value: what the champion on the hold-out is,
// by how much, and the cuts that a run scores by.
type valueModel struct {
	AsOf      string         `json:"as_of"`
	Horizon   string         `json:"horizon"`
	Discount  float64        `json:"discount_a_year"`
	Level     float64        `json:"level"`
	Abstained words          `json:"abstained,omitzero"` // why there is no value
	Uses      string         `json:"uses"`               // the way that foretells best
	Why       words          `json:"why"`
	Purchases *clv.Purchases `json:"purchases,omitempty"`
	Spending  *clv.Spending  `json:"spending,omitempty"`
	Fitness   *clv.Fitness   `json:"goodness_of_fit,omitempty"`
	Held      *valueHeld     `json:"holdout,omitempty"`
	Spread    *spread        `json:"spread,omitempty"` // of what customers of similar predictions spent
	Formula   string         `json:"formula"`
	Cuts      valueCuts      `json:"cuts"`
	forest    []byte         // of trees or hybrid
}

// valueCuts are stored when a model is learned, so that a customer's band changes only
// when the customer does.
type valueCuts struct {
	RFM        segment.RFMCuts   `json:"rfm"`
	Spent      segment.ValueCuts `json:"spent"`
	VIP        float64           `json:"vip_value"`         // expected value from which one is a VIP
	HighTicket float64           `json:"high_ticket_order"` // average order
	Stars      float64           `json:"stars"`             // the composite
	Ranks      segment.StarRanks `json:"star_ranks"`
}

// A valueHeld is every way of foretelling value, held against what was spent after
// everything that it learned from.
type valueHeld struct {
	Moment    string        `json:"moment"`
	Customers int           `json:"customers"`
	Ways      []valueWay    `json:"ways"`
	Detail    *clv.Holdout  `json:"purchases"` // of the model of purchases in use
	Interval  *clv.Coverage `json:"interval"`  // of the way in use
	ByGroup   bool          `json:"other_customers,omitempty"`
}

// A valueWay is one way and how good it was.
type valueWay struct {
	Way      string           `json:"way"`
	Good     *metric.Amounts  `json:"judged"`
	Less     *metric.Interval `json:"less_deviance_than_naive,omitempty"`
	foretold []float64
	model    *clv.Purchases
	forest   []byte
}

// learnValue learns what customers will be worth, judges every way of telling it on the
// last outcomes, and takes the best.
func (j *Job) learnValue(ctx context.Context, p *past, plan plan, snapshots map[time.Time]*features.Snapshot) (*valueModel, error) {
	v := j.Config.Value
	now := snapshots[p.asOf]
	blank := valueModel{AsOf: runName(p.asOf), Horizon: v.Horizon.String(), Discount: *v.Discount, Level: v.Level,
		Formula: "clv = Σ over the horizon of E[purchases a day] · E[amount of a purchase] / (1 + discount)^(days / 365); clv_total = clv_hist + clv"}
	m, w := blank, p.buyersAt(now)
	if err := j.chooseValue(ctx, p, plan, snapshots, &m); err != nil {
		return nil, err
	}
	var err error
	if m.Purchases, m.Spending, err = w.fit(m.Purchases, j.Threads); err != nil {
		m = blank
		m.Abstained = words{err.Error(), "no se puede ajustar un modelo de valor a estos datos"}
		return &m, j.cutValue(p, now, w, &m)
	}
	f := m.Purchases.Fitness(w.h, j.Threads)
	m.Fitness = &f
	return &m, j.cutValue(p, now, w, &m)
}

// keep stores the model of value.
func (m *valueModel) keep(store *models.Store, done *Learned) error {
	if m.Abstained != (words{}) {
		done.Off = append(done.Off, Off{words{"lifetime value", "valor de vida"}, m.Abstained})
	}
	done.Value = m
	text, err := encodeJSON(m)
	if err != nil {
		return err
	}
	files := map[string][]byte{"value.json": text}
	if m.forest != nil {
		files["model.txt"] = m.forest
	}
	return crown(store, customerValue, files, m.AsOf)
}

// chooseValue judges every way on the hold-out. Without one the likeliest model of
// purchases is used, and the card says so.
func (j *Job) chooseValue(ctx context.Context, p *past, plan plan, snapshots map[time.Time]*features.Snapshot, m *valueModel) error {
	if !plan.ok {
		m.Uses = likeliest
		m.Why = words{"the history is too short to judge any way: the likeliest model of purchases is used", "la historia es demasiado corta para juzgar: se usa el modelo de compras más verosímil"}
		return nil
	}
	t, err := j.trial(ctx, p, plan, snapshots)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m.Uses = likeliest
		m.Why = words{"no way could be judged (" + err.Error() + "): the likeliest model of purchases is used", "no se pudo juzgar: se usa el modelo de compras más verosímil"}
		return nil
	}
	return t.decide(m)
}

// A trial is the ways of foretelling value on one hold-out.
type trial struct {
	job      *Job
	past     *past
	plan     plan
	held     *features.Snapshot
	buyers   *worth
	days     []float64 // with a purchase in the horizon
	paid     []float64 // in it, discounted
	spending *clv.Spending
	ways     []valueWay
	learned  *learnedWorth
}

func (j *Job) trial(ctx context.Context, p *past, plan plan, snapshots map[time.Time]*features.Snapshot) (*trial, error) {
	v, held := j.Config.Value, snapshots[plan.Holdout]
	t := &trial{job: j, past: p, plan: plan, held: held, buyers: p.buyersAt(held)}
	purchases, spending, err := t.buyers.fits(clv.Kinds(), j.Threads)
	if err != nil {
		return nil, err
	}
	t.spending = spending
	end := plan.Holdout.AddDate(0, 0, int(v.Horizon))
	days, paid, err := p.Paid(held, plan.Holdout, end, v.daily())
	if err != nil {
		return nil, err
	}
	t.days, t.paid = t.buyers.bought(days), t.buyers.bought(paid)
	_, before, err := p.Paid(held, plan.Holdout.AddDate(0, 0, -int(v.Horizon)), plan.Holdout, 0)
	if err != nil {
		return nil, err
	}
	t.ways = append(t.ways, valueWay{Way: naiveValue, foretold: t.buyers.bought(before)})
	for _, m := range purchases {
		w := t.buyers.bare(m, spending, v, j.Threads)
		t.ways = append(t.ways, valueWay{Way: m.Kind, foretold: w.values(), model: m})
	}
	if *v.Trees {
		if err := t.trees(ctx, snapshots); err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			j.Log.Warn().Err(err).Msg("no trees of value")
		}
	}
	t.onlyJudged()
	return t, t.judge()
}

// onlyJudged leaves the customers that trees learned from out of the judgement, where
// the history is too short to learn from earlier outcomes.
func (t *trial) onlyJudged() {
	if !t.plan.ByCustomers {
		return
	}
	kept := &worth{}
	var rows []int
	for k, i := range t.buyers.buyers {
		if fold(t.held.Customers[i]) == 0 {
			rows = append(rows, k)
			kept.buyers = append(kept.buyers, i)
		}
	}
	pick := func(v []float64) []float64 {
		out := make([]float64, len(rows))
		for k, i := range rows {
			out[k] = v[i]
		}
		return out
	}
	h := t.buyers.h
	kept.h, kept.amounts = clv.Histories{Frequency: pick(h.Frequency), Recency: pick(h.Recency), Age: pick(h.Age)}, pick(t.buyers.amounts)
	t.buyers, t.days, t.paid = kept, pick(t.days), pick(t.paid)
	for k := range t.ways {
		t.ways[k].foretold = pick(t.ways[k].foretold)
	}
}

func (t *trial) judge() error {
	var foretold [][]float64
	for _, w := range t.ways {
		if err := metric.CheckAmounts(t.paid, w.foretold); err != nil {
			return fmt.Errorf("judging %s: %w", w.Way, err)
		}
		foretold = append(foretold, w.foretold)
	}
	judged, less, err := metric.JudgeRivals(t.paid, foretold, 1)
	if err != nil {
		return fmt.Errorf("judging ways of foretelling value: %w", err)
	}
	for i := range t.ways {
		if t.ways[i].Good = judged[i]; i > 0 {
			t.ways[i].Less = &less[i-1]
		}
	}
	return nil
}

// decide takes the way with the least deviance: the best model of purchases, unless
// trees are better by more than chance.
func (t *trial) decide(m *valueModel) error {
	lowest := func(ways []valueWay) *valueWay {
		best := -1
		for i := range ways {
			if best < 0 || ways[i].Good.Deviance.Value < ways[best].Good.Deviance.Value {
				best = i
			}
		}
		return &ways[best]
	}
	var plain, grown []valueWay
	for _, w := range t.ways[1:] {
		if w.forest == nil {
			plain = append(plain, w)
		} else {
			grown = append(grown, w)
		}
	}
	best := lowest(plain)
	m.Purchases, m.Uses = best.model, best.Way
	less := *best.Less
	m.Why = words{fmt.Sprintf("%s: %.1f %% [%.1f, %.1f] less deviance than the naive rule", wayWords(best.Way).En, 100*less.Value, 100*less.Low, 100*less.High),
		fmt.Sprintf("%s: un %.1f %% [%.1f, %.1f] menos de desviación que la regla ingenua", wayWords(best.Way).Es, 100*less.Value, 100*less.Low, 100*less.High)}
	made := t.buyers.look(best.model, t.spending, t.job.Config.Value, t.job.Threads).forecast
	detail := clv.Judge(t.buyers.h.Frequency, made, t.days, t.paid, m.Level)
	m.Held = &valueHeld{Moment: runName(t.plan.Holdout), Customers: len(t.paid), Ways: t.ways, Detail: detail, Interval: detail.Money, ByGroup: t.plan.ByCustomers}
	if len(grown) == 0 {
		return nil
	}
	tree := lowest(grown)
	gain, err := metric.LessDeviance(t.paid, tree.foretold, best.foretold, 1)
	if err != nil {
		return err
	}
	if gain.Low <= 0 {
		m.Why.En += fmt.Sprintf("; %s: %.1f %% [%.1f, %.1f] less than that, which is not surely better", wayWords(tree.Way).En, 100*gain.Value, 100*gain.Low, 100*gain.High)
		m.Why.Es += fmt.Sprintf("; %s: un %.1f %% [%.1f, %.1f] menos, que no es mejor con seguridad", wayWords(tree.Way).Es, 100*gain.Value, 100*gain.Low, 100*gain.High)
		return nil
	}
	m.Uses, m.forest = tree.Way, tree.forest
	m.Why.En += fmt.Sprintf("; %s: %.1f %% [%.1f, %.1f] less than that, so they are used", wayWords(tree.Way).En, 100*gain.Value, 100*gain.Low, 100*gain.High)
	m.Why.Es += fmt.Sprintf("; %s: un %.1f %% [%.1f, %.1f] menos, así que se usan", wayWords(tree.Way).Es, 100*gain.Value, 100*gain.Low, 100*gain.High)
	if m.Spread, err = t.learned.spread(tree.Way, m.Level); err != nil {
		return err
	}
	c := clv.Cover(len(t.paid), m.Level, t.paid, func(i int) (low, high float64) { return m.Spread.of(tree.foretold[i]) })
	m.Held.Interval = &c
	return nil
}

// cutValue finds the cuts that runs will score by.
func (j *Job) cutValue(p *past, s *features.Snapshot, w *worth, m *valueModel) error {
	orders, amount := j.Config.Value.RFM.features()
	for _, name := range []string{orders, amount} {
		if s.Table.Column(name) == nil {
			return mark(ErrConfig, fmt.Errorf("value.rfm.window: there is no feature %s; the windows are those of orders_ and amount_ that segmenta features list names", name))
		}
	}
	read := func(name string) []float64 {
		out := repeated(math.NaN(), len(s.Customers))
		if c := s.Table.Column(name); c != nil {
			for i := range out {
				out[i] = c.Number(i)
			}
		}
		return out
	}
	recency, spent := read(recencyFeature), read("amount_all")
	m.Cuts.RFM = segment.FitRFM(recency, read(orders), read(amount)).Cuts
	m.Cuts.Spent = segment.FitValue(spent)
	m.Cuts.HighTicket = segment.Top(read("average_order_all"), j.Config.Value.HighTicket)
	value := repeated(math.NaN(), len(s.Customers))
	if m.Abstained == (words{}) {
		var err error
		if value, err = p.expectedValue(s, w, m, j); err != nil {
			return err
		}
	}
	m.Cuts.VIP = segment.Top(value, j.Config.Value.VIP)
	m.Cuts.Ranks = segment.FitStars(value, read("orders_all"), read(marginFeature))
	m.Cuts.Stars = segment.Top(m.Cuts.Ranks.Composite(value, read("orders_all"), read(marginFeature)), j.Config.Value.Stars)
	return nil
}

// expectedValue is the buyers' value as the model in use foretells it.
func (p *past) expectedValue(s *features.Snapshot, w *worth, m *valueModel, j *Job) ([]float64, error) {
	if m.forest != nil {
		return foretellTrees(p, s, m, j.Config.Value, j.Threads)
	}
	return w.bare(m.Purchases, m.Spending, j.Config.Value, j.Threads).of(len(s.Customers), func(f *clv.Forecast) float64 { return f.Value }), nil
}

var errNoTrees = errors.New("no moment to grow trees of value from")

// marginFeature is the share of what a customer paid that is left after costs, where
// the data hold costs.
const marginFeature = "margin_share_all"
