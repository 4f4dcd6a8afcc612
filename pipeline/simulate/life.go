package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

var (
	categories = []string{"beauty", "books", "electronics", "fashion", "garden", "home", "music", "sports", "toys"}
	prices     = []float64{18, 14, 120, 42, 35, 55, 16, 48, 25}
	channels   = []string{"web", "app", "store"}
	countries  = []string{"ES", "MX", "CL", "CO", "AR", "PE", "US"}
	languages  = []string{"es", "es", "es", "es", "es", "es", "en"}
	exits      = []string{"moved to another city", "treatment finished"}
)

// A person is the truth about one customer.
type person struct {
	id         string
	joined     float64 // days since the shop opened
	rate       float64 // purchases a day while alive
	leave      float64 // chance of leaving after a purchase
	spend      float64 // scale of what they spend
	tie        float64 // how much they engage
	taste      int
	hour       float64
	prospect   bool
	left       float64 // day of leaving; +Inf while alive
	first      float64 // day of the first purchase; +Inf if none
	orders     int
	discounts  float64
	app        bool
	emailOK    bool
	loyal      bool
	exitReason string
}

// batch is the rows of some customers.
type batch struct {
	o      Options
	open   time.Time
	random *rand.Rand
	extra  *rand.Rand // of what was added later, so that nothing else changes with it

	tx     txRows
	ev     evRows
	people []person
	spoilt int
}

type txRows struct {
	id, order, product, category, tier, channel []string
	at                                          []time.Time
	amount, quantity, discount, cost            []float64
}

type evRows struct {
	id, kind, channel, category []string
	at                          []time.Time
	value                       []float64
}

func newBatch(o Options) *batch {
	return &batch{o: o, open: o.End.AddDate(0, 0, -o.Days)}
}

// customer lives one customer's life. Each has a generator of their own.
func (b *batch) customer(c int) {
	b.random, b.extra = rand.New(rand.NewPCG(b.o.Seed, uint64(c)+1)), rand.New(rand.NewPCG(b.o.Seed^0x5bd1e995, uint64(c)+1))
	r := b.random
	p := person{id: fmt.Sprintf("C%07d", c+1), joined: r.Float64() * float64(b.o.Days) * 0.9, left: math.Inf(1), first: math.Inf(1),
		rate: gamma(r, 0.8) / 40, leave: beta(r, 1, 7), spend: math.Exp(0.5 * r.NormFloat64()), tie: gamma(r, 2) / 2,
		taste: r.IntN(len(categories)), hour: 9 + 12*r.Float64(), discounts: r.Float64() * 0.6, app: r.Float64() < 0.4, emailOK: r.Float64() < 0.85,
		loyal: r.Float64() < 0.25, prospect: r.Float64() < 0.2}
	p.rate = max(p.rate, 1.0/2000)
	b.purchases(&p)
	b.engagement(&p)
	b.extras(&p)
	b.people = append(b.people, p)
}

// swing is how far a day of the year is from the mean, as a share: shops of many kinds
// sell about a fifth more in December.
const swing = 0.2

// season is how busy the shop is on a day of the year: it peaks in December.
func (b *batch) season(day float64) float64 {
	return 1 + swing*math.Cos(2*math.Pi*(day+float64(b.open.YearDay())-350)/365.25)
}

func (b *batch) purchases(p *person) {
	r := b.random
	end := float64(b.o.Days)
	at := p.joined
	if p.prospect {
		at += 15 + r.ExpFloat64()*400 // many never come to buy
	}
	for at < end {
		if r.Float64() < b.season(at)/(1+swing) {
			p.first = min(p.first, at)
			b.order(p, at)
			if r.Float64() < p.leave {
				p.left = at
				if r.Float64() < 0.1 {
					p.exitReason = exits[r.IntN(len(exits))]
				}
				return
			}
		}
		at += r.ExpFloat64() / p.rate
	}
}

func (b *batch) time(p *person, day float64) time.Time {
	hour := math.Mod(p.hour+2*b.random.NormFloat64()+24, 24)
	return b.open.AddDate(0, 0, int(day)).Add(time.Duration(hour * float64(time.Hour))).Truncate(time.Second)
}

func (b *batch) order(p *person, day float64) {
	r, at := b.random, b.time(p, day)
	if !at.Before(b.o.End) {
		return
	}
	p.orders++
	order := fmt.Sprintf("%s-%d", p.id, p.orders)
	channel := channels[r.IntN(len(channels))]
	if p.app && r.Float64() < 0.6 {
		channel = "app"
	}
	for range 1 + r.IntN(3) {
		k := p.taste
		if r.Float64() < 0.4 {
			k = r.IntN(len(categories))
		}
		tier, scale := "basic", 1.0
		if r.Float64() < 0.15+0.2*min(1, p.spend/3) {
			tier, scale = "premium", 2.2
		}
		quantity := float64(1 + r.IntN(2))
		full := prices[k] * scale * p.spend * math.Exp(0.25*r.NormFloat64()) * quantity
		discount := 0.0
		if r.Float64() < p.discounts {
			discount = full * 0.2
		}
		amount := round(full - discount)
		product := fmt.Sprintf("%s-%d", categories[k], r.IntN(50))
		b.tx.add(p.id, order, product, categories[k], tier, channel, at, amount, quantity, round(discount), round(full*0.6))
		if back := at.Add(time.Duration(3+r.IntN(15)) * 24 * time.Hour); r.Float64() < 0.04 && back.Before(b.o.End) {
			b.tx.add(p.id, order, product, categories[k], tier, channel, back, -amount, quantity, 0, 0)
		}
		b.spoil()
	}
}

// spoil damages the last line, as exports do.
func (b *batch) spoil() {
	r, last := b.random, len(b.tx.id)-1
	if b.o.Dirty == 0 || r.Float64() >= b.o.Dirty {
		return
	}
	b.spoilt++
	switch r.IntN(4) {
	case 0:
		b.tx.id[last] = ""
	case 1:
		b.tx.amount[last] = math.Inf(1)
	case 2:
		b.tx.at[last] = b.o.End.AddDate(20, 0, 0)
	case 3:
		t := &b.tx
		t.add(t.id[last], t.order[last], t.product[last], t.category[last], t.tier[last], t.channel[last], t.at[last], t.amount[last], t.quantity[last], t.discount[last], t.cost[last])
	}
}
