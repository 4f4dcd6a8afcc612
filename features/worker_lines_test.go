package features

import (
	"bytes"
	"context"
	"errors"
	stdflag "flag"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"segmenta/table"
)

// session is work over both sources, every kind of column among them.
func session(task string) *Work {
	return &Work{Protocol: Protocol, Version: "1", Task: task, Zone: "Europe/Madrid", Until: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), Types: map[string]string{"opened": "email_open"},
		Sources: []WorkSource{
			{Name: "transactions", Columns: map[string]string{"customer_id": "who", "time": "at", "amount": "price * pieces", "category": "kind"}, Keep: []string{"order", "amount", "category"},
				Fields: []WorkField{{"who", table.String, false}, {"at", table.Time, false}, {"kind", table.String, false}, {"pieces", table.Int64, false}, {"price", table.Float64, false}}},
			{Name: "events", Columns: map[string]string{"customer_id": "who", "time": "at", "type": "what"}, Keep: []string{"type"},
				Fields: []WorkField{{"who", table.String, false}, {"at", table.Time, true}, {"what", table.String, false}}},
		},
		Moments: []int64{time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC).UnixMicro()},
	}
}

// asking lets a session ask for features of the catalogue.
func (w *Work) asking(t testing.TB, names ...string) *Work {
	c, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	defs, err := c.Select(names)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range defs {
		w.Columns = append(w.Columns, workColumn{d, d.days, d.ago})
	}
	return w
}

// What a row says comes out of its line again, to the last bit.
func TestLine(t *testing.T) {
	s := &session("survey").Sources[0]
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", `\N`, `\`, "\t", "a\nb", "\r\n", `\t`, "ñ€😀", "NaN", "\x00"}))
		n := rapid.IntRange(1, 20).Draw(t, "rows")
		want := &table.Table{}
		null := func() (all []bool) {
			for range n {
				all = append(all, rapid.Bool().Draw(t, "null"))
			}
			return all
		}
		for _, f := range s.Fields {
			c := &table.Column{Name: f.Name, Kind: f.Kind, Null: null()}
			for i := range n {
				c.Codes, c.Dict = append(c.Codes, int32(i)), append(c.Dict, text.Draw(t, "text"))
				c.Ints = append(c.Ints, rapid.Int64().Draw(t, "int"))
				c.Floats = append(c.Floats, math.Float64frombits(rapid.Uint64().Draw(t, "bits")))
			}
			want.Add(c)
		}
		raw := &rawSource{WorkSource: s}
		for i := range n {
			line := s.WriteLine(nil, want, i)
			if bytes.Count(line, []byte("\n")) != 1 || bytes.ContainsAny(line, "\r") || bytes.Count(line, []byte("\t")) != len(s.Fields)+1 {
				t.Fatalf("%q is no line of %d fields", line, len(s.Fields)+2)
			}
			body, _, err := checkLine(line[:len(line)-1])
			if err != nil {
				t.Fatal(err)
			}
			if err := raw.add(body); err != nil {
				t.Fatal(err)
			}
		}
		got, err := raw.Read(0, []string{"price", "who", "at", "pieces", "kind"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range want.Columns {
			g := got.Column(c.Name)
			for i := range n {
				same := g.IsNull(i) == c.IsNull(i)
				switch {
				case !same || c.IsNull(i):
				case c.Kind == table.String:
					same = g.Text(i) == c.Text(i)
				case c.Kind == table.Float64:
					same = math.Float64bits(g.Floats[i]) == math.Float64bits(c.Floats[i]) || g.Floats[i] != g.Floats[i] && c.Floats[i] != c.Floats[i]
				default:
					same = g.Ints[i] == c.Ints[i]
				}
				if !same {
					t.Fatalf("%s of row %d is %q (null: %v), and %q (%v) was written", c.Name, i, g.Format(i), g.IsNull(i), c.Format(i), c.IsNull(i))
				}
			}
		}
	})
}

// Java's words for floats are read as what they are.
func TestLineOfJava(t *testing.T) {
	for text, want := range map[string]float64{"1.0E10": 1e10, "4.9E-324": 5e-324, "-0.0": math.Copysign(0, -1), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1), "2.0E-3": 0.002, "1.7976931348623157E308": math.MaxFloat64} {
		p := &fieldParser{c: &table.Column{Kind: table.Float64}}
		if err := p.add([]byte(text)); err != nil || math.Float64bits(p.c.Floats[0]) != math.Float64bits(want) {
			t.Errorf("%s is read as %v (%v), want %v", text, p.c.Floats, err, want)
		}
	}
}

var golden = stdflag.Bool("golden", false, "write golden files anew")

// A session on record: what comes in, and what goes out, to the byte. A change to either is
// a change of the protocol, and of its number.
func TestSession(t *testing.T) {
	in, err := os.ReadFile("testdata/worker/in.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := session("answer").asking(t, "orders_all", "amount_365d", "gap_median_days", "favourite_category", "emails_opened_365d")
	w.Summaries, w.Rows = true, 2
	if err := w.Run(context.Background(), bytes.NewReader(in), &out, 1); err != nil {
		t.Fatal(err)
	}
	if *golden {
		if err := os.WriteFile("testdata/worker/out.tsv", out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/worker/out.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("the worker wrote\n%s\nwant\n%s", out.Bytes(), want)
	}
}

// What a worker can't be sure of it refuses, and says which row.
func TestRefused(t *testing.T) {
	line := withSum
	good := line("t\tana\t1700000000000000\tbooks\t2\t9.5")
	for _, tt := range []struct{ name, in, want string }{
		{"a changed byte", strings.Replace(good, "ana", "eva", 1), `row 1 that came: the line "t\teva`},
		{"a lost end", good[:len(good)-1], "breaks off"},
		{"no checksum", "t\tana\n", "ends with no checksum"},
		{"one field", "hello\n", "one field"},
		{"a source that nobody named", line("x\tana\t1"), "of no source"},
		{"a field too few", line("t\tana\t1700000000000000\tbooks\t2"), "another number of fields"},
		{"a field too many", line("t\tana\t1700000000000000\tbooks\t2\t9.5\t"), "another number of fields"},
		{"a word for a number", line("t\tana\t1700000000000000\tbooks\ttwo\t9.5"), `row 1 that came, of customer ana: pieces: "two" is no whole number`},
		{"an escape of nothing", line("t\tana\t1700000000000000\tbo\\oks\t2\t9.5"), `kind: "bo\\oks" holds the escape \o`},
		{"nobody's row", line("t\t\\N\t1700000000000000\tbooks\t2\t9.5"), "has no customer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := session("answer").asking(t, "orders_all", "favourite_category").Run(context.Background(), strings.NewReader(tt.in), new(bytes.Buffer), 1)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want it to say %q", err, tt.want)
			}
		})
	}
}

// A worker does what its own version gave out, and names the other otherwise.
func TestOtherVersion(t *testing.T) {
	w := session("survey")
	if err := w.Same("1"); err != nil {
		t.Error(err)
	}
	if err := w.Same("2"); !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), "segmenta 1 ") || !strings.Contains(err.Error(), "segmenta 2 ") {
		t.Errorf("%v, want both versions named", err)
	}
	if w.Protocol++; !errors.Is(w.Same("1"), ErrOther) {
		t.Error("another protocol passes")
	}
}

// A customer with more rows than a worker holds gives the same answer.
func TestManyRowsOfOne(t *testing.T) {
	var in strings.Builder
	for i := range 3 * blockRows {
		in.WriteString(withSum(fmt.Sprintf("t\tana\t%d\tk%d\t%d\t%d.25", 1740000000000000+int64(i)*60e6, i%7, 1+i%3, i%50)))
	}
	var answers [2]bytes.Buffer
	for i, memory := range []int64{1 << 30, 1 << 16} {
		w := session("answer").asking(t, "orders_all", "amount_365d", "gap_median_days", "favourite_category")
		w.Memory = memory
		if err := w.Run(context.Background(), strings.NewReader(in.String()), &answers[i], 1); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(answers[0].Bytes(), answers[1].Bytes()) || answers[0].Len() < 100 {
		t.Errorf("with little memory\n%.300s\nwith much\n%.300s", answers[1].Bytes(), answers[0].Bytes())
	}
}

// FuzzLines gives a worker any bytes: it answers or says why not.
func FuzzLines(f *testing.F) {
	in, err := os.ReadFile("testdata/worker/in.tsv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(in)
	f.Add([]byte("t\tana\t1\tb\t2\t3\t99\n"))
	w := session("answer").asking(f, "orders_all", "favourite_category", "emails_opened_365d")
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 4096 {
			return
		}
		var whole []byte
		for _, line := range bytes.Split(in, []byte("\n")) { // with sound sums, so that more than those is tried
			whole = append(whole, withSum(string(line))...)
		}
		for _, bytesIn := range [][]byte{in, whole} {
			var out bytes.Buffer
			if err := w.Run(context.Background(), bytes.NewReader(bytesIn), &out, 1); err == nil && !bytes.Contains(out.Bytes(), []byte("\t-1\t")) {
				t.Errorf("%q is answered without a note", bytesIn)
			}
		}
	})
}

// withSum is a line whose checksum is right.
func withSum(body string) string {
	return body + "\t" + strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 10) + "\n"
}
