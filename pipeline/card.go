package pipeline

import (
	"fmt"
	"io"

	"segmenta/predict/metric"
)

// tell says in a few lines what a model is and how good it was.
func (c Card) tell(w io.Writer, version string) {
	fmt.Fprintf(w, "%-12s %s\n", c.Target, version)
	if c.Abstained != "" {
		fmt.Fprintf(w, "  no scores: %s\n", c.Abstained)
		return
	}
	if c.Held == nil {
		fmt.Fprintf(w, "  brought by you; not judged: %s\n", c.Validation)
		return
	}
	fmt.Fprintf(w, "  judged at %s on %d customers (%s)\n", c.Holdout, c.Held.Rows, c.Validation)
	fmt.Fprintf(w, "  AUC %s", figure(c.Held.AUC))
	if c.Baseline != nil {
		fmt.Fprintf(w, "   recency alone %s", figure(c.Baseline))
	}
	fmt.Fprintf(w, "\n  calibration error %s   Brier %s   lift at 10 %% %s\n", figure(c.Held.ECE), figure(c.Held.Brier), figure(c.Held.Lift10))
}

// figure writes a value with its interval.
func figure(i *metric.Interval) string {
	if i == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f [%.3f, %.3f]", i.Value, i.Low, i.High)
}
