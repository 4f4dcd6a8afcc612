// Package simulate makes the purchases and engagement of a shop that doesn't exist,
// with the truth about every customer aside.
//
// Each customer has a rate of purchase and a chance of leaving after each purchase, as
// BG/NBD has it, a yearly and a weekly rhythm, tastes, and a tie to the shop that fades
// before they leave: whoever is about to go opens fewer messages first. Prospects look
// around more before they buy for the first time. The same seed makes the same shop,
// on any number of threads.
package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"segmenta/table"
)

// Options say what shop to make.
type Options struct {
	Customers int       // prospects among them
	Days      int       // of history
	End       time.Time // the day after the last
	Seed      uint64
	Threads   int
	Dirty     float64 // share of purchase lines to spoil
	Progress  func(done, total int64)
}

// A Count is how many rows were written.
type Count struct {
	Customers, Transactions, Events, Spoiled int
}

// part is how many customers one file holds.
const part = 20_000

// Shop writes transactions, events, customers and truth into folders of dir.
func Shop(dir string, o Options) (*Count, error) {
	if o.Customers < 1 || o.Days < 30 {
		return nil, fmt.Errorf("a shop of %d customers over %d days: want 1 or more, and 30 or more", o.Customers, o.Days)
	}
	if o.Dirty < 0 || o.Dirty > 0.5 {
		return nil, fmt.Errorf("a share of %g to spoil: want 0 to 0.5", o.Dirty)
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	parts := (o.Customers + part - 1) / part
	counts := make([]Count, parts)
	var g errgroup.Group
	g.SetLimit(o.Threads)
	for p := range parts {
		g.Go(func() (err error) {
			b := newBatch(o)
			for c := p * part; c < min(o.Customers, (p+1)*part); c++ {
				b.customer(c)
			}
			counts[p], err = b.write(dir, p)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	total := new(Count)
	for _, c := range counts {
		total.Customers += c.Customers
		total.Transactions += c.Transactions
		total.Events += c.Events
		total.Spoiled += c.Spoiled
	}
	return total, nil
}

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
	id, kind, channel []string
	at                []time.Time
	value             []float64
}

func newBatch(o Options) *batch {
	return &batch{o: o, open: o.End.AddDate(0, 0, -o.Days)}
}

// customer lives one customer's life. Each has a generator of their own.
func (b *batch) customer(c int) {
	b.random = rand.New(rand.NewPCG(b.o.Seed, uint64(c)+1))
	r := b.random
	p := person{id: fmt.Sprintf("C%07d", c+1), joined: r.Float64() * float64(b.o.Days) * 0.9, left: math.Inf(1), first: math.Inf(1),
		rate: gamma(r, 0.8) / 40, leave: beta(r, 1, 7), spend: math.Exp(0.5 * r.NormFloat64()), tie: gamma(r, 2) / 2,
		taste: r.IntN(len(categories)), hour: 9 + 12*r.Float64(), discounts: r.Float64() * 0.6, app: r.Float64() < 0.4, emailOK: r.Float64() < 0.85,
		loyal: r.Float64() < 0.25, prospect: r.Float64() < 0.2}
	p.rate = max(p.rate, 1.0/2000)
	b.purchases(&p)
	b.engagement(&p)
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
		b.tx.add(p.id, order, fmt.Sprintf("%s-%d", categories[k], r.IntN(50)), categories[k], tier, channel, at, amount, quantity, round(discount), round(full*0.6))
		if back := at.Add(time.Duration(3+r.IntN(15)) * 24 * time.Hour); r.Float64() < 0.04 && back.Before(b.o.End) {
			b.tx.add(p.id, order, categories[k], categories[k], tier, channel, back, -amount, quantity, 0, 0)
		}
	}
	b.spoil()
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
	}
}

func (t *txRows) add(id, order, product, category, tier, channel string, at time.Time, amount, quantity, discount, cost float64) {
	t.id, t.order, t.product, t.category = append(t.id, id), append(t.order, order), append(t.product, product), append(t.category, category)
	t.tier, t.channel, t.at = append(t.tier, tier), append(t.channel, channel), append(t.at, at)
	t.amount, t.quantity, t.discount, t.cost = append(t.amount, amount), append(t.quantity, quantity), append(t.discount, discount), append(t.cost, cost)
}

func (b *batch) write(dir string, p int) (Count, error) {
	file := fmt.Sprintf("part-%04d.parquet", p)
	for _, t := range []struct {
		name  string
		table *table.Table
	}{{"transactions", b.tx.table()}, {"events", b.ev.table()}, {"customers", b.profiles()}, {"truth", b.truth()}} {
		if err := table.WriteFile(filepath.Join(dir, t.name, file), t.table); err != nil {
			return Count{}, err
		}
	}
	return Count{len(b.people), len(b.tx.id), len(b.ev.id), b.spoilt}, nil
}

func round(v float64) float64 { return math.Round(v*100) / 100 }
