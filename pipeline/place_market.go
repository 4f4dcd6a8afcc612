package pipeline

import (
	"segmenta/segment"
	"segmenta/table"
)

// marketSizes sizes the market that the configuration describes.
func (p *placing) marketSizes() *table.Table {
	var list []segment.Sizing
	if u := p.r.job.Config.Market; u != nil {
		var prospects []float64
		days := 30.0
		if s := p.r.scores["conversion"]; s != nil {
			days = float64(p.r.job.Config.Targets["conversion"].Horizon)
			for i, chance := range s.probability {
				if !p.bought[i] {
					prospects = append(prospects, chance)
				}
			}
		}
		list = u.Sizes(prospects, days)
	}
	name := func(of func(n segment.Name) string) []string {
		return gathered(list, func(s *segment.Sizing) string {
			n, _ := segment.NameOf(segment.SizingNames, s.Part)
			return of(n)
		})
	}
	t := new(table.Table)
	t.Add(table.Strings("part", gathered(list, func(s *segment.Sizing) string { return s.Part })).Says("", "tam, sam or som", "tam, sam o som"))
	t.Add(table.Strings("name_en", name(func(n segment.Name) string { return n.En })).Says("", "its name in English", "su nombre en inglés"))
	t.Add(table.Strings("name_es", name(func(n segment.Name) string { return n.Es })).Says("", "its name in Spanish", "su nombre en español"))
	t.Add(table.Floats("customers", gathered(list, func(s *segment.Sizing) float64 { return s.Customers })).Says("customers", "how many", "cuántos"))
	t.Add(table.Floats("value", gathered(list, func(s *segment.Sizing) float64 { return s.Value })).Says("currency a year", "what they spend in a year", "lo que gastan en un año"))
	t.Add(table.Bools("measured", gathered(list, func(s *segment.Sizing) bool { return s.Measured })).Says("", "from the own prospects' probabilities, not configured", "de las probabilidades de los propios prospectos, no configurado"))
	return t
}
