package pipeline

import (
	"strings"

	"segmenta/cluster"
	"segmenta/report"
)

// reportMap hands the map of the micro-segments on with their names.
func (r *running) reportMap(seg *segmentation) *report.Map {
	if seg.Map == nil || len(seg.Map.Places) < 2 { // learned by an earlier version, or one group
		return nil
	}
	m := &report.Map{Shares: seg.Map.Shares}
	for a := range m.Axes {
		m.Axes[a] = r.axis(seg.Map.Pulls[a])
	}
	for g, p := range seg.Map.Places {
		m.Groups = append(m.Groups, report.Spot{X: p.X, Y: p.Y, Group: g, Name: r.say(seg.Profiles[g].NameEn, seg.Profiles[g].NameEs)})
	}
	for _, d := range seg.Map.Dots {
		m.Dots = append(m.Dots, report.Spot{X: d.X, Y: d.Y, Group: int(d.Group)})
	}
	return m
}

// axis says in words what grows along it, and what falls.
func (r *running) axis(pulls []cluster.Pull) string {
	called := r.past.words()
	var parts []string
	for _, p := range pulls {
		w, sign := called[p.Name], "+ "
		if p.With < 0 {
			sign = "− "
		}
		name := r.say(w.En, w.Es)
		if name == "" {
			name = p.Name
		}
		parts = append(parts, sign+name)
	}
	return strings.Join(parts, " · ")
}
