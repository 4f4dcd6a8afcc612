package pipeline

import (
	"fmt"
	"io"

	"segmenta/predict/effect"
)

// Tell says it to people.
func (m *Measurement) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(m.language) }
	for _, a := range m.Arms {
		fmt.Fprintf(w, "%-24s %d %s\n", a.Name, a.Customers, say("customers", "clientes"))
	}
	if m.Mismatch != nil {
		fmt.Fprintf(w, "%-24s p = %.3g\n", say("drawn as planned?", "¿sorteo como se planeó?"), float64(*m.Mismatch))
	}
	for _, e := range m.Effects {
		e.tell(w, m.language)
	}
	for _, x := range m.Winners {
		fmt.Fprintf(w, "\n%s · %s: %s %s %s (%s %s, p %.3g)\n", x.Outcome, x.Name.in(m.language), x.Best, say("before", "por delante de"), x.Second,
			map[string]string{"winner": say("a winner", "gana"), "no_winner": say("no winner", "sin ganador")}[x.Verdict], interval3(x.Difference), float64(x.Holm))
	}
	for _, r := range m.Rankings {
		r.tell(w, m.language)
	}
	for _, u := range m.Uplift {
		if u.Why != "" {
			fmt.Fprintf(w, "\n%s %s · %s: %s\n", say("no uplift model of", "sin modelo de uplift de"), u.Arm, u.Outcome, u.Why)
			continue
		}
		u.Ranked.tell(w, m.language)
	}
}

func (r *Ranked) tell(w io.Writer, language string) {
	fmt.Fprintf(w, "\n%s · %s · %s\n  Qini %s   AUUC %s\n", r.Score, r.Arm, r.Outcome, interval3(r.Qini), interval3(r.AUUC))
	for _, t := range r.Tops {
		fmt.Fprintf(w, "  %s %3.0f %%  %s\n", words{"top", "primer"}.in(language), 100*t.Share, interval3(t.Effect))
	}
}

func interval3(e effect.Estimate) string {
	return fmt.Sprintf("%.4g [%.4g, %.4g]", e.Value, e.Low, e.High)
}

// tell says an effect to people.
func (e *Effect) tell(w io.Writer, language string) {
	fmt.Fprintf(w, "\n%s · %s · %s\n", e.called.in(language), e.Name.in(language), e.Arm)
	fmt.Fprintf(w, "  %s %s   %s %s\n", pad(e.Arm, 20), interval3(e.OfTreated), e.Against, interval3(e.OfControl))
	d, _ := e.best()
	fmt.Fprintf(w, "  %s %s   p %.3g\n", pad(words{"difference", "diferencia"}.in(language), 20), interval3(d), float64(e.Holm))
	if e.Adjusted != nil {
		fmt.Fprintf(w, "  %s %.1f %%\n", pad(words{"interval narrower by", "intervalo más estrecho"}.in(language), 20), 100*e.Adjusted.Narrower)
	}
	fmt.Fprintf(w, "  %s %s\n", pad(verdictNames[e.Verdict].in(language), 20), e.Reason.in(language))
}

// verdictNames are the verdicts in words.
var verdictNames = map[string]words{"keep": {"keep", "mantener"}, "adjust": {"adjust", "ajustar"}, "drop": {"drop", "abandonar"}, "too_small": {"too small to tell", "demasiado pequeño"}}
