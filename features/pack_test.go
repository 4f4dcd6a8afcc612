package features

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// What is packed comes back bit by bit, from any row on.
func TestPackedIsUnpacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 50).Draw(t, "n")
		ints := rapid.SliceOfN(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-300, 300)), n, n).Draw(t, "ints")
		floats := rapid.SliceOfN(rapid.OneOf(
			rapid.Float64(),
			rapid.SampledFrom([]float64{0, math.Copysign(0, -1), nan, math.Inf(1), 1 << 60, 0.1, 5e-324}),
			rapid.Map(rapid.Int64Range(-1e6, 1e6), func(n int64) float64 { return float64(n) / 100 }),
		), n, n).Draw(t, "floats")
		from := rapid.IntRange(0, n).Draw(t, "from")
		cells := make([]uint64, n)
		for i, x := range ints {
			cells[i] = uint64(x)
		}
		p := packInts(cells)
		out := appendCells(nil, cells, p.width)
		at := len(out)
		q := packFloats(cells, floats)
		out = append(appendCells(out, cells, q.width), make([]byte, slack)...)
		gotInts, gotFloats := make([]int64, n-from), make([]float64, n-from)
		p.ints(gotInts, out[from*p.width:])
		q.floats(gotFloats, out[at+from*q.width:])
		for i := range gotInts {
			if gotInts[i] != ints[from+i] {
				t.Fatalf("ints[%d] = %d, want %d", from+i, gotInts[i], ints[from+i])
			}
			if got, want := gotFloats[i], floats[from+i]; math.Float64bits(got) != math.Float64bits(want) && (got == got || want == want) {
				t.Fatalf("floats[%d] = %v, want %v", from+i, got, want)
			}
		}
	})
}

// Codes stand for the numbers that were packed, whichever other parts they stand beside.
func TestCodesAreNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.SampledFrom([]float64{1, 100}).Draw(t, "scale")
		draw := func(least, most int64) *rapid.Generator[float64] {
			return rapid.OneOf(rapid.Just(nan), rapid.Map(rapid.Int64Range(least, most), func(n int64) float64 { return float64(n) / scale }))
		}
		few, wide := draw(-3, 3), draw(-100, 3000)
		a := &answers{asked: &asked{}, found: make([][]found, parts)}
		l, c := &lineup{}, &column{}
		want := make([][]float64, parts)
		for i := range 3 {
			one := few
			if rapid.Bool().Draw(t, "wide") {
				one = wide
			}
			want[i] = rapid.SliceOfN(one, 0, 9).Draw(t, "values")
			cells := make([]uint64, len(want[i]))
			p := packFloats(cells, want[i])
			f := found{n: len(cells), columns: []packing{p}, at: []int{0}}
			f.data = append(appendCells(nil, cells, p.width), make([]byte, slack)...)
			a.found[i] = []found{f}
			l.spans[i].n = len(cells)
		}
		k, ok := a.coding(l, 0, c)
		if !ok {
			t.Skip("parts of different decimals")
		}
		numbers := k.numbers()
		for i, values := range want[:3] {
			codes := make([]int32, len(values))
			f := &a.found[i][0]
			f.columns[0].codes(codes, f.data, k)
			for j, code := range codes {
				if got := numbers[code]; math.Float64bits(got) != math.Float64bits(values[j]) && (got == got || values[j] == values[j]) {
					t.Fatalf("part %d: %v, want %v", i, got, values[j])
				}
			}
		}
	})
}

// Amounts of money take as many bytes as their cents need.
func TestPackedSize(t *testing.T) {
	cents := make([]float64, 1000)
	for i := range cents {
		cents[i] = float64(i*37) / 100
	}
	cents[7] = nan
	if p := packFloats(make([]uint64, len(cents)), cents); p.width != 2 {
		t.Errorf("amounts below 370.00 take %d bytes each, want two", p.width)
	}
}

// Every part gets its rows' cells, whatever their width, and nobody else's.
func TestSlab(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		part := rapid.SliceOfN(rapid.OneOf(rapid.Uint8(), rapid.Uint8Range(0, 3)), n, n).Draw(t, "part")
		b, want := &slab{}, [parts][][]uint64{}
		var from [parts + 1]int32
		for _, p := range part {
			from[int(p)+1]++
		}
		for k := range parts {
			from[k+1] += from[k]
		}
		b.begin(&from)
		var all [][]uint64
		for _, width := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8} {
			cells := make([]uint64, n)
			for i := range cells {
				if width > 0 {
					cells[i] = rapid.Uint64().Draw(t, "cell") >> (64 - 8*width)
				}
			}
			b.columns, b.width, all = append(b.columns, packing{width: width}), b.width+width, append(all, cells)
		}
		out, before := make([]byte, n*b.width), whoWidth
		for k, cells := range all {
			b.deal(out, before, b.columns[k+1].width, cells, part)
			before += b.columns[k+1].width
		}
		b.cut(out)
		for i, p := range part {
			row := []uint64{}
			for _, cells := range all {
				row = append(row, cells[i])
			}
			want[p] = append(want[p], row)
		}
		for p := range want {
			u := unpacker{b.piece(p), b.rows(p), b.columns}
			u.next()
			for k := range all {
				how, rows := u.next()
				got := make([]int64, u.rows)
				how.ints(got, rows)
				for i := range got {
					if uint64(got[i]) != want[p][i][k] {
						t.Fatalf("part %d, column %d, row %d: %x, want %x", p, k, i, got[i], want[p][i][k])
					}
				}
			}
		}
	})
}

func TestIndex(t *testing.T) {
	var x index
	for round := range 2 {
		for k := range 5000 {
			id := fmt.Sprintf("C%09d", k*k)
			if got := x.number(&id, keyOf(id), uint32(hash(id))); int(got) != k {
				t.Fatalf("round %d: %s is number %d, want %d", round, id, got, k)
			}
			if x.name(k) != id {
				t.Fatalf("number %d is %s, want %s", k, x.name(k), id)
			}
		}
	}
	// Two texts of one hash are still two.
	for _, texts := range [][2]string{{"one", "two"}, {"a customer with a long id", "another one with a long id"}} {
		k := keyOf(texts[0])
		if k.b != long {
			k = keyOf(texts[1])
		}
		number := func(s string) int32 {
			if k.b == long {
				return x.number(&s, k, 1<<31)
			}
			return x.number(&s, keyOf(s), 1<<31)
		}
		if a, b := number(texts[0]), number(texts[1]); a == b || number(texts[0]) != a {
			t.Errorf("%v are taken for one another", texts)
		}
	}
}

func TestHash(t *testing.T) {
	seen := map[uint64]string{}
	for k := range 100000 {
		s := fmt.Sprint(k - 50000)
		h := hash(s)
		if h != hashNumber(int64(k-50000)) {
			t.Fatalf("%s as a number hashes to something else", s)
		}
		if old, twice := seen[h]; twice {
			t.Fatalf("%s and %s hash alike", s, old)
		}
		seen[h] = s
	}
}

// The sum is the true one, in any order.
func TestExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 50 {
		values := make([]float64, 100)
		want := new(big.Float).SetPrec(3000)
		for i := range values {
			values[i] = math.Ldexp(r.Float64()-0.5, r.IntN(1200)-600)
			if round%2 == 0 { // many of them whole
				values[i] = math.Trunc(math.Ldexp(r.Float64()-0.5, 20+r.IntN(20))) / float64(1+r.IntN(2))
			}
			want.Add(want, new(big.Float).SetFloat64(values[i]))
		}
		var first float64
		for turn := range 3 {
			var e exact
			for _, v := range values {
				e.add(v)
			}
			got := e.value()
			if turn == 0 {
				first = got
			}
			w, _ := want.Float64()
			if got != first || math.Abs(got-w) > 1e-15*math.Abs(w) {
				t.Fatalf("sum %v, want %v; first %v", got, w, first)
			}
			r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		}
	}
}

func TestSet(t *testing.T) {
	var s set
	for round := range 3 {
		s.clear(1000)
		for k := range 1000 {
			if s.has(uint64(k)<<20) || !s.has(uint64(k)<<20) {
				t.Fatalf("round %d: %d is met before its time, or forgotten", round, k)
			}
		}
	}
}
