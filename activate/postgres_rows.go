package activate

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"segmenta/activate/fault"
)

// setFields are the fields that any row of a batch sets, in order of name.
func setFields(batch []Operation) (fields []*Field) {
	seen := make(map[string]bool)
	for _, o := range batch {
		for _, v := range o.Values {
			if !seen[v.Field.Name] {
				seen[v.Field.Name], fields = true, append(fields, v.Field)
			}
		}
	}
	slices.SortFunc(fields, func(a, b *Field) int { return cmp.Compare(a.Name, b.Name) })
	return fields
}

// copyRows writes a batch as COPY's text format has it: the key, the fields, and for each
// whether the row sets it.
func copyRows(fields []*Field, batch []Operation) io.Reader {
	at := make(map[string]int)
	for k, f := range fields {
		at[f.Name] = k
	}
	var b bytes.Buffer
	cells, flags := make([]string, len(fields)), make([]string, len(fields))
	for _, o := range batch {
		for k := range cells {
			cells[k], flags[k] = `\N`, "f"
		}
		for _, v := range o.Values {
			cells[at[v.Field.Name]], flags[at[v.Field.Name]] = copyCell(v), "t"
		}
		b.WriteString(escapeCopy(o.ID))
		for _, list := range [][]string{cells, flags} {
			for _, c := range list {
				b.WriteByte('\t')
				b.WriteString(c)
			}
		}
		b.WriteByte('\n')
	}
	return &b
}

func copyCell(v Value) string {
	switch x := v.Field.Parse(v.New).(type) {
	case nil:
		return `\N`
	case []string:
		list := make([]string, len(x))
		for i, s := range x {
			list[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
		}
		return escapeCopy("{" + strings.Join(list, ",") + "}")
	}
	return escapeCopy(v.Field.Format(v.New))
}

var copyEscapes = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

func escapeCopy(s string) string { return copyEscapes.Replace(s) }

// fault says what an error of the database means. One that breaks after the work was sent
// may have been applied: setting the same values again is harmless.
func (p *postgres) fault(err error, sent bool) error {
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &fault.Fault{Class: fault.Unknown, Host: p.config.Host, Err: err}
	case !errors.As(err, &refused):
		f := p.o.Broken(p.config.Host, errors.Unwrap(err), sent)
		if f.Err == nil {
			f.Err = errors.New("the connection broke")
		}
		if f.Class == fault.Unknown && !sent {
			f.Class = fault.Transient
		}
		return f
	}
	f := &fault.Fault{Class: fault.Auth, Host: p.config.Host, Code: refused.Code, Reason: p.o.Secrets.Clean(refused.Message)}
	switch refused.Code[:2] {
	case "22", "23": // a value that its column can't hold
		f.Class = fault.Refused
		f.Reason = plainReason(refused)
	case "40", "53", "55", "57", "08":
		f.Class = fault.Transient
	}
	return f
}

// plainReason says what was wrong with a row, without the value: it is a customer's.
func plainReason(e *pgconn.PgError) string {
	what, _, _ := strings.Cut(e.Message, ":")
	if i := strings.IndexByte(what, '"'); i >= 0 && e.ColumnName == "" && e.ConstraintName == "" {
		what = strings.TrimSpace(what[:i])
	}
	for _, more := range []string{e.ColumnName, e.ConstraintName} {
		if more != "" && !strings.Contains(what, more) {
			what += " (" + more + ")"
		}
	}
	if column, ok := strings.CutPrefix(e.Where, "COPY "); ok {
		if _, column, ok = strings.Cut(column, "column "); ok {
			name, _, _ := strings.Cut(column, ":")
			what += " (column " + name + ")"
		}
	}
	return what
}
