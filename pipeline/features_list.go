package pipeline

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"segmenta/features"
	"segmenta/strict"
)

// A FeatureList is the catalogue, or one family of it.
type FeatureList struct {
	Features []FeatureWords `json:"features"`

	language string
}

// FeatureWords is a feature as people read of it.
type FeatureWords struct {
	Name       string   `json:"name"`
	Family     string   `json:"family"`
	Unit       string   `json:"unit"`
	En         string   `json:"en"`
	Es         string   `json:"es"`
	Null       string   `json:"null,omitempty"`
	Recipe     string   `json:"recipe"`
	Window     int      `json:"window_days,omitempty"`
	Reads      []string `json:"reads,omitempty"`
	Columns    []string `json:"columns"`
	EventTypes []string `json:"event_types,omitempty"`
	Privacy    string   `json:"privacy"`
	Provenance string   `json:"provenance"`
	Models     bool     `json:"models"` // whether models learn from it
	Yours      bool     `json:"yours,omitempty"`
	Off        *words   `json:"switched_off,omitempty"` // why this configuration can't give it
}

// ListFeatures lists the built-in features and those of the configuration, of one
// family or, where that is empty, of all. Without a configuration (Config is nil) it
// lists the built-in ones.
func (j *Job) ListFeatures(family string) (*FeatureList, error) {
	defs, has, err := j.catalogue()
	if err != nil {
		return nil, err
	}
	list := &FeatureList{Features: []FeatureWords{}, language: j.language()}
	var families []string
	for i := range defs {
		if f := defs[i].Title(); !slices.Contains(families, f) {
			families = append(families, f)
		}
		if family == "" || defs[i].Title() == family {
			list.Features = append(list.Features, j.describe(&defs[i], has))
		}
	}
	if len(list.Features) == 0 {
		return nil, mark(ErrConfig, fmt.Errorf("there is no family %q%s; there are %s", family, nearest(family, families), strings.Join(families, ", ")))
	}
	return list, nil
}

// ExplainFeature says everything of one feature.
func (j *Job) ExplainFeature(name string) (*Explained, error) {
	defs, has, err := j.catalogue()
	if err != nil {
		return nil, err
	}
	var names []string
	at := map[string]*features.Definition{}
	for i := range defs {
		names = append(names, defs[i].Name)
		at[defs[i].Name] = &defs[i]
	}
	d := at[name]
	if d == nil {
		return nil, mark(ErrConfig, fmt.Errorf("%w: %s%s; segmenta features list names them all", features.ErrUnknown, name, nearest(name, names)))
	}
	e := &Explained{FeatureWords: j.describe(d, has), language: j.language(), checked: has != nil}
	for _, other := range siblings(d, defs) {
		e.Windows = append(e.Windows, other.Name)
	}
	for _, part := range d.Reads() {
		e.Parts = append(e.Parts, part+": "+at[part].Recipe())
	}
	return e, nil
}

// catalogue is the definitions, and what columns the configuration's files have; nil
// where there is no configuration.
func (j *Job) catalogue() ([]features.Definition, *features.Columns, error) {
	c, err := j.catalog()
	if err != nil || j.Config == nil {
		return definitionsOf(c), nil, err
	}
	g, err := j.gather(context.Background(), true)
	if err != nil {
		return nil, nil, err
	}
	defer g.close()
	in := j.inputs(g, j.now())
	j.asking(&in, c)
	has, err := features.Look(in)
	if err != nil {
		return nil, nil, mark(ErrConfig, err)
	}
	defs, err := j.Config.withBrought(c.Definitions(), has.Brought())
	return defs, has, err
}

// asking says to features what will be asked for, so that it finds the columns.
func (j *Job) asking(in *features.Inputs, c *features.Catalog) {
	in.Definitions = c.Definitions()
	for _, t := range j.Config.Targets {
		in.Targets = append(in.Targets, t.label())
	}
}

func definitionsOf(c *features.Catalog) []features.Definition {
	if c == nil {
		return nil
	}
	return c.Definitions()
}

func (j *Job) language() string {
	if j.Config == nil {
		return "en"
	}
	return j.Config.Language
}

func (j *Job) describe(d *features.Definition, has *features.Columns) FeatureWords {
	columns, types := d.Needs()
	f := FeatureWords{Name: d.Name, Family: d.Title(), Unit: d.Unit, En: d.En, Es: d.Es, Null: d.Null, Recipe: d.Recipe(), Window: d.Window(), Reads: d.Reads(),
		Columns: columns, EventTypes: types, Privacy: d.Privacy, Provenance: d.Provenance, Models: j.mayLearn(d), Yours: d.Family == features.Yours}
	if has == nil {
		return f
	}
	if en, es := has.Lacks(d); en != "" {
		f.Off = &words{en, es}
	}
	return f
}

// siblings are the features of the same definition with other windows, and the
// feature itself.
func siblings(d *features.Definition, defs []features.Definition) (all []*features.Definition) {
	if d.Window() == 0 && len(d.Reads()) > 0 {
		return nil
	}
	for i := range defs {
		if o := &defs[i]; o.Stem() == d.Stem() && o.Family == d.Family && o.Source == d.Source {
			all = append(all, o)
		}
	}
	return all
}

func nearest(word string, among []string) string {
	if n := strict.Nearest(word, among); n != "" {
		return fmt.Sprintf("; did you mean %s?", n)
	}
	for _, a := range among {
		if word != "" && strings.Contains(a, word) {
			return fmt.Sprintf("; did you mean %s?", a)
		}
	}
	return ""
}

// Tell says it to people.
func (l *FeatureList) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(l.language) }
	family := ""
	for _, f := range l.Features {
		if f.Family != family {
			family = f.Family
			fmt.Fprintf(w, "\n%s\n", family)
		}
		mark := " "
		if f.Off != nil {
			mark = "-"
		}
		fmt.Fprintf(w, "%s %s %s %s\n", mark, pad(f.Name, 34), pad(f.Unit, 12), say(f.En, f.Es))
	}
	off := 0
	for _, f := range l.Features {
		if f.Off != nil {
			off++
		}
	}
	fmt.Fprintf(w, say("\n%d features", "\n%d características"), len(l.Features))
	if off > 0 {
		fmt.Fprintf(w, say("; %d (marked -) need a column that these sources don't have", "; %d (marcadas con -) necesitan una columna que estas fuentes no tienen"), off)
	}
	fmt.Fprint(w, say("\nNext: segmenta features explain NAME\n", "\nDespués: segmenta features explain NOMBRE\n"))
}

// Explained is everything of one feature.
type Explained struct {
	FeatureWords
	Windows []string `json:"windows,omitempty"`
	Parts   []string `json:"parts,omitempty"`

	language string
	checked  bool
}

// Tell says it to people.
func (e *Explained) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(e.language) }
	line := func(en, es, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %s %s\n", pad(say(en, es), 12), value)
		}
	}
	fmt.Fprintf(w, "%s (%s)\n  %s\n  %s\n\n", e.Name, e.Family, capital(e.En), capital(e.Es))
	line("unit", "unidad", e.Unit)
	line("no value", "sin valor", e.Null)
	line("recipe", "receta", e.Recipe)
	for _, p := range e.Parts {
		line("", "", p)
	}
	line("windows", "ventanas", strings.Join(e.Windows, ", "))
	line("columns", "columnas", strings.Join(e.Columns, ", "))
	line("event types", "tipos", strings.Join(e.EventTypes, ", "))
	switch {
	case e.Off != nil:
		line("here", "aquí", say("switched off: ", "desactivada: ")+e.Off.in(e.language))
	case e.checked:
		line("here", "aquí", say("this configuration has the columns", "esta configuración tiene las columnas"))
	}
	line("privacy", "privacidad", e.Privacy)
	line("provenance", "procedencia", e.Provenance)
	line("models", "modelos", map[bool]string{true: say("learn from it", "aprenden de ella"), false: say("don't learn from it unless asked to", "no aprenden de ella salvo que se pida")}[e.Models])
}
