package segment

import (
	"math"
	"slices"
)

// Bands are the value bands.
var Bands = []Name{
	{"high", "High value", "Valor alto", "#1b7f4d"},
	{"medium", "Medium value", "Valor medio", "#e0b040"},
	{"low", "Low value", "Valor bajo", "#9a8fa8"},
}

// ValueCuts part the customers into bands by what they spent.
type ValueCuts struct {
	Medium float64 `json:"medium"` // from here on medium
	High   float64 `json:"high"`   // from here on high
	VIP    float64 `json:"vip"`    // from here on among the best tenth
}

// FitValue finds tertiles, and the best tenth, of those who have spent anything.
func FitValue(spent []float64) (c ValueCuts) {
	var known []float64
	for _, v := range spent {
		if v > 0 {
			known = append(known, v)
		}
	}
	slices.Sort(known)
	if n := len(known); n > 0 {
		at := func(q float64) float64 { return known[min(n-1, int(q*float64(n)))] }
		c = ValueCuts{at(1.0 / 3), at(2.0 / 3), at(0.9)}
	}
	return c
}

// Band is the band of what someone spent; empty for those who never bought.
func (c ValueCuts) Band(spent float64, bought bool) string {
	switch {
	case !bought || math.IsNaN(spent):
		return ""
	case spent >= c.High:
		return "high"
	case spent >= c.Medium:
		return "medium"
	}
	return "low"
}

// Priorities are the rows of the priority matrix. Effort, potential and return are
// where one starts; they are to be replaced by what one measures.
var Priorities = []struct {
	Name
	Rank            int64
	Effort, Promise string
	Return          float64 // expected return on what is spent, as a share
	ActionEn        string
	ActionEs        string
}{
	{Name{"vip_active", "Active VIPs", "VIP activos", "#1b7f4d"}, 1, "low", "very high", 3.0, "look after them in person; no discounts", "atención personal; sin descuentos"},
	{Name{"at_risk", "At risk of leaving", "En riesgo de abandono", "#dd6b4d"}, 2, "medium", "high", 2.0, "a personal message with an offer, now", "mensaje personal con una oferta, ya"},
	{Name{"dormant_high", "Dormant, high value", "Dormidos de alto valor", "#c2413b"}, 3, "high", "medium", 1.5, "win back with a strong offer and a short survey", "reactivar con una oferta fuerte y una encuesta breve"},
	{Name{"dormant_low", "Dormant, low value", "Dormidos de bajo valor", "#9a8fa8"}, 4, "very high", "low", 0.5, "the cheapest channel, twice a year", "el canal más barato, dos veces al año"},
}

// riskShare is the probability of churn from which a customer of value is at risk.
const riskShare = 0.5

// Priority is the row of the matrix that someone is in, or empty. churn is NaN where
// nobody knows.
func Priority(stage, band string, vip bool, churn float64) string {
	dormant := stage == "dormant"
	switch {
	case stage == "not_qualified" || stage == "retired" || band == "":
		return ""
	case dormant && band == "low":
		return "dormant_low"
	case dormant:
		return "dormant_high"
	case churn >= riskShare && band != "low":
		return "at_risk"
	case vip:
		return "vip_active"
	}
	return ""
}
