package pipeline

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"segmenta/features"
	"segmenta/segment"
)

// Checked is what a check found.
type Checked struct {
	Config    string          `json:"config"`
	AsOf      string          `json:"as_of"`
	First     string          `json:"first"`
	Last      string          `json:"last"`
	Customers int             `json:"customers"`
	Features  int             `json:"features"`
	Sources   []CheckedSource `json:"sources"`
	Checks    []CheckedRule   `json:"checks"`
	Gates     []Gate          `json:"gates"`
	Off       []Off           `json:"switched_off"`
	Seconds   float64         `json:"seconds"`

	language string
}

// A CheckedSource is what was read from one source: rows = accepted + rejected.
type CheckedSource struct {
	Name     string         `json:"name"`
	Rows     int64          `json:"rows"`
	Accepted int64          `json:"accepted"`
	Rejected int64          `json:"rejected"`
	Quantity float64        `json:"quantity"` // over all rows in which it can be read
	Amount   float64        `json:"amount"`   // likewise
	Reasons  []CheckedCount `json:"reasons"`
}

// A CheckedCount is how many rows had something wrong or odd, with where the first are.
type CheckedCount struct {
	Name     string            `json:"name"`
	Rejected bool              `json:"rejected"`
	Rows     int64             `json:"rows"`
	Words    string            `json:"words"`
	Samples  []features.Sample `json:"samples"`
}

func checkedSource(s features.SourceQuality, language string) CheckedSource {
	c := CheckedSource{Name: s.Name, Rows: s.Read, Accepted: s.Accepted, Rejected: s.Rejected, Quantity: s.QuantityRead, Amount: s.AmountRead}
	for _, r := range s.Reasons {
		if r.Rows == 0 {
			continue
		}
		n := CheckedCount{r.Name, r.Rejected, r.Rows, r.En, r.Samples}
		if language == "es" {
			n.Words = r.Es
		}
		c.Reasons = append(c.Reasons, n)
	}
	return c
}

// A CheckedRule is one question that the data were asked.
type CheckedRule struct {
	Subject  string            `json:"subject"` // a source, or one of its columns
	Check    string            `json:"check"`
	Severity string            `json:"severity"`
	Verdict  string            `json:"verdict"`
	Rows     int64             `json:"rows"`
	Words    string            `json:"words"`
	Samples  []features.Sample `json:"samples,omitempty"`
}

func checkedRules(checks []features.Check, language string) (rules []CheckedRule) {
	for i := range checks {
		c := &checks[i]
		rules = append(rules, CheckedRule{c.Subject(), c.Name, c.Severity, c.Verdict(), c.Rows, words{c.En, c.Es}.in(language), c.Samples})
	}
	return rules
}

// Check reads everything that train and run would read, and writes nothing. What it found
// comes back with the error of a gate that would stop them.
func (j *Job) Check(ctx context.Context) (*Checked, error) {
	start := time.Now()
	moment, err := j.asOf("")
	if err != nil {
		return nil, err
	}
	if _, err := segment.Builtins(); err != nil {
		return nil, err
	}
	if _, err := readRules(j.Config.Segments); err != nil {
		return nil, mark(ErrConfig, err)
	}
	p, err := j.read(ctx, moment)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	first, last := p.Span()
	c := &Checked{Config: j.Config.file, AsOf: runName(p.asOf), First: first.Format(time.DateOnly), Last: last.Format(time.DateOnly),
		Customers: p.Customers(), Features: len(p.on), Off: p.off, language: j.Config.Language}
	for _, s := range p.Quality().Sources {
		c.Sources = append(c.Sources, checkedSource(s, j.Config.Language))
	}
	c.Checks = checkedRules(p.checked, j.Config.Language)
	c.Gates, err = j.pass(p)
	c.Seconds = time.Since(start).Seconds()
	return c, err
}

// Tell says it to people.
func (c *Checked) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(c.language) }
	sound := say("%s is sound.", "%s es correcto.")
	if c.stops() {
		sound = say("%s is sound, and the data are not.", "%s es correcto, y los datos no.")
	}
	fmt.Fprintf(w, sound+say(" %d customers, %s to %s; as of %s %d features can be computed.\n",
		" %d clientes, de %s a %s; a fecha de %s se pueden calcular %d características.\n"), c.Config, c.Customers, c.First, c.Last, c.AsOf, c.Features)
	for _, s := range c.Sources {
		fmt.Fprintf(w, say("\n%s: %d rows, %d accepted, %d rejected\n", "\n%s: %d filas, %d aceptadas, %d rechazadas\n"), s.Name, s.Rows, s.Accepted, s.Rejected)
		s.tellReasons(w, say)
	}
	c.tellChecks(w, say)
	if len(c.Off) > 0 {
		fmt.Fprint(w, say("\nSwitched off:\n", "\nDesactivado:\n"))
	}
	for _, o := range together(c.Off) {
		fmt.Fprintf(w, "  %s: %s\n", o.Why.in(c.language), o.What.in(c.language))
	}
	if c.stops() {
		return
	}
	fmt.Fprint(w, say("\nNext: segmenta train, then segmenta run\n", "\nDespués: segmenta train, y luego segmenta run\n"))
}

// stops reports whether a gate would stop train and run.
func (c *Checked) stops() bool {
	return slices.ContainsFunc(c.Gates, func(g Gate) bool { return !g.Passed && !g.Forced })
}

// tellChecks says what isn't as it should be, and how many checks passed.
func (c *Checked) tellChecks(w io.Writer, say func(en, es string) string) {
	passed := 0
	for _, k := range c.Checks {
		if k.Verdict == "passed" {
			passed++
		}
	}
	fmt.Fprintf(w, say("\nChecks: %d passed\n", "\nComprobaciones: %d superadas\n"), passed)
	verdicts := map[string]string{"failed": say("failed", "fallida"), "warned": say("warning", "aviso")}
	for _, k := range c.Checks {
		if k.Verdict == "passed" {
			continue
		}
		fmt.Fprintf(w, "  %-8s %s: %s (%s)\n", verdicts[k.Verdict], k.Subject, k.Words, k.Check)
		for _, x := range k.Samples[:min(1, len(k.Samples))] {
			fmt.Fprintf(w, say("  %20s such as %s row %d: %q\n", "  %20s como %s fila %d: %q\n"), "", x.File, x.Row, x.Value)
		}
	}
}

func (s CheckedSource) tellReasons(w io.Writer, say func(en, es string) string) {
	for _, r := range s.Reasons {
		what := say("noticed", "visto")
		if r.Rejected {
			what = say("rejected", "rechazado")
		}
		fmt.Fprintf(w, "  %9d %-9s  %s\n", r.Rows, what, r.Words)
		for _, x := range r.Samples[:min(1, len(r.Samples))] {
			fmt.Fprintf(w, say("  %20s such as %s row %d: %q\n", "  %20s como %s fila %d: %q\n"), "", x.File, x.Row, x.Value)
		}
	}
}

// together joins what is off for the same reason.
func together(off []Off) (joined []Off) {
	at := make(map[words]int)
	for _, o := range off {
		what := words{strings.TrimPrefix(o.What.En, "feature "), strings.TrimPrefix(o.What.Es, "característica ")}
		i, seen := at[o.Why]
		if !seen {
			at[o.Why] = len(joined)
			joined = append(joined, Off{what, o.Why})
			continue
		}
		joined[i].What = words{joined[i].What.En + ", " + what.En, joined[i].What.Es + ", " + what.Es}
	}
	return joined
}
