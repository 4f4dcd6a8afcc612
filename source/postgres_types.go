package source

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"segmenta/table"
)

// A column gathers one column of an answer, block by block.
type column struct {
	name   string
	oid    uint32
	format int16 // in which the server sends it
	scale  int
	odd    string // why it isn't read
	kind   table.Kind
	local  bool
	take   func(c *table.Column, raw []byte) error

	now  *table.Column
	code map[string]int32
}

// A reading is how the values of a type are read.
type reading struct {
	kind  table.Kind
	local bool
	text  bool // sent as text
	take  func(c *table.Column, raw []byte) error
}

// readings lists the types that are read. A type of the user's own that lists its values
// is text; all others are odd.
var readings = map[uint32]reading{
	pgtype.BoolOID:        {kind: table.Bool, take: func(c *table.Column, b []byte) error { c.Bools = append(c.Bools, b[0] != 0); return nil }},
	pgtype.Int2OID:        {kind: table.Int32, take: integer(2)},
	pgtype.Int4OID:        {kind: table.Int32, take: integer(4)},
	pgtype.Int8OID:        {kind: table.Int64, take: integer(8)},
	pgtype.OIDOID:         {kind: table.Int64, text: true, take: digits},
	pgtype.Float4OID:      {kind: table.Float32, text: true, take: decimal},
	pgtype.Float8OID:      {kind: table.Float64, text: true, take: decimal},
	pgtype.NumericOID:     {kind: table.Float64, text: true, take: decimal},
	pgtype.DateOID:        {kind: table.Time, local: true, take: date},
	pgtype.TimestampOID:   {kind: table.Time, local: true, take: moment},
	pgtype.TimestamptzOID: {kind: table.Time, take: moment},
	pgtype.TextOID:        {kind: table.String, text: true},
	pgtype.VarcharOID:     {kind: table.String, text: true},
	pgtype.BPCharOID:      {kind: table.String, text: true},
	pgtype.NameOID:        {kind: table.String, text: true},
	pgtype.QCharOID:       {kind: table.String, text: true},
	pgtype.UUIDOID:        {kind: table.String, text: true},
	pgtype.UnknownOID:     {kind: table.String, text: true},
}

// columns decides how each column is read.
func (q Query) columns(ctx context.Context, tx pgx.Tx, fields []pgconn.FieldDescription) ([]*column, error) {
	columns, seen := make([]*column, len(fields)), make(map[string]int)
	for i, f := range fields {
		c := &column{name: f.Name, oid: f.DataTypeOID}
		columns[i] = c
		r, known := readings[f.DataTypeOID]
		if !known {
			var kind, name string
			if err := tx.QueryRow(ctx, "SELECT typtype::text, typname FROM pg_catalog.pg_type WHERE oid = $1", f.DataTypeOID).Scan(&kind, &name); err != nil {
				return nil, err
			}
			r = readings[pgtype.TextOID]
			if kind != "e" && name != "citext" {
				c.odd = "of the type " + name
			}
		}
		c.kind, c.local, c.take = r.kind, r.local, r.take
		if !r.text {
			c.format = pgx.BinaryFormatCode
		}
		if f.DataTypeOID == pgtype.NumericOID && f.TypeModifier >= 4 {
			c.scale = int((f.TypeModifier - 4) & 0x7ff)
		}
		if k, twice := seen[c.name]; twice {
			c.odd, columns[k].odd = "there twice under one name", "there twice under one name"
		}
		seen[c.name] = i
	}
	return columns, nil
}

// block takes what the columns hold, and leaves them empty.
func block(columns []*column) *table.Table {
	t := &table.Table{}
	for _, c := range columns {
		if c.odd != "" {
			continue
		}
		if c.now == nil {
			c.now = &table.Column{Name: c.name, Kind: c.kind, Local: c.local}
		}
		t.Add(c.now)
		c.now, c.code = nil, nil
	}
	if len(t.Columns) == 0 {
		t.Add(&table.Column{Name: "none"})
	}
	return t
}

// add appends a value as the server sent it; nil is null.
func (c *column) add(raw []byte) error {
	if c.odd != "" {
		return nil
	}
	if c.now == nil {
		c.now, c.code = &table.Column{Name: c.name, Kind: c.kind, Local: c.local}, make(map[string]int32)
	}
	to := c.now
	if raw == nil && to.Null == nil {
		to.Null = make([]bool, to.Len(), blockRows)
	}
	if to.Null != nil {
		to.Null = append(to.Null, raw == nil)
	}
	switch {
	case raw == nil:
		grow(to)
		return nil
	case c.kind == table.String:
		c.word(raw)
		return nil
	}
	return c.take(to, raw)
}

func grow(c *table.Column) {
	switch c.Kind {
	case table.Bool:
		c.Bools = append(c.Bools, false)
	case table.String:
		c.Codes = append(c.Codes, 0)
	case table.Float32, table.Float64:
		c.Floats = append(c.Floats, 0)
	default:
		c.Ints = append(c.Ints, 0)
	}
}

func (c *column) word(raw []byte) {
	k, known := c.code[string(raw)]
	if !known {
		k = int32(len(c.now.Dict))
		c.code[string(raw)] = k
		c.now.Dict = append(c.now.Dict, string(raw))
	}
	c.now.Codes = append(c.now.Codes, k)
}

func integer(size int) func(c *table.Column, b []byte) error {
	return func(c *table.Column, b []byte) error {
		if len(b) != size {
			return fmt.Errorf("%d bytes, want %d", len(b), size)
		}
		v := int64(0)
		switch size {
		case 2:
			v = int64(int16(binary.BigEndian.Uint16(b)))
		case 4:
			v = int64(int32(binary.BigEndian.Uint32(b)))
		case 8:
			v = int64(binary.BigEndian.Uint64(b))
		}
		c.Ints = append(c.Ints, v)
		return nil
	}
}

func digits(c *table.Column, b []byte) error {
	v, err := strconv.ParseInt(string(b), 10, 64)
	c.Ints = append(c.Ints, v)
	return err
}

// decimal reads a number as text; the server writes NaN and Infinity as Go does.
func decimal(c *table.Column, b []byte) error {
	v, err := strconv.ParseFloat(string(b), 64)
	if math.IsInf(v, 0) { // too large a numeric too: the row is judged, not the query
		err = nil
	}
	c.Floats = append(c.Floats, v)
	return err
}

// unix2000 is the server's year zero, 2000-01-01, in microseconds since 1970.
const unix2000 = 946_684_800_000_000

// moment reads microseconds since 2000. The server's infinity stays one.
func moment(c *table.Column, b []byte) error {
	v := int64(binary.BigEndian.Uint64(b))
	if v > math.MinInt64 && v < math.MaxInt64-unix2000 {
		v += unix2000
	}
	c.Ints = append(c.Ints, v)
	return nil
}

// date reads days since 2000.
func date(c *table.Column, b []byte) error {
	days := int64(int32(binary.BigEndian.Uint32(b)))
	v := days*86_400_000_000 + unix2000
	switch days {
	case math.MaxInt32:
		v = math.MaxInt64
	case math.MinInt32:
		v = math.MinInt64
	}
	c.Ints = append(c.Ints, v)
	return nil
}
