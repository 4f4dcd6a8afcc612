package features

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"segmenta/table"
)

// Why a row is rejected.
const (
	noCustomer = "no customer"
	badTime    = "no readable time"
	badAmount  = "no finite amount"
	noType     = "no event type"
	future     = "at or after the moment"
	duplicate  = "stands twice"
)

// What is noticed of rows that are kept.
const (
	negative = "negative amount"
	zero     = "zero amount"
)

// reasonsEs are the reasons in Spanish.
var reasonsEs = map[string]string{
	noCustomer: "sin cliente", badTime: "sin fecha legible", badAmount: "sin importe finito", noType: "sin tipo de evento",
	future: "en el momento o después", duplicate: "repetida", negative: "importe negativo", zero: "importe cero",
}

// A Sample is one rejected row.
type Sample struct {
	Source string `json:"source"`
	Reason string `json:"reason"`
	File   string `json:"file"`
	Row    int64  `json:"row"` // of the data, from 1; a header doesn't count
}

// samples is how many rejected rows are shown for each reason.
const samples = 3

// A Quality says what was read: for every source, rows = accepted + rejected.
type Quality struct {
	Sources map[string]*SourceQuality
	Samples []Sample
}

// SourceQuality is what was read from one source.
type SourceQuality struct {
	Rows     int64              `json:"rows"`
	Accepted int64              `json:"accepted"`
	Rejected map[string]int64   `json:"rejected"`
	Noticed  map[string]int64   `json:"noticed"` // of the accepted rows
	Sums     map[string]float64 `json:"sums"`    // over all rows, rejected ones too
}

func newQuality() *Quality { return &Quality{Sources: make(map[string]*SourceQuality)} }

func (q *Quality) source(name string) *SourceQuality {
	s := q.Sources[name]
	if s == nil {
		s = &SourceQuality{Rejected: make(map[string]int64), Noticed: make(map[string]int64), Sums: make(map[string]float64)}
		q.Sources[name] = s
	}
	return s
}

// add adds up the counts of a source's blocks, in their order.
func (q *Quality) add(name string, blocks []*counts) {
	s, shown := q.source(name), make(map[string]int)
	for _, c := range blocks {
		s.Rows += c.rows
		s.Accepted += c.accepted
		for reason, n := range c.rejected {
			s.Rejected[reason] += n
		}
		for what, n := range c.noticed {
			s.Noticed[what] += n
		}
		for what, v := range c.sums {
			s.Sums[what] += v
		}
		for _, x := range c.samples {
			if shown[x.Reason]++; shown[x.Reason] <= samples {
				x.Source = name
				q.Samples = append(q.Samples, x)
			}
		}
	}
}

// twice counts lines that stand twice, as rejected where they are dropped.
func (q *Quality) twice(name string, n int64, dropped bool) {
	if n == 0 {
		return
	}
	s := q.source(name)
	if !dropped {
		s.Noticed[duplicate] += n
		return
	}
	s.Rejected[duplicate] += n
	s.Accepted -= n
}

// tooMany is an error where more than a share of the rows that name a customer are
// broken. Rows without a customer, duplicates and future rows are no sign of that.
func (q *Quality) tooMany(share float64) error {
	for _, name := range slices.Sorted(maps.Keys(q.Sources)) {
		s := q.Sources[name]
		broken := s.Rejected[badTime] + s.Rejected[badAmount] + s.Rejected[noType]
		of := s.Rows - s.Rejected[noCustomer]
		if of > 0 && float64(broken) > share*float64(of) {
			return fmt.Errorf("%w: %d of %d rows of %s are broken, more than %g %%: %s; raise quality.max_rejected to go on without them",
				ErrRejected, broken, of, name, 100*share, q.summary())
		}
	}
	return nil
}

// summary says in a line what was rejected, with a place for each reason.
func (q *Quality) summary() string {
	var said []string
	seen := make(map[string]bool)
	for _, x := range q.Samples {
		if key := x.Source + x.Reason; !seen[key] {
			seen[key] = true
			said = append(said, fmt.Sprintf("%s: %d with %s (such as row %d of %s)", x.Source, q.Sources[x.Source].Rejected[x.Reason], x.Reason, x.Row, x.File))
		}
	}
	if len(said) == 0 {
		return "there are no rows"
	}
	return strings.Join(said, "; ")
}

// Table is the quality as a table: a row for each source and finding.
func (q *Quality) Table() *table.Table {
	var source, what, es, outcome []string
	var n []int64
	row := func(s, w, e, o string, count int64) {
		source, what, es, outcome, n = append(source, s), append(what, w), append(es, e), append(outcome, o), append(n, count)
	}
	for _, name := range slices.Sorted(maps.Keys(q.Sources)) {
		s := q.Sources[name]
		row(name, "rows read", "filas leídas", "read", s.Rows)
		row(name, "rows accepted", "filas aceptadas", "accepted", s.Accepted)
		for _, reason := range slices.Sorted(maps.Keys(s.Rejected)) {
			row(name, reason, reasonsEs[reason], "rejected", s.Rejected[reason])
		}
		for _, w := range slices.Sorted(maps.Keys(s.Noticed)) {
			row(name, w, reasonsEs[w], "noticed", s.Noticed[w])
		}
	}
	t := new(table.Table)
	t.Add(table.Strings("source", source).Says("", "the source", "la fuente"))
	t.Add(table.Strings("finding_en", what).Says("", "what was found", "lo encontrado, en inglés"))
	t.Add(table.Strings("finding_es", es).Says("", "what was found, in Spanish", "lo encontrado"))
	t.Add(table.Strings("outcome", outcome).Says("", "read, accepted, rejected, or noticed in accepted rows", "leída, aceptada, rechazada u observada en filas aceptadas"))
	t.Add(table.Ints("rows", table.Int64, n).Says("rows", "how many rows", "cuántas filas"))
	return t
}

// counts is the quality of one block.
type counts struct {
	rows, accepted    int64
	rejected, noticed map[string]int64
	sums              map[string]float64
	samples           []Sample
}

func newCounts() *counts {
	return &counts{rejected: make(map[string]int64), noticed: make(map[string]int64), sums: make(map[string]float64)}
}

func (c *counts) reject(reason, file string, row int64) {
	if c.rejected[reason]++; c.rejected[reason] <= samples {
		c.samples = append(c.samples, Sample{Reason: reason, File: file, Row: row})
	}
}

func (c *counts) sum(what string, v float64) {
	if !math.IsNaN(v) {
		c.sums[what] += v
	}
}

func (c *counts) notice(source string, r *row) {
	switch {
	case source != "transactions":
	case r.amount < 0:
		c.noticed[negative]++
	case r.amount == 0:
		c.noticed[zero]++
	}
}
