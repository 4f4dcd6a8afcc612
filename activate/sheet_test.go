package activate

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hostile are cells that one spreadsheet or another runs, taken together from OWASP's page
// on CSV injection and from what its tools try.
var hostile = []string{
	"=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", " =1+1", "   =1+1", "\u00a0=1+1", "\u2003=1+1",
	"\ufeff=1+1", "\u200b=1+1", "\u202e=1+1", "\x00=1+1", "\x0b=1+1", "\"=1+1\"", "'=1+1", "a\n=1+1", "a\r=1+1", "a\r\n=1+1",
	"a\n =1+1", "a\n\t@SUM(1)", "|calc", "%0A=1+1", "＝1+1", "＋1+1", "－1+1", "＠SUM(1)", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x\")",
	"@=1", "+=1", "-=1", "=-1", "\n=1+1", "a\u2028=1+1", "a\u0085=1+1", "\t\t", "=DDE(\"a\";\"b\")", "﹦1+1",
}

// reallyLive asks as a spreadsheet would: does a line of the cell begin as a formula?
func reallyLive(cell string) bool {
	for _, line := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune("\n\r\u2028\u2029\u0085\v\f", r) }) {
		line = strings.TrimLeft(line, " \t\u00a0\u2003\ufeff\u200b\u202e\x00\"")
		if line != "" && strings.ContainsAny(line[:len(string([]rune(line)[0]))], "=+-@|%＝＋－＠﹦") {
			return true
		}
	}
	return strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r")
}

func sheetOf(t *testing.T, s sheetSettings, fields []Field, batch []Operation) string {
	t.Helper()
	sh, err := s.sheet("x.csv", Opening{ID: "customer_id", Language: "es"})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := sh.write(&b, fields, batch); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// No cell of text is live, numbers stay as they are, and who wants the text as it is says
// so. (BATTERY S5)
func TestFormulas(t *testing.T) {
	fields := []Field{{Name: "text", Type: Text}, {Name: "number", Type: Number, Digits: -1}}
	var batch []Operation
	for i, text := range hostile {
		batch = append(batch, Operation{ID: text, Values: []Value{{&fields[0], text}, {&fields[1], -float64(i) - 0.5}}})
	}
	if len(hostile) != 40 {
		t.Fatalf("%d hostile cells, want 40", len(hostile))
	}
	for _, keep := range []bool{false, true} {
		rows, err := csv.NewReader(strings.NewReader(sheetOf(t, sheetSettings{Formulas: map[bool]string{true: "keep"}[keep]}, fields, batch))).ReadAll()
		if err != nil || len(rows) != 41 {
			t.Fatal(len(rows), err)
		}
		live := 0
		for i, row := range rows[1:] {
			if reallyLive(row[0]) || reallyLive(row[1]) {
				live++
				if !keep {
					t.Errorf("%q is live as %q", hostile[i], row[1])
				}
			}
			if want := fields[1].Format(batch[i].Values[1].New); row[2] != want {
				t.Errorf("the number %s is written as %s", want, row[2])
			}
		}
		if keep && live < 35 {
			t.Errorf("kept as they are, %d of 40 are live: the test asks nothing", live)
		}
	}
	for _, harmless := range []string{"", "Ana", "a=b", "a - b", "calle 5, 2º", "1+1", "x\ny", "ñ@example.com"} {
		if got := neutral(harmless); got != harmless {
			t.Errorf("%q becomes %q", harmless, got)
		}
	}
}

// A file is as who imports it wants it: decimal comma, labels, dates, tags, odd texts.
func TestSheet(t *testing.T) {
	fields := []Field{{Name: "p", Type: Number, Digits: 2, Label: Words{En: "Churn", Es: "Abandono"}}, {Name: "d", Type: Date}, {Name: "b", Type: Bool}, {Name: "t", Type: Tags}, {Name: "x", Type: Text}}
	batch := []Operation{{ID: "001", Values: []Value{{&fields[0], 0.256}, {&fields[1], time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}, {&fields[2], false}, {&fields[3], []string{"b", "a"}}, {&fields[4], "say \"ñ\"\nand; go"}}},
		{ID: "2", Values: []Value{{&fields[0], nil}, {&fields[1], nil}, {&fields[2], nil}, {&fields[3], nil}, {&fields[4], nil}}}}
	want := "\"customer_id\";\"Abandono\";\"\";\"\";\"\";\"\"\r\n\"001\";0,26;2026-03-01;false;\"a,b\";\"say \"\"ñ\"\"\nand; go\"\r\n\"2\";;;;;\r\n"
	if got := sheetOf(t, sheetSettings{Decimal: ",", Headers: "labels"}, fields, batch); got != want {
		t.Errorf("CSV\n%q, want\n%q", got, want)
	}
	want = `{"customer_id":"001","p":0.26,"d":"2026-03-01","b":false,"t":["a","b"],"x":"say \"ñ\"\nand; go"}` + "\n" + `{"customer_id":"2","p":null,"d":null,"b":null,"t":null,"x":null}` + "\n"
	if got := sheetOf(t, sheetSettings{Format: "jsonl"}, fields, batch); got != want {
		t.Errorf("JSON lines\n%s, want\n%s", got, want)
	}
	for _, bad := range []sheetSettings{{Format: "xlsx"}, {Decimal: ";"}, {Delimiter: "::"}, {Delimiter: "\""}, {Decimal: ",", Delimiter: ","}, {Headers: "none"}, {Formulas: "run"}} {
		if _, err := bad.sheet("x.csv", Opening{}); err == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}

// A file is written whole, and only its owner may read it. (BATTERY S8)
func TestFileIsPrivate(t *testing.T) {
	dir := t.TempDir()
	f, err := openFile(&fileSettings{Path: "deep/er/out.csv"}, Opening{Dir: dir, ID: "id"})
	if err != nil {
		t.Fatal(err)
	}
	field := Field{Name: "mail", Type: Text}
	if _, err := f.Send(t.Context(), []Operation{{ID: "1", Values: []Value{{&field, "ana@example.com"}}}}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "deep/er/out.csv"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if all, _ := os.ReadDir(filepath.Join(dir, "deep/er")); len(all) != 1 {
		t.Errorf("%d files, want 1", len(all))
	}
	os.Chmod(filepath.Join(dir, "deep/er"), 0o500)
	defer os.Chmod(filepath.Join(dir, "deep/er"), 0o700)
	if os.Getuid() != 0 {
		if _, err := f.Send(t.Context(), []Operation{{ID: "1"}}); err == nil || !strings.Contains(err.Error(), "permission") {
			t.Errorf("a folder that can't be written to: %v", err)
		}
	}
}
