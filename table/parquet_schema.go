package table

import (
	"fmt"
	"math"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// A leaf says how a column's stored values become ours.
type leaf struct {
	index    int // among the file's leaves
	physical format.Type
	width    int   // of values with a fixed number of bytes
	optional bool  // it may hold nulls, and so has definition levels
	as       shape // what stored values become

	power float64 // of a decimal: ten to its scale
	micro func(int64) int64
}

// A shape is how stored values become ours.
type shape uint8

const (
	plainInts shape = iota // whole numbers and times
	unsigned32
	unsigned64
	plainFloats
	decimals
	halves // 16-bit floats
	yesNo
	texts
	uuids
)

// A describer lists a file's columns from its schema, which lies flat: each group is
// followed by its children.
type describer struct {
	schema []format.SchemaElement
	spark  bool // written by Spark or Hive, whose 12-byte times are instants
	at     int
	leaves int
	fields []Field
	leaf   []*leaf
}

func (d *describer) describe() error {
	if len(d.schema) == 0 || !d.schema[0].NumChildren.Valid {
		return fmt.Errorf("it has no schema")
	}
	d.at = 1
	for range d.schema[0].NumChildren.V {
		if d.at >= len(d.schema) {
			return fmt.Errorf("its schema ends too early")
		}
		if err := d.column(); err != nil {
			return err
		}
	}
	if d.at != len(d.schema) {
		return fmt.Errorf("its schema describes %d columns too many", len(d.schema)-d.at)
	}
	markTwins(d.fields)
	return nil
}

// column describes one column. What is nested is odd, and named so.
func (d *describer) column() error {
	e := &d.schema[d.at]
	f := Field{Name: e.Name}
	var l *leaf
	switch {
	case e.NumChildren.V > 0:
		f.Odd = nestedAs(e)
	case e.RepetitionType.V == format.Repeated:
		f.Odd = "a list"
	default:
		l = &leaf{index: d.leaves, physical: e.Type.V, width: int(e.TypeLength.V), optional: e.RepetitionType.V == format.Optional}
		f.Odd = l.understand(e, &f, d.spark)
	}
	if f.Odd != "" {
		l = nil
	}
	d.fields, d.leaf = append(d.fields, f), append(d.leaf, l)
	return d.pass(0)
}

// pass steps over a column and all that stands in it, and counts its leaves.
func (d *describer) pass(depth int) error {
	if d.at >= len(d.schema) || depth > 100 {
		return fmt.Errorf("its schema ends too early")
	}
	children := d.schema[d.at].NumChildren.V
	d.at++
	if children == 0 {
		d.leaves++
	}
	for range children {
		if err := d.pass(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

func nestedAs(e *format.SchemaElement) string {
	switch e.LogicalType.Value.(type) {
	case *format.ListType:
		return "a list"
	case *format.MapType:
		return "a map"
	}
	if e.ConvertedType.Valid {
		switch e.ConvertedType.V {
		case deprecated.List:
			return "a list"
		case deprecated.Map, deprecated.MapKeyValue:
			return "a map"
		}
	}
	return "nested"
}

// markTwins makes columns odd that share their name: which of them is meant can't be known.
func markTwins(fields []Field) {
	first := make(map[string]int)
	for i, f := range fields {
		if k, twice := first[f.Name]; twice {
			fields[i].Odd, fields[k].Odd = twins, twins
			continue
		}
		first[f.Name] = i
	}
}

// twins is why a column can't be read that shares its name.
const twins = "there twice under one name"

// understand finds the kind of a column, or says why it has none.
func (l *leaf) understand(e *format.SchemaElement, f *Field, spark bool) (odd string) {
	switch v := logical(e).(type) {
	case *format.TimestampType:
		f.Kind, f.Local, l.micro = Time, !v.IsAdjustedToUTC, microseconds(v.Unit)
		return l.want(e, format.Int64)
	case *format.DateType:
		f.Kind, f.Local, l.micro = Time, true, times(86_400_000_000)
		return l.want(e, format.Int32)
	case *format.DecimalType:
		return l.decimal(v.Scale, f)
	case *format.IntType:
		return l.integer(v, e, f)
	case *format.Float16Type:
		f.Kind, l.as = Float32, halves
		return l.fixed(e, 2)
	case *format.UUIDType:
		f.Kind, l.as = String, uuids
		return l.fixed(e, 16)
	case *format.TimeType:
		return "a time of day"
	case *format.NullType:
		return "of no type: it holds nothing but nulls"
	case *format.BsonType:
		return "BSON"
	}
	return l.bare(f, spark)
}

// logical is an element's logical type. Older writers name the converted type only.
func logical(e *format.SchemaElement) format.LogicalTypeValue {
	if v := e.LogicalType.Value; v != nil || !e.ConvertedType.Valid {
		return v
	}
	milli, micro := format.TimeUnit{Value: new(format.MilliSeconds)}, format.TimeUnit{Value: new(format.MicroSeconds)}
	switch c := e.ConvertedType.V; c {
	case deprecated.TimestampMillis:
		return &format.TimestampType{IsAdjustedToUTC: true, Unit: milli}
	case deprecated.TimestampMicros:
		return &format.TimestampType{IsAdjustedToUTC: true, Unit: micro}
	case deprecated.Date:
		return new(format.DateType)
	case deprecated.Decimal:
		return &format.DecimalType{Scale: e.Scale.V, Precision: e.Precision.V}
	case deprecated.TimeMillis, deprecated.TimeMicros:
		return new(format.TimeType)
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return &format.IntType{BitWidth: 8 << (c - deprecated.Uint8)}
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		return &format.IntType{BitWidth: 8 << (c - deprecated.Int8), IsSigned: true}
	case deprecated.Bson:
		return new(format.BsonType)
	}
	return nil
}

// want refuses a logical type on a physical one that it can't stand on.
func (l *leaf) want(e *format.SchemaElement, physical format.Type) (odd string) {
	if e.Type.V != physical {
		return fmt.Sprintf("stored as %v, which its type doesn't allow", e.Type.V)
	}
	return ""
}

func (l *leaf) fixed(e *format.SchemaElement, bytes int) (odd string) {
	if l.width != bytes {
		return fmt.Sprintf("of %d bytes, which its type doesn't allow", l.width)
	}
	return l.want(e, format.FixedLenByteArray)
}

func (l *leaf) decimal(scale int32, f *Field) (odd string) {
	f.Kind, f.Scale, l.as, l.power = Float64, int(scale), decimals, math.Pow10(int(scale))
	switch {
	case scale < 0 || scale > 76:
		return fmt.Sprintf("a decimal of scale %d", scale)
	case l.physical == format.FixedLenByteArray && (l.width < 1 || l.width > 32):
		return fmt.Sprintf("a decimal of %d bytes", l.width)
	case l.physical == format.Boolean || l.physical == format.Float || l.physical == format.Double || l.physical == format.Int96:
		return "a decimal stored as " + l.physical.String()
	}
	return ""
}

func (l *leaf) integer(v *format.IntType, e *format.SchemaElement, f *Field) (odd string) {
	switch {
	case v.BitWidth == 64 && !v.IsSigned:
		f.Kind, l.as = Int64, unsigned64
		return l.want(e, format.Int64)
	case v.BitWidth == 64:
		f.Kind = Int64
		return l.want(e, format.Int64)
	case v.BitWidth == 32 && !v.IsSigned:
		f.Kind, l.as = Int64, unsigned32
	default:
		f.Kind = Int32
	}
	return l.want(e, format.Int32)
}

// bare finds the kind of a column that has a physical type only.
func (l *leaf) bare(f *Field, spark bool) (odd string) {
	switch l.physical {
	case format.Boolean:
		f.Kind, l.as = Bool, yesNo
	case format.Int32:
		f.Kind = Int32
	case format.Int64:
		f.Kind = Int64
	case format.Int96:
		f.Kind, f.Local = Time, !spark
	case format.Float:
		f.Kind, l.as = Float32, plainFloats
	case format.Double:
		f.Kind, l.as = Float64, plainFloats
	case format.ByteArray:
		f.Kind, l.as = String, texts
	default:
		return "of a fixed number of bytes"
	}
	return ""
}

func microseconds(u format.TimeUnit) func(int64) int64 {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return times(1000)
	case *format.NanoSeconds:
		return func(v int64) int64 { return floorDiv(v, 1000) }
	}
	return nil
}

// times multiplies, and stops at the ends of what an int64 holds, so that a time beyond
// them doesn't come back as a likely one.
func times(factor int64) func(int64) int64 {
	return func(v int64) int64 {
		switch {
		case v > math.MaxInt64/factor:
			return math.MaxInt64
		case v < math.MinInt64/factor:
			return math.MinInt64
		}
		return v * factor
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
