package pipeline

import (
	"math"
	"strings"

	"segmenta/segment"
)

// travel finds everyone's stage of the journey and of the funnel.
func (p *placing) travel() {
	p.journey, p.reason, p.funnel = make([]string, p.n), make([]string, p.n), make([]string, p.n)
	recommends := p.any("referrals_all", "reviews_all")
	nps := p.feature("last_nps")
	intent := p.any("cart_adds_30d", "checkouts_30d")
	interest := p.any("product_views_30d", "page_views_30d", "searches_30d", "price_requests_all")
	likely, profile := p.likely(), p.profile()
	for i := range p.n {
		who := segment.Traveller{Stage: p.stage[i], RFM: p.rfm.Name[i], Orders: p.orders[i], Recommends: recommends[i] > 0 || nps[i] >= 9,
			Intent: intent[i], Likely: likely[i], Interest: interest[i]}
		p.journey[i], p.reason[i] = segment.Journey(who)
		p.funnel[i] = segment.Funnel(who, strings.Contains(profile.text("email", i), "@"))
	}
}

// any adds up the features of these names that there are; what is not known counts as
// nothing.
func (p *placing) any(names ...string) []float64 {
	sum := make([]float64, p.n)
	for _, name := range names {
		for i, v := range p.feature(name) {
			if !math.IsNaN(v) {
				sum[i] += v
			}
		}
	}
	return sum
}

// likelyBand is the share of scored customers who are the likeliest to buy.
const likelyBand = 0.1

// likely marks those in the highest band of the probability to buy.
func (p *placing) likely() []bool {
	in := make([]bool, p.n)
	if s := p.r.scores["conversion"]; s != nil {
		for i, share := range s.percentile {
			in[i] = share >= 1-likelyBand
		}
	}
	return in
}
