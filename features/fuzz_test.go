package features

import (
	"math"
	"testing"
	"time"

	"segmenta/table"
)

func TestExpr(t *testing.T) {
	block := &table.Table{}
	block.Add(table.Floats("Quantity", []float64{3, math.NaN(), -2}))
	block.Add(table.Floats("UnitPrice", []float64{2.5, 1, 4}))
	block.Add(table.Strings("tax rate", []string{"0.1", "x", ""}))
	has := func(name string) bool { return block.Column(name) != nil }
	tests := []struct {
		text   string
		want   []float64
		faults []fault
	}{
		{"Quantity", []float64{3, 0, -2}, []fault{sound, missing, sound}},
		{"tax rate", []float64{0.1, 0, 0}, []fault{sound, unreadable, missing}},
		{"Quantity * UnitPrice", []float64{7.5, 0, -8}, []fault{sound, missing, sound}},
		{"UnitPrice - 1 - 1", []float64{0.5, -1, 2}, []fault{sound, sound, sound}},
		{"2 + 3 * (UnitPrice - 1) / 2", []float64{4.25, 2, 6.5}, []fault{sound, sound, sound}},
		{"-UnitPrice * -2", []float64{5, 2, 8}, []fault{sound, sound, sound}},
		{"UnitPrice * (1 + `tax rate`)", []float64{2.75, 0, 0}, []fault{sound, unreadable, missing}},
		{"1 / (UnitPrice - 1)", []float64{1 / 1.5, 0, 1 / 3.}, []fault{sound, infinite, sound}},
		{"'7'", []float64{7, 7, 7}, []fault{sound, sound, sound}},
	}
	for _, tt := range tests {
		e, err := parseExpr(tt.text, has)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		got, faults := reader{t: block, rows: 3}.numbers(e)
		for i := range got {
			if faults.at(i) != tt.faults[i] || faults.at(i) == sound && math.Abs(got[i]-tt.want[i]) > 1e-12 {
				t.Errorf("%s, row %d = %v (%v), want %v (%v)", tt.text, i, got[i], faults.at(i), tt.want[i], tt.faults[i])
			}
		}
	}
	for _, text := range []string{"", "Quantity *", "(1", "1 2", "a b", "1..2", "`", "``", "a)", "$"} {
		if e, err := parseExpr(text, has); err == nil {
			t.Errorf("%q is read as %+v, want an error", text, e)
		}
	}
}

func FuzzExpr(f *testing.F) {
	for _, s := range []string{"Quantity * UnitPrice", "'EUR'", "`a b` / (2 - -c)", "((((", "1e5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseExpr(text, func(string) bool { return false })
		if err != nil {
			return
		}
		if e.constant == nil {
			block := &table.Table{}
			for _, c := range e.columns() {
				block.Add(table.Floats(c, []float64{0}))
			}
			if e.column != "" && block.Column(e.column) == nil {
				t.Fatalf("%q reads %q and doesn't say so", text, e.column)
			}
			reader{t: block, rows: 1}.numbers(e)
		}
	})
}

func TestTimes(t *testing.T) {
	tests := []struct{ layout, text, want string }{
		{"", "2024-02-29", "2024-02-29T00:00:00Z"},
		{"", "2023-02-29", ""},
		{"", "2024-01-02 03:04", "2024-01-02T03:04:00Z"},
		{"", "2024-01-02T03:04:05.123456789Z", "2024-01-02T03:04:05.123456Z"},
		{"", "2024-01-02T03:04:05+02:00", "2024-01-02T01:04:05Z"},
		{"", "2024-01-02 03:04:05 -0330", "2024-01-02T06:34:05Z"},
		{"", "0001-01-01", "0001-01-01T00:00:00Z"},
		{"", "9999-12-31", "9999-12-31T00:00:00Z"},
		{"", "1969-12-31 23:59:59", "1969-12-31T23:59:59Z"},
		{"", "2024-13-01", ""}, {"", "2024-01-02T24:00", ""}, {"", "2024-01-02x", ""}, {"", "24-01-02", ""},
		{"dd/mm/yyyy", "31/12/2023", "2023-12-31T00:00:00Z"},
		{"dd/mm/yyyy", "12/31/2023", ""},
		{"dd/mm/yyyy", "1/2/2023", "2023-02-01T00:00:00Z"},
		{"dd/mm/yyyy hh:mm", "01/02/2023 14:05", "2023-02-01T14:05:00Z"},
		{"dd/mm/yyyy hh:mm", "01/02/2023", "2023-02-01T00:00:00Z"},
		{"mm/dd/yy hh:mm am", "02/01/99 12:05 AM", "1999-02-01T00:05:00Z"},
		{"mm/dd/yy hh:mm am", "02/01/23 1:05 pm", "2023-02-01T13:05:00Z"},
		{"yyyymmdd", "20230201", "2023-02-01T00:00:00Z"},
		{"dd.mm.yyyy hh:mm:ss.fff", "01.02.2023 01:02:03.5", "2023-02-01T01:02:03.5Z"},
		{"unix", "86400", "1970-01-02T00:00:00Z"},
		{"unix_ms", "-1", "1969-12-31T23:59:59.999Z"},
		{"unix", "1e9", ""},
	}
	for _, tt := range tests {
		l, err := parseLayout(tt.layout)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if at, _, ok := l.parse(tt.text); ok {
			got = time.UnixMicro(at).UTC().Format(time.RFC3339Nano)
		}
		if got != tt.want {
			t.Errorf("%q as %q = %q, want %q", tt.text, tt.layout, got, tt.want)
		}
	}
}

// Our reading of ISO times equals the standard library's.
func FuzzTimes(f *testing.F) {
	for _, s := range []string{"2024-02-29T10:11:12Z", "1900-02-29", "2024-01-02 03:04:05.999+01:00", "31/12/2023 10:00"} {
		f.Add(s, "")
		f.Add(s, "dd/mm/yyyy hh:mm")
	}
	f.Fuzz(func(t *testing.T, text, layout string) {
		l, err := parseLayout(layout)
		if err != nil {
			return
		}
		at, zoned, ok := l.parse(text)
		if want, err := time.Parse(time.RFC3339, text); l.kind == "iso" && err == nil && want.Year() > 0 {
			if !ok || !zoned || at != want.UnixMicro() && want.Year() < 9999 && want.Year() > 1 {
				t.Errorf("%q = %v, %v; want %v", text, at, ok, want.UnixMicro())
			}
		}
	})
}

// A clock agrees with the standard library on every hour around the changes.
func TestClock(t *testing.T) {
	for _, name := range []string{"Europe/Madrid", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		c := newClock(zone)
		for at := time.Date(2011, 1, 1, 0, 30, 0, 0, time.UTC); at.Year() < 2013; at = at.Add(time.Hour) {
			local := at.In(zone)
			date, slot := c.local(at.UnixMicro())
			y, m, d := local.Date()
			if int64(date) != daysSince1970(y, int(m), d) || int(slot) != (int(local.Weekday())+6)%7*24+local.Hour() {
				t.Fatalf("%s: day %d, slot %d of %v", name, date, slot, local)
			}
			wall := daysSince1970(y, int(m), d)*day + int64(local.Hour()*3600+local.Minute()*60)*second
			if back := time.UnixMicro(c.utc(wall)).In(zone); back.Format(time.DateTime) != local.Format(time.DateTime) || back.After(local) {
				t.Fatalf("%s: %v comes back as %v", name, local, back)
			}
		}
	}
}

func TestTotal(t *testing.T) {
	var sum total
	for _, v := range []float64{1e12, 0.1, 0.2, -1e12, -0.5} {
		sum.add(v)
	}
	if got := sum.value(); got != -0.2 {
		t.Errorf("sum = %v, want -0.2", got)
	}
}
