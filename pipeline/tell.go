package pipeline

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// kinds are the kinds of segments in the order in which people read them.
var kinds = []struct{ kind, en, es string }{
	{"lifecycle", "Lifecycle", "Ciclo de vida"}, {"journey", "Journey", "Recorrido"}, {"rfm", "Recency and frequency", "Recencia y frecuencia"},
	{"micro", "Micro-segments", "Microsegmentos"}, {"priority", "Priority", "Prioridad"}, {"rule", "Rule segments", "Segmentos por reglas"},
}

// table prints the segments with size, value and churn.
func (d *Done) table(w io.Writer) {
	heads := [4]string{"customers", "share", "value", "churn"}
	if d.language == "es" {
		heads = [4]string{"clientes", "parte", "valor", "abandono"}
	}
	for _, k := range kinds {
		if !slices.ContainsFunc(d.Segments, func(s SegmentRow) bool { return s.Kind == k.kind && s.Customers > 0 }) {
			continue
		}
		title := k.en
		if d.language == "es" {
			title = k.es
		}
		fmt.Fprintf(w, "\n%s %9s %6s %12s %9s\n", pad(title, 44), heads[0], heads[1], heads[2], heads[3])
		for _, s := range d.Segments {
			if s.Kind != k.kind || s.Customers == 0 {
				continue
			}
			name := s.NameEn
			if d.language == "es" {
				name = s.NameEs
			}
			churn := "–"
			if s.Churn != nil {
				churn = fmt.Sprintf("%.0f %%", 100**s.Churn)
			}
			fmt.Fprintf(w, "  %s %9d %4.0f %% %12.0f %9s\n", pad(name, 42), s.Customers, 100*s.Share, s.Value, churn)
		}
	}
}

// pad fills or cuts a text to n letters.
func pad(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s + strings.Repeat(" ", n-len(r))
}
