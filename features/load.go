package features

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"segmenta/strict"
	"segmenta/table"
)

// columnsOf lists what each source may have; the first ones it must have.
var columnsOf = map[string]struct {
	required, optional []string
}{
	"transactions": {[]string{"customer_id", "time", "amount"}, []string{"order_id", "product_id", "category", "tier", "quantity", "cost", "discount", "channel", "status", "currency", "known_at"}},
	"events":       {[]string{"customer_id", "time", "type"}, []string{"channel", "campaign_id", "product_id", "category", "value", "known_at"}},
	"customers":    {[]string{"customer_id"}, nil},
}

// Load reads the sources and sorts each customer's history.
func Load(ctx context.Context, in Inputs) (*History, error) {
	l := &loader{in: in, ids: newLexicon(), has: make(map[string]bool), quality: newQuality()}
	for i := range l.words {
		l.words[i] = newLexicon()
	}
	for _, s := range []struct {
		name   string
		source *Source
		to     *[][]row
	}{{"transactions", in.Transactions, &l.lines}, {"events", in.Events, &l.events}} {
		if s.source == nil {
			continue
		}
		rows, err := l.read(ctx, s.name, s.source)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		*s.to = rows
	}
	h, err := l.history(ctx)
	if err != nil {
		return nil, err
	}
	return h, h.quality.tooMany(in.MaxRejected)
}

type loader struct {
	in            Inputs
	ids           *lexicon
	words         [fields]*lexicon
	has           map[string]bool
	quality       *Quality
	lines, events [][]row // by block
}

// read reads all blocks of a source's files, several at once, in order.
func (l *loader) read(ctx context.Context, name string, s *Source) ([][]row, error) {
	clock, err := newClock(l.in.Zone, s.TimeLayout)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSource, err)
	}
	type block struct {
		file table.Source
		m    *mapping
		at   int
	}
	var blocks []block
	for _, path := range s.Paths {
		f, err := table.Open(path, s.Format)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSource, err)
		}
		defer f.Close()
		m, err := l.mapping(name, f, s, clock)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSource, err)
		}
		for b := range f.Blocks() {
			blocks = append(blocks, block{f, m, b})
		}
	}
	rows, counts := make([][]row, len(blocks)), make([]*counts, len(blocks))
	var done int64
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(threads(l.in.Threads))
	for i, b := range blocks {
		g.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			var err error
			rows[i], counts[i], err = l.block(name, b.file, b.m, b.at)
			mu.Lock()
			defer mu.Unlock()
			done++
			if l.in.Progress != nil {
				l.in.Progress("reading "+name, done, int64(len(blocks)))
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	l.quality.add(name, counts)
	return rows, nil
}

func threads(n int) int {
	if n <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return n
}

// A mapping says where our columns are in a file.
type mapping struct {
	clock   *clock
	comma   bool
	of      map[string]*expression
	columns []string // of the file, to read
}

// mapping finds a source's columns in a file. Where the configuration says nothing of
// one of ours, the file's column of that name is it.
func (l *loader) mapping(name string, f table.Source, s *Source, clock *clock) (*mapping, error) {
	have, names := make(map[string]bool), []string(nil)
	for _, field := range f.Fields() {
		have[field.Name] = true
		names = append(names, field.Name)
	}
	known := columnsOf[name]
	m := &mapping{clock: clock, comma: s.Format.DecimalComma, of: make(map[string]*expression)}
	for _, ours := range slices.Sorted(maps.Keys(s.Columns)) {
		if !slices.Contains(known.required, ours) && !slices.Contains(known.optional, ours) {
			return nil, fmt.Errorf("columns: %s is no column of %s%s", ours, name, meant(ours, slices.Concat(known.required, known.optional)))
		}
	}
	wanted := make(map[string]bool)
	for _, ours := range slices.Concat(known.required, known.optional) {
		theirs, mapped := s.Columns[ours]
		if !mapped && have[ours] {
			theirs = "`" + ours + "`"
		} else if !mapped && !slices.Contains(known.required, ours) {
			continue
		} else if !mapped {
			return nil, fmt.Errorf("%s has no column %s%s; say which column it is with columns: {%s: …}", f.Name(), ours, hasInstead(ours, names), ours)
		}
		e, err := parseExpression(theirs, have)
		if err != nil {
			return nil, fmt.Errorf("columns: %s: %w", ours, err)
		}
		for _, n := range e.names {
			if !have[n] {
				return nil, fmt.Errorf("%s has no column %q, which columns names as %s%s", f.Name(), n, ours, hasInstead(n, names))
			}
			wanted[n] = true
		}
		m.of[ours] = e
		l.has[name+"."+ours] = true
	}
	m.columns = slices.Sorted(maps.Keys(wanted))
	l.has[name] = true
	return m, nil
}

func meant(word string, known []string) string {
	if near := strict.Nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return "; it has " + strings.Join(known, ", ")
}

func hasInstead(word string, names []string) string {
	if near := strict.Nearest(word, names); near != "" {
		return fmt.Sprintf(" (the nearest it has is %q)", near)
	}
	return " (it has " + strings.Join(names, ", ") + ")"
}

// block reads one block into rows.
func (l *loader) block(name string, f table.Source, m *mapping, at int) ([]row, *counts, error) {
	t, err := f.Read(at, m.columns)
	if err != nil {
		return nil, nil, err
	}
	b := &blockReader{l: l, m: m, t: t, name: name, file: f.Name(), first: f.FirstRow(at), counts: newCounts()}
	if err := b.open(); err != nil {
		return nil, nil, fmt.Errorf("%w: %s: %w", ErrSource, f.Name(), err)
	}
	return b.rows(), b.counts, nil
}

// history brings the rows of each customer together and sorts them.
func (l *loader) history(ctx context.Context) (*History, error) {
	clock, err := newClock(l.in.Zone, "")
	if err != nil {
		return nil, err
	}
	h := &History{clock: clock, has: l.has, quality: l.quality, first: never, last: -never}
	if err := l.profiles(h); err != nil {
		return nil, fmt.Errorf("customers: %w: %w", ErrSource, err)
	}
	rank := l.ids.sort(&h.customers)
	var ranks [fields][]int32
	for i := range l.words {
		ranks[i] = l.words[i].sort(&h.words[i])
	}
	h.placeProfiles(l, rank)
	h.lines = gather(l.lines, rank, ranks, len(h.customers))
	h.events = gather(l.events, rank, ranks, len(h.customers))
	l.lines, l.events = nil, nil
	drop := l.in.Duplicates == "drop" || l.in.Duplicates == "" && l.has["transactions.order_id"] && l.has["transactions.product_id"]
	h.settle(drop, threads(l.in.Threads))
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if h.first == never {
		return nil, fmt.Errorf("%w: no row could be used: %s", ErrRejected, h.quality.summary())
	}
	return h, nil
}

// gather sorts blocks of rows by customer, with the final codes in place.
func gather(blocks [][]row, rank []int32, ranks [fields][]int32, customers int) [][]row {
	count := make([]int, customers+1)
	for _, b := range blocks {
		for i := range b {
			count[rank[b[i].customer]+1]++
		}
	}
	for i := range customers {
		count[i+1] += count[i]
	}
	all := make([]row, count[customers])
	next := slices.Clone(count)
	for _, b := range blocks {
		for _, r := range b {
			r.customer = rank[r.customer]
			for f, code := range r.code {
				if code >= 0 {
					r.code[f] = ranks[f][code]
				}
			}
			all[next[r.customer]] = r
			next[r.customer]++
		}
	}
	of := make([][]row, customers)
	for i := range of {
		of[i] = all[count[i]:count[i+1]:count[i+1]]
	}
	return of
}

// settle sorts every customer's rows and deals with lines that stand twice.
func (h *History) settle(drop bool, workers int) {
	var mu sync.Mutex
	each(len(h.customers), workers, func(from, to int) {
		first, last, twice, late, items := int64(never), int64(-never), int64(0), false, 0
		for c := from; c < to; c++ {
			for _, rows := range []*[]row{&h.lines[c], &h.events[c]} {
				sort.SliceStable(*rows, func(i, j int) bool { return compare(&(*rows)[i], &(*rows)[j]) < 0 })
			}
			before := len(h.lines[c])
			distinct := before - len(slices.CompactFunc(slices.Clone(h.lines[c]), func(a, b row) bool { return compare(&a, &b) == 0 }))
			if twice += int64(distinct); drop && distinct > 0 {
				h.lines[c] = slices.CompactFunc(h.lines[c], func(a, b row) bool { return compare(&a, &b) == 0 })
			}
			for _, rows := range [][]row{h.lines[c], h.events[c]} {
				items += len(rows)
				for i := range rows {
					first, last = min(first, rows[i].at), max(last, rows[i].at)
					late = late || rows[i].known != rows[i].at
				}
			}
		}
		mu.Lock()
		defer mu.Unlock()
		h.first, h.last, h.late, h.items = min(h.first, first), max(h.last, last), h.late || late, h.items+items
		h.quality.twice("transactions", twice, drop)
	})
}

// compare is a total order of rows, so that the order in a file doesn't matter: time
// first, and rows that compare as equal are equal in every field.
func compare(a, b *row) int {
	if a.at != b.at {
		return cmp.Compare(a.at, b.at)
	}
	for f := range a.code {
		if a.code[f] != b.code[f] {
			return cmp.Compare(a.code[f], b.code[f])
		}
	}
	for _, p := range [...][2]float64{{a.amount, b.amount}, {a.quantity, b.quantity}, {a.discount, b.discount}, {a.cost, b.cost}, {a.value, b.value}} {
		if c := cmp.Compare(p[0], p[1]); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.known, b.known)
}

// each splits n into pieces and works on several at once.
func each(n, workers int, work func(from, to int)) {
	const piece = 1024
	var g errgroup.Group
	g.SetLimit(max(1, workers))
	for from := 0; from < n; from += piece {
		g.Go(func() error { work(from, min(from+piece, n)); return nil })
	}
	g.Wait()
}

var missing = math.NaN()
