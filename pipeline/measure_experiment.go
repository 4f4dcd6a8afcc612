package pipeline

import (
	"math"

	"segmenta/predict/effect"
)

// An experiment is who got what by lot, and what came of it.
type experiment struct {
	arms     []string // the first is who was left alone
	arm      []int    // of each customer; −1: took no part
	groups   []group  // everybody is judged beside them
	outcomes []outcome
	terms    terms
}

// A group is a part of the customers that is judged apart.
type group struct {
	kind, id string
	name     words
	in       []bool
	arm      []int // where another lot decided than that of everybody
}

// everyone is the group of all.
const everyone = "everyone"

// An outcome is what came of everybody.
type outcome struct {
	id     string
	name   words
	rate   bool
	money  bool      // an amount in the shop's currency
	better int       // 1: the more the better; −1: the less
	after  []float64 // NaN: nothing is known of them
	before []float64 // a figure from before the draw; nil: none
	same   bool      // before is the same figure, so that changes can be compared
}

// terms are what acting costs and what is worth having.
type terms struct {
	cost       float64 // of treating one customer
	margin     float64 // share of an amount that is earned
	worthwhile float64 // the least rise, as a share of what those left alone do, that is worth having
}

// usualWorthwhile is that share unless somebody says otherwise.
const usualWorthwhile = 0.1

// An Effect is what an arm did to a group, against those left alone.
type Effect struct {
	Kind    string `json:"segment_kind"`
	Segment string `json:"segment"`
	Name    words  `json:"name"`
	Outcome string `json:"outcome"`
	Arm     string `json:"arm"`
	Against string `json:"against"`

	Treated    int             `json:"treated"`
	Control    int             `json:"control"`
	OfTreated  effect.Estimate `json:"of_treated"`
	OfControl  effect.Estimate `json:"of_control"`
	Difference effect.Estimate `json:"difference"`
	Ratio      effect.Estimate `json:"ratio"`
	P          effect.Number   `json:"p_value"`
	Holm       effect.Number   `json:"p_holm"` // for as many segments and arms
	FDR        effect.Number   `json:"p_fdr"`

	Adjusted *Narrowed        `json:"adjusted,omitempty"` // by what was known before
	Change   *effect.Estimate `json:"change,omitempty"`   // difference in differences

	Incremental effect.Estimate  `json:"incremental"` // what the treated had because of it, all together
	Profit      *effect.Estimate `json:"profit,omitempty"`
	ROI         *effect.Estimate `json:"roi,omitempty"`

	Least         effect.Number `json:"least_detectable"`
	NeededTreated effect.Number `json:"needed_treated"`
	NeededControl effect.Number `json:"needed_control"`
	Worthwhile    effect.Number `json:"worthwhile"`
	Verdict       string        `json:"verdict"`
	Reason        words         `json:"reason"`
	standard      float64       // deviation of the outcome
	better        int
	rate, money   bool
	called        words
}

// Narrowed is a difference from which what was known before has been taken out.
type Narrowed struct {
	Difference effect.Estimate `json:"difference"`
	P          effect.Number   `json:"p_value"`
	Reduced    float64         `json:"variance_reduction"`
	Narrower   float64         `json:"interval_narrower"` // share of its width that the interval lost
}

// best is the narrower of the two differences.
func (e *Effect) best() (effect.Estimate, float64) {
	if e.Adjusted != nil {
		return e.Adjusted.Difference, float64(e.Adjusted.P)
	}
	return e.Difference, float64(e.P)
}

// evaluate judges every outcome of every arm, of everybody and of each group.
func (t *experiment) evaluate() []*Effect {
	var all []*Effect
	groups := append([]group{{kind: everyone, id: everyone, name: words{"Everyone", "Todos"}}}, t.groups...)
	for _, o := range t.outcomes {
		var whole, parts []*Effect
		for _, g := range groups {
			for arm := 1; arm < len(t.arms); arm++ {
				e := t.compare(o, g, arm, 0)
				if g.kind == everyone {
					whole = append(whole, e)
				} else if e.Treated+e.Control > 0 {
					parts = append(parts, e)
				}
			}
		}
		for _, family := range [][]*Effect{whole, parts} {
			t.decide(family)
			all = append(all, family...)
		}
	}
	return all
}

// decide adjusts the chances for as many comparisons, and gives the verdicts.
func (t *experiment) decide(family []*Effect) {
	p := make([]float64, len(family))
	for i, e := range family {
		_, p[i] = e.best()
	}
	holm, fdr := effect.Holm(p), effect.Hochberg(p)
	for i, e := range family {
		e.Holm, e.FDR = effect.Number(holm[i]), effect.Number(fdr[i])
		e.weigh(t.terms)
		e.judge(t.terms)
	}
}

// compare holds an arm against another within a group.
func (t *experiment) compare(o outcome, g group, arm, against int) *Effect {
	e := &Effect{Kind: g.kind, Segment: g.id, Name: g.name, Outcome: o.id, Arm: t.arms[arm], Against: t.arms[against], better: o.better, rate: o.rate, money: o.money, called: o.name}
	after, before, known := t.halves(o, g, arm, against)
	one, zero := after[0], after[1]
	e.Treated, e.Control = len(one), len(zero)
	w := effect.Welch(one, zero)
	e.Difference, e.P, e.Ratio = w.Estimate, effect.Number(w.P), effect.Unknown
	if o.rate {
		y1, n1, y0, n0 := total(one), float64(len(one)), total(zero), float64(len(zero))
		e.OfTreated, e.OfControl = effect.Rate(y1, n1), effect.Rate(y0, n0)
		e.Difference, e.Ratio, e.P = effect.Difference(y1, n1, y0, n0), effect.Ratio(y1, n1, y0, n0), effect.Number(effect.TwoRates(y1, n1, y0, n0))
	} else {
		e.OfTreated, e.OfControl = effect.Mean(one), effect.Mean(zero)
	}
	e.standard = w.SE / math.Sqrt(1/float64(max(1, len(one)))+1/float64(max(1, len(zero))))
	if known {
		a := effect.CUPED(before[0], one, before[1], zero)
		narrower := 1 - (a.High-a.Low)/(e.Difference.High-e.Difference.Low)
		if narrower > leastNarrower && (!o.rate || e.eventful(one) && e.eventful(zero)) {
			e.Adjusted = &Narrowed{a.Estimate, effect.Number(a.P), a.Reduced, narrower}
		}
		if o.same {
			c := effect.Changes(before[0], one, before[1], zero).Estimate
			e.Change = &c
		}
	}
	return e
}

// leastNarrower is how much narrower an interval must become for it to be worth another
// method.
const leastNarrower = 0.01

// eventful reports whether of a rate at least so many did and did not that the normal
// distribution serves.
func (e *Effect) eventful(values []float64) bool {
	yes := total(values)
	return yes >= 10 && float64(len(values))-yes >= 10
}

// halves are the values of two arms, after and before; known reports whether what was
// before is known of all.
func (t *experiment) halves(o outcome, g group, arm, against int) (after, before [2][]float64, known bool) {
	known = o.before != nil
	lot := t.arm
	if g.arm != nil {
		lot = g.arm
	}
	for i, a := range lot {
		side := 0
		if a == against {
			side = 1
		} else if a != arm {
			continue
		}
		if v := o.after[i]; !math.IsNaN(v) && (g.in == nil || g.in[i]) {
			after[side] = append(after[side], v)
			if o.before != nil {
				before[side] = append(before[side], o.before[i])
				known = known && !math.IsNaN(o.before[i])
			}
		}
	}
	return after, before, known && len(after[0]) > 1 && len(after[1]) > 1
}

func total(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}
