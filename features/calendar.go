package features

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"segmenta/table"
)

// calendarMeasures lists what a moment itself says, the same of every customer.
var calendarMeasures = map[string]func(at time.Time, d *Definition) float64{
	"days_to": func(at time.Time, d *Definition) float64 { return daysTo(at, d.Field) },
	"month":   func(at time.Time, _ *Definition) float64 { return float64(at.Month()) },
	"weekday": func(at time.Time, _ *Definition) float64 { return float64((at.Weekday()+6)%7) + 1 },
}

func (d *Definition) checkCalendar() error {
	if calendarMeasures[d.Measure] == nil {
		all := slices.Sorted(maps.Keys(calendarMeasures))
		return fmt.Errorf("measure %q of the calendar%s; known are %s", d.Measure, near(d.Measure, all), strings.Join(all, ", "))
	}
	if d.Measure != "days_to" {
		return nil
	}
	if _, ok := feast(d.Field, 2024); !ok {
		return fmt.Errorf("field %q, want a day of the year such as 12-25, or black_friday", d.Field)
	}
	return nil
}

// feast is the date of a feast in a year.
func feast(name string, year int) (time.Time, bool) {
	if name == "black_friday" { // the day after the fourth Thursday of November
		first := time.Date(year, 11, 1, 0, 0, 0, 0, time.UTC)
		thursday := 1 + int(time.Thursday-first.Weekday()+7)%7
		return first.AddDate(0, 0, thursday+21), true
	}
	t, err := time.Parse("2006-01-02", fmt.Sprintf("%04d-%s", year, name))
	return t, err == nil
}

// daysTo is the days until the next such feast, 0 on the day itself.
func daysTo(at time.Time, name string) float64 {
	today := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	for year := at.Year(); year < at.Year()+9; year++ { // a leap day comes within nine
		if t, ok := feast(name, year); ok && !t.Before(today) {
			return t.Sub(today).Hours() / 24
		}
	}
	return nan
}

func (h *History) calendarColumn(d *Definition, s *Snapshot) *table.Column {
	v := calendarMeasures[d.Measure](s.AsOf.In(h.zone), d)
	return table.Floats(d.Name, fill(len(s.Customers), v)).Says(d.Unit, d.En, d.Es)
}
