package features

import "fmt"

// derived lists the measures that read other features and no rows.
var derived = map[string]bool{"ratio": true, "change": true, "shrunk": true, "difference": true}

// derive computes a derived feature of one customer. pool is everybody's rate.
func (d *Definition) derive(of, to, pool float64) float64 {
	switch d.Measure {
	case "shrunk":
		return (of + d.Weight*pool) / positive(to+d.Weight)
	case "difference":
		return of - to
	case "ratio":
		return of / positive(to)
	case "change":
		recent := of / float64(d.of.days)
		earlier := (to - of) / float64(d.to.days-d.of.days)
		return max(-1, min((recent-earlier)/positive(recent+earlier), 1))
	}
	panic(fmt.Sprintf("measure %s is not derived", d.Measure))
}
