package pipeline

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"segmenta/features"
)

// A TargetList is what can be predicted.
type TargetList struct {
	Targets []TargetWords `json:"targets"`

	language string
}

// TargetWords is a target as people read of it.
type TargetWords struct {
	Name    string `json:"name"`
	Yours   bool   `json:"yours,omitempty"` // the configuration asks for it
	Horizon string `json:"horizon"`
	En      string `json:"en"`
	Es      string `json:"es"`
	MeansEn string `json:"means_en,omitempty"`
	MeansEs string `json:"means_es,omitempty"`
	Asks    string `json:"asks"`
}

// ListTargets lists the built-in targets, and those of a configuration if there is one.
func ListTargets(c *Config) (*TargetList, error) {
	builtin, err := features.Targets()
	if err != nil {
		return nil, err
	}
	list := &TargetList{language: "en"}
	if c != nil {
		list.language = c.Language
		for _, name := range c.TargetNames() {
			t := c.Targets[name]
			list.Targets = append(list.Targets, TargetWords{name, true, t.Horizon.String(), t.En, t.Es, t.question.MeansEn, t.question.MeansEs, t.asks()})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(builtin)) {
		q := builtin[name]
		t := Target{Horizon: daysOf(q.Horizon), Gap: daysOf(q.Gap), question: q}
		list.Targets = append(list.Targets, TargetWords{name, false, t.Horizon.String(), q.En, q.Es, q.MeansEn, q.MeansEs, t.asks()})
	}
	return list, nil
}

// Tell says it to people.
func (l *TargetList) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(l.language) }
	for i, yours := range []bool{true, false} {
		if i == 0 && len(l.Targets) > 0 && l.Targets[0].Yours {
			fmt.Fprintln(w, say("Targets of this configuration", "Objetivos de esta configuración"))
		}
		if i == 1 {
			fmt.Fprintln(w, say("Built-in targets (use one as kind:, or by its name)", "Objetivos incluidos (úselos como kind:, o por su nombre)"))
		}
		for _, t := range l.Targets {
			if t.Yours == yours {
				fmt.Fprintf(w, "  %-20s %5s  %s\n", t.Name, t.Horizon, say(t.MeansEn, t.MeansEs))
			}
		}
	}
}
