package segment

import (
	"math"
	"strings"
)

// Stages are the lifecycle stages: everyone is in exactly one.
var Stages = []Name{
	{"not_qualified", "Not qualified", "No cualificado", "#222222"},
	{"evangelist", "Customer evangelist", "Cliente evangelista", "#2b6fd6"},
	{"retired", "Customer retired", "Cliente retirado", "#e08a2e"},
	{"dormant", "Customer dormant", "Cliente dormido", "#c2413b"},
	{"customer", "Customer", "Cliente", "#1b9e55"},
	{"qualified", "Qualified", "Cualificado", "#e0b040"},
	{"lead", "Lead", "Lead", "#8a5cd0"},
	{"cold_contact", "Cold contact", "Contacto frío", "#b8b8b8"},
}

// Evidence lists why someone can be in a stage.
var Evidence = []Name{
	{ID: "reason_given", En: "a reason for not being qualified is on record", Es: "consta el motivo por el que no está cualificado"},
	{ID: "recommends", En: "buys repeatedly, is among the best, and recommends", Es: "compra de forma recurrente, está entre los mejores y recomienda"},
	{ID: "left_on_good_terms", En: "has left, and said why", Es: "se fue y explicó por qué"},
	{ID: "silent_too_long", En: "has been silent for far longer than usual, without a reason", Es: "lleva callado mucho más de lo habitual, sin motivo conocido"},
	{ID: "has_bought", En: "has bought", Es: "ha comprado"},
	{ID: "meeting_or_quote", En: "booked a meeting or received a formal quote", Es: "reservó una reunión o recibió un presupuesto formal"},
	{ID: "asked_price_and_left_email", En: "asked for the price and left an e-mail", Es: "preguntó el precio y dejó su correo"},
	{ID: "chat_without_data", En: "wrote, and left no data", Es: "escribió y no dejó datos"},
	{ID: "phone_only", En: "left a phone number, and no e-mail", Es: "dejó un teléfono y ningún correo"},
	{ID: "email_without_action", En: "left an e-mail, and nothing followed", Es: "dejó un correo y no hizo nada más"},
	{ID: "data_without_progress", En: "left an e-mail and other data, without progress", Es: "dejó un correo y otros datos, sin avance"},
}

// A Person is what is known of one for their stage. NaN and empty are not known.
type Person struct {
	NotQualified string  // reason on record
	ExitReason   string  // explanation on record for having stopped
	Orders       float64 // so far
	Recency      float64 // days since the last purchase
	Gap          float64 // the customer's own mean days between purchases
	Recommends   bool    // a referral, or an NPS of 9 or 10
	TopBilling   bool    // among the best by spending
	Meeting      bool    // booked a meeting, or received a formal quote
	AskedPrice   bool
	Email, Phone bool
	OtherData    bool // any other field of the profile
}

// A LifecycleRule is where the lines are drawn.
type LifecycleRule struct {
	DormantDays  float64 // at least so many days of silence make a customer dormant
	DormantGaps  float64 // and at least so many of their usual gaps
	TypicalGap   float64 // everyone's gap, for those who have none of their own
	EvangelistAt float64 // orders from which a customer can be an evangelist
}

// Stage finds the one stage of a person and the evidence that put them there. A rule
// comes into play only on evidence: what isn't known is never guessed, so that without
// a reason on record someone who is silent is dormant, never retired.
func (l LifecycleRule) Stage(p Person) (stage, evidence string) {
	switch {
	case strings.TrimSpace(p.NotQualified) != "":
		return "not_qualified", "reason_given"
	case p.Orders >= 1:
		return l.customer(p)
	case p.Meeting:
		return "qualified", "meeting_or_quote"
	case p.AskedPrice && p.Email:
		return "lead", "asked_price_and_left_email"
	}
	return "cold_contact", cold(p)
}

func (l LifecycleRule) customer(p Person) (stage, evidence string) {
	gap := p.Gap
	if math.IsNaN(gap) {
		gap = l.TypicalGap
	}
	silent := p.Recency > max(l.DormantDays, l.DormantGaps*gap) || math.IsNaN(gap) && p.Recency > l.DormantDays
	switch {
	case silent && strings.TrimSpace(p.ExitReason) != "":
		return "retired", "left_on_good_terms"
	case silent:
		return "dormant", "silent_too_long"
	case p.Recommends && p.TopBilling && p.Orders >= l.EvangelistAt:
		return "evangelist", "recommends"
	}
	return "customer", "has_bought"
}

// cold is why a contact is a cold one. With every other datum and no e-mail, it is
// still one.
func cold(p Person) string {
	switch {
	case p.Email && (p.Phone || p.OtherData):
		return "data_without_progress"
	case p.Email:
		return "email_without_action"
	case p.Phone:
		return "phone_only"
	}
	return "chat_without_data"
}
