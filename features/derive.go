package features

import "fmt"

// derived lists the measures that read other features and no rows.
var derived = map[string]bool{
	"ratio": true, "change": true, "shrunk": true, "difference": true, "total": true, "share": true, "best": true, "best_value": true,
}

// derive computes a derived feature of some customers, of what it is of and to, in place of
// the former. pool is everybody's rate.
func (d *Definition) derive(of, to []float64, pool float64) {
	var how func(of, to float64) float64
	switch d.Measure {
	case "shrunk":
		how = func(of, to float64) float64 { return (of + d.Weight*pool) / positive(to+d.Weight) }
	case "difference":
		how = func(of, to float64) float64 { return of - to }
	case "total":
		how = func(of, to float64) float64 { return of + to }
	case "share":
		how = func(of, to float64) float64 { return of / positive(of+to) }
	case "ratio":
		how = func(of, to float64) float64 { return of / positive(max(to, d.Least)) }
	case "change":
		how = d.change
	default:
		panic(fmt.Sprintf("measure %s is not derived", d.Measure))
	}
	for i := range of {
		of[i] = how(of[i], to[i])
	}
}

// change compares the pace of a window with that of the longer one before it began.
func (d *Definition) change(of, to float64) float64 {
	recent := of / float64(d.of.days)
	earlier := (to - of) / float64(d.to.days-d.of.days)
	return max(-1, min((recent-earlier)/positive(recent+earlier), 1))
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
