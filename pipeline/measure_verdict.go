package pipeline

import (
	"fmt"
	"math"
	"strings"

	"segmenta/predict/effect"
)

// significant is the chance, adjusted for how many comparisons there are, below which a
// difference counts as seen.
const significant = 0.05

// weigh says what the effect is worth, what the groups can see, and how many it takes.
func (e *Effect) weigh(t terms) {
	d, _ := e.best()
	n1, n0 := float64(e.Treated), float64(e.Control)
	e.Incremental = d.Times(n1)
	if e.money && t.margin > 0 {
		p := d.Times(t.margin).Plus(-t.cost).Times(n1)
		e.Profit = &p
		if t.cost > 0 {
			r := d.Times(t.margin / t.cost).Plus(-1)
			e.ROI = &r
		}
	}
	base, share := e.OfControl.Value, n1/(n1+n0)
	worth := t.worthwhile * math.Abs(base)
	if e.money && t.margin > 0 && t.cost > 0 {
		worth = t.cost / t.margin
	}
	if e.rate {
		e.Least = effect.Number(effect.LeastRate(base, n1, n0))
	} else {
		e.Least = effect.Number(effect.LeastMean(e.spread(), n1, n0))
	}
	e.Worthwhile = effect.Number(worth)
	var need1, need0 float64
	if e.rate {
		need1, need0 = effect.RateSize(base, math.Min(worth, 1-base), share)
	} else {
		need1, need0 = effect.MeanSize(e.spread(), worth, share)
	}
	e.NeededTreated, e.NeededControl = effect.Number(need1), effect.Number(need0)
}

// spread is the outcome's deviation, less what is known to have been so before.
func (e *Effect) spread() float64 {
	if e.Adjusted != nil {
		return e.standard * math.Sqrt(1-e.Adjusted.Reduced)
	}
	return e.standard
}

// judge gives the verdict, and the reason for it in both languages.
func (e *Effect) judge(t terms) {
	d, _ := e.best()
	d = d.Times(float64(e.better))
	seen := float64(e.Holm) < significant
	short := float64(e.Treated) < float64(e.NeededTreated) || float64(e.Control) < float64(e.NeededControl)
	switch {
	case e.Treated < 2 || e.Control < 2 || !d.Known():
		e.say("too_small", words{fmt.Sprintf("%d were treated and %d left alone: nothing to compare", e.Treated, e.Control),
			fmt.Sprintf("%d tratados y %d fuera: no hay con qué comparar", e.Treated, e.Control)})
	case e.Profit != nil && t.cost > 0 && e.Profit.Low > 0 && seen:
		e.say("keep", words{"it earns more than it costs: " + e.figure("en", *e.Profit, 0), "gana más de lo que cuesta: " + e.figure("es", *e.Profit, 0)})
	case e.Profit != nil && t.cost > 0 && e.Profit.High < 0:
		e.say("drop", words{"it costs more than it earns, even at best: " + e.figure("en", *e.Profit, 0), "cuesta más de lo que gana, incluso en el mejor caso: " + e.figure("es", *e.Profit, 0)})
	case seen && d.Low > 0 && e.Profit != nil && t.cost > 0:
		e.say("adjust", words{"it works, and whether it pays is not clear: " + e.figure("en", *e.Profit, 0) + "; make it cheaper or aim it better", "funciona, y no está claro que compense: " + e.figure("es", *e.Profit, 0) + "; abarátelo o afine a quién"})
	case seen && d.Low > 0:
		e.say("keep", words{"it works: " + e.difference("en"), "funciona: " + e.difference("es")})
	case seen && d.High < 0:
		e.say("drop", words{"it does harm: " + e.difference("en"), "perjudica: " + e.difference("es")})
	case d.High < float64(e.Worthwhile):
		e.say("adjust", words{"whatever it does is less than what is worth having: " + e.difference("en") + "; change the offer, or the criteria of the segment", "haga lo que haga, es menos de lo que vale la pena: " + e.difference("es") + "; cambie la oferta o los criterios del segmento"})
	case short && !math.IsInf(float64(e.NeededTreated), 0):
		e.say("too_small", words{fmt.Sprintf("the groups are too small to tell (%s): to see %s it takes %.0f treated and %.0f left alone", e.difference("en"), e.number("en", float64(e.Worthwhile)), float64(e.NeededTreated), float64(e.NeededControl)),
			fmt.Sprintf("los grupos son demasiado pequeños para saberlo (%s): para ver %s hacen falta %.0f tratados y %.0f fuera", e.difference("es"), e.number("es", float64(e.Worthwhile)), float64(e.NeededTreated), float64(e.NeededControl))})
	case d.Side() != 0:
		e.say("adjust", words{"so many comparisons show such a difference by chance (" + e.difference("en") + "): repeat it on this segment alone", "con tantas comparaciones, una diferencia así sale por azar (" + e.difference("es") + "): repítalo solo en este segmento"})
	case e.OfTreated.Value == 0 && e.OfControl.Value == 0:
		e.say("too_small", words{"it happened to nobody", "no le pasó a nadie"})
	default:
		e.say("adjust", words{"no difference to be seen, though the groups would show one worth having: " + e.difference("en"), "no se ve diferencia, aunque los grupos mostrarían una que valga la pena: " + e.difference("es")})
	}
}

func (e *Effect) say(verdict string, why words) { e.Verdict, e.Reason = verdict, why }

// difference is the effect in words.
func (e *Effect) difference(language string) string {
	d, _ := e.best()
	return words{e.called.En, e.called.Es}.in(language) + " " + e.figure(language, d, 1)
}

// figure is an estimate with its interval in words; signed, as an effect is.
func (e *Effect) figure(language string, v effect.Estimate, rate int) string {
	write := func(x float64) string { return signed(e.written(language, x, rate == 1 && e.rate), x) }
	return fmt.Sprintf("%s (%s %s %s)", write(v.Value), write(v.Low), words{"to", "a"}.in(language), write(v.High))
}

func (e *Effect) number(language string, x float64) string { return e.written(language, x, e.rate) }

// written is a figure: a rate in points of a hundred.
func (e *Effect) written(language string, x float64, rate bool) string {
	s := ""
	switch {
	case rate:
		s = fmt.Sprintf("%.2f", 100*x)
	case math.Abs(x) >= 1000:
		s = fmt.Sprintf("%.0f", x)
	default:
		s = fmt.Sprintf("%.3g", x)
	}
	if language == "es" {
		s = strings.Replace(s, ".", ",", 1)
	}
	if rate {
		s += words{" points", " puntos"}.in(language)
	}
	return s
}

func signed(s string, x float64) string {
	if x > 0 {
		return "+" + s
	}
	return strings.Replace(s, "-", "−", 1)
}
