package strict_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"segmenta/strict"
)

type sources struct {
	Path    []string          `yaml:"path"`
	Columns map[string]string `yaml:"columns"`
	Limit   *float64          `yaml:"limit"`
}

type config struct {
	Name    string        `yaml:"name"`
	Count   int           `yaml:"count"`
	Seed    uint64        `yaml:"seed"`
	On      bool          `yaml:"on"`
	Sources *sources      `yaml:"sources"`
	Until   time.Time     `yaml:"until"`
	Rest    strict.Node   `yaml:"rest"`
	Rules   []strict.Node `yaml:"rules"`
}

func TestDecode(t *testing.T) {
	var got config
	err := strict.Decode("c.yaml", []byte(`
name: shop # a comment
count: 3
seed: 7
on: true
sources:
  path: one.csv
  columns: {time: when, amount: "a * b"}
  limit: 0.5
until: 2026-01-02T03:04:05Z
rest: {anything: [1, 2]}
rules: [{a: 1}, {b: 2}]
`), &got)
	if err != nil {
		t.Fatal(err)
	}
	half := 0.5
	want := config{Name: "shop", Count: 3, Seed: 7, On: true, Until: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Sources: &sources{[]string{"one.csv"}, map[string]string{"time": "when", "amount": "a * b"}, &half}}
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Rest" || p.Last().String() == ".Rules" }, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	if len(got.Rules) != 2 || got.Rest.Pairs()[0].Key.Text() != "anything" || len(got.Rest.Pairs()[0].Value.Items()) != 2 {
		t.Errorf("kept nodes: %+v, %+v", got.Rest, got.Rules)
	}
}

func TestEveryErrorSaysWhere(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "name: x\ncuont: 3", `c.yaml:2:1: unknown key "cuont"; did you mean "count"?`},
		{"nothing near", "zzzzzz: 3", `c.yaml:1:1: unknown key "zzzzzz"; known are name, count, seed, on, sources, until, rest, rules`},
		{"inside", "sources:\n  pth: x", `c.yaml:2:3: unknown key "pth"; did you mean "path"?`},
		{"twice", "name: x\nname: y", `c.yaml:2:1: "name" stands twice; the first is on line 1`},
		{"twice inside what is kept", "rest: {a: 1, a: 2}", `c.yaml:1:14: "a" stands twice; the first is on line 1`},
		{"words for a number", "count: many", `c.yaml:1:8: want a whole number, not "many"`},
		{"part of a number", "count: 1.5", `c.yaml:1:8: want a whole number, not "1.5"`},
		{"below zero", "seed: -1", `c.yaml:1:7: want a whole number, not "-1"`},
		{"yes is not true", "on: yes", `c.yaml:1:5: want true or false, not "yes"`},
		{"list for text", "name: [a]", "c.yaml:1:7: want text, not a list"},
		{"text for keys", "sources: x", `c.yaml:1:10: want keys and values, not "x"`},
		{"list for keys", "sources: [x]", "c.yaml:1:10: want keys and values, not a list"},
		{"own reader", "until: soon", "c.yaml:1:8: "},
		{"alias", "name: &a x\nrest: *a", "c.yaml:1:7: anchors and aliases"},
		{"second document", "name: x\n---\nname: y", "c.yaml:2:1: a second document"},
		{"not YAML", "name: [x", "c.yaml:"},
		{"a list at the top", "- x", "c.yaml:1:1: want keys and values, not a list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c config
			err := strict.Decode("c.yaml", []byte(tt.text), &c)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestNothingIsLeftAsItIs(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "\n\n"} {
		c := config{Name: "before"}
		if err := strict.Decode("c.yaml", []byte(text), &c); err != nil || c.Name != "before" {
			t.Errorf("%q: %v, name %q", text, err, c.Name)
		}
	}
}

// Documents made to cost much are refused soon.
func TestBombs(t *testing.T) {
	laughs := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		laughs += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	many := new(strings.Builder)
	for i := range 1_000_000 {
		fmt.Fprintf(many, "k%d: 1\n", i)
	}
	deep := new(strings.Builder)
	for i := range 2000 {
		fmt.Fprintf(deep, "%sa:\n", strings.Repeat(" ", i))
	}
	tests := map[string]string{
		"billion laughs":   laughs,
		"100,000 brackets": strings.Repeat("[", 100_000),
		"100,000 braces":   strings.Repeat("{a: ", 100_000),
		"100,000 dashes":   strings.Repeat("- ", 100_000) + "x",
		"indentation":      deep.String(),
		"a million keys":   many.String(),
		"100 MB":           "name: " + strings.Repeat("x", 100<<20),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			var c config
			if err := strict.Decode("c.yaml", []byte(text), &c); err == nil {
				t.Error("no error")
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("refused after %v", took)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	known := []string{"recency_days", "orders_90d", "amount_90d", "value_band"}
	for word, want := range map[string]string{"recency_day": "recency_days", "order_90d": "orders_90d", "Value_Band": "value_band", "nps": "", "": ""} {
		if got := strict.Nearest(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"name: x", "sources: {path: [a, b]}", "a: &a 1\nb: *a", "- - - x", "{[: ", "? x\n: y", "\tname: x", "!!binary x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c config
		err := strict.Decode("c.yaml", []byte(text), &c)
		if err != nil && !strings.HasPrefix(err.Error(), "c.yaml:") {
			t.Errorf("%v: the error doesn't say where", err)
		}
	})
}
