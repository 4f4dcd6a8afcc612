package activate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"segmenta/activate/secret"
	"segmenta/activate/web"
)

// postgresSettings are those of a table of a PostgreSQL database.
type postgresSettings struct {
	URL         secret.Open `yaml:"url" jsonschema_description:"postgres://${PGUSER}:${PGPASSWORD}@host:5432/database"`
	Table       string      `yaml:"table" jsonschema_description:"schema.table; made where it isn't there"`
	Key         string      `yaml:"key" jsonschema_description:"its column of the external ids, which must be unique (default: as id of the destination)"`
	EventsTable string      `yaml:"events_table" jsonschema_description:"a table of the events; made where it isn't there (default: none are told)"`
	Batch       int         `yaml:"batch" jsonschema_description:"rows in a transaction (default 5000)"`
}

// A postgres is a table. A batch is one transaction: rows are copied to a temporary table
// and merged from there, so that all of them are applied or none.
type postgres struct {
	s      postgresSettings
	config *pgx.ConnConfig
	pool   chan *pgx.Conn // idle connections
	o      web.Options
}

const postgresParallel = 2

func openPostgres(s *postgresSettings, o Opening) (Destination, error) {
	p := &postgres{s: *s, o: o.Web, pool: make(chan *pgx.Conn, postgresParallel)}
	if p.s.Table == "" {
		return nil, errors.New("table is missing")
	}
	if p.s.Key == "" {
		p.s.Key = o.ID
	}
	if p.s.Batch <= 0 {
		p.s.Batch = 5000
	}
	var err error
	p.config, err = p.connectionOf(s.URL.Reveal())
	return p, err
}

// connectionOf reads the address. Outside private networks that are allowed, the server
// must show a certificate of its name.
func (p *postgres) connectionOf(address string) (*pgx.ConnConfig, error) {
	mode := "sslmode="
	if !strings.Contains(address, mode) {
		mode = map[bool]string{true: "sslmode=prefer", false: "sslmode=verify-full"}[p.o.AllowPrivate]
		address += map[bool]string{true: "&", false: "?"}[strings.Contains(address, "?")] + mode
	} else if !p.o.AllowPrivate && !strings.Contains(address, "sslmode=verify-full") {
		return nil, errors.New("url: sslmode must be verify-full: otherwise anybody on the way can read what is sent")
	}
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("url can't be read; it looks like postgres://user:password@host:5432/database")
	}
	if c.TLSConfig != nil {
		if c.TLSConfig.RootCAs, err = p.o.Trusted(); err != nil {
			return nil, err
		}
	}
	c.ConnectTimeout, c.DialFunc = 15*time.Second, p.o.Dialer().DialContext
	for name, value := range map[string]string{"application_name": "segmenta", "TimeZone": "UTC", "DateStyle": "ISO", "client_encoding": "UTF8", "statement_timeout": "600000"} {
		c.RuntimeParams[name] = value
	}
	return c, nil
}

func (p *postgres) Limits() Limits {
	events := p.s.EventsTable != ""
	return Limits{Batch: p.s.Batch, Read: 10_000, Parallel: postgresParallel, Repeatable: true, Whole: true, Events: events, EventsKeyed: events, Removes: true}
}

// with does something over a connection, as often as it must be.
func (p *postgres) with(ctx context.Context, do func(ctx context.Context, c *pgx.Conn) error) error {
	return p.o.Retry(ctx, func(ctx context.Context) error {
		c, err := p.connection(ctx)
		if err != nil {
			return p.fault(err, false)
		}
		if err = do(ctx, c); err == nil || !c.IsClosed() {
			p.release(c)
		}
		return p.fault(err, true)
	})
}

func (p *postgres) connection(ctx context.Context) (*pgx.Conn, error) {
	select {
	case c := <-p.pool:
		if !c.IsClosed() {
			return c, nil
		}
	default:
	}
	return pgx.ConnectConfig(ctx, p.config)
}

func (p *postgres) release(c *pgx.Conn) {
	select {
	case p.pool <- c:
	default:
		c.Close(context.Background())
	}
}

func (p *postgres) Close() error {
	for {
		select {
		case c := <-p.pool:
			c.Close(context.Background())
		default:
			return nil
		}
	}
}

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

// Read asks for the rows of these ids.
func (p *postgres) Read(ctx context.Context, ids []string, fields []Field) (have map[string]Record, err error) {
	columns := []string{quoted(p.s.Key) + "::text"}
	for _, f := range fields {
		columns = append(columns, quoted(f.Name)+map[bool]string{true: "", false: "::text"}[f.Type == Tags])
	}
	statement := fmt.Sprintf("SELECT %s FROM %s WHERE %s::text = ANY($1)", strings.Join(columns, ", "), p.table(), quoted(p.s.Key))
	err = p.with(ctx, func(ctx context.Context, c *pgx.Conn) error {
		have = make(map[string]Record)
		if there, err := p.columns(ctx, c); err != nil || len(there) == 0 {
			return err
		}
		rows, err := c.Query(ctx, statement, ids)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			r := Record{Remote: values[0].(string), Values: make(map[string]any)}
			for k, f := range fields {
				r.Values[f.Name] = postgresValue(&f, values[k+1])
			}
			have[r.Remote] = r
		}
		return rows.Err()
	})
	return have, err
}

// postgresValue makes a moment of a text that ends with a zone of two digits.
func postgresValue(f *Field, v any) any {
	if text, ok := v.(string); ok && f.Type == Moment {
		if t, err := time.Parse("2006-01-02 15:04:05.999999-07", text); err == nil {
			return t
		}
	}
	return v
}

// Send merges a batch into the table, or events into theirs.
func (p *postgres) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	do := p.merge
	if batch[0].Action == Notify {
		do = p.tell
	}
	err := p.with(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return do(ctx, tx, batch) })
	})
	if err != nil {
		return nil, err
	}
	return written(batch, 0), nil
}

// merge copies the rows beside the table, updates those that are there, and inserts the
// others. Fields that a row doesn't set keep their value.
func (p *postgres) merge(ctx context.Context, tx pgx.Tx, batch []Operation) error {
	fields := setFields(batch)
	names, set, flags := []string{quoted(p.s.Key)}, []string(nil), []string(nil)
	for k, f := range fields {
		q, flag := quoted(f.Name), fmt.Sprintf("set_%d", k)
		names, flags = append(names, q), append(flags, flag)
		set = append(set, fmt.Sprintf("%s = CASE WHEN s.%s THEN s.%s ELSE t.%s END", q, flag, q, q))
	}
	all := strings.Join(names, ", ")
	create := fmt.Sprintf("CREATE TEMP TABLE segmenta_batch ON COMMIT DROP AS SELECT %s FROM %s WITH NO DATA", all, p.table())
	if _, err := tx.Exec(ctx, create); err != nil {
		return err
	}
	for _, flag := range flags {
		if _, err := tx.Exec(ctx, "ALTER TABLE segmenta_batch ADD COLUMN "+flag+" boolean"); err != nil {
			return err
		}
	}
	into := "COPY segmenta_batch (" + strings.Join(append(slices.Clone(names), flags...), ", ") + ") FROM STDIN"
	if _, err := tx.Conn().PgConn().CopyFrom(ctx, copyRows(fields, batch), into); err != nil {
		return err
	}
	key := quoted(p.s.Key)
	if len(set) > 0 {
		if _, err := tx.Exec(ctx, fmt.Sprintf("UPDATE %s AS t SET %s FROM segmenta_batch AS s WHERE t.%s = s.%s", p.table(), strings.Join(set, ", "), key, key)); err != nil {
			return err
		}
	}
	if batch[0].Action == Clear {
		return nil
	}
	_, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM segmenta_batch AS s WHERE NOT EXISTS (SELECT FROM %s AS t WHERE t.%s = s.%s) ON CONFLICT (%s) DO NOTHING",
		p.table(), all, all, p.table(), key, key, key))
	return err
}

// tell inserts events, each key once.
func (p *postgres) tell(ctx context.Context, tx pgx.Tx, batch []Operation) error {
	b := new(pgx.Batch)
	for _, o := range batch {
		e := o.Event
		b.Queue("INSERT INTO "+p.eventsTable()+" (key, id, event, kind, segment, label_en, label_es, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING",
			o.Key, o.ID, e.Name, e.Group, e.Segment, e.Label.En, e.Label.Es, e.At)
	}
	return tx.SendBatch(ctx, b).Close()
}
