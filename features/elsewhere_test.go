package features_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"segmenta/features"
	"segmenta/table"
)

// nearby keeps histories as a cluster would: it hands the rows of files to workers of
// its own, and what they write back as tables.
type nearby struct {
	tables  map[string]*table.Table
	workers int
	rows    int // that a worker takes in at a time

	torn   bool                                       // rows of a customer go to any worker
	damage func(task string, lines []string) []string // nil: none
}

// elsewhere turns inputs into ones whose rows are nearby.
func elsewhere(in *features.Inputs, n *nearby) {
	n.tables = map[string]*table.Table{}
	for name, s := range map[string]**features.Source{"transactions": &in.Transactions, "events": &in.Events} {
		if *s == nil {
			continue
		}
		f, err := table.Open((*s).Paths[0], (*s).Format)
		if err != nil {
			panic(err)
		}
		if n.tables[name], err = table.ReadAll(f); err != nil {
			panic(err)
		}
		here := **s
		here.Open = func() ([]table.Source, error) { return []table.Source{noRows{f}}, nil }
		*s = &here
	}
	in.Elsewhere = n
}

// noRows is a file of which the columns alone are known.
type noRows struct{ table.Source }

func (noRows) Blocks() int { return 0 }

func (n *nearby) Do(ctx context.Context, w *features.Work) ([]table.Source, error) {
	w.Version, w.Rows = "test", n.rows
	lines := n.lines(w)
	if n.damage != nil {
		lines = n.damage(w.Task, lines)
	}
	said, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	var all []table.Source
	for _, share := range n.deal(lines, w.Grouped() && !n.torn) {
		var there features.Work
		if err := json.Unmarshal(said, &there); err != nil {
			return nil, err
		}
		if err := errors.Join(there.Same("test"), there.Check()); err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := there.Run(ctx, strings.NewReader(share), &out, 1); err != nil {
			return nil, err
		}
		t, err := answersOf(w, &out)
		if err != nil {
			return nil, err
		}
		all = append(all, inMemory{t})
	}
	return all, nil
}

// lines are the rows of all sources as workers get them.
func (n *nearby) lines(w *features.Work) (all []string) {
	for i := range w.Sources {
		s := &w.Sources[i]
		t := &table.Table{}
		for _, f := range s.Fields {
			t.Add(n.tables[s.Name].Column(f.Name))
		}
		for row := range t.Rows() {
			if t.Columns[0].IsNull(row) && w.Grouped() {
				continue
			}
			all = append(all, string(s.WriteLine(nil, t, row)))
		}
	}
	return all
}

// deal deals lines out to workers, those of a customer to one and together.
func (n *nearby) deal(lines []string, grouped bool) []string {
	shares := make([][]string, n.workers)
	for i, line := range lines {
		k := i % n.workers
		if grouped {
			h := fnv.New32()
			h.Write([]byte(strings.Split(line, "\t")[1]))
			k = int(h.Sum32()) % n.workers
		}
		shares[k] = append(shares[k], line)
	}
	all := make([]string, n.workers)
	for k, share := range shares {
		if grouped {
			slices.SortStableFunc(share, func(a, b string) int {
				return strings.Compare(strings.Split(a, "\t")[1], strings.Split(b, "\t")[1])
			})
		}
		all[k] = strings.Join(share, "")
	}
	return all
}

// answersOf reads what a worker wrote into a table, as a cluster would.
func answersOf(w *features.Work, out *bytes.Buffer) (*table.Table, error) {
	var rows [][]string
	s := bufio.NewScanner(out)
	s.Buffer(nil, 1<<26)
	for s.Scan() {
		rows = append(rows, strings.Split(s.Text(), "\t"))
	}
	t := &table.Table{}
	for k, c := range w.Answers() {
		var texts []string
		var floats []float64
		var ints []int64
		for _, row := range rows {
			if len(row) != len(w.Answers()) {
				return nil, fmt.Errorf("%d fields, want %d: %q", len(row), len(w.Answers()), row)
			}
			var err error
			switch c.Kind {
			case table.String:
				texts = append(texts, row[k])
			case table.Float64:
				var v float64
				v, err = strconv.ParseFloat(row[k], 64)
				floats = append(floats, v)
			default:
				var v int64
				v, err = strconv.ParseInt(row[k], 10, 64)
				ints = append(ints, v)
			}
			if err != nil {
				return nil, err
			}
		}
		switch c.Kind {
		case table.String:
			t.Add(table.Strings(c.Name, texts))
		case table.Float64:
			t.Add(table.Floats(c.Name, floats))
		default:
			t.Add(table.Ints(c.Name, table.Int64, ints))
		}
	}
	return t, nil
}

// inMemory is a table that is read like a file.
type inMemory struct{ t *table.Table }

func (m inMemory) Name() string                             { return "answers" }
func (m inMemory) Fields() []table.Field                    { return nil }
func (m inMemory) Blocks() int                              { return 1 }
func (m inMemory) FirstRow(int) int64                       { return 1 }
func (m inMemory) Read(int, []string) (*table.Table, error) { return m.t, nil }
func (m inMemory) Close() error                             { return nil }

// Whatever is asked of histories, it is the same where they are elsewhere, to the bit:
// features, summaries, labels, and what was wrong with the rows.
func TestElsewhere(t *testing.T) {
	defs := catalogue(t)
	all, err := features.Targets()
	if err != nil {
		t.Fatal(err)
	}
	var targets []features.Target
	for _, name := range []string{"churn", "churn_own_rhythm", "conversion"} {
		if one, ok := all[name]; ok {
			targets = append(targets, one)
		}
	}
	if len(targets) < 2 {
		t.Fatalf("%d targets are known", len(targets))
	}
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 9))
		l := life{}.draw(r, 150, leakMoment.AddDate(-2, 0, 0), leakMoment.AddDate(0, 0, 10)).spoilt()
		in := features.Inputs{Zone: madrid, Duplicates: []string{"keep", "drop"}[seed%2], MaxRejected: 1}
		q := features.Question{Definitions: defs, Moments: []time.Time{leakMoment.AddDate(0, 0, -100), leakMoment.AddDate(0, 0, -7)}, Targets: targets, Summaries: true, Threads: 1}
		want := everything(t, l, in, q, nil)
		got := everything(t, l, in, q, &nearby{workers: 1 + int(seed)%3, rows: 1 + r.IntN(60)})
		if !bytes.Equal(want, got) {
			at := 0
			for at < len(want) && at < len(got) && want[at] == got[at] {
				at++
			}
			t.Fatalf("of shop %d elsewhere it is\n%.300s\nhere\n%.300s", seed, got[max(0, at-100):], want[max(0, at-100):])
		}
	}
}

// spoilt is a life with a row without a customer, one without a time that can be read and
// one without an amount.
func (l life) spoilt() life {
	rest := strings.Repeat(",", 12)
	l.transactions = append(l.transactions, ",2024-01-01T00:00:00Z,5"+rest, "c1,never,5"+rest, "c2,2024-01-01T00:00:00Z,NaN"+rest)
	return l
}

// What was lost, doubled or changed on the way does not pass.
func TestElsewhereDamaged(t *testing.T) {
	defs := catalogue(t)[:20]
	l := life{}.draw(rand.New(rand.NewPCG(1, 9)), 150, leakMoment.AddDate(-2, 0, 0), leakMoment)
	for _, tt := range []struct {
		name   string
		damage func(task string, lines []string) []string
		want   string
	}{
		{"a row is lost before the answer", func(task string, lines []string) []string { return lines[boolInt(task == "answer"):] }, "rows were lost on the way"},
		{"a row comes twice", func(task string, lines []string) []string {
			if task == "answer" {
				lines = append(lines, lines[0])
			}
			return lines
		}, "the survey saw"},
		{"a row is changed", func(task string, lines []string) []string {
			lines[3] = strings.Replace(lines[3], "c", "d", 1)
			return lines
		}, "arrived changed: its CRC-32 is"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := &nearby{workers: 2, rows: 40, damage: tt.damage}
			h, err := openElsewhere(t, l, features.Inputs{}, n)
			if err == nil {
				_, err = h.Compute(defs, []time.Time{leakMoment}, 1)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want it to say %q", err, tt.want)
			}
		})
	}
}

// A customer whose rows went to two workers is noticed.
func TestElsewhereTorn(t *testing.T) {
	l := life{}.draw(rand.New(rand.NewPCG(1, 9)), 150, leakMoment.AddDate(-2, 0, 0), leakMoment)
	h, err := openElsewhere(t, l, features.Inputs{}, &nearby{workers: 2, rows: 40, torn: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Compute(catalogue(t)[:5], []time.Time{leakMoment}, 1); err == nil || !strings.Contains(err.Error(), "was answered twice") {
		t.Errorf("%v, want it to say that a customer was answered twice", err)
	}
}

// Rows that can't be used are refused past the limit, and named by their customer.
func TestElsewhereRejected(t *testing.T) {
	l := life{}.draw(rand.New(rand.NewPCG(1, 9)), 150, leakMoment.AddDate(-2, 0, 0), leakMoment).spoilt()
	_, err := openElsewhere(t, l, features.Inputs{MaxRejected: 1e-15}, &nearby{workers: 2, rows: 40})
	if err == nil || !errors.Is(err, features.ErrRejected) || !strings.Contains(err.Error(), "transactions of customer c") {
		t.Errorf("%v, want it to name the customer whose row it is", err)
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// everything is every byte of what is known of a life: here, or elsewhere.
func everything(t interface{ Fatal(...any) }, l life, in features.Inputs, q features.Question, n *nearby) []byte {
	h := loadElsewhere(t, l, in, n)
	defer h.Close()
	h.Quality()
	all, err := h.Answer(q)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, s := range all {
		fmt.Fprintln(&b, s.AsOf, s.Customers)
		for _, c := range s.Table.Columns {
			fmt.Fprintln(&b, c.Name, c.Codes, c.Dict, c.Null)
			binary.Write(&b, binary.LittleEndian, c.Floats)
		}
		f, r, a, m := h.Summaries(s)
		fmt.Fprintln(&b, f, r, a, m)
		for _, one := range q.Targets {
			y, err := h.Label(one, s, leakMoment.AddDate(1, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, one.Name, y)
		}
		for _, c := range h.Profiles(s).Columns {
			fmt.Fprintln(&b, *c)
		}
	}
	quality := h.Quality()
	for _, s := range quality.Sources {
		for i := range s.Reasons {
			s.Reasons[i].Samples = nil // where a row stood is known here alone
		}
		s.Files = nil
		fmt.Fprintf(&b, "%+v\n", s)
	}
	fmt.Fprintln(&b, quality.EventTypes, quality.Customers, h.Customers())
	for _, of := range []func(*features.Snapshot) (*features.Holdings, error){h.Holdings, h.Channels} {
		held, err := of(all[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range held.List {
			fmt.Fprintln(&b, all[1].Customers[one.Row], held.Categories[one.Category], one.Orders, one.Interest, one.Amount, one.Bought, one.Seen)
		}
	}
	days, paid, err := h.Paid(all[0], all[0].AsOf.AddDate(0, -6, 0), all[1].AsOf, 1e-4)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(&b, days, paid)
	first, last := h.Span()
	fmt.Fprintln(&b, first, last)
	return b.Bytes()
}

func loadElsewhere(t interface{ Fatal(...any) }, l life, in features.Inputs, n *nearby) *features.History {
	h, err := openElsewhere(t, l, in, n)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func openElsewhere(t interface{ Fatal(...any) }, l life, in features.Inputs, n *nearby) (*features.History, error) {
	dir, err := os.MkdirTemp("", "elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"transactions": transactionsHead + strings.Join(l.transactions, "\n") + "\n", "events": eventsHead + strings.Join(l.events, "\n") + "\n"} {
		path := filepath.Join(dir, name+".csv")
		if err := os.WriteFile(path, []byte(padded(text)), 0o600); err != nil {
			t.Fatal(err)
		}
		if s := (&features.Source{Paths: []string{path}}); name == "events" {
			in.Events = s
		} else {
			in.Transactions = s
		}
	}
	if in.Customers, err = profilesOf(dir, l.customers); err != nil {
		t.Fatal(err)
	}
	if n != nil {
		elsewhere(&in, n)
	}
	return features.Load(context.Background(), in)
}
