package segment

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"
)

// Registry writes the record of every segment for people: how and why it is defined,
// what it is for, who looks after it, and what it held as of a run. language is es or
// en; the ids, the rules and the plans stand as they are written.
func Registry(w io.Writer, language, asOf string, rules []*Membership) error {
	sorted := slices.Clone(rules)
	slices.SortFunc(sorted, func(a, b *Membership) int { return strings.Compare(a.Rule.ID, b.Rule.ID) })
	type list struct {
		Title string
		Names []Name
	}
	lists := []list{{"Lifecycle", Stages}, {"Journey", JourneyStages}, {"Funnel", FunnelStages}, {"RFM", RFMNames}, {"Value", Bands}}
	if language == "es" {
		lists = []list{{"Ciclo de vida", Stages}, {"Recorrido", JourneyStages}, {"Embudo", FunnelStages}, {"RFM", RFMNames}, {"Valor", Bands}}
	}
	return registries[language].Execute(w, map[string]any{"AsOf": asOf, "Rules": sorted, "Lists": lists})
}

var registries = map[string]*template.Template{"en": registry("en"), "es": registry("es")}

func registry(language string) *template.Template {
	name := func(n Name) string { return n.En }
	words := func(r *Rule) Words { return r.En }
	if language == "es" {
		name, words = func(n Name) string { return n.Es }, func(r *Rule) Words { return r.Es }
	}
	return template.Must(template.New(language).Funcs(template.FuncMap{
		"name": name, "words": words, "count": count, "version": func(m *Membership) string { return m.Rule.hash(m.Definition)[:12] },
		"share": func(m *Membership) string {
			return fmt.Sprintf("%.1f %%", 100*float64(count(m.In))/float64(max(1, len(m.In))))
		},
		"or": func(s string) string { return map[bool]string{true: "–", false: s}[s == ""] },
	}).Parse(registryText[language]))
}

var registryText = map[string]string{"en": `# Segments as of {{.AsOf}}

## Rules
{{range .Rules}}
### {{(words .Rule).Name}} (` + "`{{.Rule.ID}}`" + `)

{{(words .Rule).Description}}

| | |
|---|---|
| definition | ` + "`{{.Definition}}`" + ` |
| version | {{version .}} |
| holds | {{count .In}} customers, {{share .}}; after each block {{.Funnel}} |
| objective | {{.Rule.Objective}} |
| desired action | {{.Rule.DesiredAction}} |
| success metric | {{.Rule.SuccessMetric}} |
| strategy | {{or .Rule.Strategy}} |
| owner | {{or .Rule.Owner}} |
| why | {{or .Rule.Why}} |
{{end}}
## Fixed kinds
{{range .Lists}}
{{.Title}}: {{range $i, $n := .Names}}{{if $i}}, {{end}}{{name $n}} (` + "`{{$n.ID}}`" + `){{end}}
{{end}}`, "es": `# Segmentos a fecha de {{.AsOf}}

## Reglas
{{range .Rules}}
### {{(words .Rule).Name}} (` + "`{{.Rule.ID}}`" + `)

{{(words .Rule).Description}}

| | |
|---|---|
| definición | ` + "`{{.Definition}}`" + ` |
| versión | {{version .}} |
| contiene | {{count .In}} clientes, {{share .}}; tras cada bloque {{.Funnel}} |
| objetivo | {{.Rule.Objective}} |
| acción deseada | {{.Rule.DesiredAction}} |
| métrica de éxito | {{.Rule.SuccessMetric}} |
| estrategia | {{or .Rule.Strategy}} |
| responsable | {{or .Rule.Owner}} |
| por qué | {{or .Rule.Why}} |
{{end}}
## Tipos fijos
{{range .Lists}}
{{.Title}}: {{range $i, $n := .Names}}{{if $i}}, {{end}}{{name $n}} (` + "`{{$n.ID}}`" + `){{end}}
{{end}}`}
