package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"segmenta/pipeline"
	"segmenta/table"
)

// shop is a project of purchases without targets, with files by name.
func shop(t *testing.T, more string, files map[string]string) *pipeline.Job {
	t.Helper()
	j := project(t, "targets: {}\n"+more)
	for name, text := range files {
		path := j.Config.Path(name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// rule finds a check by its subject and name.
func rule(t *testing.T, c *pipeline.Checked, subject, name string) pipeline.CheckedRule {
	t.Helper()
	if c == nil {
		t.Fatal("nothing was checked")
	}
	for _, r := range c.Checks {
		if r.Subject == subject && r.Check == name {
			return r
		}
	}
	t.Fatalf("no check %s of %s in %+v", name, subject, c.Checks)
	return pipeline.CheckedRule{}
}

// Mixed or missing currencies are refused with their names and counts; a table of rates
// converts them; nothing else does. (BATTERY D5)
func TestCurrency(t *testing.T) {
	rows := "customer_id,time,amount,currency\na,2024-01-01,10,EUR\nb,2024-01-02,10,USD\nc,2024-01-03,10,\nd,2024-01-04,10,EUR\n"
	for _, c := range []struct{ name, more, rows, says string }{
		{"mixed and missing", "currency: EUR\n", rows, "rows by currency: none 1, EUR 2, USD 1; amounts of different currencies can't be added: say sources.rates, or select one currency (EUR is the configuration's)"},
		{"in Spanish", "currency: EUR\nlanguage: es\n", rows, "filas por divisa: ninguna 1, EUR 2, USD 1; no se pueden sumar"},
		{"another than the configuration's", "currency: EUR\n", strings.NewReplacer("EUR", "USD", "10,\n", "10,USD\n").Replace(rows), "rows by currency: USD 4"},
		{"mixed, and none said", "", strings.Replace(rows, "10,\n", "10,EUR\n", 1), "rows by currency: EUR 3, USD 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := shop(t, c.more+"sources: {transactions: {path: t.csv}}\n", map[string]string{"t.csv": c.rows})
			for _, job := range []func() error{
				func() error { _, err := j.Check(context.Background()); return err },
				func() error { _, err := j.Train(context.Background(), ""); return err },
			} {
				if err := job(); !errors.Is(err, pipeline.ErrGate) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, want a gate that says %q", err, c.says)
				}
			}
		})
	}
	t.Run("one", func(t *testing.T) {
		j := shop(t, "currency: eur\nsources: {transactions: {path: t.csv}}\n", map[string]string{"t.csv": strings.NewReplacer("USD", "EUR", "10,\n", "10,EUR\n").Replace(rows)})
		if _, err := j.Check(context.Background()); err != nil {
			t.Error(err)
		}
	})
	t.Run("converted", func(t *testing.T) {
		j := shop(t, "currency: EUR\nquality: {max_rejected: 0.5}\nsources:\n  transactions: {path: t.csv}\n  rates: {path: r.csv}\n",
			map[string]string{"t.csv": rows, "r.csv": "currency,date,rate\nUSD,2023-01-01,0.9\n"})
		c, err := j.Check(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if s := c.Sources[0]; s.Accepted != 3 || s.Amount != 29 {
			t.Errorf("%+v, want 3 accepted rows and 10 + 9 + 10", s)
		}
	})
}

// Each expectation of a column is held against every row, and shows the first that break
// it: by file, row and cell. Rows 3, 63, 65.
func TestExpectations(t *testing.T) {
	rows := "customer_id,time,amount,units,channel,order\na,2024-01-01,10,1,web,o1\na,2024-01-02,-5,2,,o2\nb,2024-01-03,9000,x,fax,o1\nb,2024-01-04,7,3,web,o4\n"
	j := shop(t, `
quality:
  max_rejected: 0.5
  expect:
    transactions:
      amount: {min: 0, max: 1000, severity: warn}
      channel: {allowed: [web, store], max_null: 0.2}
      order: {unique: true, required: true}
      units: {min: 1, share: 0.3}
      quantity: {min: 2, severity: warn, share: 0.5}
      nosuch: {required: true}
sources: {transactions: {path: t.csv, columns: {quantity: units}}}
`, map[string]string{"t.csv": rows})
	c, err := j.Check(context.Background())
	if !errors.Is(err, pipeline.ErrGate) {
		t.Errorf("%v, want a gate", err)
	}
	for _, want := range []struct {
		column, check, verdict string
		rows                   int64
		sample                 string
	}{
		{"amount", "expect_min", "warned", 1, "t.csv 2 -5"},
		{"amount", "expect_max", "warned", 1, "t.csv 3 9000"},
		{"amount", "expect_number", "passed", 0, ""},
		{"channel", "expect_allowed", "failed", 1, "t.csv 3 fax"},
		{"channel", "expect_null", "failed", 1, "t.csv 2 "},
		{"order", "expect_unique", "failed", 1, "t.csv 3 "},
		{"order", "expect_required", "passed", 0, ""},
		{"units", "expect_min", "passed", 0, ""},
		{"units", "expect_number", "passed", 1, "t.csv 3 "},
		{"quantity", "expect_min", "passed", 1, "t.csv 1 1"},
		{"nosuch", "expect_required", "failed", 0, ""},
	} {
		r := rule(t, c, "transactions."+want.column, want.check)
		sample := ""
		if len(r.Samples) > 0 {
			sample = fmt.Sprintf("%s %d %s", r.Samples[0].File, r.Samples[0].Row, r.Samples[0].Value)
		}
		if r.Verdict != want.verdict || r.Rows != want.rows || sample != want.sample {
			t.Errorf("%s of %s: %s, %d rows, sample %q; want %s, %d, %q", want.check, want.column, r.Verdict, r.Rows, sample, want.verdict, want.rows, want.sample)
		}
	}
	j.Force = true
	if _, err := j.Train(context.Background(), ""); err != nil {
		t.Fatal(err)
	}
	done, err := j.Run(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	if g := gated(t, done, "quality"); g.Passed || !g.Forced || !strings.Contains(g.Verdict.En, "fax") && !strings.Contains(g.Verdict.En, "transactions.channel") {
		t.Errorf("forced: %+v", g)
	}
	s, err := table.ReadFile(filepath.Join(done.Dir, "quality_samples.parquet"))
	if err != nil || s.Rows() < 5 || !strings.Contains(fmt.Sprint(s.Column("value").Dict), "fax") {
		t.Errorf("samples: %v, %v", s, err)
	}
}

// Equal rows, rows that came late and rows of the future are counted each for itself; what
// lies after the moment changes no byte. (BATTERY D3)
func TestThreeKindsOfRows(t *testing.T) {
	ctx := context.Background()
	base := lines(40, 20, "")
	j := shop(t, "name: shop\nas_of: 2025-02-01\nsources: {transactions: {path: t.csv}}\n", map[string]string{"t.csv": base})
	if _, err := j.Train(ctx, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Run(ctx, ""); err != nil {
		t.Fatal(err)
	}
	more := base + strings.Repeat("c1,2025-01-03,6\n", 3) + "c1,2025-01-03,7\n" + "c2,2025-02-03,1\n" + "c3,2025-03-01,1\nc3,2999-01-01,1\n"
	os.WriteFile(j.Config.Path("t.csv"), []byte(more), 0o600)
	done, err := j.Run(ctx, "2025-02-10")
	if err != nil {
		t.Fatal(err)
	}
	told := asked(t, done.Dir)
	for _, says := range []string{"duplicates  3 of 807 rows are equal to another passed", "late  4 of 805 rows are older than the run of 2025-02-01 and weren't there then passed"} {
		if !strings.Contains(told, says) {
			t.Errorf("told\n%s, want %q", told, says)
		}
	}
	q, err := table.ReadFile(filepath.Join(done.Dir, "quality.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range q.Rows() {
		if q.Column("check").Text(i) == "future" && q.Column("rows").Number(i) != 2 {
			t.Errorf("%v rows of the future, want 2", q.Column("rows").Number(i))
		}
	}
	segments, err := os.ReadFile(filepath.Join(done.Dir, "segments.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(j.Config.Path("t.csv"), []byte(strings.Replace(more, "c3,2025-03-01,1\nc3,2999-01-01,1\n", "c9,2025-02-10,999\n", 1)), 0o600)
	os.RemoveAll(done.Dir)
	if done, err = j.Run(ctx, "2025-02-10"); err != nil {
		t.Fatal(err)
	}
	if other, _ := os.ReadFile(filepath.Join(done.Dir, "segments.parquet")); string(other) != string(segments) {
		t.Error("other rows after the moment, other bytes")
	}
}

// A tenth or three times the usual rows stop a run before it publishes, unless it is
// forced, which the manifest says. (BATTERY D10)
func TestVolume(t *testing.T) {
	ctx := context.Background()
	j := shop(t, "as_of: 2025-02-10\nsources: {transactions: {path: t.csv}}\n", map[string]string{"t.csv": lines(40, 20, "")})
	if _, err := j.Train(ctx, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Run(ctx, ""); err != nil {
		t.Fatal(err)
	}
	for _, customers := range []int{4, 120} {
		os.WriteFile(j.Config.Path("t.csv"), []byte(lines(customers, 20, "")), 0o600)
		j.Force = false
		for _, job := range []func() error{
			func() error { _, err := j.Train(ctx, "2025-02-11"); return err },
			func() error { _, err := j.Run(ctx, "2025-02-11"); return err },
		} {
			if err := job(); !errors.Is(err, pipeline.ErrGate) || !strings.Contains(err.Error(), fmt.Sprintf("%d rows, and 800 in the run of 2025-02-10", 20*customers)) {
				t.Errorf("%d customers: %v", customers, err)
			}
		}
		j.Force = true
		done, err := j.Run(ctx, "2025-02-11")
		if err != nil {
			t.Fatal(err)
		}
		if g := gated(t, done, "volume"); g.Passed || !g.Forced {
			t.Errorf("forced: %+v", g)
		}
		os.RemoveAll(done.Dir)
	}
}

// What the other checks see, and what the configuration says of them.
func TestOtherChecks(t *testing.T) {
	files := map[string]string{
		"t.csv": "customer_id,time,amount\na,2024-01-01,1\nb,2024-01-02,1\n",
		"e.csv": "customer_id,time,type\na,2024-01-01,visit\nx,2024-01-02,visit\ny,2024-01-02,visit\nz,2024-01-02,visit\n",
		"c.csv": "customer_id,email,phone\na,Ana@x.es,+34 600 11 22 33\nA1, ana@X.es ,0034600112233\nq,,\nr,,12\n",
	}
	sources := "sources: {transactions: {path: t.csv}, events: {path: e.csv}, customers: {path: c.csv}}\n"
	j := shop(t, sources, files)
	j.Now = func() time.Time { return time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC) }
	c, err := j.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		subject, check, verdict string
		rows                    int64
		words                   string
	}{
		{"events", "unmatched", "warned", 3, "3 of 4 customers with events are in no other source"},
		{"transactions", "unmatched", "passed", 1, "1 of 2 buyers are not in customers"},
		{"customers.email", "same_person", "warned", 1, "1 of 4 rows are of somebody who stands there before"},
		{"customers.phone", "same_person", "warned", 1, "1 of 4 rows are of somebody who stands there before"},
		{"transactions", "freshness", "warned", 0, "the newest row is of 2024-01-02, 59 days before"},
		{"transactions", "duplicates", "passed", 0, "0 of 2 rows are equal to another"},
	} {
		if r := rule(t, c, want.subject, want.check); r.Verdict != want.verdict || r.Rows != want.rows || r.Words != want.words {
			t.Errorf("%s of %s: %+v, want %+v", want.check, want.subject, r, want)
		}
	}
	j = shop(t, "quality: {checks: {unmatched: {severity: fail, limit: 0.2}, freshness: {severity: off}}}\n"+sources, files)
	c, err = j.Check(context.Background())
	if !errors.Is(err, pipeline.ErrGate) || rule(t, c, "events", "unmatched").Verdict != "failed" {
		t.Errorf("%v, want a gate", err)
	}
	for _, r := range c.Checks {
		if r.Check == "freshness" {
			t.Errorf("asked although it is off: %+v", r)
		}
	}
	for text, says := range map[string]string{
		"quality: {checks: {freshnes: {limit: 1}}}\n":                     `there is no check "freshnes"; did you mean freshness?`,
		"quality: {checks: {volume: {severity: panic}}}\n":                `severity is "panic", want off, warn or fail`,
		"quality: {expect: {purchases: {amount: {min: 0}}}}\n":            `there is no source "purchases"`,
		"quality: {expect: {transactions: {amount: {min: 2, max: 1}}}}\n": "from 2 to 1 is no range",
		"quality: {expect: {transactions: {amount: {max_null: 7}}}}\n":    "a share lies between 0 and 1",
	} {
		if _, err := pipeline.ParseConfig("segmenta.yaml", []byte(text+sources)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
