package pipeline

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"segmenta/segment"
	"segmenta/table"
)

// nextBest adds what to do next with everyone: the offer of most expected profit where
// the configuration has offers, what their row of the priority matrix says otherwise.
func (p *placing) nextBest() {
	id, en, es := make([]string, p.n), make([]string, p.n), make([]string, p.n)
	becauseEn, becauseEs, gain := make([]string, p.n), make([]string, p.n), repeated(math.NaN(), p.n)
	for i, row := range p.priority {
		for _, m := range segment.Priorities {
			if m.ID == row {
				id[i], en[i], es[i] = m.ID, m.ActionEn, m.ActionEs
				becauseEn[i], becauseEs[i] = "their row of the priority matrix: "+m.En, "su fila de la matriz de prioridad: "+m.Es
			}
		}
	}
	if len(p.r.job.Config.Profit.Offers) > 0 {
		p.offers(func(i int, b bestOffer) {
			id[i], en[i], es[i], gain[i] = b.id, b.said.En, b.said.Es, b.gain
			becauseEn[i], becauseEs[i] = b.because.En, b.because.Es
		})
	}
	p.text("next_best_action", id, "what to do next: an offer of the configuration, nothing, or the row of the priority matrix that says it", "qué hacer: una oferta de la configuración, nothing (nada) o la fila de la matriz de prioridad que lo dice")
	p.text("next_best_action_en", en, "what to do", "qué hacer, en inglés")
	p.text("next_best_action_es", es, "what to do, in Spanish", "qué hacer")
	p.text("next_best_action_because_en", becauseEn, "and why", "y por qué, en inglés")
	p.text("next_best_action_because_es", becauseEs, "and why, in Spanish", "y por qué")
	p.out.Add(table.Floats("next_best_action_profit", gain).Says("currency", "profit that it is expected to bring, cost taken off", "beneficio que se espera de ello, descontado el coste"))
}

// A bestOffer is what is best done for one customer.
type bestOffer struct {
	id            string
	said, because words
	gain          float64
}

// offers hands over the best offer of everyone of whom anything is known.
func (p *placing) offers(of func(i int, b bestOffer)) {
	c := p.r.job.Config.Profit
	ids := slices.Sorted(maps.Keys(c.Offers))
	offers, reached := make([]segment.Offer, len(ids)), make([][]bool, len(ids))
	for k, id := range ids {
		o := c.Offers[id]
		offers[k] = segment.Offer{ID: id, Cost: o.Cost, Effect: o.Effect, Buys: o.On == "conversion"}
		reached[k] = p.reached(o.Channel)
	}
	buys, ticket := repeated(math.NaN(), p.n), p.feature("average_order_all")
	if s := p.r.scores["conversion"]; s != nil {
		buys = s.probability
	}
	for i := range p.n {
		who := segment.Prospect{Leaves: math.NaN(), Buys: buys[i], Order: c.Margin * ticket[i]}
		if s, known := p.atStake(i); known {
			who.Leaves, who.Worth = s.Leaves, s.Worth
		}
		best, gain, known := segment.Best(offers, who, func(k int) bool {
			rows := c.Offers[ids[k]].For
			return (len(rows) == 0 || slices.Contains(rows, p.priority[i])) && (reached[k] == nil || reached[k][i])
		})
		switch {
		case !known:
		case best < 0:
			of(i, bestOffer{"nothing", words{"nothing", "nada"}, words{"no offer is expected to bring more than it costs", "no se espera que ninguna oferta aporte más de lo que cuesta"}, 0})
		default:
			o := c.Offers[ids[best]]
			of(i, bestOffer{ids[best], words{o.En, o.Es}, whyOffer(offers[best], who), gain})
		}
	}
}

// whyOffer says why an offer is the best one.
func whyOffer(o segment.Offer, who segment.Prospect) words {
	if o.Buys {
		return words{fmt.Sprintf("they buy with %.0f %% anyway, an order leaves %.2f, and the offer brings %.0f %% of the others to buy", 100*who.Buys, who.Order, 100*o.Effect),
			fmt.Sprintf("compra en un %.0f %% de los casos de todos modos, un pedido deja %.2f y la oferta lleva a comprar al %.0f %% de los demás", 100*who.Buys, who.Order, 100*o.Effect)}
	}
	return words{fmt.Sprintf("they leave with %.0f %%, %.2f is at stake, and the offer keeps %.0f %% of those who would leave", 100*who.Leaves, who.Leaves*who.Worth, 100*o.Effect),
		fmt.Sprintf("se va en un %.0f %% de los casos, hay %.2f en juego y la oferta conserva al %.0f %% de quienes se irían", 100*who.Leaves, who.Leaves*who.Worth, 100*o.Effect)}
}

// reached marks who can be written to over a channel; nil where that doesn't matter.
func (p *placing) reached(channel string) []bool {
	for _, ch := range segment.Channels {
		if ch.Name == channel {
			if in := ch.Reached(p.r.snapshot.Table); in != nil {
				return in
			}
			return make([]bool, p.n) // nothing says who agreed: nobody
		}
	}
	return nil
}

// A mailed is what writing to one rule segment alone saves over one channel.
type mailed struct {
	segment.Mailing
	rule    *segment.Rule
	channel string
	cost    float64 // of a message; NaN where nothing says it
}

// mailings holds writing to each rule segment against writing to everybody, over each
// channel that reaches anybody.
func (p *placing) mailings() (list []mailed) {
	for _, m := range p.rules {
		for _, ch := range channelNames() {
			in := p.reached(ch)
			if !slices.Contains(in, true) {
				continue
			}
			price, priced := p.r.job.Config.Profit.Contacts[ch]
			if !priced {
				price = math.NaN()
			}
			list = append(list, mailed{segment.Mail(in, m.In, price), m.Rule, ch, price})
		}
	}
	return list
}

func mailingTable(list []mailed) *table.Table {
	text := func(of func(m *mailed) string) []string { return gathered(list, of) }
	whole := func(of func(m *mailed) int) []int64 {
		return gathered(list, func(m *mailed) int64 { return int64(of(m)) })
	}
	t := new(table.Table)
	t.Add(table.Strings("segment", text(func(m *mailed) string { return m.rule.ID })).Says("", "the segment", "el segmento"))
	t.Add(table.Strings("name_en", text(func(m *mailed) string { return m.rule.En.Name })).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("name_es", text(func(m *mailed) string { return m.rule.Es.Name })).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.Strings("channel", text(func(m *mailed) string { return m.channel })).Says("", "the channel", "el canal"))
	t.Add(table.Ints("everybody", table.Int64, whole(func(m *mailed) int { return m.Everybody })).Says("customers", "who can be written to over the channel", "a quienes se puede escribir por el canal"))
	t.Add(table.Ints("in_segment", table.Int64, whole(func(m *mailed) int { return m.Segment })).Says("customers", "who of them are in the segment", "cuántos de ellos están en el segmento"))
	t.Add(table.Ints("contacts_avoided", table.Int64, whole(func(m *mailed) int { return m.Avoided })).Says("messages", "that a message to everybody would send to others", "que un envío a todos mandaría a otros"))
	t.Add(table.Floats("cost_of_a_message", gathered(list, func(m *mailed) float64 { return m.cost })).Says("currency", "as configured; null where profit.contacts says nothing", "según la configuración; nulo donde profit.contacts no dice nada"))
	t.Add(table.Floats("cost_avoided", gathered(list, func(m *mailed) float64 { return m.Saved })).Says("currency", "by writing to the segment alone", "al escribir solo al segmento"))
	return t
}
