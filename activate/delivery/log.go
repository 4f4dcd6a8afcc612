package delivery

import (
	"os"
	"path/filepath"

	"segmenta/activate"
	"segmenta/table"
)

const (
	logPlan = "plan"
	logLeft = "left"
)

// writeLog writes what became of every row. The log of another plan goes to the history.
func (a *applying) writeLog(ends []activate.Outcome, left int) error {
	path := a.d.path("delivery_log.parquet")
	if old, err := table.ReadFile(path, "plan_id"); err == nil && old.Meta[logPlan] != a.p.ID && old.Meta[logPlan] != "" {
		if err := os.MkdirAll(a.d.path("history"), 0o700); err != nil {
			return err
		}
		if err := os.Rename(path, filepath.Join(a.d.path("history"), old.Meta[logPlan]+".parquet")); err != nil {
			return err
		}
	}
	t := a.logTable(ends)
	t.Meta = map[string]string{logPlan: a.p.ID, logLeft: map[bool]string{true: "some", false: "none"}[left > 0]}
	return writeTable(path, t)
}

func (a *applying) logTable(ends []activate.Outcome) *table.Table {
	g := grid{new(table.Table), len(ends)}
	row := func(i int) *Row { return &a.p.Rows[i] }
	g.text("run_id", "the run", "la ejecución", func(int) string { return a.p.Run })
	g.text("plan_id", "the plan", "el plan", func(int) string { return a.p.ID })
	g.text("destination", "the destination", "el destino", func(int) string { return a.p.Destination })
	g.text("customer_id", "the customer", "el cliente", func(i int) string { return row(i).Customer })
	g.text("primary_key", "the destination's id of them", "su identificador en el destino", func(i int) string { return row(i).ID })
	g.text("remote_id", "the destination's own id", "identificador propio del destino", func(i int) string { return ends[i].Remote })
	g.text("operation", "upsert, clear or event", "upsert, clear (vaciar) o event (evento)", func(i int) string { return row(i).Action.String() })
	g.text("status", "created, updated, unchanged, rejected, unprocessed, unknown, held_back or held_out", "created (creada), updated (actualizada), unchanged (igual), rejected (rechazada), unprocessed (sin procesar), unknown (se desconoce), held_back (retenida) o held_out (grupo de control)", func(i int) string { return string(ends[i].Status) })
	g.whole("http_status", "status of HTTP, 0 where there was none", "estado de HTTP; 0 si no lo hubo", func(i int) int { return ends[i].HTTP })
	g.text("error_code", "the destination's own word", "la palabra del propio destino", func(i int) string { return ends[i].Code })
	g.text("error_reason", "why", "por qué", func(i int) string { return ends[i].Reason })
	g.text("key", "the same for the same change of the same run", "la misma para el mismo cambio de la misma ejecución", func(i int) string { return row(i).Key })
	return g.t
}
