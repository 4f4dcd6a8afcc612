package delivery

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"segmenta/activate"
	"segmenta/table"
)

// delivered is one customer whom we have delivered.
type delivered struct {
	customer, id string
	values       string // what, as a JSON object; of a destination that can't be asked
	cleared      bool
	doubt        bool // nobody knows whether the last delivery arrived
}

// A letter is a row that was refused.
type letter struct {
	run, customer, id string
	action            activate.Action
	http              int
	code, reason      string
	attempts          int
	first, last       time.Time
	content           string // hash of what was refused
}

type letterKey struct {
	id     string
	action activate.Action
}

// state is what is remembered of a destination.
type state struct {
	delivered map[string]delivered // by external id
	dead      map[letterKey]letter
	told      map[string]activate.Status // by key of the event
	toldAt    map[string]time.Time
}

// record is what we delivered, for a destination that can't be asked.
func (s *state) record(id string, fields []activate.Field) (activate.Record, bool) {
	one, ok := s.delivered[id]
	if !ok {
		return activate.Record{}, false
	}
	r := activate.Record{Remote: id, Values: make(map[string]any)}
	if !one.doubt {
		json.Unmarshal([]byte(one.values), &r.Values)
	}
	return r, true
}

func readTable(path string) (*table.Table, error) {
	t, err := table.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return new(table.Table), nil
	}
	return t, err
}

func writeTable(path string, t *table.Table) error {
	return activate.WritePrivate(path, func(w io.Writer) error { return table.Write(w, t) })
}

// loadState reads what is remembered.
func (d *Delivery) loadState() (*state, error) {
	s := &state{make(map[string]delivered), make(map[letterKey]letter), make(map[string]activate.Status), make(map[string]time.Time)}
	t, err := readTable(d.path("delivered.parquet"))
	if err != nil {
		return nil, err
	}
	for i := range t.Rows() {
		one := delivered{customer: t.Column("customer_id").Text(i), id: t.Column("external_id").Text(i), values: t.Column("values").Text(i),
			cleared: t.Column("cleared").Bools[i], doubt: t.Column("in_doubt").Bools[i]}
		s.delivered[one.id] = one
	}
	if t, err = readTable(d.path("events.parquet")); err != nil {
		return nil, err
	}
	for i := range t.Rows() {
		key := t.Column("key").Text(i)
		s.told[key], s.toldAt[key] = activate.Status(t.Column("status").Text(i)), moment(t.Column("told_at"), i)
	}
	if t, err = readTable(d.path("dead_letters.parquet")); err != nil {
		return nil, err
	}
	for i := range t.Rows() {
		l := readLetter(t, i)
		s.dead[letterKey{l.id, l.action}] = l
	}
	return s, nil
}

func moment(c *table.Column, i int) time.Time { return time.UnixMicro(c.Ints[i]).UTC() }

func readLetter(t *table.Table, i int) letter {
	l := letter{run: t.Column("run_id").Text(i), customer: t.Column("customer_id").Text(i), id: t.Column("primary_key").Text(i), http: int(t.Column("http_status").Ints[i]),
		code: t.Column("error_code").Text(i), reason: t.Column("error_reason").Text(i), attempts: int(t.Column("attempts").Ints[i]),
		first: moment(t.Column("first_seen"), i), last: moment(t.Column("last_seen"), i), content: t.Column("content").Text(i)}
	l.action = actionOf(t.Column("operation").Text(i))
	return l
}

func actionOf(word string) activate.Action {
	for _, a := range []activate.Action{activate.Clear, activate.Notify} {
		if a.String() == word {
			return a
		}
	}
	return activate.Upsert
}

// save writes what is remembered, each file whole.
func (s *state) save(d *Delivery) error {
	if err := writeTable(d.path("delivered.parquet"), s.deliveredTable()); err != nil {
		return err
	}
	if err := writeTable(d.path("events.parquet"), s.eventTable()); err != nil {
		return err
	}
	return writeTable(d.path("dead_letters.parquet"), s.letterTable(d.Name))
}

// grid builds a table column by column.
type grid struct {
	t *table.Table
	n int
}

func (g grid) text(name, en, es string, of func(i int) string) {
	v := make([]string, g.n)
	for i := range v {
		v[i] = of(i)
	}
	g.t.Add(table.OptionalStrings(name, v).Says("", en, es))
}

func (g grid) whole(name, en, es string, of func(i int) int) {
	v := make([]int64, g.n)
	for i := range v {
		v[i] = int64(of(i))
	}
	g.t.Add(table.Ints(name, table.Int64, v).Says("", en, es))
}

func (g grid) flag(name, en, es string, of func(i int) bool) {
	v := make([]bool, g.n)
	for i := range v {
		v[i] = of(i)
	}
	g.t.Add(table.Bools(name, v).Says("", en, es))
}

func (g grid) time(name, en, es string, of func(i int) time.Time) {
	v := make([]time.Time, g.n)
	for i := range v {
		v[i] = of(i)
	}
	g.t.Add(table.Times(name, v).Says("", en, es))
}

func (s *state) deliveredTable() *table.Table {
	list := make([]delivered, 0, len(s.delivered))
	for _, one := range s.delivered {
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b delivered) int { return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.id, b.id)) })
	g := grid{new(table.Table), len(list)}
	g.text("customer_id", "the customer", "el cliente", func(i int) string { return list[i].customer })
	g.text("external_id", "the destination's id of them", "su identificador en el destino", func(i int) string { return list[i].id })
	g.text("values", "what was delivered, where the destination can't be asked", "lo entregado, cuando no se puede preguntar al destino", func(i int) string { return list[i].values })
	g.flag("cleared", "they left, and what we set was emptied", "salió, y lo que pusimos se vació", func(i int) bool { return list[i].cleared })
	g.flag("in_doubt", "nobody knows whether the last delivery arrived", "no se sabe si llegó la última entrega", func(i int) bool { return list[i].doubt })
	return g.t
}

func (s *state) eventTable() *table.Table {
	keys := make([]string, 0, len(s.told))
	for k := range s.told {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	g := grid{new(table.Table), len(keys)}
	g.text("key", "of the event: of run, customer and segment", "del evento: de ejecución, cliente y segmento", func(i int) string { return keys[i] })
	g.text("status", "what became of it", "qué fue de él", func(i int) string { return string(s.told[keys[i]]) })
	g.time("told_at", "when it was told", "cuándo se comunicó", func(i int) time.Time { return s.toldAt[keys[i]] })
	return g.t
}

func (s *state) letterTable(destination string) *table.Table {
	list := make([]letter, 0, len(s.dead))
	for _, l := range s.dead {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b letter) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.id, b.id), cmp.Compare(a.action, b.action))
	})
	g := grid{new(table.Table), len(list)}
	g.text("run_id", "the run whose row was last refused", "la ejecución cuya fila se rechazó por última vez", func(i int) string { return list[i].run })
	g.text("destination", "the destination", "el destino", func(int) string { return destination })
	g.text("primary_key", "the destination's id of the customer", "identificador del cliente en el destino", func(i int) string { return list[i].id })
	g.text("customer_id", "the customer", "el cliente", func(i int) string { return list[i].customer })
	g.text("operation", "upsert, clear or event", "upsert, clear (vaciar) o event (evento)", func(i int) string { return list[i].action.String() })
	g.text("status", "what became of it", "qué fue de ella", func(int) string { return string(activate.Rejected) })
	g.whole("http_status", "status of HTTP, 0 where there was none", "estado de HTTP; 0 si no lo hubo", func(i int) int { return list[i].http })
	g.text("error_code", "the destination's own word", "la palabra del propio destino", func(i int) string { return list[i].code })
	g.text("error_reason", "why, in the destination's words", "por qué, en palabras del destino", func(i int) string { return list[i].reason })
	g.whole("attempts", "how often it was sent", "cuántas veces se envió", func(i int) int { return list[i].attempts })
	g.time("first_seen", "when it was first refused", "cuándo se rechazó por primera vez", func(i int) time.Time { return list[i].first })
	g.time("last_seen", "when it was last refused", "cuándo se rechazó por última vez", func(i int) time.Time { return list[i].last })
	g.text("content", "hash of what was refused: another is tried again by itself", "hash de lo rechazado: si cambia, se reintenta solo", func(i int) string { return list[i].content })
	return g.t
}
