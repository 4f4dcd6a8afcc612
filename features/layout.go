package features

import (
	"fmt"
	"strings"
)

// A layout is a way of writing times: a list of fields and of what stands
// between them.
type layout struct {
	kind  string // iso, unix, unix_ms, local or fields
	steps []step
}

// A step reads one field (of width digits at most) or one byte as it is.
type step struct {
	field byte // y, M, d, h, m, s, f (fraction), p (am, pm); 0: the byte b
	width int
	b     byte
}

// parseLayout reads a layout such as "dd/mm/yyyy hh:mm". After hours, mm means
// minutes.
func parseLayout(text string) (*layout, error) {
	switch text {
	case "", "iso":
		return &layout{kind: "iso"}, nil
	case "unix", "unix_ms", "local":
		return &layout{kind: text}, nil
	}
	l := &layout{kind: "fields"}
	var seen string
	for lower := strings.ReplaceAll(strings.ToLower(text), "am", "p"); lower != ""; {
		n := 1
		for n < len(lower) && lower[n] == lower[0] {
			n++
		}
		l.add(lower[0], n, &seen)
		lower = lower[n:]
	}
	for _, f := range "yMd" {
		if strings.Count(seen, string(f)) != 1 {
			return nil, fmt.Errorf("time layout %q: want yyyy, mm and dd once each, as in dd/mm/yyyy hh:mm:ss", text)
		}
	}
	return l, nil
}

func (l *layout) add(b byte, n int, seen *string) {
	field := b
	switch {
	case b == 'm' && !strings.Contains(*seen, "h"):
		field = 'M'
	case b == 'p':
		n = 2
	case strings.IndexByte("ydhmsf", b) < 0:
		for range n {
			l.steps = append(l.steps, step{b: b})
		}
		return
	}
	*seen += string(field)
	l.steps = append(l.steps, step{field: field, width: max(n, 2)})
}
