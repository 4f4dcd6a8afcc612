package activate

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Type is what a field holds.
type Type string

// The types of fields.
const (
	Text   Type = "text"
	Number Type = "number" // float64
	Bool   Type = "bool"
	Date   Type = "date"   // a day, midnight UTC
	Moment Type = "moment" // an instant
	Choice Type = "choice" // one of Options
	Tags   Type = "tags"   // []string; of each group of Options at most one
)

// A Field is a column of ours in a destination.
type Field struct {
	Name        string // in the destination
	Column      string // of ours
	Type        Type
	Unit        string // share, days, EUR; empty where there is none
	Digits      int    // of a Number, after the point; finer differences are none. -1: all
	Label       Words
	Description Words
	Options     []Option // of a Choice, and which Tags are ours to take off
	Fixed       bool     // one of the destination's own, such as its e-mail: never made
	Moves       bool     // says which segment someone is in: a change of it is a move
}

// An Option is one value of a Choice or a tag.
type Option struct {
	ID     string
	Label  Words
	Colour string // as #rrggbb
}

// Parse makes what came over the wire comparable: nil, string, float64, bool, time.Time
// or []string in order. What doesn't fit the type stays the text that it is, and so
// differs from anything of ours.
func (f *Field) Parse(v any) any {
	switch x := v.(type) {
	case nil:
		return nil
	case json.Number:
		return f.Parse(string(x))
	case int:
		return f.Parse(float64(x))
	case int64:
		return f.Parse(float64(x))
	case float32:
		return f.Parse(float64(x))
	case string:
		return f.parseText(x)
	case []any:
		list := make([]string, len(x))
		for i := range x {
			list[i] = fmt.Sprint(x[i])
		}
		return f.Parse(list)
	case []string:
		return f.parseTags(x)
	case time.Time:
		return f.moment(x)
	case float64:
		return f.number(x)
	case bool:
		if f.Type == Bool {
			return x
		}
		return f.parseText(strconv.FormatBool(x))
	}
	return fmt.Sprint(v)
}

func (f *Field) parseText(s string) any {
	switch {
	case s == "":
		return nil
	case f.Type == Number:
		if n, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil {
			return f.number(n)
		}
	case f.Type == Bool:
		switch strings.ToLower(s) {
		case "true", "1", "yes", "y", "t":
			return true
		case "false", "0", "no", "n", "f":
			return false
		}
	case f.Type == Date || f.Type == Moment:
		for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999-0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05.999999", time.DateOnly} {
			if t, err := time.Parse(form, s); err == nil {
				return f.moment(t)
			}
		}
		if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms > 1e10 {
			return f.moment(time.UnixMilli(ms))
		}
	case f.Type == Tags:
		return f.parseTags(strings.Split(s, ","))
	}
	return s
}

func (f *Field) number(n float64) any {
	switch {
	case math.IsNaN(n) || math.IsInf(n, 0):
		return nil
	case f.Type == Bool:
		return n != 0
	case f.Type != Number:
		return f.parseText(strconv.FormatFloat(n, 'f', -1, 64))
	case f.Digits < 0:
		return n
	}
	scale := math.Pow10(f.Digits)
	if r := math.Round(n*scale) / scale; r != 0 && !math.IsInf(n*scale, 0) {
		return r
	} else if math.IsInf(n*scale, 0) {
		return n
	}
	return 0.0 // not -0
}

func (f *Field) moment(t time.Time) any {
	if f.Type == Date {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return t.UTC().Truncate(time.Millisecond)
}

// parseTags keeps the tags that are ours to set and to take off, in order.
func (f *Field) parseTags(all []string) any {
	var mine []string
	for _, t := range all {
		if t = strings.TrimSpace(t); t != "" && (len(f.Options) == 0 || slices.ContainsFunc(f.Options, func(o Option) bool { return o.ID == t || o.Label.En == t || o.Label.Es == t })) {
			mine = append(mine, t)
		}
	}
	slices.Sort(mine)
	if mine = slices.Compact(mine); len(mine) == 0 {
		return nil
	}
	return mine
}

// Same reports whether two values of the field are one.
func (f *Field) Same(a, b any) bool {
	a, b = f.Parse(a), f.Parse(b)
	if x, ok := a.([]string); ok {
		y, ok := b.([]string)
		return ok && slices.Equal(x, y)
	}
	if x, ok := a.(time.Time); ok {
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	}
	if _, list := b.([]string); list {
		return false
	}
	return a == b
}

// Format is a value as text, as most destinations take it; "" for nil.
func (f *Field) Format(v any) string {
	switch x := f.Parse(v).(type) {
	case nil:
		return ""
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case []string:
		return strings.Join(x, ",")
	case time.Time:
		if f.Type == Date {
			return x.Format(time.DateOnly)
		}
		return x.Format("2006-01-02T15:04:05.000Z07:00")
	}
	return fmt.Sprint(v)
}

// JSON is a value as JSON has it: numbers and booleans as such, moments as text.
func (f *Field) JSON(v any) any {
	switch x := f.Parse(v).(type) {
	case time.Time:
		return f.Format(x)
	default:
		return x
	}
}

// Size is about how many bytes an operation takes on the wire.
func (o *Operation) Size() int {
	n := 64 + len(o.ID) + len(o.Key) + len(o.Remote)
	for _, v := range o.Values {
		n += len(v.Field.Name) + 8
		switch x := v.New.(type) {
		case string:
			n += len(x)
		case []string:
			for _, s := range x {
				n += len(s) + 3
			}
		default:
			n += 24
		}
	}
	return n
}
