package pipeline

import (
	"math"
	"strings"
	"testing"
	"time"
)

// A change that was there a year before is told as the season's, and a period of the
// calendar is named; what never happened before is not explained away. Row 207.
func TestSeason(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name string
		m    movement
		want bool
	}{
		{"as a year before", movement{"orders_30d", 70, 100, 60, 90}, true},
		{"much more than a year before", movement{"orders_30d", 40, 100, 95, 100}, false},
		{"the other way a year before", movement{"orders_30d", 70, 100, 110, 90}, false},
		{"hardly moved", movement{"orders_30d", 95, 100, 95, 100}, false},
		{"no year of history", movement{"orders_30d", 70, 100, nan, nan}, false},
	} {
		if got := c.m.seasonal(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		said := season([]movement{c.m}, nil)
		if c.want != strings.Contains(said.En, "orders_30d changed by -30 %, and by -33 % at this time a year before") || c.want != strings.Contains(said.Es, "hace un año") {
			t.Errorf("%s: %+v", c.name, said)
		}
	}
	if said := season(nil, []string{"christmas"}); !strings.Contains(said.En, "christmas") || !strings.Contains(said.Es, "christmas") {
		t.Errorf("%+v", said)
	}
	day := func(s string) time.Time { at, _ := time.Parse(time.DateOnly, s); return at }
	for _, c := range []struct {
		p    Period
		day  string
		want bool
	}{
		{Period{"12-08", "01-06"}, "2025-12-31", true}, {Period{"12-08", "01-06"}, "2026-01-06", true}, {Period{"12-08", "01-06"}, "2026-01-07", false},
		{Period{"11-20", "11-30"}, "2024-11-20", true}, {Period{"2025-11-20", "2025-11-30"}, "2024-11-20", false}, {Period{"2025-11-20", "2025-11-30"}, "2025-11-30", true},
	} {
		if got := c.p.holds(day(c.day)); got != c.want {
			t.Errorf("%+v holds %s: %v", c.p, c.day, got)
		}
	}
}

// A goal picks what is predicted, which built-in segments are looked for, and whom
// offers work on. Row 7.
func TestGoal(t *testing.T) {
	const source = "sources: {transactions: {path: a.csv}}\n"
	for _, g := range goals[1:] {
		c, err := ParseConfig("segmenta.yaml", []byte(source+"goal: "+g.id+"\nprofit: {margin: 0.4, offers: {gift: {cost: 1, effect: 0.1}}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.TargetNames(), " "); got != strings.Join(g.targets, " ") {
			t.Errorf("%s: predicts %s, want %v", g.id, got, g.targets)
		}
		if c.Profit.Offers["gift"].On != g.on {
			t.Errorf("%s: an offer works on %s", g.id, c.Profit.Offers["gift"].On)
		}
		j := &Job{Config: c}
		rules, err := j.allRules()
		if err != nil || len(rules) == 0 || len(rules) > 8 {
			t.Errorf("%s: %d built-in segments, %v", g.id, len(rules), err)
		}
		for _, r := range rules {
			if !strings.Contains(strings.Join(r.Goals, " "), g.id) {
				t.Errorf("%s: %s serves %v", g.id, r.ID, r.Goals)
			}
		}
	}
	all, err := (&Job{Config: must(ParseConfig("segmenta.yaml", []byte(source)))}).allRules()
	if err != nil || len(all) != 14 {
		t.Errorf("without a goal there are %d segments, %v", len(all), err)
	}
	for _, r := range all {
		for _, id := range r.Goals {
			if _, err := goalOf(id); err != nil {
				t.Errorf("%s: %v", r.ID, err)
			}
		}
	}
	for config, want := range map[string]string{
		"goal: selling": `there is no goal "selling"; did you mean sell`, "calendar: {xmas: {from: 12-08, to: 2026-01-06}}": "calendar.xmas: from", "calendar: {x: {from: 2026-02-01, to: 2026-01-06}}": "is no period",
		"profit: {offers: {a: {cost: 1, effect: 0.1}}}": "profit.margin is not set", "profit: {margin: 0.3, offers: {a: {cost: 1}}}": "effect is 0", "profit: {margin: 0.3, offers: {a: {cost: 1, effect: 0.1, channel: fax}}}": `no channel "fax"`,
		"profit: {margin: 0.3, offers: {a: {cost: 1, effect: 0.1, for: [vip]}}}": `no row "vip"`, "profit: {margin: 0.3, offers: {a: {cost: -1, effect: 0.1}}}": "cost is -1", "profit: {contacts: {fax: 1}}": `no channel "fax"`,
		"profit: {contacts: {sms: -1}}": "profit.contacts.sms is -1", "quality: {min_reliability: {astral: 1}}": `no family "astral"`, "quality: {min_reliability: {behavioural: 3}}": "want a share",
	} {
		if _, err := ParseConfig("segmenta.yaml", []byte(source+config+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", config, err, want)
		}
	}
}
