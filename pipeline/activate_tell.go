package pipeline

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"segmenta/activate"
)

// heldWords say why somebody isn't sent.
var heldWords = map[string]words{
	"holdout": {"left alone for measuring", "fuera para medir"}, "holdout_from": {"left alone by this campaign", "fuera de esta campaña"},
	"not_qualified": {"not qualified", "no cualificado"}, "no_consent": {"no consent", "sin consentimiento"}, "not_asked": {"consent not recorded", "consentimiento no registrado"},
	"no_address": {"no address", "sin dirección"}, "no_id": {"no id there", "sin identificador allí"}, "duplicate_id": {"another customer has that id", "otro cliente tiene ese identificador"},
}

// guardWords name the guards.
var guardWords = map[string]words{
	"empty_source": {"somebody to send", "alguien a quien enviar"}, "changes": {"values that become others", "valores que pasan a ser otros"}, "moves": {"customers who change segment", "clientes que cambian de segmento"},
	"deletes": {"customers who leave", "clientes que salen"}, "deletes_pct": {"share who leave", "parte que sale"}, "consent": {"consent", "consentimiento"}, "not_qualified": {"nobody unqualified", "nadie no cualificado"},
}

// Tell says it to people.
func (p *PlannedActivation) Tell(w io.Writer) {
	for i := range p.Destinations {
		if i > 0 {
			fmt.Fprintln(w)
		}
		p.Destinations[i].say(w, p.language)
	}
}

func (o *PlannedDestination) say(w io.Writer, language string) {
	say := func(en, es string) string { return words{en, es}.in(language) }
	if o.Error != "" {
		fmt.Fprintf(w, "%s (%s): %s\n", o.Destination, o.Kind, o.Error)
		return
	}
	fmt.Fprintf(w, say("%s (%s), run %s: nothing was sent; this would be:\n\n", "%s (%s), ejecución %s: no se ha enviado nada; se haría esto:\n\n"), o.Destination, o.Kind, o.Run)
	line := func(en, es string, n int, more string) {
		if n > 0 {
			fmt.Fprintf(w, "  %s %9d%s\n", pad(say(en, es), 34), n, more)
		}
	}
	line("created", "creados", o.Created, "")
	line("updated", "actualizados", o.Updated, "")
	line("unchanged", "sin cambios", o.Unchanged, "")
	line("emptied, because they left", "vaciados, porque salieron", o.Cleared, "")
	line("events told", "eventos comunicados", o.Events, "")
	line("refused before, and the same still", "rechazados antes, y siguen igual", o.Rejected, say("   segmenta activate retry sends them again", "   segmenta activate retry los reenvía"))
	line("left alone for measuring", "fuera para medir", o.HeldOut, "")
	for _, reason := range slices.Sorted(maps.Keys(o.HeldBack)) {
		name := heldWords[reason].or(reason)
		line("held back: "+name.En, "retenidos: "+name.Es, o.HeldBack[reason], "")
	}
	if len(o.Missing) > 0 {
		fmt.Fprintf(w, "  %s %s\n", say("fields that will be made:", "campos que se crearán:"), strings.Join(o.Missing, ", "))
	}
	o.saySample(w, language)
	o.sayGuards(w, language)
	fmt.Fprintf(w, say("\nPlan %s in %s; segmenta activate apply --destination %s carries it out.\n", "\nPlan %s en %s; segmenta activate apply --destination %s lo ejecuta.\n"), o.Plan, o.File, o.Destination)
}

func (o *PlannedDestination) saySample(w io.Writer, language string) {
	if len(o.Sample) == 0 {
		return
	}
	fmt.Fprintln(w, words{"\n  a sample:", "\n  una muestra:"}.in(language))
	for _, c := range o.Sample {
		fmt.Fprintf(w, "    %s %s %v → %v\n", pad(c.Customer, 16), pad(c.Field, 34), shown(c.Old, "–"), shown(c.New, "–"))
	}
}

func shown(v any, otherwise string) any {
	if v == nil {
		return otherwise
	}
	return v
}

func (o *PlannedDestination) sayGuards(w io.Writer, language string) {
	for _, g := range o.Guards {
		if g.Passed {
			continue
		}
		said := words(g.Says)
		fmt.Fprintf(w, words{"\n  STOP: %s: %s: %s, limit %s", "\n  ALTO: %s: %s: %s, límite %s"}.in(language), guardWords[g.Guard].or(g.Guard).in(language), said.in(language), g.Seen, g.Limit)
		if g.Setting != "" {
			fmt.Fprintf(w, words{"; destinations.%s.%s sets another", "; destinations.%s.%s fija otro"}.in(language), o.Destination, g.Setting)
		}
		fmt.Fprintln(w, words{"; --force sends all the same", "; --force envía de todos modos"}.in(language))
	}
}

// statusWords name what became of rows.
var statusWords = map[activate.Status]words{
	activate.Created: {"created", "creados"}, activate.Updated: {"updated", "actualizados"}, activate.Unchanged: {"unchanged", "sin cambios"}, activate.Rejected: {"rejected", "rechazados"},
	activate.Unprocessed: {"not sent yet", "aún sin enviar"}, activate.Unsure: {"outcome not known", "resultado desconocido"}, activate.HeldOut: {"left alone for measuring", "fuera para medir"}, activate.HeldBack: {"held back", "retenidos"},
}

// Tell says it to people.
func (a *AppliedActivation) Tell(w io.Writer) {
	for i := range a.Destinations {
		a.Destinations[i].say(w, a.language)
	}
}

func (o *AppliedDestination) say(w io.Writer, language string) {
	say := func(en, es string) string { return words{en, es}.in(language) }
	switch {
	case o.Error != "":
		fmt.Fprintf(w, "%s (%s): %s\n", o.Destination, o.Kind, o.Error)
		return
	case o.Already:
		fmt.Fprintf(w, say("%s (%s): plan %s was carried out before; nothing was sent\n", "%s (%s): el plan %s ya se ejecutó; no se ha enviado nada\n"), o.Destination, o.Kind, o.Plan)
		return
	case o.Rows == nil:
		fmt.Fprintf(w, say("%s (%s): the plan holds; %d rows would be sent\n", "%s (%s): el plan sigue siendo válido; se enviarían %d filas\n"), o.Destination, o.Kind, o.Would)
		return
	}
	fmt.Fprintf(w, say("%s (%s), run %s, in %.1f s%s\n", "%s (%s), ejecución %s, en %.1f s%s\n"), o.Destination, o.Kind, o.Run, o.Seconds, map[bool]string{true: say(", carried on", ", continuado")}[o.Resumed])
	for _, status := range []activate.Status{activate.Created, activate.Updated, activate.Unchanged, activate.Rejected, activate.Unprocessed, activate.Unsure, activate.HeldOut, activate.HeldBack} {
		if n := o.Rows[status]; n > 0 {
			fmt.Fprintf(w, "  %s %9d\n", pad(statusWords[status].in(language), 34), n)
		}
	}
	if o.Cleared > 0 {
		fmt.Fprintf(w, "  %s %9d\n", pad(say("emptied, because they left", "vaciados, porque salieron"), 34), o.Cleared)
	}
	if o.Events > 0 {
		fmt.Fprintf(w, "  %s %9d\n", pad(say("events told", "eventos comunicados"), 34), o.Events)
	}
	if o.Stopped != "" {
		fmt.Fprintf(w, say("  stopped: %s\n  segmenta activate apply goes on where it stopped\n", "  detenido: %s\n  segmenta activate apply sigue donde se detuvo\n"), o.Stopped)
	}
	fmt.Fprintf(w, say("  every row: %s\n", "  cada fila: %s\n"), o.Log)
}

// Tell says it to people.
func (s *ActivationStatus) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(s.language) }
	for _, d := range s.Destinations {
		fmt.Fprintf(w, "%s (%s)\n", d.Destination, d.Kind)
		if d.Delivered == "" && d.Planned == "" {
			fmt.Fprintln(w, say("  nothing was planned yet", "  aún no hay ningún plan"))
		}
		if d.Delivered != "" {
			fmt.Fprintf(w, say("  delivered: run %s:", "  entregado: ejecución %s:"), d.Delivered)
			for _, status := range slices.Sorted(maps.Keys(d.Rows)) {
				fmt.Fprintf(w, " %d %s", d.Rows[status], statusWords[activate.Status(status)].or(status).in(s.language))
			}
			fmt.Fprintln(w)
		}
		if d.Planned != "" {
			fmt.Fprintf(w, say("  planned: run %s, %d to send\n", "  planificado: ejecución %s, %d por enviar\n"), d.Planned, d.ToSend)
		}
		if d.Unfinished {
			fmt.Fprintln(w, say("  begun and not finished: segmenta activate apply goes on", "  empezado y sin terminar: segmenta activate apply sigue"))
		}
		for _, reason := range slices.Sorted(maps.Keys(d.Dead)) {
			fmt.Fprintf(w, say("  refused: %d, because %s\n", "  rechazados: %d, porque %s\n"), d.Dead[reason], reason)
		}
	}
}

// Tell says it to people.
func (c *CheckedActivation) Tell(w io.Writer) {
	say := func(en, es string) string { return words{en, es}.in(c.language) }
	for _, d := range c.Destinations {
		if !d.OK {
			fmt.Fprintf(w, "%s (%s): %s\n", d.Destination, d.Kind, d.Error)
			continue
		}
		fmt.Fprintf(w, say("%s (%s): may be written to; %d customers would go there, in %d fields\n", "%s (%s): se puede escribir; irían %d clientes, en %d campos\n"), d.Destination, d.Kind, d.Customers, len(d.Fields))
		if len(d.Missing) > 0 {
			fmt.Fprintf(w, say("  fields that apply will make: %s\n", "  campos que apply creará: %s\n"), strings.Join(d.Missing, ", "))
		}
	}
}
