package pipeline

import (
	"fmt"
	"math"

	"segmenta/predict/effect"
)

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
