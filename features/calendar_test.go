package features_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"segmenta/features"
)

// oddDays are where calendars go wrong: both changes of the clock, leap days, the ends of
// months and years, the first day of Unix and the last of ISO 8601.
var oddDays = []string{
	"2024-03-31", "2024-10-27", "2024-03-10", "2024-11-03", "2024-02-29", "2023-02-28", "2024-12-31", "2025-01-01", "2024-01-31", "2024-04-30", "1970-01-01", "1969-12-31", "9999-12-28",
}

// On the calendar's odd days, in zones with and without a changing clock, features equal an
// independent reference in every figure. (BATTERY D9)
func TestCalendar(t *testing.T) {
	program := os.Getenv("SEGMENTA_PYTHON")
	if program == "" {
		t.Skip("SEGMENTA_PYTHON names no Python")
	}
	for _, name := range []string{"UTC", "Europe/Madrid", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"} {
		t.Run(name, func(t *testing.T) {
			path := file(t, "t.csv", oddHistory(rand.New(rand.NewPCG(7, 8))))
			moments := []string{"2024-03-31", "2024-04-01", "2024-10-28", "2024-03-01", "2025-02-28", "2024-11-04", "1970-01-02", "9999-12-31"}
			var want map[string]map[string]*float64
			out, err := exec.Command(program, append([]string{"testdata/calendar.py", path, name}, moments...)...).Output()
			if err == nil {
				err = json.Unmarshal(out, &want)
			}
			if err != nil {
				t.Fatal(err)
			}
			h, err := features.Load(context.Background(), features.Inputs{Transactions: &features.Source{Paths: []string{path}}, Zone: zone(t, name), Threads: 2})
			if err != nil {
				t.Fatal(err)
			}
			compared := 0
			for _, m := range moments {
				at, err := time.ParseInLocation(time.DateOnly, m, zone(t, name))
				if err != nil {
					t.Fatal(err)
				}
				s := compute(t, h, at)
				for i, who := range s.Customers {
					for feature, w := range want[who+" "+m] {
						c := s.Table.Column(feature)
						if w == nil || c.IsNull(i) {
							if w != nil || !c.IsNull(i) {
								t.Errorf("%s of %s as of %s: null %v", feature, who, m, c.IsNull(i))
							}
							continue
						}
						if got := c.Number(i); math.Abs(got-*w) > 1e-9*max(1, math.Abs(*w)) {
							t.Errorf("%s of %s as of %s = %v, want %v", feature, who, m, got, *w)
						}
						compared++
					}
				}
			}
			t.Logf("%d figures equal", compared)
			if compared < 500 {
				t.Errorf("%d figures compared", compared)
			}
		})
	}
}

// oddHistory is orders of 12 customers around the odd days.
func oddHistory(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("customer_id,time,amount\n")
	for c := range 12 {
		seen := map[string]bool{}
		for range 60 {
			day, err := time.Parse(time.DateOnly, oddDays[r.IntN(len(oddDays))])
			if err != nil {
				panic(err)
			}
			at := day.AddDate(0, 0, r.IntN(3)-1).Add(time.Duration(r.IntN(4*24)) * 15 * time.Minute)
			if r.IntN(3) == 0 { // midnight, and the hours that the clock skips or repeats
				at = day.Add(time.Duration(r.IntN(4)) * time.Hour)
			}
			if text := at.Format(time.DateTime); !seen[text] && at.Year() < 10000 { // equal orders of one moment are one
				seen[text] = true
				fmt.Fprintf(&b, "c%02d,%s,%d\n", c, text, 1+r.IntN(99))
			}
		}
	}
	return b.String()
}
