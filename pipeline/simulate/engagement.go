package simulate

import (
	"math"
	"time"
)

// warmth is how much of their tie is left on a day: it fades in the 60 days before
// they leave and is soon gone after.
func (p *person) warmth(day float64) float64 {
	fade := 1 / (1 + math.Exp((day-(p.left-30))/12))
	if math.IsInf(p.left, 1) {
		fade = 1
	}
	eager := 0.0
	if before := p.first - day; before >= 0 && before < 21 {
		eager = 3 // looks around before the first purchase
	}
	base := 0.5
	if day >= p.first {
		base = 1
	}
	return p.tie*base*fade + eager
}

func (b *batch) engagement(p *person) {
	r := b.random
	for day := p.joined; day < float64(b.o.Days); day += 3.5 {
		w := p.warmth(day)
		if p.emailOK && r.Float64() < 0.5 {
			b.event(p, day, "email_sent", "email", math.NaN())
			if r.Float64() < 0.45*min(1, w) {
				b.event(p, day, "email_open", "email", math.NaN())
				if r.Float64() < 0.3 {
					b.event(p, day, "email_click", "email", math.NaN())
				}
			}
		}
		for range poisson(r, 0.5*w) {
			b.visit(p, day+3.5*r.Float64(), w)
		}
	}
	if p.orders > 0 && r.Float64() < 0.15 {
		b.event(p, min(float64(b.o.Days)-1, p.first+30), "nps", "email", math.Round(min(10, max(0, 6+2.5*math.Log(p.tie+0.5)+1.5*r.NormFloat64()))))
	}
	if p.loyal && p.orders > 3 && r.Float64() < 0.2 {
		b.event(p, min(float64(b.o.Days)-1, p.first+90), "referral", "web", math.NaN())
	}
}

func (b *batch) visit(p *person, day, w float64) {
	r := b.random
	channel := "web"
	if p.app && r.Float64() < 0.7 {
		channel = "app"
		b.event(p, day, "app_open", channel, math.NaN())
	}
	b.event(p, day, "session", channel, math.Round(30+200*r.ExpFloat64()))
	for range r.IntN(4) {
		b.event(p, day, "product_view", channel, math.NaN())
	}
	if r.Float64() < 0.1*min(3, w) {
		b.event(p, day, "cart_add", channel, math.NaN())
	}
	if day < p.first && r.Float64() < 0.15 {
		b.event(p, day, "price_request", channel, math.NaN())
	}
	if r.Float64() < 0.02 {
		b.event(p, day, "ticket", channel, math.NaN())
	}
}

func (b *batch) event(p *person, day float64, kind, channel string, value float64) {
	if at := b.time(p, day); day >= 0 && at.Before(b.o.End) {
		e := &b.ev
		e.id, e.kind, e.channel, e.at, e.value = append(e.id, p.id), append(e.kind, kind), append(e.channel, channel), append(e.at, at), append(e.value, value)
		e.category = append(e.category, b.interest(p, kind))
	}
}

func (t *txRows) add(id, order, product, category, tier, channel string, at time.Time, amount, quantity, discount, cost float64) {
	t.id, t.order, t.product, t.category = append(t.id, id), append(t.order, order), append(t.product, product), append(t.category, category)
	t.tier, t.channel, t.at = append(t.tier, tier), append(t.channel, channel), append(t.at, at)
	t.amount, t.quantity, t.discount, t.cost = append(t.amount, amount), append(t.quantity, quantity), append(t.discount, discount), append(t.cost, cost)
}

func round(v float64) float64 { return math.Round(v*100) / 100 }
