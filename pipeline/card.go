package pipeline

import (
	"fmt"
	"io"

	"segmenta/predict/metric"
)

// tell says in a few lines what a model is and how good it was.
func (c Card) tell(w io.Writer, version, language string) {
	say := func(en, es string) string { return words{en, es}.in(language) }
	fmt.Fprintf(w, "%-12s %s\n", c.Called.or(c.Target).in(language), version)
	if c.Abstained != (words{}) {
		fmt.Fprintf(w, say("  no scores: %s\n", "  sin puntuaciones: %s\n"), c.Abstained.in(language))
		return
	}
	if c.Method != "" {
		fmt.Fprintf(w, "  %s", methods[c.Method].in(language))
		if c.Because != (words{}) {
			fmt.Fprintf(w, " (%s)", c.Because.in(language))
		}
		fmt.Fprintln(w)
	}
	if c.Held == nil && !c.Brought {
		fmt.Fprintf(w, "  %s\n", c.Validation.in(language))
		return
	}
	if c.Held == nil {
		fmt.Fprintf(w, say("  brought by you; not judged: %s\n", "  traído por usted; sin juzgar: %s\n"), c.Validation.in(language))
		return
	}
	fmt.Fprintf(w, say("  judged at %s on %d customers (%s)\n", "  juzgado a %s con %d clientes (%s)\n"), c.Holdout, c.Held.Rows, c.Validation.in(language))
	fmt.Fprintf(w, "  AUC %s", figure(c.Held.AUC))
	if c.Baseline != nil {
		fmt.Fprintf(w, say("   recency alone %s", "   la recencia sola %s"), figure(c.Baseline))
	}
	if c.Beats != nil && c.Beats.Low <= 0 {
		fmt.Fprint(w, say(", not beaten beyond noise", ", no superada más allá del ruido"))
	}
	fmt.Fprintf(w, say("\n  calibration error %s   Brier %s   lift at 10 %% %s\n", "\n  error de calibración %s   Brier %s   lift al 10 %% %s\n"),
		figure(c.Held.ECE), figure(c.Held.Brier), figure(c.Held.Lift10))
	if c.Profit != nil {
		fmt.Fprintf(w, "  %s\n", c.campaignWords().in(language))
	}
	if c.Coverage != nil {
		fmt.Fprintf(w, say("  intervals meant to hold in %.0f %% held in %.0f %% [%.0f, %.0f]\n", "  los intervalos, pensados para acertar en el %.0f %%, acertaron en el %.0f %% [%.0f, %.0f]\n"),
			100*c.Coverage.Nominal, 100*c.Coverage.Share, 100*c.Coverage.Low, 100*c.Coverage.High)
	}
}

// campaignWords says what holding customers back can earn.
func (c Card) campaignWords() words {
	p := c.Profit
	return words{fmt.Sprintf("a campaign to keep them pays best from a probability of %.2f (%.0f %% of them), and earns %.2f for each of all", p.Cutoff, 100*p.Share, p.PerPerson),
		fmt.Sprintf("una campaña para retenerlos rinde más desde una probabilidad de %.2f (el %.0f %% de ellos), y gana %.2f por cada uno de todos", p.Cutoff, 100*p.Share, p.PerPerson)}
}

// figure writes a value with its interval.
func figure(i *metric.Interval) string {
	if i == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f [%.3f, %.3f]", i.Value, i.Low, i.High)
}
