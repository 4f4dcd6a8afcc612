package delivery

import (
	"fmt"

	"segmenta/activate"
)

// Guards stop a delivery before its first write. A negative limit is none.
type Guards struct {
	MaxChangePct float64 // of the rows that the destination has, those in which a value that stands there becomes another
	MaxMovesPct  float64 // and those who change their segment
	MaxDeletes   int     // rows that are emptied because their customer left
	MaxDeletePct float64 // and of those delivered before
	Email        bool    // an e-mail audience, in which nobody who isn't qualified may be
	Extra        []Verdict
}

// A Verdict is what a guard saw.
type Verdict struct {
	Guard   string         `json:"guard"`
	Passed  bool           `json:"passed"`
	Seen    string         `json:"seen"`
	Limit   string         `json:"limit"`
	Setting string         `json:"setting,omitempty"`
	Says    activate.Words `json:"says"`
}

// judge asks every guard.
func (g Guards) judge(d *Delivery, p *Plan, s *state) []Verdict {
	if d.OnlyRetry {
		return nil
	}
	changed, moved, gone, going := 0, 0, 0, 0
	for i := range p.Rows {
		switch r := &p.Rows[i]; {
		case r.Action == activate.Clear:
			if r.writes() {
				gone++
			}
		case r.Action != activate.Upsert:
		case r.writes() || r.Status == activate.Unchanged:
			going++
			c, m := r.changes(p.Fields)
			changed, moved = changed+b2i(c), moved+b2i(m)
		}
	}
	list := []Verdict{{Guard: "empty_source", Passed: going > 0, Seen: fmt.Sprint(going), Limit: "1",
		Says: activate.Words{En: "nobody of this run may go there: no customer is in the audience, has an id and may be reached",
			Es: "nadie de esta ejecución puede ir allí: ningún cliente está en la audiencia, tiene identificador y puede ser contactado"}}}
	list = append(list,
		share("changes", "max_change_pct", changed, p.Read, g.MaxChangePct, "rows in which a value becomes another", "filas en las que un valor pasa a ser otro"),
		share("moves", "max_moves_pct", moved, p.Read, g.MaxMovesPct, "customers who change their segment", "clientes que cambian de segmento"),
		share("deletes_pct", "max_delete_pct", gone, len(s.delivered), g.MaxDeletePct, "of those delivered before leave the audience", "de los ya entregados salen de la audiencia"))
	if g.MaxDeletes >= 0 {
		list = append(list, Verdict{Guard: "deletes", Passed: gone <= g.MaxDeletes, Seen: fmt.Sprint(gone), Limit: fmt.Sprint(g.MaxDeletes), Setting: "max_deletes",
			Says: activate.Words{En: "customers leave the audience", Es: "clientes salen de la audiencia"}})
	}
	return append(list, g.Extra...)
}

// changes reports whether a value that stood there becomes another, and whether that is
// a move.
func (r *Row) changes(fields []activate.Field) (changed, moved bool) {
	for k, f := range r.Set {
		if r.Old[k] != nil {
			changed = true
			moved = moved || fields[f].Moves
		}
	}
	return changed, moved
}

func share(guard, setting string, n, of int, limit float64, en, es string) Verdict {
	pct := 0.0
	if of > 0 {
		pct = 100 * float64(n) / float64(of)
	}
	return Verdict{Guard: guard, Passed: limit < 0 || pct <= limit, Seen: fmt.Sprintf("%.1f %% (%d / %d)", pct, n, of), Limit: fmt.Sprintf("%g %%", limit), Setting: setting,
		Says: activate.Words{En: en, Es: es}}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// stopped is the verdicts that say no.
func (p *Plan) stopped() (no []Verdict) {
	for _, v := range p.Verdicts {
		if !v.Passed {
			no = append(no, v)
		}
	}
	return no
}

// guarded is an error that names the guards that say no and the way out.
func (p *Plan) guarded() error {
	no := p.stopped()
	if len(no) == 0 {
		return nil
	}
	text := ""
	for i, v := range no {
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("%s: %s: %s, limit %s", v.Guard, v.Says.En, v.Seen, v.Limit)
		if v.Setting != "" {
			text += fmt.Sprintf(" (destinations.%s.%s sets another)", p.Destination, v.Setting)
		}
	}
	return fmt.Errorf("%w: %s; nothing was sent; look at the plan, and --force delivers all the same", ErrGuard, text)
}
