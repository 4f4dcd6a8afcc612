package pipeline

import (
	"fmt"
	"io"
	"strings"
)

// Tell says it to people.
func (m *Effects) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(m.language) }
	fmt.Fprintf(w, say("What came of the run of %s within %s\n", "Qué resultó de la ejecución de %s en %s\n"), m.Run, m.Window)
	if m.Until != (words{}) {
		fmt.Fprintf(w, "%s\n", m.Until.in(m.language))
	}
	for _, a := range m.Arms {
		fmt.Fprintf(w, "  %s %d %s\n", pad(armNames[a.Name].or(a.Name).in(m.language), 20), a.Customers, say("customers", "clientes"))
	}
	for _, e := range m.Effects {
		if strings.HasSuffix(e.Kind, everyone) {
			e.tell(w, m.language)
		}
	}
	counts, clear := make(map[string]int), 0
	for _, e := range m.Effects {
		if !strings.HasSuffix(e.Kind, everyone) && e.Outcome == "conversion" {
			counts[e.Verdict]++
			if e.Verdict == "keep" || e.Verdict == "drop" {
				if clear++; clear == 1 {
					fmt.Fprintf(w, "\n%s\n", say("Segments in which it is clear", "Segmentos en los que está claro"))
				}
				fmt.Fprintf(w, "  %s %s: %s\n", pad(e.group(m.language), 36), verdictNames[e.Verdict].in(m.language), e.Reason.in(m.language))
			}
		}
	}
	if len(counts) > 0 {
		fmt.Fprintf(w, "\n%s", say("Conversion by segment:", "Conversión por segmento:"))
		for _, v := range []string{"keep", "adjust", "drop", "too_small"} {
			fmt.Fprintf(w, " %s %d ", verdictNames[v].in(m.language), counts[v])
		}
		fmt.Fprintln(w)
	}
	for _, x := range m.Winners {
		if x.Verdict == "winner" {
			fmt.Fprintf(w, "%s · %s: %s %s %s %s\n", x.Outcome, x.Name.in(m.language), x.Best, say("wins over", "gana a"), x.Second, interval3(x.Difference))
		}
	}
	if m.Segmented != nil {
		fmt.Fprintf(w, "\n%s\n", capital(m.Segmented.Says.in(m.language)))
	}
	for _, c := range m.Criteria {
		if c.Drop && c.Rank == 1 {
			fmt.Fprintf(w, "%s: %s\n", c.Segment, c.Says.in(m.language))
		}
	}
	for _, u := range m.Uplift {
		if u.Why == "" {
			u.Ranked.tell(w, m.language)
		}
	}
	fmt.Fprintf(w, "\n%s %s\n", say("Published in", "Publicado en"), relative(m.Dir))
}
