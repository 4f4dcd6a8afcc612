package segment

import "math"

// A Universe is the market as it was configured: everybody who could ever buy, and what
// one of them spends in a year.
type Universe struct {
	Customers float64 `yaml:"customers"` // who could ever buy such a thing
	Value     float64 `yaml:"value"`     // what one spends in a year
	Reachable float64 `yaml:"reachable"` // share whom the model and the channels can reach
	Capture   float64 `yaml:"capture"`   // share of those who can be won in a year; 0: measured on the own prospects

	Niches map[string]float64 `yaml:"niches"` // people in the market by a value of what is known of them, such as a country or a city
}

// A Sizing is a part of the market.
type Sizing struct {
	Part      string // tam, sam or som
	Customers float64
	Value     float64
	Measured  bool // from the own prospects' probabilities, not configured
}

// SizingNames name the parts of the market.
var SizingNames = []Name{
	{ID: "tam", En: "Total market: everybody who could buy", Es: "Mercado total: todos los que podrían comprar"},
	{ID: "sam", En: "Reachable market: with this model and these channels", Es: "Mercado alcanzable: con este modelo y estos canales"},
	{ID: "som", En: "Obtainable market: what can be won in a year", Es: "Mercado obtenible: lo que se puede ganar en un año"},
}

// Sizes works out the three parts. conversions is the probabilities of the own
// prospects to buy in the horizon of so many days; where no capture is configured, their
// mean taken to a year stands for it, and NaN says that there is none.
func (u Universe) Sizes(conversions []float64, days float64) []Sizing {
	sam := u.Customers * u.Reachable
	capture, measured := u.Capture, false
	if capture == 0 {
		capture, measured = yearly(conversions, days), true
	}
	return []Sizing{{"tam", u.Customers, u.Customers * u.Value, false}, {"sam", sam, sam * u.Value, false}, {"som", sam * capture, sam * capture * u.Value, measured}}
}

// yearly is the mean probability to buy within a year, where each horizon is as likely
// as the one before.
func yearly(p []float64, days float64) float64 {
	n, none := 0.0, 0.0
	for _, v := range p {
		if !math.IsNaN(v) {
			n, none = n+1, none+math.Pow(1-v, 365/days)
		}
	}
	return 1 - none/n
}
