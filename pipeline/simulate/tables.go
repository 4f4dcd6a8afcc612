package simulate

import (
	"math"
	"math/rand/v2"
	"time"

	"segmenta/table"
)

func (t *txRows) table() *table.Table {
	out := new(table.Table)
	out.Add(table.OptionalStrings("customer_id", t.id))
	out.Add(table.Times("time", t.at))
	out.Add(table.Floats("amount", t.amount))
	out.Add(table.Strings("order_id", t.order))
	out.Add(table.Strings("product_id", t.product))
	out.Add(table.Strings("category", t.category))
	out.Add(table.Strings("tier", t.tier))
	out.Add(table.Floats("quantity", t.quantity))
	out.Add(table.Floats("discount", t.discount))
	out.Add(table.Floats("cost", t.cost))
	out.Add(table.Strings("channel", t.channel))
	return out
}

func (e *evRows) table() *table.Table {
	out := new(table.Table)
	out.Add(table.Strings("customer_id", e.id))
	out.Add(table.Times("time", e.at))
	out.Add(table.Strings("type", e.kind))
	out.Add(table.Strings("channel", e.channel))
	out.Add(table.Floats("value", e.value))
	out.Add(table.OptionalStrings("category", e.category))
	return out
}

// profiles is the customer table, as a CRM would hold it.
func (b *batch) profiles() *table.Table {
	n := len(b.people)
	id, email, country, language, exit, phone := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	created, born := make([]time.Time, n), make([]time.Time, n)
	loyal, consent, push, sms := make([]bool, n), make([]bool, n), make([]bool, n), make([]bool, n)
	gender := make([]string, n)
	refused := make([]string, n)
	for i, p := range b.people {
		r := rand.New(rand.NewPCG(b.o.Seed^0x9e3779b9, uint64(len(p.id))<<32|hash(p.id)))
		k := r.IntN(len(countries))
		id[i], country[i], language[i], exit[i] = p.id, countries[k], languages[k], p.exitReason
		if r.Float64() < 0.9 {
			email[i] = p.id + "@example.com"
		}
		if r.Float64() < 0.6 {
			phone[i] = "+3460000" + p.id[len(p.id)-4:]
		}
		created[i] = b.open.AddDate(0, 0, int(p.joined))
		born[i] = b.open.AddDate(-18-r.IntN(55), 0, -r.IntN(365))
		loyal[i], consent[i], push[i] = p.loyal, p.emailOK, p.app
		if p.orders == 0 && r.Float64() < 0.03 {
			refused[i] = "competitor"
		}
		gender[i], sms[i] = []string{"female", "male", "female", "male", ""}[r.IntN(5)], r.Float64() < 0.3
	}
	out := new(table.Table)
	out.Add(table.Strings("customer_id", id))
	out.Add(table.Times("created_at", created))
	out.Add(table.OptionalStrings("email", email))
	out.Add(table.OptionalStrings("phone", phone))
	out.Add(table.Strings("country", country))
	out.Add(table.Strings("language", language))
	out.Add(table.Times("birth_date", born))
	out.Add(table.Bools("loyalty_member", loyal))
	out.Add(table.OptionalStrings("gender", gender))
	out.Add(table.Bools("consent_email", consent))
	out.Add(table.Bools("consent_push", push))
	out.Add(table.Bools("consent_sms", sms))
	out.Add(table.OptionalStrings("exit_reason", exit))
	out.Add(table.OptionalStrings("not_qualified_reason", refused))
	return out
}

func hash(s string) (h uint64) {
	for _, b := range []byte(s) {
		h = h*31 + uint64(b)
	}
	return h & math.MaxUint32
}

// truth is what nobody knows of a real customer.
func (b *batch) truth() *table.Table {
	n := len(b.people)
	id, rate, leave, tie := make([]string, n), make([]float64, n), make([]float64, n), make([]float64, n)
	left, alive, prospect, orders := make([]time.Time, n), make([]bool, n), make([]bool, n), make([]int64, n)
	for i, p := range b.people {
		id[i], rate[i], leave[i], tie[i], orders[i], prospect[i] = p.id, p.rate, p.leave, p.tie, int64(p.orders), p.prospect
		if alive[i] = math.IsInf(p.left, 1); !alive[i] {
			left[i] = b.open.AddDate(0, 0, int(p.left))
		}
	}
	out := new(table.Table)
	out.Add(table.Strings("customer_id", id))
	out.Add(table.Floats("rate", rate).Says("purchases a day", "true rate of purchase while a customer", "ritmo real de compra mientras es cliente"))
	out.Add(table.Floats("leave", leave).Says("probability", "true chance of leaving after a purchase", "probabilidad real de irse tras una compra"))
	out.Add(table.Floats("tie", tie).Says("", "how much they engage", "cuánto interactúa"))
	out.Add(table.Times("left_at", left).Says("", "when they left", "cuándo se fue"))
	out.Add(table.Bools("alive", alive).Says("", "still a customer at the end", "sigue siendo cliente al final"))
	out.Add(table.Bools("prospect", prospect).Says("", "began as a prospect", "empezó como prospecto"))
	out.Add(table.Ints("orders", table.Int64, orders).Says("orders", "orders made", "pedidos hechos"))
	return out
}

// gamma draws with scale 1 (Marsaglia and Tsang 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for {
		x := r.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func beta(r *rand.Rand, a, b float64) float64 {
	x := gamma(r, a)
	return x / (x + gamma(r, b))
}

// poisson draws by multiplication (Knuth): means are small here.
func poisson(r *rand.Rand, mean float64) (n int) {
	limit := math.Exp(-mean)
	for p := r.Float64(); p > limit && n < 100; n++ {
		p *= r.Float64()
	}
	return n
}
