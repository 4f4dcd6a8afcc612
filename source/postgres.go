package source

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"segmenta/table"
)

// A Query is what to read from a PostgreSQL database: a table, or what a statement says.
type Query struct {
	URL     string        // postgres://user:password@host:port/database
	Table   string        // or schema.table
	SQL     string        // instead of a table
	Timeout time.Duration // of the statement; 0: an hour
}

// An Answer is all the rows of a query, as they were at one moment.
type Answer struct {
	table.Source
	Rows   int64
	Bytes  int64
	SHA256 string // of the rows, in whatever order they came
}

// blockRows is how many rows of an answer are in memory at once.
const blockRows = 64 << 10

// Name says where a query goes, without who asks.
func (q Query) Name() string {
	c, err := pgx.ParseConfig(q.URL)
	if err != nil {
		return "postgres"
	}
	what := cmp.Or(q.Table, "query")
	return fmt.Sprintf("postgres://%s:%d/%s#%s", c.Host, c.Port, c.Database, what)
}

// First is the query for its first rows only, to learn what columns it has.
func (q Query) First(rows int) Query {
	return Query{URL: q.URL, SQL: fmt.Sprintf("SELECT * FROM (%s) AS asked LIMIT %d", q.statement(), rows), Timeout: q.Timeout}
}

// statement is the SQL of a query.
func (q Query) statement() string {
	if q.Table == "" {
		return strings.TrimRight(strings.TrimSpace(q.SQL), "; \n\t")
	}
	return "SELECT * FROM " + pgx.Identifier(strings.Split(q.Table, ".")).Sanitize()
}

// Fetch runs the query in a transaction that can't write, and streams its rows into a
// temporary file that the system removes when the answer is closed or the process dies:
// however many there are, blockRows of them are in memory.
func (q Query) Fetch(ctx context.Context) (*Answer, error) {
	a, err := q.fetch(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", q.Name(), q.explained(err))
	}
	return a, nil
}

func (q Query) fetch(ctx context.Context) (*Answer, error) {
	conn, err := q.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	described, err := conn.Prepare(ctx, "segmenta", q.statement())
	if err != nil {
		return nil, err
	}
	if len(described.ParamOIDs) > 0 {
		return nil, fmt.Errorf("the query has parameters such as $1, which nothing fills in")
	}
	columns, err := q.columns(ctx, tx, described.Fields)
	if err != nil {
		return nil, err
	}
	formats := make(pgx.QueryResultFormats, len(columns))
	for i, c := range columns {
		formats[i] = c.format
	}
	rows, err := tx.Query(ctx, "segmenta", formats)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return spool(q.Name(), columns, rows)
}

// connect connects so that times come as they are meant, and no statement runs forever.
func (q Query) connect(ctx context.Context) (*pgx.Conn, error) {
	c, err := pgx.ParseConfig(q.URL)
	if err != nil {
		return nil, errors.New("the address can't be read; it looks like postgres://user:password@host:5432/database")
	}
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 15*time.Second)
	timeout := cmp.Or(q.Timeout, time.Hour)
	for name, value := range map[string]string{
		"application_name": "segmenta", "default_transaction_read_only": "on", "TimeZone": "UTC", "DateStyle": "ISO", "client_encoding": "UTF8",
		"extra_float_digits": "3", "statement_timeout": fmt.Sprint(timeout.Milliseconds()),
	} {
		c.RuntimeParams[name] = value
	}
	return pgx.ConnectConfig(ctx, c)
}

// explained says which part of the query the server refused.
func (q Query) explained(err error) error {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return err
	}
	near := ""
	if at := int(refused.Position); at > 0 {
		rest := []rune(q.statement())
		rest = rest[min(at-1, len(rest)):]
		near = fmt.Sprintf(" at %q", string(rest[:min(30, len(rest))]))
	}
	if refused.Code == "57014" {
		return fmt.Errorf("the query took longer than %v; a timeout in the configuration gives it more", cmp.Or(q.Timeout, time.Hour))
	}
	hint := ""
	if refused.Hint != "" {
		hint = "; " + refused.Hint
	}
	return fmt.Errorf("query %.80q: %s%s%s (SQLSTATE %s)", q.statement(), refused.Message, near, hint, refused.Code)
}

// spool streams rows into a temporary file.
func spool(name string, columns []*column, rows pgx.Rows) (a *Answer, err error) {
	f, err := os.CreateTemp("", "segmenta-*")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	w, err := table.NewWriter(f, block(columns))
	if err != nil {
		return nil, err
	}
	sum := &rowSum{}
	for rows.Next() {
		raw := rows.RawValues()
		for i, c := range columns {
			if err := c.add(raw[i]); err != nil {
				return nil, fmt.Errorf("row %d, column %s: %w", sum.rows+1, c.name, err)
			}
		}
		if sum.add(raw); sum.rows%blockRows == 0 {
			if err := w.Append(block(columns)); err != nil {
				return nil, err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if sum.rows%blockRows > 0 {
		if err := w.Append(block(columns)); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return answered(name, columns, f, sum)
}

// A spooled file is a Blob under the query's name.
type spooled struct {
	*os.File
	name string
	size int64
}

func (s spooled) Name() string { return s.name }
func (s spooled) Size() int64  { return s.size }

func answered(name string, columns []*column, f *os.File, sum *rowSum) (*Answer, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	s, err := table.OpenParquet(spooled{f, name, info.Size()})
	if err != nil {
		return nil, err
	}
	return &Answer{Source: &answer{s, columns}, Rows: sum.rows, Bytes: sum.bytes, SHA256: sum.hash(columns)}, nil
}

// An answer is the temporary file, with the columns that couldn't be written to it.
type answer struct {
	table.Source
	columns []*column
}

func (a *answer) Fields() (fields []table.Field) {
	of := make(map[string]table.Field)
	for _, f := range a.Source.Fields() {
		of[f.Name] = f
	}
	for _, c := range a.columns {
		f := of[c.name]
		if c.odd != "" {
			f = table.Field{Name: c.name, Kind: table.String, Odd: c.odd}
		}
		f.Scale = c.scale
		fields = append(fields, f)
	}
	return fields
}

func (a *answer) Read(block int, names []string) (*table.Table, error) {
	for _, name := range names {
		for _, c := range a.columns {
			if c.name == name && c.odd != "" {
				return nil, fmt.Errorf("%s: column %s is %s, which is not read; a cast in the query makes text or a number of it", a.Name(), name, c.odd)
			}
		}
	}
	return a.Source.Read(block, names)
}

// A rowSum hashes rows so that their order leaves no trace: a database promises none.
// It is the sum of the rows' SHA-256, modulo 2^256.
type rowSum struct {
	rows, bytes int64
	sum         [4]uint64
	row         bytes.Buffer
}

func (s *rowSum) add(raw [][]byte) {
	s.row.Reset()
	for _, v := range raw {
		length := int64(-1) // null
		if v != nil {
			length = int64(len(v))
		}
		s.row.Write(binary.AppendVarint(s.row.AvailableBuffer(), length))
		s.row.Write(v)
	}
	s.rows, s.bytes = s.rows+1, s.bytes+int64(s.row.Len())
	hash, carry := sha256.Sum256(s.row.Bytes()), uint64(0)
	for i := range s.sum {
		s.sum[i], carry = bits.Add64(s.sum[i], binary.LittleEndian.Uint64(hash[8*i:]), carry)
	}
}

func (s *rowSum) hash(columns []*column) string {
	h := sha256.New()
	for _, c := range columns {
		fmt.Fprintf(h, "%q %d\n", c.name, c.oid)
	}
	fmt.Fprintf(h, "%d %x", s.rows, s.sum)
	return hex.EncodeToString(h.Sum(nil))
}
