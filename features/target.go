package features

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"segmenta/strict"
)

//go:embed target/*.yaml
var builtinTargets embed.FS

// A Target is a question about the time after a moment: of whom it is asked, and
// what must happen in [t+gap, t+gap+horizon) for the answer to be yes.
//
// Whom it is asked of is decided by what was known at the moment alone, so that
// a run asks the same customers as training did.
type Target struct {
	Name string
	Kind string // the definition in folder target that fills what is left out; empty: nothing is filled

	Outcome  string  // a key of outcomes: none, some or silence
	Of       Rows    // of what there is none or some
	Quantile float64 // of silence: which of the customer's own gaps is the limit

	Population string        // a key of populations
	Active     time.Duration // how long ago active and dormant still mean; empty: as long as the horizon
	Having     *Rows         // only those who have such a row; nil: all
	Within     time.Duration // and in so long before the moment; empty: ever
	Ended      *Rows         // and no such row after the last of Having
	Excluded   []string      // columns of the customers file; who has a word there is not asked

	Gap, Horizon time.Duration // whole days are calendar days
	Wants        string        // the field that the user must narrow Of by
	En, Es       string        // what it is called
	MeansEn      string        // what it means
	MeansEs      string
}

// outcomes lists what can be asked, and which answer an order in the horizon
// speaks for.
var outcomes = map[string]struct{ order int }{
	"none":    {-1}, // no row in the horizon
	"some":    {+1}, // at least one row in the horizon
	"silence": {-1}, // at the horizon's end, the last order is longer ago than the customer's own limit
}

// populations lists who can be asked, by what is known of their orders.
var populations = map[string]func(o *orderly, t *Target) bool{
	"all":       func(*orderly, *Target) bool { return true },
	"customers": func(o *orderly, _ *Target) bool { return o.days > 0 },
	"prospects": func(o *orderly, _ *Target) bool { return o.days == 0 },
	"once":      func(o *orderly, _ *Target) bool { return o.days == 1 },
	"active":    func(o *orderly, _ *Target) bool { return o.days > 0 && o.last >= o.recent },
	"dormant":   func(o *orderly, _ *Target) bool { return o.days > 0 && o.last < o.recent },
}

// Populations names who can be asked.
func Populations() []string { return slices.Sorted(maps.Keys(populations)) }

// targetForm is a target as a file writes it.
type targetForm struct {
	Name       string   `yaml:"name"`
	Outcome    string   `yaml:"outcome"`
	Of         Rows     `yaml:"of"`
	Quantile   float64  `yaml:"quantile"`
	Population string   `yaml:"population"`
	Active     string   `yaml:"active"`
	Having     *Rows    `yaml:"having"`
	Within     string   `yaml:"within"`
	Ended      *Rows    `yaml:"ended"`
	Excluded   []string `yaml:"excluded"`
	Gap        string   `yaml:"gap"`
	Horizon    string   `yaml:"horizon"`
	Wants      string   `yaml:"wants"`
	En         string   `yaml:"en"`
	Es         string   `yaml:"es"`
	MeansEn    string   `yaml:"means_en"`
	MeansEs    string   `yaml:"means_es"`
}

// Targets lists the built-in targets by name.
func Targets() (map[string]Target, error) { return readTargets() }

var readTargets = sync.OnceValues(func() (map[string]Target, error) {
	all := map[string]Target{}
	files, err := builtinTargets.ReadDir("target")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		data, err := builtinTargets.ReadFile("target/" + f.Name())
		if err != nil {
			return nil, err
		}
		var doc struct {
			Targets []targetForm `yaml:"targets"`
		}
		if err := strict.Decode(f.Name(), data, &doc); err != nil {
			return nil, err
		}
		for _, form := range doc.Targets {
			t, err := form.target()
			if _, twice := all[form.Name]; err == nil && twice {
				err = fmt.Errorf("it is defined twice")
			}
			if err != nil {
				return nil, fmt.Errorf("%s: target %s: %w", f.Name(), form.Name, err)
			}
			all[t.Name] = t
		}
	}
	return all, nil
})

func (f targetForm) target() (t Target, err error) {
	t = Target{Name: f.Name, Kind: f.Name, Outcome: f.Outcome, Of: f.Of, Quantile: f.Quantile, Population: f.Population, Having: f.Having,
		Ended: f.Ended, Excluded: f.Excluded, Wants: f.Wants, En: f.En, Es: f.Es, MeansEn: f.MeansEn, MeansEs: f.MeansEs}
	for _, d := range []struct {
		text string
		to   *time.Duration
	}{{f.Active, &t.Active}, {f.Within, &t.Within}, {f.Gap, &t.Gap}, {f.Horizon, &t.Horizon}} {
		if d.text == "" {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSuffix(d.text, "d"))
		if err != nil {
			return t, fmt.Errorf("%q is no length of time, want days such as 90d", d.text)
		}
		*d.to = time.Duration(n) * 24 * time.Hour
	}
	t.fillRows()
	return t, t.Check()
}

// Complete fills in what was left out, from the built-in definition of its kind.
func (t Target) Complete() (Target, error) {
	all, err := Targets()
	if err != nil {
		return t, err
	}
	usual, ok := all[t.Kind]
	if t.Kind != "" && !ok {
		names := slices.Sorted(maps.Keys(all))
		return t, fmt.Errorf("kind %q%s; known are %s", t.Kind, near(t.Kind, names), strings.Join(names, ", "))
	}
	if ok {
		t.take(usual)
	}
	t.fillRows()
	return t, t.Check()
}

// take fills what is empty from another.
func (t *Target) take(u Target) {
	where := t.Of.Where
	if t.Of.Source == "" && len(t.Of.Types) == 0 {
		t.Of = u.Of
		if len(where) > 0 {
			t.Of.Where = maps.Clone(u.Of.Where)
			if t.Of.Where == nil {
				t.Of.Where = map[string]Test{}
			}
			maps.Copy(t.Of.Where, where)
		}
	}
	or(&t.Outcome, u.Outcome)
	or(&t.Quantile, u.Quantile)
	or(&t.Population, u.Population)
	or(&t.Active, u.Active)
	or(&t.Having, u.Having)
	or(&t.Within, u.Within)
	or(&t.Ended, u.Ended)
	or(&t.Gap, u.Gap)
	or(&t.Horizon, u.Horizon)
	or(&t.Wants, u.Wants)
	or(&t.En, u.En)
	or(&t.Es, u.Es)
	or(&t.MeansEn, u.MeansEn)
	or(&t.MeansEs, u.MeansEs)
	if t.Excluded == nil {
		t.Excluded = u.Excluded
	}
}

func or[T comparable](to *T, usual T) {
	var none T
	if *to == none {
		*to = usual
	}
}

func (t *Target) fillRows() {
	t.Of.fill()
	for _, r := range []**Rows{&t.Having, &t.Ended} {
		if *r != nil {
			filled := **r
			filled.fill()
			*r = &filled
		}
	}
}

// Check reports what is wrong with a target by itself.
func (t Target) Check() error {
	switch {
	case outcomes[t.Outcome].order == 0:
		names := slices.Sorted(maps.Keys(outcomes))
		return fmt.Errorf("outcome %q%s, want %s", t.Outcome, near(t.Outcome, names), strings.Join(names, ", "))
	case t.Outcome == "silence" && (t.Quantile <= 0 || t.Quantile > 1):
		return fmt.Errorf("outcome silence needs a quantile above 0 and up to 1, such as 0.9")
	case t.Outcome == "silence" && !t.Of.plainOrders():
		return fmt.Errorf("outcome silence is of all orders, not of %s", t.Of)
	case t.Horizon <= 0 || t.Gap < 0 || t.Active < 0 || t.Within < 0:
		return fmt.Errorf("it needs a horizon above zero, and no negative gap")
	case populations[t.Population] == nil:
		return fmt.Errorf("population %q%s, want %s", t.Population, near(t.Population, Populations()), strings.Join(Populations(), ", "))
	case t.Ended != nil && t.Having == nil:
		return fmt.Errorf("ended needs having: what has ended must have begun")
	}
	for _, r := range []*Rows{&t.Of, t.Having, t.Ended} {
		if r == nil {
			continue
		}
		if err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

// Wanting reports that the user must still say what it is about.
func (t Target) Wanting() error {
	if _, ok := t.Of.Where[t.Wants]; t.Wants != "" && !ok {
		return fmt.Errorf("it must say which: where: {%s: …}", t.Wants)
	}
	return nil
}

// plainOrders reports that nothing but orders is asked for.
func (r Rows) plainOrders() bool { return r.Source == "orders" && len(r.Where) == 0 }

// Order says what an order in the horizon speaks for: 1 for the outcome, −1
// against it, 0 where the target isn't about orders.
func (t Target) Order() int {
	if t.Of.plainOrders() {
		return outcomes[t.Outcome].order
	}
	return 0
}
