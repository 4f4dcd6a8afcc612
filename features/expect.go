package features

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"segmenta/table"
)

// An Expectation is what a column should hold.
type Expectation struct {
	Column   string // ours, or theirs
	Required bool   // it must be there
	Min, Max *float64
	Allowed  []string
	Unique   bool
	MaxNull  *float64 // the share of rows that may be null
	Share    float64  // of rows that may offend otherwise
	Severity string   // warn or fail

	// SameAs makes Unique ask whether two rows mean the same: it returns what a cell means,
	// empty where that can't be told. A column that isn't there is then not missed.
	SameAs func(cell string) string
	Name   string // of the check that SameAs makes
}

// A judge holds one expectation against a file.
type judge struct {
	Expectation
	expr    *expr
	reads   []string
	missing bool
	allowed map[string]bool
}

// A finding is what a judge found in one block, by the name of the check.
type finding struct {
	rows    int64
	counts  map[string]int64
	samples map[string][]Sample
	seen    []stamp // for unique
}

// A stamp is a value's hash, and where it stood.
type stamp struct {
	hash uint64
	row  int64
	file string
}

func (o *Observer) judge(e Expectation, fields map[string]table.Field) *judge {
	j := &judge{Expectation: e, allowed: map[string]bool{}}
	for _, word := range e.Allowed {
		j.allowed[word] = true
	}
	has := func(c string) bool { _, ok := fields[c]; return ok }
	theirs := o.in.Columns[e.Column]
	if theirs == "" {
		theirs = "`" + e.Column + "`"
	}
	var err error
	if j.expr, err = parseExpr(theirs, has); err != nil || j.expr.constant != nil {
		j.missing = err != nil
		j.expr = nil
		return j
	}
	for _, c := range j.expr.columns() {
		if f, ok := fields[c]; !ok || f.Odd != "" {
			j.missing, j.expr, j.reads = true, nil, nil
			return j
		}
		j.reads = append(j.reads, c)
	}
	return j
}

// look judges a block.
func (j *judge) look(r reader, file string, first int64) *finding {
	f := &finding{rows: int64(r.rows), counts: map[string]int64{}, samples: map[string][]Sample{}}
	if j.expr == nil {
		return f
	}
	note := func(check string, i int, value string) {
		f.counts[check]++
		if len(f.samples[check]) < samples {
			f.samples[check] = append(f.samples[check], Sample{file, first + int64(i), value[:min(len(value), 60)]})
		}
	}
	if j.expr.math != nil || j.Min != nil || j.Max != nil {
		j.numbers(r, note)
	}
	if j.expr.math == nil {
		j.column(r.t.Column(j.expr.column), f, file, first, note)
	}
	return f
}

// numbers judges what should be a number.
func (j *judge) numbers(r reader, note func(check string, i int, value string)) {
	values, bad := r.numbers(j.expr)
	for i, v := range values {
		said := strconv.FormatFloat(v, 'g', -1, 64)
		switch f := bad.at(i); {
		case f == missing && j.expr.math != nil:
			note("null", i, "")
		case f == missing:
		case f == unreadable:
			note("number", i, "")
		case j.Min != nil && v < *j.Min || j.Min != nil && v != v:
			note("min", i, said)
		case j.Max != nil && v > *j.Max:
			note("max", i, said)
		}
	}
}

// column judges cells as they stand.
func (j *judge) column(c *table.Column, f *finding, file string, first int64, note func(check string, i int, value string)) {
	for i := range c.Len() {
		if c.IsNull(i) || c.Kind == table.String && c.Dict[c.Codes[i]] == "" {
			note("null", i, "")
			continue
		}
		if len(j.allowed) > 0 {
			if word := c.Format(i); !j.allowed[word] {
				note("allowed", i, word)
			}
		}
		if !j.Unique {
			continue
		}
		cell := c.Format(i)
		if j.SameAs != nil {
			if cell = j.SameAs(cell); cell == "" {
				continue
			}
		}
		f.seen = append(f.seen, stamp{hash(cell), first + int64(i), file})
	}
}

// Checks says which expectations hold.
func (o *Observer) Checks() (all []Check) {
	for k, e := range o.want {
		sum := finding{counts: map[string]int64{}, samples: map[string][]Sample{}}
		missing := len(o.files) > 0
		for _, w := range o.files {
			missing = missing && w.judges[k].missing
			for block := range w.Blocks() {
				if g := w.blocks[block]; g != nil {
					sum.plus(g.found[k])
				}
			}
		}
		all = append(all, o.expected(e, &sum, missing)...)
	}
	return all
}

func (f *finding) plus(o *finding) {
	f.rows += o.rows
	for check, n := range o.counts {
		f.counts[check] += n
		f.samples[check] = append(f.samples[check], o.samples[check]...)
		f.samples[check] = f.samples[check][:min(samples, len(f.samples[check]))]
	}
	f.seen = append(f.seen, o.seen...)
}

// expected makes a check of each thing that a column was expected to be.
func (o *Observer) expected(e Expectation, f *finding, missing bool) (all []Check) {
	add := func(name string, limit float64, en, es string) {
		share := float64(f.counts[name]) / math.Max(1, float64(f.rows))
		all = append(all, Check{Source: o.name, Column: e.Column, Name: e.check(name), Severity: e.Severity, Observed: share, Limit: limit, Rows: f.counts[name], Passed: share <= limit,
			En: fmt.Sprintf(en, f.counts[name], f.rows), Es: fmt.Sprintf(es, f.counts[name], f.rows), Samples: f.samples[name]})
	}
	if e.SameAs != nil {
		if !missing {
			f.counts[e.Name], f.samples[e.Name] = repeats(f.seen)
			add(e.Name, e.Share, "%d of %d rows are of somebody who stands there before", "%d de %d filas son de alguien que ya está antes")
		}
		return all
	}
	if missing || e.Required {
		c := Check{Source: o.name, Column: e.Column, Name: "expect_required", Severity: e.Severity, Observed: none, Limit: none, Passed: !missing, En: "the column is there", Es: "la columna existe"}
		if missing {
			c.En, c.Es = "no such column", "no existe la columna"
			return append(all, c)
		}
		all = append(all, c)
	}
	if e.MaxNull != nil {
		add("null", *e.MaxNull, "%d of %d rows are null", "%d de %d filas son nulas")
	}
	if e.Min != nil || e.Max != nil {
		add("number", e.Share, "%d of %d rows hold no number", "%d de %d filas no tienen un número")
	}
	if e.Min != nil {
		add("min", e.Share, "%d of %d rows are below "+trim(*e.Min), "%d de %d filas están por debajo de "+trim(*e.Min))
	}
	if e.Max != nil {
		add("max", e.Share, "%d of %d rows are above "+trim(*e.Max), "%d de %d filas están por encima de "+trim(*e.Max))
	}
	if len(e.Allowed) > 0 {
		words := strings.ReplaceAll(strings.Join(e.Allowed, ", "), "%", "%%")
		add("allowed", e.Share, "%d of %d rows are none of "+words, "%d de %d filas no son ninguno de "+words)
	}
	if e.Unique {
		f.counts["unique"], f.samples["unique"] = repeats(f.seen)
		add("unique", e.Share, "%d of %d rows hold what another row holds", "%d de %d filas repiten lo de otra fila")
	}
	return all
}

// check is the full name of what is asked of a column.
func (e *Expectation) check(name string) string {
	if e.SameAs != nil {
		return name
	}
	return "expect_" + name
}

func trim(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// repeats counts the rows whose value stood in an earlier row, and shows the first.
func repeats(seen []stamp) (n int64, some []Sample) {
	slices.SortStableFunc(seen, func(a, b stamp) int { return cmp.Compare(a.hash, b.hash) })
	var again []stamp
	for i := 1; i < len(seen); i++ {
		if seen[i].hash == seen[i-1].hash {
			n++
			again = append(again, seen[i])
		}
	}
	slices.SortFunc(again, func(a, b stamp) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.row, b.row)) })
	for _, s := range again[:min(samples, len(again))] {
		some = append(some, Sample{File: s.file, Row: s.row})
	}
	return n, some
}
