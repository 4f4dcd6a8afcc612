package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"segmenta/pipeline"
	"segmenta/table"
)

// bought is purchases of 40 customers on 20 days, as a table whose columns a test bends.
func bought(bend func(t *table.Table)) []byte {
	var ids, channels, notes []string
	var at []time.Time
	var amounts []float64
	var units []int64
	for c := range 40 {
		for d := range 20 {
			ids, at = append(ids, fmt.Sprintf("c%d", c)), append(at, time.Date(2025, 1, 1+d, 12, 0, 0, 0, time.UTC))
			amounts, units = append(amounts, float64(5+c%7)), append(units, int64(1+d%3))
			channels, notes = append(channels, []string{"web", "store"}[d%2]), append(notes, "x")
		}
	}
	t := &table.Table{}
	t.Add(table.Strings("customer_id", ids))
	t.Add(table.Times("time", at))
	t.Add(table.Floats("amount", amounts))
	t.Add(table.Ints("quantity", table.Int32, units))
	t.Add(table.Strings("channel", channels))
	t.Add(table.Strings("note", notes))
	if bend != nil {
		bend(t)
	}
	var b bytes.Buffer
	if err := table.Write(&b, t); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// decimals is the same history with amounts of so many digits after the point.
func decimals(digits int) []byte {
	type two struct {
		Customer string    `parquet:"customer_id"`
		Time     time.Time `parquet:"time,timestamp(microsecond)"`
		Amount   int64     `parquet:"amount,decimal(2:18)"`
	}
	type four struct {
		Customer string    `parquet:"customer_id"`
		Time     time.Time `parquet:"time,timestamp(microsecond)"`
		Amount   int64     `parquet:"amount,decimal(4:18)"`
	}
	var b bytes.Buffer
	var twos []two
	var fours []four
	for c := range 40 {
		for d := range 20 {
			id, at := fmt.Sprintf("c%d", c), time.Date(2025, 1, 1+d, 12, 0, 0, 0, time.UTC)
			twos, fours = append(twos, two{id, at, 500}), append(fours, four{id, at, 50000})
		}
	}
	err := error(nil)
	if digits == 2 {
		err = parquet.Write(&b, twos)
	} else {
		err = parquet.Write(&b, fours)
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

func replace(name string, with func(c *table.Column) *table.Column) func(t *table.Table) {
	return func(t *table.Table) {
		for i, c := range t.Columns {
			if c.Name == name {
				t.Columns[i] = with(c)
			}
		}
	}
}

func renamed(from, to string) func(t *table.Table) {
	return replace(from, func(c *table.Column) *table.Column { c.Name = to; return c })
}

func without(name string) func(t *table.Table) {
	return func(t *table.Table) {
		for i, c := range t.Columns {
			if c.Name == name {
				t.Columns = append(t.Columns[:i:i], t.Columns[i+1:]...)
				return
			}
		}
	}
}

// asText writes a column's values as text.
func asText(c *table.Column) *table.Column {
	var texts []string
	for i := range c.Len() {
		texts = append(texts, c.Format(i))
	}
	return table.Strings(c.Name, texts)
}

// jsonl is purchases as JSON lines, whose amount a test writes.
func jsonl(amount string) []byte {
	var b bytes.Buffer
	for c := range 40 {
		for d := range 20 {
			fmt.Fprintf(&b, "{\"customer_id\":\"c%d\",\"time\":\"2025-01-%02d\",\"amount\":%s}\n", c, 1+d, amount)
		}
	}
	return b.Bytes()
}

// The twelve ways in which a table drifts are each named with a code, the column and what
// is nearest to it. What the configuration reads and can't read any more publishes nothing;
// the rest is a warning in quality.parquet. Rows 13, 65. (BATTERY D2)
func TestDrift(t *testing.T) {
	for _, c := range []struct {
		name, file string
		before     []byte
		after      []byte
		stops      bool
		says       string // code, column and words
	}{
		{"missing", "t.parquet", bought(nil), bought(without("amount")), true, "SCHEMA_MISSING_COLUMN: column amount: it is gone"},
		{"missing and unused", "t.parquet", bought(nil), bought(without("note")), false, "SCHEMA_MISSING_COLUMN note it is gone"},
		{"renamed", "t.parquet", bought(nil), bought(renamed("amount", "amount_eur")), true, "SCHEMA_RENAMED_COLUMN: column amount: it is gone, and amount_eur is new: renamed?"},
		{"retyped to text", "t.parquet", bought(nil), bought(replace("quantity", asText)), true, "FEATURE_TYPE_CHANGED: column quantity: it holds string now, and held int32"},
		{"dates as text", "t.parquet", bought(nil), bought(replace("time", asText)), true, "FEATURE_TYPE_CHANGED: column time: it holds string now, and held time"},
		{"new", "t.parquet", bought(without("note")), bought(nil), false, "SCHEMA_NEW_COLUMN note it is new"},
		{"reordered", "t.parquet", bought(nil), bought(func(t *table.Table) { t.Columns[2], t.Columns[3] = t.Columns[3], t.Columns[2] }), false, "SCHEMA_REORDERED  the columns stand in another order"},
		{"case", "t.parquet", bought(nil), bought(renamed("amount", "Amount")), true, "SCHEMA_CASE_CHANGED: column amount: it is written Amount now"},
		{"all null", "t.parquet", bought(nil), bought(replace("channel", func(c *table.Column) *table.Column { return table.OptionalStrings("channel", make([]string, c.Len())) })), true, "transactions.channel: every row is null now"},
		{"twice", "t.csv", []byte(lines(40, 20, "")), []byte(strings.Replace(strings.ReplaceAll(lines(40, 20, ""), "\n", ",1\n"), "amount,1", "amount,amount", 1)), true, "SCHEMA_DUPLICATE_NAME: column amount: two columns are called so now"},
		{"nested", "t.jsonl", jsonl("5"), jsonl(`{"eur":5}`), true, "FEATURE_NESTED: column amount: it is nested now, which is not read"},
		{"decimal scale", "t.parquet", decimals(2), decimals(4), false, "DECIMAL_SCALE_CHANGED amount 4 digits after the point now, and 2 before"},
		{"zone lost", "t.parquet", bought(nil), bought(replace("time", func(c *table.Column) *table.Column { c.Local = true; return c })), true, "TIMESTAMP_ZONE_LOST: column time: its times name no zone any more"},
		{"new words", "t.parquet", bought(nil), bought(replace("channel", func(c *table.Column) *table.Column {
			c.Dict = []string{"web", "phone"}
			return c
		})), false, "ENUM_TYPE_UNEXPECTED_STRING_VALUES channel 1 words that were never there, such as phone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.Background()
			j := project(t, "targets: {}\nsources: {transactions: {path: "+c.file+"}}\n")
			path := j.Config.Path(c.file)
			os.WriteFile(path, c.before, 0o600)
			if _, err := j.Train(ctx, "2025-02-10"); err != nil {
				t.Fatal(err)
			}
			if _, err := j.Run(ctx, "2025-02-10"); err != nil {
				t.Fatal(err)
			}
			os.WriteFile(path, c.after, 0o600)
			done, err := j.Run(ctx, "2025-02-11")
			if c.stops {
				if !errors.Is(err, pipeline.ErrGate) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, want a gate that says %q", err, c.says)
				}
				if _, err := os.Stat(filepath.Join(j.Config.Path("workspace"), "runs", "2025-02-11")); err == nil {
					t.Error("a run was published")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if told := asked(t, done.Dir); !strings.Contains(told, c.says) {
				t.Errorf("told\n%s, want %q", told, c.says)
			}
		})
	}
}

// asked is the checks of a run, a line each: name, column, words, verdict.
func asked(t *testing.T, dir string) string {
	t.Helper()
	q, err := table.ReadFile(filepath.Join(dir, "quality.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range q.Rows() {
		if q.Column("severity").Text(i) != "info" {
			fmt.Fprintln(&b, q.Column("check").Text(i), q.Column("column").Text(i), q.Column("en").Text(i), q.Column("verdict").Text(i))
			if q.Column("es").Text(i) == "" {
				t.Errorf("%s says nothing in Spanish", q.Column("check").Text(i))
			}
		}
	}
	return b.String()
}
