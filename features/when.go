package features

import (
	"time"
)

const (
	second = int64(1e6) // in the clock's microseconds
	day    = 86400 * second
)

// A clock reads times in one zone. It remembers the zone's last offset, so that
// neighbouring times cost no look-up. It is not safe for concurrent use.
type clock struct {
	zone             *time.Location
	from, to         int64 // UTC between which offset holds
	offset           int64 // microseconds east of UTC
	sureFrom, sureTo int64 // wall-clock times between which it holds too, whatever happens at its ends
}

func newClock(zone *time.Location) *clock { return &clock{zone: zone, from: 1} }

// east is the zone's offset at a UTC time.
func (c *clock) east(utc int64) int64 {
	if c.zone == time.UTC {
		return 0
	}
	if utc < c.from || utc >= c.to {
		c.look(utc)
	}
	return c.offset
}

func (c *clock) look(utc int64) {
	const ever = int64(1) << 61
	t := time.UnixMicro(utc).In(c.zone)
	start, end := t.ZoneBounds()
	_, offset := t.Zone()
	c.offset, c.from, c.to = int64(offset)*second, -ever, ever
	if !start.IsZero() {
		c.from = start.UnixMicro()
	}
	if !end.IsZero() {
		c.to = end.UnixMicro()
	}
	c.sureFrom, c.sureTo = c.from+2*day, c.to-2*day
}

// utc turns a wall-clock time of the zone into UTC. A time that the zone skips
// is read with the offset before the gap; of two equal ones the first is meant.
func (c *clock) utc(wall int64) int64 {
	if wall >= c.sureFrom && wall < c.sureTo {
		return wall - c.offset
	}
	before := wall - c.east(wall-day)
	if before+c.east(before) == wall {
		return before
	}
	after := wall - c.east(wall+day)
	if after+c.east(after) == wall {
		return after
	}
	return before
}

// local says the day since 1970-01-01 and the hour of the week, from 0 on
// Monday at midnight to 167, of a UTC time.
func (c *clock) local(utc int64) (date int32, slot uint8) {
	wall := utc + c.east(utc)
	d := floorDiv(wall, day)
	hour := (wall - d*day) / (3600 * second)
	weekday := ((d+3)%7 + 7) % 7 // 1970-01-01 was a Thursday
	return int32(d), uint8(weekday*24 + hour)
}

// day is the day since 1970-01-01 of a UTC time.
func (c *clock) day(utc int64) int32 { return int32(floorDiv(utc+c.east(utc), day)) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// before is the moment some whole days earlier on the zone's calendar, and
// after later.
func before(t time.Time, days int) int64 { return t.AddDate(0, 0, -days).UnixMicro() }

func after(t time.Time, d time.Duration) time.Time {
	days := int(d / (24 * time.Hour))
	return t.AddDate(0, 0, days).Add(d - time.Duration(days)*24*time.Hour)
}

// civil is the microseconds from 1970 to a date and time of day, without zone.
func civil(y, m, d int, inDay int64) (int64, bool) {
	if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 28 && d > daysIn(y, m) || inDay < 0 || inDay >= day {
		return 0, false
	}
	return daysSince1970(y, m, d)*day + inDay, true
}

func daysIn(y, m int) int {
	switch {
	case m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0):
		return 29
	case m == 2:
		return 28
	case m == 4 || m == 6 || m == 9 || m == 11:
		return 30
	}
	return 31
}

// daysSince1970 counts with years that start in March, so that the leap day is
// a year's last.
func daysSince1970(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	return int64(365*y+y/4-y/100+y/400+(153*(m-3)+2)/5+d-1) - 719468
}
