package pipeline

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Days is a length of time in whole days, written 90d, 12w or 1y (365 days).
type Days int

var daysIn = map[string]int{"d": 1, "w": 7, "y": 365}

// UnmarshalText reads 90d.
func (d *Days) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	for unit, days := range daysIn {
		n, err := strconv.Atoi(strings.TrimSuffix(s, unit))
		if strings.HasSuffix(s, unit) && err == nil && n >= 0 && n <= 36500 {
			*d = Days(n * days)
			return nil
		}
	}
	return fmt.Errorf("%q is no length of time; write 90d, 12w or 1y", s)
}

// MarshalText writes 90d.
func (d Days) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d Days) String() string { return fmt.Sprintf("%dd", int(d)) }

// Duration is the length as the clock counts it, 24 hours a day.
func (d Days) Duration() time.Duration { return time.Duration(d) * 24 * time.Hour }

// daysOf is a length that is whole days.
func daysOf(d time.Duration) Days { return Days(d / (24 * time.Hour)) }
