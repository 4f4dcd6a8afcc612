package delivery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"segmenta/activate"
	"segmenta/table"
)

// ErrNoPlan reports that there is no plan to apply.
var ErrNoPlan = errors.New("there is no plan")

// planMeta is what a plan says beside its rows.
type planMeta struct {
	ID          string           `json:"plan"`
	Destination string           `json:"destination"`
	Run         string           `json:"run"`
	RunHash     string           `json:"run_sha256"`
	Settings    string           `json:"settings_sha256"`
	Fields      []activate.Field `json:"fields"`
	Verdicts    []Verdict        `json:"guards"`
	Forced      bool             `json:"forced"`
	Missing     []string         `json:"missing_fields"`
	Read        int              `json:"rows_there"`
}

const planKey = "plan"

func (d *Delivery) writePlan(p *Plan) error {
	meta, err := json.Marshal(planMeta{p.ID, p.Destination, p.Run, p.RunHash, p.Settings, p.Fields, p.Verdicts, p.Forced, p.Missing, p.Read})
	if err != nil {
		return err
	}
	t := p.table()
	t.Meta = map[string]string{planKey: string(meta)}
	return writeTable(d.path("plan.parquet"), t)
}

// table is a row for each customer and each event.
func (p *Plan) table() *table.Table {
	g := grid{new(table.Table), len(p.Rows)}
	row := func(i int) *Row { return &p.Rows[i] }
	g.text("customer_id", "the customer", "el cliente", func(i int) string { return row(i).Customer })
	g.text("external_id", "the destination's id of them", "su identificador en el destino", func(i int) string { return row(i).ID })
	g.text("remote_id", "the destination's own id", "identificador propio del destino", func(i int) string { return row(i).Remote })
	g.text("operation", "upsert, clear or event", "upsert, clear (vaciar) o event (evento)", func(i int) string { return row(i).Action.String() })
	g.text("status", "what it will come to: created, updated, unchanged, rejected, held_back, held_out", "a qué llegará: created (creada), updated (actualizada), unchanged (igual), rejected (rechazada), held_back (retenida), held_out (grupo de control)", func(i int) string { return string(row(i).Status) })
	g.text("reason", "why it is held", "por qué se retiene", func(i int) string { return row(i).Reason })
	g.text("old", "what stands there now in the fields that change, as JSON", "lo que hay ahora en los campos que cambian, en JSON", func(i int) string { return p.values(row(i), row(i).Old) })
	g.text("new", "what will stand there, as JSON", "lo que habrá, en JSON", func(i int) string { return p.values(row(i), row(i).New) })
	g.text("fingerprint", "hash of all that stands there now in our fields", "hash de todo lo que hay ahora en nuestros campos", func(i int) string { return row(i).Read })
	g.text("key", "the same for the same change of the same run", "la misma para el mismo cambio de la misma ejecución", func(i int) string { return row(i).Key })
	g.text("event", "of an event, as JSON", "de un evento, en JSON", func(i int) string {
		if row(i).Action != activate.Notify {
			return ""
		}
		text, _ := json.Marshal(row(i).Event)
		return string(text)
	})
	return g.t
}

// values is the changing fields as an object.
func (p *Plan) values(r *Row, of []any) string {
	if len(r.Set) == 0 {
		return ""
	}
	m := make(map[string]any, len(r.Set))
	for k, f := range r.Set {
		m[p.Fields[f].Name] = p.Fields[f].JSON(of[k])
	}
	text, _ := json.Marshal(m)
	return string(text)
}

// LoadPlan reads the plan of a destination. A file that isn't what was planned is
// refused.
func LoadPlan(dir string) (*Plan, error) {
	d := &Delivery{Dir: dir}
	t, err := table.ReadFile(d.path("plan.parquet"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoPlan
	}
	if err != nil {
		return nil, err
	}
	var m planMeta
	if err := json.Unmarshal([]byte(t.Meta[planKey]), &m); err != nil {
		return nil, fmt.Errorf("%s: it holds no plan", d.path("plan.parquet"))
	}
	p := &Plan{ID: m.ID, Destination: m.Destination, Run: m.Run, RunHash: m.RunHash, Settings: m.Settings, Fields: m.Fields, Verdicts: m.Verdicts, Forced: m.Forced, Missing: m.Missing, Read: m.Read}
	at := make(map[string]int)
	for i, f := range p.Fields {
		at[f.Name] = i
	}
	p.Rows = make([]Row, t.Rows())
	for i := range p.Rows {
		if err := p.readRow(t, i, at); err != nil {
			return nil, fmt.Errorf("%s: row %d: %w", d.path("plan.parquet"), i+1, err)
		}
	}
	if p.identity() != p.ID {
		return nil, fmt.Errorf("%s: it was changed since it was planned; plan again", d.path("plan.parquet"))
	}
	return p, nil
}

func (p *Plan) readRow(t *table.Table, i int, at map[string]int) error {
	text := func(name string) string { return t.Column(name).Text(i) }
	r := Row{Customer: text("customer_id"), ID: text("external_id"), Remote: text("remote_id"), Action: actionOf(text("operation")), Status: activate.Status(text("status")),
		Reason: text("reason"), Read: text("fingerprint"), Key: text("key")}
	r.existed = r.Read != "absent"
	if e := text("event"); e != "" {
		if err := json.Unmarshal([]byte(e), &r.Event); err != nil {
			return err
		}
	}
	var before, after map[string]any
	if s := text("new"); s != "" {
		if err := errors.Join(json.Unmarshal([]byte(text("old")), &before), json.Unmarshal([]byte(s), &after)); err != nil {
			return err
		}
	}
	for f := range p.Fields {
		name := p.Fields[f].Name
		if v, set := after[name]; set {
			r.Set, r.Old, r.New = append(r.Set, f), append(r.Old, p.Fields[f].Parse(before[name])), append(r.New, p.Fields[f].Parse(v))
		}
	}
	if r.writes() && r.Action != activate.Notify && r.Key != r.digest(p.Fields, p.RunHash+"\x00"+p.Destination) {
		return errors.New("it was changed since it was planned; plan again")
	}
	p.Rows[i] = r
	return nil
}
