package activate

import (
	"fmt"
	"strings"
	"time"
)

// trytonValue is a value as a field of Tryton's takes it over JSON.
func trytonValue(kind string, v Value) any {
	x := v.Field.Parse(v.New)
	switch x := x.(type) {
	case nil:
		return nil
	case float64:
		switch kind {
		case "numeric":
			return map[string]any{"__class__": "Decimal", "decimal": v.Field.Format(x)}
		case "integer", "float":
			return x
		}
		return v.Field.Format(x)
	case time.Time:
		m := map[string]any{"__class__": "date", "year": x.Year(), "month": int(x.Month()), "day": x.Day()}
		if kind == "datetime" || kind == "timestamp" {
			m["__class__"], m["hour"], m["minute"], m["second"], m["microsecond"] = "datetime", x.Hour(), x.Minute(), x.Second(), 0
		}
		return m
	case []string:
		return strings.Join(x, ",")
	case bool:
		if kind != "boolean" {
			return v.Field.Format(x)
		}
	}
	return x
}

// trytonRead makes a text or a number of what has a class of its own.
func trytonRead(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	n := func(name string) int { f, _ := m[name].(float64); return int(f) }
	switch m["__class__"] {
	case "Decimal":
		return fmt.Sprint(m["decimal"])
	case "date", "datetime":
		return time.Date(n("year"), time.Month(n("month")), n("day"), n("hour"), n("minute"), n("second"), n("microsecond")*1000, time.UTC)
	}
	return fmt.Sprint(m)
}
