package features

import (
	"math"

	"segmenta/table"
)

// Table lays the counts and the checks out, one row for each. It holds no row numbers, so
// that the order of rows in the files leaves no trace in it; Samples has them.
func (q *Quality) Table() *table.Table {
	var b qualityTable
	for _, s := range q.Sources {
		b.count(s.Name, "read", "info", s.Read, s.AmountRead, "rows in the files", "filas en los ficheros")
		b.count(s.Name, "accepted", "info", s.Accepted, s.AmountAccepted, "rows used", "filas usadas")
		b.count(s.Name, "rejected", "info", s.Rejected, s.AmountRead-s.AmountAccepted, "rows not used", "filas no usadas")
		for _, r := range s.Reasons {
			verdict := "accepted"
			if r.Rejected {
				verdict = "rejected"
			}
			b.count(s.Name, r.Name, verdict, r.Rows, 0, r.En, r.Es)
		}
	}
	for _, t := range q.EventTypes {
		verdict := "ours"
		if !t.Ours {
			verdict = "unmapped"
		}
		b.count("events", "type "+t.Name, verdict, t.Rows, 0, "events of this type", "eventos de este tipo")
	}
	for i := range q.Checks {
		b.asked(&q.Checks[i])
	}
	return b.table()
}

type qualityTable struct {
	source, column, check, severity, verdict, en, es []string
	rows                                             []int64
	amount, observed, limit                          []float64
}

func (b *qualityTable) count(source, check, verdict string, rows int64, amount float64, en, es string) {
	b.add(&Check{Source: source, Name: check, Severity: "info", Observed: math.NaN(), Limit: math.NaN(), Rows: rows, En: en, Es: es}, verdict, amount)
}

func (b *qualityTable) asked(c *Check) { b.add(c, c.Verdict(), 0) }

func (b *qualityTable) add(c *Check, verdict string, amount float64) {
	b.source, b.column, b.check = append(b.source, c.Source), append(b.column, c.Column), append(b.check, c.Name)
	b.severity, b.verdict = append(b.severity, c.Severity), append(b.verdict, verdict)
	b.rows, b.amount = append(b.rows, c.Rows), append(b.amount, amount)
	b.observed, b.limit = append(b.observed, c.Observed), append(b.limit, c.Limit)
	b.en, b.es = append(b.en, c.En), append(b.es, c.Es)
}

func (b *qualityTable) table() *table.Table {
	t := &table.Table{}
	t.Add(table.Strings("source", b.source).Says("", "which input", "qué entrada"))
	t.Add(table.OptionalStrings("column", b.column).Says("", "which of its columns; null where it is about rows", "qué columna; nulo si trata de filas"))
	t.Add(table.Strings("check", b.check).Says("", "what was counted or asked", "qué se contó o se preguntó"))
	t.Add(table.Strings("severity", b.severity).Says("", "info: a count; warn: told; fail: stops the job", "info: un recuento; warn: se avisa; fail: detiene el trabajo"))
	t.Add(table.Strings("verdict", b.verdict).Says("", "of a check: passed, warned or failed; of a count, what became of the rows", "de una comprobación: passed, warned o failed; de un recuento, qué fue de las filas"))
	t.Add(table.Ints("rows", table.Int64, b.rows).Says("rows", "how many rows", "cuántas filas"))
	t.Add(table.Floats("amount", b.amount).Says("currency", "sum of their amounts, for read, accepted and rejected", "suma de sus importes, para leídas, aceptadas y rechazadas"))
	t.Add(table.Floats("observed", b.observed).Says("", "what a check measured", "lo que midió la comprobación"))
	t.Add(table.Floats("limit", b.limit).Says("", "what it may be", "lo que se admite"))
	t.Add(table.Strings("en", b.en).Says("", "in words, in English", "en palabras, en inglés"))
	t.Add(table.Strings("es", b.es).Says("", "in words, in Spanish", "en palabras, en español"))
	return t
}

// Samples shows the first rows of each reason and check, with where they stand.
func (q *Quality) Samples() *table.Table {
	var source, column, check, file, value []string
	var row []int64
	add := func(s, col, name string, all []Sample) {
		for _, x := range all {
			source, column, check = append(source, s), append(column, col), append(check, name)
			file, row, value = append(file, x.File), append(row, x.Row), append(value, x.Value)
		}
	}
	for _, s := range q.Sources {
		for _, r := range s.Reasons {
			add(s.Name, "", r.Name, r.Samples)
		}
	}
	for _, c := range q.Checks {
		add(c.Source, c.Column, c.Name, c.Samples)
	}
	t := &table.Table{}
	t.Add(table.Strings("source", source).Says("", "which input", "qué entrada"))
	t.Add(table.OptionalStrings("column", column).Says("", "which of its columns", "qué columna"))
	t.Add(table.Strings("check", check).Says("", "what is wrong or odd about the row", "qué tiene de malo o raro la fila"))
	t.Add(table.Strings("file", file).Says("", "where it stands", "dónde está"))
	t.Add(table.Ints("row", table.Int64, row).Says("", "the row's number in the file, from 1, without a header", "el número de fila en el fichero, desde 1, sin cabecera"))
	t.Add(table.OptionalStrings("value", value).Says("", "the cell that was wrong, cut short", "la celda incorrecta, recortada"))
	return t
}
