package pipeline

import (
	"segmenta/table"
)

// channelTable is a row for each channel of purchase: how many buy through it, how often,
// and how much of the amount it brings.
func (p *placing) channelTable() (*table.Table, error) {
	h, err := p.r.past.Channels(p.r.snapshot)
	if err != nil {
		return nil, err
	}
	type channel struct {
		name              string
		customers, orders int64
		amount            float64
		events            int64
	}
	list := make([]channel, len(h.Categories))
	for k, name := range h.Categories {
		list[k].name = name
	}
	total, all := 0.0, int64(0)
	for _, x := range h.List {
		c := &list[x.Category]
		c.amount, c.orders, c.events = c.amount+x.Amount, c.orders+int64(x.Orders), c.events+int64(x.Interest)
		total, all = total+x.Amount, all+int64(x.Orders)
		if x.Orders > 0 {
			c.customers++
		}
	}
	t := new(table.Table)
	t.Add(table.Strings("channel", gathered(list, func(c *channel) string { return c.name })).Says("", "the channel", "el canal"))
	t.Add(table.Ints("customers", table.Int64, gathered(list, func(c *channel) int64 { return c.customers })).Says("customers", "who bought through it", "que compraron por él"))
	t.Add(table.Ints("orders", table.Int64, gathered(list, func(c *channel) int64 { return c.orders })).Says("days", "days on which somebody bought through it, added up over customers", "días en que alguien compró por él, sumados entre clientes"))
	t.Add(table.Floats("amount", gathered(list, func(c *channel) float64 { return c.amount })).Says("currency", "bought through it", "comprado por él"))
	t.Add(table.Floats("share_of_orders", gathered(list, func(c *channel) float64 { return float64(c.orders) / float64(all) })).Says("share", "of all channels' orders", "de los pedidos de todos los canales"))
	t.Add(table.Floats("share_of_amount", gathered(list, func(c *channel) float64 { return c.amount / total })).Says("share", "of all channels' amount", "del importe de todos los canales"))
	t.Add(table.Ints("events", table.Int64, gathered(list, func(c *channel) int64 { return c.events })).Says("events", "that came through it: visits, messages", "que llegaron por él: visitas, mensajes"))
	return t, nil
}
