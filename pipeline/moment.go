package pipeline

import (
	"fmt"
	"time"
)

// Latest is the as-of moment that follows the data: the start of the day after the
// last purchase.
const Latest = "latest"

// parseMoment reads a date, a date and time, or an RFC 3339 moment.
func parseMoment(s string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, mark(ErrConfig, fmt.Errorf("as-of moment %q: want a date such as 2026-01-31, a time such as 2026-01-31T18:00:00, or %s", s, Latest))
	}
	return t.In(zone), nil
}

// dayAfter is the start of the day after t, in t's zone.
func dayAfter(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
}

// runName is the folder of a run: the date, and the time where it isn't midnight.
func runName(t time.Time) string {
	if t.Equal(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())) {
		return t.Format(time.DateOnly)
	}
	return t.UTC().Format("2006-01-02T150405Z")
}
