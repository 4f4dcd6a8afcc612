package delivery_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/table"
)

// contractFields are what every destination is to hold in the contract.
var contractFields = []activate.Field{
	{Name: "segmenta_stage", Column: "lifecycle_stage", Type: activate.Choice, Moves: true, Label: activate.Words{En: "Stage", Es: "Etapa"}, Description: activate.Words{En: "lifecycle stage", Es: "etapa del ciclo de vida"},
		Options: []activate.Option{{ID: "customer", Label: activate.Words{En: "Customer", Es: "Cliente"}, Colour: "#1b9e55"}, {ID: "dormant", Label: activate.Words{En: "Dormant", Es: "Dormido"}, Colour: "#c2413b"}}},
	{Name: "segmenta_churn", Column: "churn_probability", Type: activate.Number, Unit: "share", Digits: 2, Label: activate.Words{En: "Churn", Es: "Abandono"}, Description: activate.Words{En: "probability to leave", Es: "probabilidad de abandono"}},
	{Name: "segmenta_orders", Column: "orders_all", Type: activate.Number, Digits: 0, Label: activate.Words{En: "Orders", Es: "Pedidos"}, Description: activate.Words{En: "orders so far", Es: "pedidos hasta ahora"}},
}

// contractRows is how many customers the contract is held with; SEGMENTA_CONTRACT_ROWS says more.
var contractRows = envNumber("SEGMENTA_CONTRACT_ROWS", 60)

func contract(t *testing.T, kind string, s *stand) *delivery.Delivery {
	f := s.fields
	if f == nil {
		f = contractFields
	}
	d := &delivery.Delivery{Name: "crm", Dir: filepath.Join(t.TempDir(), "crm"), To: s.open(t, kind, quick()), Fields: f, Run: "2026-01-01", RunHash: "h1", Settings: "s", Guards: lenient(), Settle: 5 * time.Millisecond}
	for i := range contractRows {
		d.Wants = append(d.Wants, delivery.Want{Customer: s.id(i), ID: s.id(i), Values: []any{[]any{"customer", "dormant"}[i%2], float64(i) / 100, float64(i)}})
	}
	return d
}

// matches holds the delivery log against the server's own record, and the record against
// what was wanted.
func (s *stand) matches(t *testing.T, d *delivery.Delivery, but ...string) {
	t.Helper()
	log, err := table.ReadFile(filepath.Join(d.Dir, "delivery_log.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	status := make(map[string]string)
	for i := range log.Rows() {
		if log.Column("operation").Text(i) == "upsert" {
			status[log.Column("primary_key").Text(i)] = log.Column("status").Text(i)
		}
	}
	for _, w := range d.Wants {
		held := s.held(w.ID)
		if slices.Contains(but, w.ID) {
			if status[w.ID] != string(activate.Rejected) {
				t.Errorf("%s: the log says %q of a row that was refused", w.ID, status[w.ID])
			}
			continue
		}
		if !slices.Contains([]string{"created", "updated", "unchanged"}, status[w.ID]) {
			t.Errorf("%s: the log says %q", w.ID, status[w.ID])
		}
		if held == nil {
			t.Errorf("%s: the destination has nobody of that id, and the log says %q", w.ID, status[w.ID])
			continue
		}
		for f := range d.Fields {
			if field := &d.Fields[f]; !s.plain && !field.Same(held[field.Name], w.Values[f]) {
				t.Errorf("%s: %s is %v, want %v", w.ID, field.Name, held[field.Name], w.Values[f])
			}
		}
	}
}

// Every destination is held to one contract by its own server, and the log of the delivery
// says of every customer what the server itself recorded. Row 10.
func TestContract(t *testing.T) {
	for _, kind := range activate.KindNames() {
		start, ok := stands[kind]
		if !ok {
			t.Errorf("%s has no server to be held to the contract by: add it to stands", kind)
			continue
		}
		t.Run(kind, func(t *testing.T) {
			t.Run("deltas", func(t *testing.T) { contractDeltas(t, kind, start(t)) })
			t.Run("a bad row", func(t *testing.T) { contractBadRow(t, kind, start(t)) })
			t.Run("faults", func(t *testing.T) { contractFaults(t, kind, start(t)) })
			t.Run("a token that runs out", func(t *testing.T) { contractToken(t, kind, start(t)) })
			t.Run("events", func(t *testing.T) { contractEvents(t, kind, start(t)) })
			t.Run("secrets", func(t *testing.T) { contractSecrets(t, kind, start(t)) })
		})
	}
}

// What differs is sent and nothing else; a plan writes nothing.
func contractDeltas(t *testing.T, kind string, s *stand) {
	d := contract(t, kind, s)
	p := plan(t, d)
	if rows, _, _ := p.Count(); rows[activate.Created] != contractRows || s.held(s.id(0)) != nil {
		t.Fatalf("planned %v, and a plan wrote %v", rows, s.held(s.id(0)))
	}
	if r := apply(t, d); r.Counts[activate.Created] != contractRows || r.Partly() {
		t.Fatalf("%+v", r)
	}
	s.matches(t, d)
	for i := range 7 {
		d.Wants[8*i].Values = []any{d.Wants[8*i].Values[0], 0.99 - float64(i)/100, 500 + float64(i)}
	}
	d.RunHash = "h2"
	p = plan(t, d)
	if rows, _, _ := p.Count(); rows[activate.Updated] != 7 || rows[activate.Unchanged] != contractRows-7 {
		t.Fatalf("planned %v, want 7 updated", rows)
	}
	if r := apply(t, d); r.Counts[activate.Updated] != 7 || r.Partly() {
		t.Fatalf("%+v", r)
	}
	s.matches(t, d)
	before := s.writes()
	if n := plan(t, d).Writes(); n != 0 {
		t.Errorf("planned %d writes where nothing changed", n)
	}
	if apply(t, d); s.writes() != before {
		t.Errorf("%d requests that write where nothing changed", s.writes()-before)
	}
	for i := range d.Wants {
		if limits := d.To.Limits(); !limits.Snapshot && s.applied(s.id(i)) > 2 {
			t.Errorf("%s: applied %d times", s.id(i), s.applied(s.id(i)))
		}
	}
}

// One bad row is isolated, its neighbours arrive, and it is kept with its reason.
func contractBadRow(t *testing.T, kind string, s *stand) {
	if s.refuse == nil {
		t.Skip("it refuses nobody")
	}
	d := contract(t, kind, s)
	s.refuse(s.id(17))
	plan(t, d)
	r := apply(t, d)
	if r.Counts[activate.Rejected] != 1 || r.Counts[activate.Created] != contractRows-1 {
		t.Fatalf("%+v", r)
	}
	s.matches(t, d, s.id(17))
	dead, err := table.ReadFile(filepath.Join(d.Dir, "dead_letters.parquet"))
	if err != nil || dead.Rows() != 1 || dead.Column("primary_key").Text(0) != s.id(17) || dead.Column("error_reason").Text(0) == "" {
		t.Errorf("dead letters: %v", err)
	}
	if n := plan(t, d).Writes(); n != 0 {
		t.Errorf("%d writes of what was refused and hasn't changed", n)
	}
	s.refuse("")
	d.Retry = true
	plan(t, d)
	if r := apply(t, d); r.Counts[activate.Created] != 1 || r.Partly() {
		t.Errorf("asked for again: %+v", r)
	}
	s.matches(t, d)
}

// Under trouble of every kind nothing is lost, and nothing is applied twice that the
// destination can't absorb.
func contractFaults(t *testing.T, kind string, s *stand) {
	if s.faults == nil {
		t.Skip("it has no trouble")
	}
	d := contract(t, kind, s)
	plan(t, d)
	s.faults(0.15)
	var r *delivery.Result
	for n := 0; n < 10 && (r == nil || r.Partly()); n++ {
		p, err := delivery.LoadPlan(d.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = d.Apply(t.Context(), p); err != nil {
			plan(t, d)
			r = nil
		}
	}
	if r == nil || r.Partly() {
		t.Fatalf("after ten calls: %+v", r)
	}
	s.faults(0)
	s.matches(t, d)
	limits := d.To.Limits()
	for i := range d.Wants {
		if n := s.applied(s.id(i)); n != 1 && !limits.Repeatable {
			t.Errorf("%s: applied %d times, and it is not repeatable", s.id(i), n)
		}
	}
	if n := plan(t, d).Writes(); n != 0 {
		t.Errorf("planned %d writes after all was delivered", n)
	}
}

// A token that runs out is renewed, and no row is to blame.
func contractToken(t *testing.T, kind string, s *stand) {
	if s.expire == nil {
		t.Skip("its credentials don't run out")
	}
	d := contract(t, kind, s)
	plan(t, d)
	s.expire()
	if r := apply(t, d); r.Counts[activate.Created] != contractRows {
		t.Errorf("%+v", r)
	}
	s.matches(t, d)
}

// Events are told once, however often they are planned.
func contractEvents(t *testing.T, kind string, s *stand) {
	d := contract(t, kind, s)
	if !d.To.Limits().Events {
		t.Skip("it takes no events")
	}
	for i := range 20 {
		d.Events = append(d.Events, delivery.Told{Customer: s.id(i), ID: s.id(i), Key: fmt.Sprintf("%024x", 1000+i), Event: activate.Event{Name: "entered", Group: "rule", Segment: "vip", Label: activate.Words{En: "VIP", Es: "VIP"}, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}})
	}
	for n := range 3 {
		plan(t, d)
		if r := apply(t, d); n == 0 && r.Events != 20 || n > 0 && r.Events != 0 {
			t.Errorf("time %d: %+v", n+1, r)
		}
	}
	for i := range 20 {
		if n := s.events(s.id(i)); n != 1 {
			t.Errorf("%s: told %d times", s.id(i), n)
		}
	}
}

// No secret is in anything that is written or said.
func contractSecrets(t *testing.T, kind string, s *stand) {
	d := contract(t, kind, s)
	if s.faults != nil {
		s.faults(1)
	}
	short := quick()
	short.Deadline = 30 * time.Millisecond
	d.To = s.open(t, kind, short)
	said := fmt.Sprintf("%v %+v", d.To.Limits(), d.To.Limits())
	if p, err := d.Plan(t.Context()); err != nil {
		said += err.Error()
	} else if r, err := d.Apply(t.Context(), p); err != nil {
		said += err.Error()
	} else {
		said += fmt.Sprintf("%+v", r)
	}
	said += everything(t, d.Dir)
	for name, value := range s.env {
		if len(value) > 3 && strings.Contains(said, value) {
			t.Errorf("%s shows", name)
		}
	}
}
