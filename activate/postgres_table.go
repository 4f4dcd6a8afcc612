package activate

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

func (p *postgres) table() string { return pgx.Identifier(strings.Split(p.s.Table, ".")).Sanitize() }

// postgresTypes are the columns that fields become.
var postgresTypes = map[Type]string{Text: "text", Number: "double precision", Bool: "boolean", Date: "date", Moment: "timestamptz", Choice: "text", Tags: "text[]"}

// Ensure looks for the table, its key and its columns, and makes what isn't there.
func (p *postgres) Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error) {
	err = p.with(ctx, func(ctx context.Context, c *pgx.Conn) error {
		have, err := p.columns(ctx, c)
		if err != nil {
			return err
		}
		missing = nil
		for _, f := range fields {
			if _, there := have[f.Name]; !there {
				missing = append(missing, f.Name)
			}
		}
		if create {
			return p.make(ctx, c, fields, have)
		}
		return nil
	})
	return missing, err
}

// columns are the table's columns and types; none where there is no table.
func (p *postgres) columns(ctx context.Context, c *pgx.Conn) (map[string]string, error) {
	rows, err := c.Query(ctx, `SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`, p.table())
	if err != nil {
		return nil, err
	}
	have, name, kind := make(map[string]string), "", ""
	_, err = pgx.ForEachRow(rows, []any{&name, &kind}, func() error { have[name] = kind; return nil })
	return have, err
}

// make makes what isn't there, in one transaction, with words in both languages.
func (p *postgres) make(ctx context.Context, c *pgx.Conn, fields []Field, have map[string]string) error {
	statements := []string{fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (%s text PRIMARY KEY)", p.table(), quoted(p.s.Key))}
	for _, f := range fields {
		if _, there := have[f.Name]; !there {
			statements = append(statements, fmt.Sprintf("ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s %s", p.table(), quoted(f.Name), postgresTypes[f.Type]),
				fmt.Sprintf("COMMENT ON COLUMN %s.%s IS %s", p.table(), quoted(f.Name), literal(f.Description.En+" / "+f.Description.Es)))
		}
	}
	if p.s.EventsTable != "" {
		statements = append(statements, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (key text PRIMARY KEY, id text NOT NULL, event text NOT NULL, kind text NOT NULL, segment text NOT NULL, label_en text, label_es text, at timestamptz NOT NULL)", p.eventsTable()))
	}
	return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// literal is a text in SQL; COMMENT takes no parameters.
func literal(s string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `''`, "\x00", "").Replace(s) + "'"
}

func (p *postgres) eventsTable() string {
	return pgx.Identifier(strings.Split(p.s.EventsTable, ".")).Sanitize()
}
