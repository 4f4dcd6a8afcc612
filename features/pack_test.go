package features

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// What is packed comes back bit by bit.
func TestPackedIsUnpacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 50).Draw(t, "n")
		ints := rapid.SliceOfN(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-300, 300)), n, n).Draw(t, "ints")
		floats := rapid.SliceOfN(rapid.OneOf(
			rapid.Float64(),
			rapid.SampledFrom([]float64{0, math.Copysign(0, -1), nan, math.Inf(1), 1 << 60, 0.1, 5e-324}),
			rapid.Map(rapid.Int64Range(-1e6, 1e6), func(n int64) float64 { return float64(n) / 100 }),
		), n, n).Draw(t, "floats")
		var p packer
		p.ints(ints)
		p.floats(floats)
		p.ints(ints)
		u := unpacker{p.end()}
		for range 2 {
			got := make([]int64, n)
			u.ints(got)
			for i := range got {
				if got[i] != ints[i] {
					t.Fatalf("ints[%d] = %d, want %d", i, got[i], ints[i])
				}
			}
			if len(u.in) == slack {
				break
			}
			c, rows := u.column(n)
			from := rapid.IntRange(0, n).Draw(t, "from")
			some := make([]float64, n-from)
			if n > from {
				c.read(some, rows[from*c.width:])
			}
			for i := range some {
				if g, w := math.Float64bits(some[i]), math.Float64bits(floats[from+i]); g != w && (some[i] == some[i] || floats[from+i] == floats[from+i]) {
					t.Fatalf("floats[%d] = %v, want %v", from+i, some[i], floats[from+i])
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
	var p packer
	p.floats(cents)
	if got := len(p.out); got > 2100 {
		t.Errorf("a thousand amounts below 370.00 take %d bytes, want two each", got)
	}
}

func TestIndex(t *testing.T) {
	var x index
	for round := range 2 {
		for k := range 5000 {
			id := fmt.Sprintf("C%09d", k*k)
			if got := x.number(&id, keyOf(id), hash(id)); int(got) != k {
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
				return x.number(&s, k, 1<<63)
			}
			return x.number(&s, keyOf(s), 1<<63)
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
	for range 50 {
		values := make([]float64, 100)
		want := new(big.Float).SetPrec(3000)
		for i := range values {
			values[i] = math.Ldexp(r.Float64()-0.5, r.IntN(1200)-600)
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
