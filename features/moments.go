package features

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"segmenta/table"
)

// A clock turns a file's times into microseconds since 1970 UTC, and these into the
// wall-clock time of the shop's zone, in which days begin and end.
type clock struct {
	zone   *time.Location
	layout string // Go's; empty: found out
}

// newClock reads a layout such as dd/mm/yyyy hh:mm:ss.
func newClock(zone *time.Location, layout string) (*clock, error) {
	if zone == nil {
		zone = time.UTC
	}
	words := strings.NewReplacer("yyyy", "2006", "yy", "06", "mmm", "Jan", "dd", "02", "hh", "15", "ss", "05", "AM", "PM")
	c := &clock{zone: zone}
	if layout == "" {
		return c, nil
	}
	// mm is the month before the hours, and the minutes after them.
	date, clockPart, _ := strings.Cut(layout, "hh")
	text := words.Replace(strings.Replace(date, "mm", "01", 1))
	if strings.Contains(layout, "hh") {
		text += words.Replace("hh" + strings.Replace(clockPart, "mm", "04", 1))
	}
	if !strings.Contains(text, "2006") && !strings.Contains(text, "06") {
		return nil, fmt.Errorf("time format %q: it has no year; write dd/mm/yyyy hh:mm", layout)
	}
	c.layout = text
	return c, nil
}

// layouts are the forms of time that need no saying.
var layouts = []string{
	"2006-01-02", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04",
	time.RFC3339, "2006-01-02 15:04:05Z07:00", "20060102", "2006/01/02", "2006/01/02 15:04:05",
}

// parse reads a time; what has no zone of its own is in the shop's.
func (c *clock) parse(word string) (int64, bool) {
	word = strings.TrimSpace(word)
	if c.layout != "" {
		t, err := time.ParseInLocation(c.layout, word, c.zone)
		return t.UnixMicro(), err == nil && sane(t)
	}
	for _, l := range layouts {
		if len(word) < len(l)-6 {
			continue
		}
		if t, err := time.ParseInLocation(l, word, c.zone); err == nil {
			return t.UnixMicro(), sane(t)
		}
	}
	return 0, false
}

// sane keeps times to years that microseconds and calendars can count in.
func sane(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

// read returns how to read row i of a column as a time.
func (c *clock) read(col *table.Column) (func(i int) (int64, bool), error) {
	switch col.Kind {
	case table.String:
		value, ok := make([]int64, len(col.Dict)), make([]bool, len(col.Dict))
		for k, word := range col.Dict {
			value[k], ok[k] = c.parse(word)
		}
		return func(i int) (int64, bool) {
			if col.IsNull(i) {
				return 0, false
			}
			return value[col.Codes[i]], ok[col.Codes[i]]
		}, nil
	case table.Time:
		if col.Local {
			return func(i int) (int64, bool) { return c.fromWall(col.Ints[i]), !col.IsNull(i) }, nil
		}
		return func(i int) (int64, bool) { return col.Ints[i], !col.IsNull(i) }, nil
	case table.Int32, table.Int64:
		return func(i int) (int64, bool) {
			t, ok := c.fromNumber(col.Ints[i])
			return t, ok && !col.IsNull(i)
		}, nil
	}
	return nil, fmt.Errorf("is of type %s, want a time, a text or a whole number", col.Kind)
}

// fromNumber reads 19970131 as a date and other whole numbers as seconds,
// milliseconds or microseconds since 1970, whichever makes it a time after 1973.
func (c *clock) fromNumber(v int64) (int64, bool) {
	switch {
	case v >= 1000_01_01 && v <= 9999_12_31:
		return c.parse(strconv.FormatInt(v, 10))
	case v >= 1e8 && v < 1e11:
		return v * 1_000_000, true
	case v >= 1e11 && v < 1e14:
		return v * 1000, true
	case v >= 1e14 && v < 1e17:
		return v, true
	}
	return 0, false
}

// fromWall is the moment at which the shop's clocks show wall.
func (c *clock) fromWall(wall int64) int64 {
	if c.zone == time.UTC {
		return wall
	}
	t := time.UnixMicro(wall).UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), c.zone).UnixMicro()
}

// wall is what the shop's clocks show at a moment.
func (c *clock) wall(utc int64) int64 {
	if c.zone == time.UTC {
		return utc
	}
	_, offset := time.UnixMicro(utc).In(c.zone).Zone()
	return utc + int64(offset)*1_000_000
}

// day is a day in microseconds.
const day = 86_400_000_000

// dayOf numbers the days by the shop's clocks; the week's first day is Monday.
func dayOf(wall int64) int64 {
	d := wall / day
	if wall%day < 0 {
		d--
	}
	return d
}

func hourOf(wall int64) int { return int((wall - dayOf(wall)*day) / 3_600_000_000) }

func weekdayOf(wall int64) int { return int((dayOf(wall)%7 + 10) % 7) } // 1970-01-01 was a Thursday: 0 is Monday
