package features

import "segmenta/table"

// Table lays the counts out, one row for each source and check. It holds no row
// numbers, so that the order of rows in the files leaves no trace in it.
func (q *Quality) Table() *table.Table {
	var b qualityTable
	for _, s := range q.Sources {
		b.add(s.Name, "read", "info", s.Read, s.AmountRead, "rows in the files", "filas en los ficheros")
		b.add(s.Name, "accepted", "info", s.Accepted, s.AmountAccepted, "rows used", "filas usadas")
		b.add(s.Name, "rejected", "info", s.Rejected, s.AmountRead-s.AmountAccepted, "rows not used", "filas no usadas")
		for _, r := range s.Reasons {
			verdict := "accepted"
			if r.Rejected {
				verdict = "rejected"
			}
			b.add(s.Name, r.Name, verdict, r.Rows, 0, r.En, r.Es)
		}
	}
	for _, t := range q.EventTypes {
		verdict := "ours"
		if !t.Ours {
			verdict = "unmapped"
		}
		b.add("events", "type "+t.Name, verdict, t.Rows, 0, "events of this type", "eventos de este tipo")
	}
	return b.table()
}

type qualityTable struct {
	source, check, verdict, en, es []string
	rows                           []int64
	amount                         []float64
}

func (b *qualityTable) add(source, check, verdict string, rows int64, amount float64, en, es string) {
	b.source, b.check, b.verdict = append(b.source, source), append(b.check, check), append(b.verdict, verdict)
	b.rows, b.amount = append(b.rows, rows), append(b.amount, amount)
	b.en, b.es = append(b.en, en), append(b.es, es)
}

func (b *qualityTable) table() *table.Table {
	t := &table.Table{}
	t.Add(table.Strings("source", b.source).Says("", "which input", "qué entrada"))
	t.Add(table.Strings("check", b.check).Says("", "what was counted", "qué se contó"))
	t.Add(table.Strings("verdict", b.verdict).Says("", "what became of the rows", "qué fue de las filas"))
	t.Add(table.Ints("rows", table.Int64, b.rows).Says("rows", "how many rows", "cuántas filas"))
	t.Add(table.Floats("amount", b.amount).Says("currency", "sum of their amounts, for read, accepted and rejected", "suma de sus importes, para leídas, aceptadas y rechazadas"))
	t.Add(table.Strings("en", b.en).Says("", "in words, in English", "en palabras, en inglés"))
	t.Add(table.Strings("es", b.es).Says("", "in words, in Spanish", "en palabras, en español"))
	return t
}
