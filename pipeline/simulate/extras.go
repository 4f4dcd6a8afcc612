package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
)

// aboutCategory lists the events that are about a category of products.
var aboutCategory = []string{"product_view", "cart_add", "search", "checkout"}

// interest is the category that an event is about, mostly what the person likes; empty
// for events about none.
func (b *batch) interest(p *person, kind string) string {
	switch {
	case !slices.Contains(aboutCategory, kind):
		return ""
	case b.extra.Float64() < 0.6:
		return categories[p.taste]
	}
	return categories[b.extra.IntN(len(categories))]
}

// extras adds what people do besides: they sign up, finish the onboarding, use key
// functions, search, begin to pay, get push messages, and write reviews. It draws from a
// generator of its own, so that the rest of their lives stays as it is without it.
func (b *batch) extras(p *person) {
	r := b.extra
	if r.Float64() < 0.7 {
		b.event(p, p.joined, "signup", "web", math.NaN())
	}
	for day := p.joined; day < float64(b.o.Days); day += 7 {
		w := p.warmth(day)
		for range poisson(r, 0.3*w) {
			b.event(p, day+7*r.Float64(), "search", "web", math.NaN())
		}
		if p.app && r.Float64() < 0.6 {
			b.event(p, day, "push_sent", "app", math.NaN())
			if r.Float64() < 0.25*min(1, w) {
				b.event(p, day+0.1, "push_open", "app", math.NaN())
			}
		}
		if r.Float64() < 0.05*min(2, w) {
			b.event(p, day+0.2, "checkout", "web", math.NaN())
		}
	}
	if math.IsInf(p.first, 1) {
		b.courted(p, r)
		return
	}
	if r.Float64() < 0.6 {
		b.event(p, p.first+10*r.Float64(), "onboarding_done", "web", math.NaN())
		for range r.IntN(4) {
			b.event(p, p.first+30*r.Float64(), "key_feature", "web", math.NaN())
		}
	}
	if p.orders > 2 && r.Float64() < 0.1 {
		b.event(p, p.first+40*r.Float64(), "review", "web", math.Round(5-3*r.Float64()*r.Float64()))
	}
}

// courted are prospects whom somebody met or wrote an offer.
func (b *batch) courted(p *person, r *rand.Rand) {
	switch u := r.Float64(); {
	case u < 0.05:
		b.event(p, p.joined+5, "meeting_booked", "call", math.NaN())
	case u < 0.1:
		b.event(p, p.joined+6, "quote_sent", "email", math.NaN())
	}
}
