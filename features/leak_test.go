package features_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"segmenta/features"
	"segmenta/table"
)

// A life is the lines of the files; of customers, their id and when they were entered.
type life struct{ transactions, events, customers []string }

func (l life) load(t interface{ Fatal(...any) }, in features.Inputs) *features.History {
	dir, err := os.MkdirTemp("", "features")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if in.Customers, err = profilesOf(dir, l.customers); err != nil {
		t.Fatal(err)
	}
	h, err := tryLoad(dir, in, transactionsHead+strings.Join(l.transactions, "\n")+"\n", eventsHead+strings.Join(l.events, "\n")+"\n")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// profilesOf writes a customers file with a value in every column that a definition
// reads.
func profilesOf(dir string, customers []string) (*features.Source, error) {
	c, err := features.Builtin()
	if err != nil {
		return nil, err
	}
	like := map[string]string{"birth_date": "1990-05-17", "updated_at": "2021-01-01", "contract_end": "2025-01-01", "email": "a@b.es",
		"phone": "+34600000000", "country": "ES", "language": "es", "loyalty_points": "7"}
	head, row := "customer_id,created_at", ""
	var seen []string
	for _, d := range c.Definitions() {
		for _, f := range append(d.Fields, d.Field) {
			if d.Source != "customers" || f == "" || f == "created_at" || slices.Contains(seen, f) {
				continue
			}
			seen = append(seen, f)
			head, row = head+","+f, row+","+cmp.Or(like[f], "yes")
		}
	}
	var b strings.Builder
	fmt.Fprintln(&b, head)
	for _, line := range customers {
		fmt.Fprintln(&b, line+row)
	}
	path := filepath.Join(dir, "customers.csv")
	return &features.Source{Paths: []string{path}}, os.WriteFile(path, []byte(b.String()), 0o600)
}

// draw adds random rows between two times; some become known only later. Few
// customers, days, words and amounts make many ties.
func (l life) draw(r *rand.Rand, n int, from, to time.Time) life {
	types := features.EventTypes()
	known := func(at time.Time) string {
		if r.IntN(5) > 0 {
			return ""
		}
		return stamp(at.Add(time.Duration(r.IntN(40*24)) * time.Hour))
	}
	for k := range 3 { // that many are entered, each once
		who := fmt.Sprintf("c%d", len(l.customers)+k)
		l.customers = append(l.customers, who+","+stamp(from.Add(time.Duration(r.Int64N(int64(to.Sub(from)))))))
	}
	for range n {
		who := fmt.Sprintf("c%d", r.IntN(6))
		at := from.Add(time.Duration(r.Int64N(int64(to.Sub(from)/time.Hour))) * time.Hour)
		if r.IntN(2) == 0 {
			l.events = append(l.events, fmt.Sprintf("%s,%s,%s,%d,%s,h%d,p%d,k%d,c%d,%.1f,d%d,g%d", who, stamp(at), types[r.IntN(len(types))], r.IntN(11), known(at),
				r.IntN(3), r.IntN(5), r.IntN(4), r.IntN(3), 2*r.Float64()-1, r.IntN(2), r.IntN(3)))
			continue
		}
		l.transactions = append(l.transactions, fmt.Sprintf("%s,%s,%.2f,o%d,p%d,k%d,%d,%.1f,h%d,%s,%d,%s,s%d,EUR,c%d", who, stamp(at),
			float64(r.IntN(9000)-1500)/100, r.IntN(40), r.IntN(5), r.IntN(4), r.IntN(4), r.Float64(), r.IntN(3), known(at),
			r.IntN(70), []string{"basic", "premium", ""}[r.IntN(3)], r.IntN(2), r.IntN(3)))
	}
	return l
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999Z") }

// ink is every byte that a snapshot's files would hold.
func ink(t interface{ Fatal(...any) }, h *features.History, defs []features.Definition, at time.Time, threads int) []byte {
	all, err := h.Compute(defs, []time.Time{at.AddDate(0, 0, -100), at}, threads)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, s := range all {
		fmt.Fprintln(&b, s.Customers)
		for _, c := range s.Table.Columns {
			fmt.Fprintln(&b, c.Name, c.Codes, c.Dict, c.Null)
			binary.Write(&b, binary.LittleEndian, c.Floats)
		}
		f, r, a, m := h.Summaries(s)
		fmt.Fprintln(&b, f, r, a, m)
	}
	return b.Bytes()
}

var leakMoment = time.Date(2024, 3, 31, 22, 0, 0, 0, time.UTC) // midnight in Madrid, on the day after the clocks changed

// Nothing at or after the moment leaves a trace in any definition.
func TestNoLeak(t *testing.T) {
	defs := catalogue(t)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		in := features.Inputs{Zone: madrid}
		past := life{}.draw(r, 60, leakMoment.AddDate(-2, 0, 0), leakMoment)
		without := ink(t, past.load(t, in), defs, leakMoment, 1)
		for _, far := range []int{1, 300} {
			more := life{slices.Clone(past.transactions), slices.Clone(past.events), slices.Clone(past.customers)}
			more = more.draw(r, 20, leakMoment, leakMoment.AddDate(0, 0, far))
			more.transactions = append(more.transactions, "newcomer,"+stamp(leakMoment)+",1,,,,,,,")
			if !bytes.Equal(without, ink(t, more.load(t, in), defs, leakMoment, 1)) {
				t.Fatalf("rows of the %d days after the moment changed what was known before it", far)
			}
		}
	})
}

// A row that becomes known only after the moment is as good as absent.
func TestLateRows(t *testing.T) {
	defs := catalogue(t)
	r := rand.New(rand.NewPCG(3, 1))
	past := life{}.draw(r, 80, leakMoment.AddDate(-1, 0, 0), leakMoment)
	late := life{slices.Clone(past.transactions), slices.Clone(past.events), slices.Clone(past.customers)}
	late.transactions = append(late.transactions, "c1,2024-01-05,77,x,p,k,1,0,h,"+stamp(leakMoment.Add(time.Microsecond)))
	late.events = append(late.events, "c1,2024-01-05,session,,"+stamp(leakMoment.AddDate(0, 0, 9)))
	in := features.Inputs{Zone: madrid}
	want := ink(t, past.load(t, in), defs, leakMoment, 1)
	if !bytes.Equal(want, ink(t, late.load(t, in), defs, leakMoment, 1)) {
		t.Error("rows that became known after the moment changed it")
	}
	late.transactions = append(late.transactions, "dora,2024-01-05,77,x,p,k,1,0,h,"+stamp(leakMoment))
	h := late.load(t, in)
	all, err := h.Compute(defs, []time.Time{leakMoment.Add(-time.Microsecond), leakMoment}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(all[0].Customers, "dora") {
		t.Error("dora is known before her only row is")
	}
	k := slices.Index(all[1].Customers, "dora")
	if k < 0 || all[1].Table.Column("orders_all").Number(k) != 1 {
		t.Error("a row that became known at the moment doesn't count")
	}
}

// An order of which nobody knew at the moment makes nobody a customer then.
func TestLateLabel(t *testing.T) {
	h := life{
		transactions: []string{"eva,2024-01-05,7,,,,,,,2025-01-01"},
		events:       []string{"eva,2024-01-01,session,,"},
	}.load(t, features.Inputs{})
	all, err := h.Compute(nil, []time.Time{leakMoment}, 1)
	if err != nil {
		t.Fatal(err)
	}
	y, err := h.Label(features.Target{Kind: "churn", Horizon: 24 * time.Hour}, all[0], leakMoment.AddDate(1, 0, 0))
	if err != nil || len(y) != 1 || y[0] == y[0] {
		t.Errorf("labels %v, %v; want one, not eligible", y, err)
	}
}

// moving lists rows that are told apart by whether they stand just before the moment
// or at it: %s is when. Rows of a fixed time go with some of them.
func moving() []life {
	rows := []life{
		{transactions: []string{",%s,500,new,P9,games,7,3,phone,,9,premium,paid,EUR,C9"}},
		{transactions: []string{",%s,5,new,P9,games,7,3,phone,,9,basic,paid,EUR,C9"}},
		{transactions: []string{",%s,0,,P9,games,7,3,phone,,,,,,"}},
		{transactions: []string{",%s,-7,new,P9,games,7,3,phone,,2,premium,,,"}},
		{customers: []string{",%s"}},
		{events: []string{",2024-06-30 01:00,sms_sent", ",2024-06-30 01:01,sms_sent", ",2024-06-30 01:02,sms_sent", ",%s,sms_click"}},
		{events: []string{",%s,email_open"}},
		{events: []string{",2024-06-30 23:50,product_view,,,,P1", ",%s,product_view,,,,P2"}},
		{events: []string{",%s,email_sent"}},
		{events: []string{",2024-06-30 23:00,cart_add"}, transactions: []string{",%s,1"}},
		{events: []string{",2024-06-30 23:00,product_view"}, transactions: []string{",%s,1"}},
	}
	var one, other life
	for _, kind := range features.EventTypes() {
		one.events = append(one.events, ",%s,"+kind+",1,,phone,P9,games,C9,-0.9,tablet,home")
		other.events = append(other.events, ",%s,"+kind+",9.5")
	}
	return append(rows, one, other)
}

// routes are pairs of events half an hour apart at most, the second of which moves.
func routes(defs []features.Definition) (rows []life) {
	for i := range defs {
		switch d := &defs[i]; {
		case d.Measure != "route":
		case d.Types[1] == "purchase":
			rows = append(rows, life{events: []string{",2024-06-30 23:45," + d.Types[0]}, transactions: []string{",%s,1"}})
		default:
			rows = append(rows, life{events: []string{",2024-06-30 23:45," + d.Types[0], ",%s," + d.Types[1]}})
		}
	}
	return rows
}

func at(lines []string, who string, when time.Time) (all []string) {
	for _, s := range lines {
		all = append(all, who+strings.Replace(s, "%s", stamp(when), 1))
	}
	return all
}

// A row just before the moment counts, the same row at the moment doesn't: for
// every definition there is such a row. Windows that end before the moment are shown
// to end there: the row moves across their end instead.
func TestBoundary(t *testing.T) {
	defs := catalogue(t)
	changed := map[string]bool{}
	base := life{strings.Split(strings.TrimSpace(tinyTransactions), "\n")[1:], strings.Split(strings.TrimSpace(tinyEvents), "\n")[1:], nil}
	base.events = append(base.events, "cy,2023-01-01,other,")
	edges := map[int]time.Time{0: tinyMoment}
	for i := range defs {
		if defs[i].Source == "calendar" {
			changed[defs[i].Name] = true // says nothing of customers
		}
		if ago, err := time.ParseDuration(strings.TrimSuffix(defs[i].Ago, "d") + "h"); err == nil {
			edges[int(ago.Hours())] = tinyMoment.AddDate(0, 0, -int(ago.Hours()))
		}
	}
	for ago, edge := range edges {
		for k, row := range append(moving(), routes(defs)...) {
			if ago > 0 && k > 0 {
				break // a purchase is enough
			}
			var tables []*table.Table
			for _, when := range []time.Time{edge.Add(-time.Microsecond), edge} {
				l := life{slices.Clone(base.transactions), slices.Clone(base.events), nil}
				for _, who := range []string{"ana", "ben", "cy"} {
					l.transactions = append(l.transactions, at(row.transactions, who, when)...)
					l.events = append(l.events, at(row.events, who, when)...)
					l.customers = append(l.customers, at(row.customers, who, when)...)
				}
				all, err := l.load(t, features.Inputs{}).Compute(defs, []time.Time{tinyMoment}, 1)
				if err != nil {
					t.Fatal(err)
				}
				tables = append(tables, all[0].Table)
			}
			for i, c := range tables[0].Columns {
				for who := range 3 {
					if (defs[i].Ago != "") == (ago > 0) && cellOf(c, who) != cellOf(tables[1].Columns[i], who) {
						changed[c.Name] = true
					}
				}
			}
		}
	}
	for i := range defs {
		if !changed[defs[i].Name] {
			t.Errorf("%s: no row that moves across the moment changes it", defs[i].Name)
		}
	}
}

func cellOf(c *table.Column, row int) string {
	if c.Kind == table.String {
		return c.Text(row)
	}
	return fmt.Sprint(c.Number(row))
}

// The order of rows, the number of files and of threads leave no trace.
func TestOrderLeavesNoTrace(t *testing.T) {
	defs := catalogue(t)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		in := features.Inputs{Zone: madrid, Duplicates: []string{"keep", "drop"}[r.IntN(2)]}
		l := life{}.draw(r, 120, leakMoment.AddDate(-2, 0, 0), leakMoment.AddDate(0, 0, 10))
		l.transactions = append(l.transactions, l.transactions[:5]...)
		one := l.load(t, in)
		want := ink(t, one, defs, leakMoment, 1)
		for _, threads := range []int{2, 4} {
			r.Shuffle(len(l.transactions), func(i, j int) { l.transactions[i], l.transactions[j] = l.transactions[j], l.transactions[i] })
			r.Shuffle(len(l.events), func(i, j int) { l.events[i], l.events[j] = l.events[j], l.events[i] })
			in.Threads = threads
			h := l.load(t, in)
			if !bytes.Equal(want, ink(t, h, defs, leakMoment, threads)) {
				t.Fatalf("shuffled rows and %d threads changed the bytes", threads)
			}
			var a, b bytes.Buffer
			if table.Write(&a, one.Quality().Table()) != nil || table.Write(&b, h.Quality().Table()) != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Fatal("shuffled rows changed the quality table")
			}
		}
	})
}

// What customers did counts alike, whether their ids are short or long.
func TestLongIDs(t *testing.T) {
	defs := catalogue(t)
	l := life{}.draw(rand.New(rand.NewPCG(3, 3)), 300, leakMoment.AddDate(-2, 0, 0), leakMoment)
	const before = "a customer of the shop in Madrid, number "
	var long life
	for _, c := range []struct {
		to   *[]string
		from []string
	}{{&long.transactions, l.transactions}, {&long.events, l.events}, {&long.customers, l.customers}} {
		for _, line := range c.from {
			who, rest, _ := strings.Cut(line, ",")
			*c.to = append(*c.to, fmt.Sprintf("%q,%s", before+who, rest))
		}
	}
	want := ink(t, l.load(t, features.Inputs{}), defs, leakMoment, 1)
	got := bytes.ReplaceAll(ink(t, long.load(t, features.Inputs{}), defs, leakMoment, 1), []byte(before), nil)
	if !bytes.Equal(want, got) {
		t.Error("long ids changed what customers did")
	}
}

var madrid = func() *time.Location {
	z, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		panic(err)
	}
	return z
}()
