package features

import "fmt"

// derived lists the measures that read other features and no rows.
var derived = map[string]bool{
	"ratio": true, "change": true, "shrunk": true, "difference": true, "total": true, "share": true, "best": true, "best_value": true,
}

// derive computes a derived feature of one customer. pool is everybody's rate.
func (d *Definition) derive(of, to, pool float64) float64 {
	switch d.Measure {
	case "shrunk":
		return (of + d.Weight*pool) / positive(to+d.Weight)
	case "difference":
		return of - to
	case "total":
		return of + to
	case "share":
		return of / positive(of+to)
	case "ratio":
		return of / positive(to)
	case "change":
		recent := of / float64(d.of.days)
		earlier := (to - of) / float64(d.to.days-d.of.days)
		return max(-1, min((recent-earlier)/positive(recent+earlier), 1))
	}
	panic(fmt.Sprintf("measure %s is not derived", d.Measure))
}

// parts are the definitions that a derived one reads.
func (d *Definition) parts() (parts []*Definition) {
	if d.of != nil && d.to != nil {
		parts = append(parts, d.of, d.to)
	}
	for _, c := range d.among {
		parts = append(parts, c.of)
		if c.count != nil {
			parts = append(parts, c.count)
		}
	}
	return parts
}
