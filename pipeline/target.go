package pipeline

import (
	"fmt"
	"slices"

	"segmenta/features"
)

// A Target is something to predict: a built-in question, with what is said here in
// place of its own, or a question of the user's own.
type Target struct {
	Kind       string                   `yaml:"kind" jsonschema_description:"the built-in target that this one is, or is like; segmenta targets lists them (default: as the target is named)"`
	Horizon    Days                     `yaml:"horizon" jsonschema_description:"how far ahead, such as 90d"`
	Gap        Days                     `yaml:"gap" jsonschema_description:"days between the moment and the horizon, for acting in time (default 0d)"`
	Population string                   `yaml:"population" jsonschema:"enum=customers,enum=prospects,enum=all,enum=active,enum=dormant,enum=once" jsonschema_description:"of whom it is asked (default: as the built-in target says)"`
	Active     Days                     `yaml:"active" jsonschema_description:"only those with a purchase in so many days before the moment; of dormant, those without (default: no limit)"`
	Outcome    string                   `yaml:"outcome" jsonschema:"enum=none,enum=some,enum=silence" jsonschema_description:"none: no such row in the horizon; some: at least one; silence: longer than the customer's own gaps"`
	Of         features.Rows            `yaml:"of" jsonschema_description:"which rows: source, types, where"`
	Where      map[string]features.Test `yaml:"where" jsonschema_description:"narrows the rows, such as category: toys"`
	Quantile   float64                  `yaml:"quantile" jsonschema_description:"of silence: which of the customer's own gaps is the limit (default 0.9)"`
	Having     *features.Rows           `yaml:"having" jsonschema_description:"only those who have such a row before the moment"`
	Within     Days                     `yaml:"within" jsonschema_description:"and in so many days before it (default: ever)"`
	Ended      *features.Rows           `yaml:"ended" jsonschema_description:"and no such row since"`
	Excluded   []string                 `yaml:"excluded" jsonschema_description:"columns of the customer table; who has a word there is not asked, such as exit_reason"`
	En         string                   `yaml:"en" jsonschema_description:"what it is called in English, after 'probability of'"`
	Es         string                   `yaml:"es" jsonschema_description:"what it is called in Spanish, after 'probabilidad de'"`
	Model      string                   `yaml:"model" jsonschema_description:"a model file to use instead of training one: LightGBM text, XGBoost, CatBoost or exported scikit-learn"`

	question features.Target
}

// complete fills in what was left out from the built-in target of its kind.
func (t *Target) complete(name string) error {
	builtin, err := features.Targets()
	if err != nil {
		return err
	}
	if _, ok := builtin[name]; ok || t.Outcome == "" {
		fill(&t.Kind, name)
	}
	if t.Population == "customers" && t.Active > 0 {
		t.Population = "active"
	}
	q := features.Target{Name: name, Kind: t.Kind, Outcome: t.Outcome, Of: t.Of, Quantile: t.Quantile, Population: t.Population,
		Active: t.Active.Duration(), Having: t.Having, Within: t.Within.Duration(), Ended: t.Ended, Excluded: t.Excluded,
		Gap: t.Gap.Duration(), Horizon: t.Horizon.Duration(), En: t.En, Es: t.Es}
	if len(t.Where) > 0 {
		q.Of.Where = t.Where
	}
	if q, err = q.Complete(); err != nil {
		return err
	}
	if err := q.Wanting(); err != nil {
		return err
	}
	fill(&q.En, name)
	fill(&q.Es, name)
	t.Population, t.Horizon, t.En, t.Es = q.Population, daysOf(q.Horizon), q.En, q.Es
	t.question = q
	return nil
}

// label is the target as features label it.
func (t Target) label() features.Target { return t.question }

// order says what a purchase in the horizon speaks for: 1 for the outcome, −1 against
// it, 0 where the target isn't about purchases.
func (t Target) order() int { return t.question.Order() }

// words are what the target is called.
func (t Target) words() words { return words{t.En, t.Es} }

// asks says the whole question, by which a model is told from one of another.
func (t Target) asks() string {
	q := t.question
	text := fmt.Sprintf("%s of %s in %s after %s, of %s", q.Outcome, q.Of, t.Horizon, t.Gap, q.Population)
	if q.Active > 0 {
		text += " (" + daysOf(q.Active).String() + ")"
	}
	if q.Outcome == "silence" {
		text += fmt.Sprintf(" past the quantile %g", q.Quantile)
	}
	if q.Having != nil {
		text += " having " + q.Having.String()
		if q.Within > 0 {
			text += " in " + daysOf(q.Within).String()
		}
	}
	if q.Ended != nil {
		text += " and not since " + q.Ended.String()
	}
	if len(q.Excluded) > 0 {
		excluded := slices.Clone(q.Excluded)
		slices.Sort(excluded)
		text += fmt.Sprintf(", without %v", excluded)
	}
	return text
}
