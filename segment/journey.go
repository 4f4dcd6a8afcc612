package segment

// JourneyStages are the stages of the customer's journey: everyone is in exactly one.
var JourneyStages = []Name{
	{"awareness", "Awareness", "Conocimiento", "#b8b8b8"},
	{"consideration", "Consideration", "Consideración", "#8a5cd0"},
	{"purchase", "Purchase", "Compra", "#e0b040"},
	{"retention", "Retention", "Retención", "#1b9e55"},
	{"advocacy", "Advocacy", "Recomendación", "#2b6fd6"},
}

// FunnelStages are the four stages of the funnel: everyone is in exactly one.
var FunnelStages = []Name{
	{"lead", "Lead", "Lead", "#b8b8b8"},
	{"prospect", "Prospect", "Prospecto", "#e0b040"},
	{"customer", "Customer", "Cliente", "#1b9e55"},
	{"loyal_customer", "Loyal customer", "Cliente leal", "#2b6fd6"},
}

// A Traveller is what places someone on the journey. NaN is not known.
type Traveller struct {
	Stage      string  // of the lifecycle
	RFM        string  // the RFM segment, empty for who never bought
	Orders     float64 // so far
	Recommends bool    // a referral, an NPS of 9 or 10, or a review
	Intent     float64 // carts, checkouts and quotes in the last 30 days
	Likely     bool    // in the highest band of the probability to buy
	Interest   float64 // products viewed, searches, prices asked for, ever
}

// Journey is the stage of the journey and what put someone there.
func Journey(p Traveller) (stage, evidence string) {
	active := p.Orders >= 1 && (p.Stage == "customer" || p.Stage == "evangelist")
	switch {
	case p.Orders >= 1 && p.Recommends:
		return "advocacy", "recommends_or_reviews"
	case p.Intent > 0:
		return "purchase", "cart_checkout_or_quote"
	case active:
		return "retention", "bought_in_their_usual_time"
	case p.Likely:
		return "purchase", "likely_to_buy"
	case p.Interest > 0:
		return "consideration", "looked_or_asked"
	}
	return "awareness", "nothing_done_lately"
}

// JourneyEvidence lists why someone can be at a stage of the journey.
var JourneyEvidence = []Name{
	{ID: "recommends_or_reviews", En: "has bought, and recommends or reviews", Es: "ha comprado y recomienda u opina"},
	{ID: "cart_checkout_or_quote", En: "a cart, a checkout or a quote in the last 30 days", Es: "un carrito, un pago iniciado o un presupuesto en los últimos 30 días"},
	{ID: "bought_in_their_usual_time", En: "has bought, and is not silent for longer than usual", Es: "ha comprado y no lleva callado más de lo habitual"},
	{ID: "likely_to_buy", En: "in the highest band of the probability to buy", Es: "en la banda más alta de probabilidad de compra"},
	{ID: "looked_or_asked", En: "looked at products, searched or asked for a price", Es: "miró productos, buscó o preguntó precios"},
	{ID: "nothing_done_lately", En: "is known, and has done nothing that says more", Es: "es conocido y no ha hecho nada que diga más"},
}

// loyalOrders is how many orders make a loyal customer, together with the RFM segment.
const loyalOrders = 3

// Funnel is the stage of the funnel. The first that fits counts, from the end on.
func Funnel(p Traveller, hasEmail bool) string {
	switch {
	case p.Orders >= loyalOrders && (p.RFM == "loyal" || p.RFM == "champions"):
		return "loyal_customer"
	case p.Orders >= 1:
		return "customer"
	case p.Stage == "qualified" || p.Stage == "lead" || p.Intent > 0 || p.Interest > 0 && hasEmail:
		return "prospect"
	}
	return "lead"
}
