package activate

import (
	"context"
	"errors"
	"fmt"
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
