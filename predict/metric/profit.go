package metric

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A Campaign is what keeping a customer is worth and costs, in money. How many accept
// the offer is not known: it follows a Beta(Alpha, Beta) distribution.
type Campaign struct {
	Value   float64 `json:"value"`   // of a customer who stays
	Offer   float64 `json:"offer"`   // cost of the offer, for who accepts it
	Contact float64 `json:"contact"` // cost of contacting one customer
	Alpha   float64 `json:"alpha"`
	Beta    float64 `json:"beta"`
}

// Usual is a campaign in the proportions of the paper: an offer of a twentieth of the
// value, a contact of a two-hundredth, and 30 % who accept.
func Usual(value float64) Campaign { return Campaign{value, value / 20, value / 200, 6, 14} }

// Profit is the best that a campaign can earn with a set of scores.
type Profit struct {
	Campaign  Campaign `json:"campaign"`
	PerPerson float64  `json:"expected_maximum_per_customer"` // of all, contacted or not
	Share     float64  `json:"share_to_contact"`
	Cutoff    float64  `json:"cutoff_score"` // contact whoever scores as much
}

// ExpectedMaximumProfit contacts the customers with the highest scores, as many as pays
// best for each rate of acceptance, and takes the mean over those rates. y is 1 for who
// leaves.
//
// Verbraken, T., Verbeke, W., Baesens, B. (2013). A novel profit maximizing metric for
// measuring classification performance of customer churn prediction models. IEEE TKDE 25.
func ExpectedMaximumProfit(y, p []float64, c Campaign) (*Profit, error) {
	if err := checkBoth(y, p); err != nil {
		return nil, err
	}
	if !(c.Value > 0 && c.Offer >= 0 && c.Contact >= 0 && c.Offer < c.Value && c.Alpha > 0 && c.Beta > 0) {
		return nil, fmt.Errorf("a campaign of value %v, offer %v, contact %v", c.Value, c.Offer, c.Contact)
	}
	at := descending(p)
	r := ranked(y, p)
	delta, phi := c.Offer/c.Value, c.Contact/c.Value
	leave := r.allYes / r.all
	out := &Profit{Campaign: c}
	hull := r.hull()
	low := 0.0 // rate of acceptance from which on this corner of the hull pays best
	for k, corner := range hull {
		high := 1.0
		if k+1 < len(hull) {
			next := hull[k+1]
			if more := next.yes - corner.yes; more > 0 {
				slope := (next.no - corner.no) / more
				high = ((delta+phi)*(1-leave)/leave*slope + phi) / (1 - delta)
			}
			high = min(max(high, low), 1)
		}
		mass := mathext.RegIncBeta(c.Alpha, c.Beta, high) - mathext.RegIncBeta(c.Alpha, c.Beta, low)
		first := c.Alpha / (c.Alpha + c.Beta) * (mathext.RegIncBeta(c.Alpha+1, c.Beta, high) - mathext.RegIncBeta(c.Alpha+1, c.Beta, low))
		out.PerPerson += c.Value * (leave*corner.yes*((1-delta)*first-phi*mass) - (1-leave)*corner.no*(delta+phi)*mass)
		out.Share += mass * (leave*corner.yes + (1-leave)*corner.no)
		low = high
	}
	out.Cutoff = p[at[min(len(at)-1, int(math.Round(out.Share*float64(len(at)))))]]
	return out, nil
}

// A corner is the shares of those who leave and of those who stay that score above a
// threshold.
type corner struct{ yes, no float64 }

// hull is the upper convex hull of the ROC curve, from nobody to everybody.
func (r *ranking) hull() []corner {
	hull := []corner{{0, 0}}
	yes, no := 0.0, 0.0
	for k := range r.yes {
		yes, no = yes+r.yes[k], no+r.no[k]
		next := corner{yes / r.allYes, no / (r.all - r.allYes)}
		for n := len(hull); n > 1; n = len(hull) {
			a, b := hull[n-2], hull[n-1]
			if (b.yes-a.yes)*(next.no-a.no) > (next.yes-a.yes)*(b.no-a.no) { // b is above the line from a to next
				break
			}
			hull = hull[:n-1]
		}
		hull = append(hull, next)
	}
	return hull
}
