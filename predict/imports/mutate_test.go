package imports_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"segmenta/predict"
	"segmenta/predict/imports"
)

// mutations is how many damaged files of a kind are read: a few, or SEGMENTA_MUTATIONS.
func mutations(t *testing.T, few int) int {
	if n, err := strconv.Atoi(os.Getenv("SEGMENTA_MUTATIONS")); err == nil {
		return n
	}
	if testing.Short() {
		return few / 4
	}
	return few
}

// Whatever happens to a model file, reading, scoring and explaining it end soon, in
// little memory and without a panic; and what is compiled of it gives what leaves gives.
func TestDamagedModels(t *testing.T) {
	for _, kind := range []struct {
		name, pattern string
		few           int
	}{
		{"LightGBM text", "testdata/lightgbm_*.txt", 1500},
		{"JSON", "testdata/*.json", 1000},
		{"UBJSON", "testdata/*.ubj", 500},
	} {
		t.Run(kind.name, func(t *testing.T) {
			files := seeds(t, kind.pattern)
			random := rand.New(rand.NewPCG(11, 11))
			read, largest := 0, uint64(0)
			n := mutations(t, kind.few)
			for i := range n {
				mutant := mutate(files, random)
				used, ok := survives(t, i, mutant)
				if largest = max(largest, used); ok {
					read++
				}
			}
			t.Logf("%d damaged files: %d refused, %d read; at most %.1f MB for one", n, n-read, read, float64(largest)/1e6)
			if read == 0 || read == n {
				t.Errorf("%d of %d were read: the damage shows nothing", read, n)
			}
		})
	}
}

func seeds(t testing.TB, pattern string) (files [][]byte) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatal(pattern, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(name) != "golden.json" {
			files = append(files, data)
		}
	}
	return files
}

const (
	maxMemory  = 100 << 20
	maxSeconds = 20 // on a machine that does much else
)

// survives reads, scores and explains with a damaged model.
func survives(t *testing.T, i int, mutant []byte) (used uint64, read bool) {
	t.Helper()
	keep := func() string {
		path := filepath.Join(os.TempDir(), "segmenta-mutant-"+strconv.Itoa(i))
		os.WriteFile(path, mutant, 0o644)
		return path
	}
	watch := time.AfterFunc(maxSeconds*time.Second, func() { panic("hangs: " + keep()) })
	defer watch.Stop()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("panic: %v: %s", r, keep())
		}
	}()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := use(mutant)
	runtime.ReadMemStats(&after)
	if used = after.TotalAlloc - before.TotalAlloc; used > maxMemory {
		t.Errorf("%d MB: %s", used>>20, keep())
	}
	if err != nil && strings.HasPrefix(err.Error(), "differs") {
		t.Errorf("%v: %s", err, keep())
	}
	return used, err == nil
}

// use does all that is done with a model.
func use(data []byte) error {
	m, err := imports.Read(data)
	if err != nil {
		return err
	}
	p, err := predict.Load(m.Forest.Text())
	if err != nil {
		return err
	}
	const rows = 5
	columns := make([][]float64, len(p.Features()))
	for c := range columns {
		columns[c] = []float64{0, float64(c), math.NaN(), -3, 1e300}
	}
	raw, err := p.RawClasses(columns, rows, 1)
	if err != nil {
		return err
	}
	judged, err := p.WithLeaves().RawClasses(columns, rows, 1)
	if err != nil {
		return err
	}
	for c := range raw {
		if !slices.EqualFunc(raw[c], judged[c], func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
			return fmt.Errorf("differs: %v, and leaves gives %v", raw[c], judged[c])
		}
	}
	p.Probabilities(raw)
	predict.ExplainClass(p, 0, columns, rows, 1) // may refuse: counts may be gone
	return nil
}

var digits = []string{"0", "-1", "1", "2", "3", "7", "31", "255", "65536", "2147483647", "-2147483648", "4294967295", "1000000000", "1e308", "-1e308", "1e-320", "nan", "inf", "-inf", "0.5", "", "x"}

// mutate damages a file as disks, editors and enemies do.
func mutate(files [][]byte, random *rand.Rand) []byte {
	m := slices.Clone(files[random.IntN(len(files))])
	for range 1 + random.IntN(3) {
		if len(m) < 2 {
			return m
		}
		at := random.IntN(len(m))
		switch random.IntN(9) {
		case 0: // bits
			m[at] ^= 1 << random.IntN(8)
		case 1:
			m[at] = byte(random.IntN(256))
		case 2: // cut
			if random.IntN(4) == 0 {
				m = m[:at]
			}
		case 3, 4: // another number
			from, to := number(m, at)
			m = slices.Concat(m[:from], []byte(digits[random.IntN(len(digits))]), m[to:])
		case 5: // a part gone, or twice
			end := min(len(m), at+1+random.IntN(200))
			if random.IntN(2) == 0 {
				m = slices.Concat(m[:at], m[end:])
			} else {
				m = slices.Concat(m[:end], m[at:])
			}
		case 6: // lines in another order
			lines := bytes.Split(m, []byte("\n"))
			a, b := random.IntN(len(lines)), random.IntN(len(lines))
			lines[a], lines[b] = lines[b], lines[a]
			m = bytes.Join(lines, []byte("\n"))
		case 7: // a part of another file
			other := files[random.IntN(len(files))]
			from := random.IntN(len(other))
			m = slices.Concat(m[:at], other[from:min(len(other), from+random.IntN(300))], m[min(len(m), at+random.IntN(300)):])
		case 8: // two numbers in each other's place
			from, to := number(m, at)
			other, end := number(m, random.IntN(len(m)))
			if to <= other {
				m = slices.Concat(m[:from], m[other:end], m[to:other], m[from:to], m[end:])
			}
		}
	}
	return m
}

// number is where the word around a place begins and ends.
func number(m []byte, at int) (from, to int) {
	part := func(b byte) bool { return b >= '0' && b <= '9' || b == '-' || b == '.' || b == 'e' || b == '+' }
	for from = at; from > 0 && part(m[from-1]); from-- {
	}
	for to = at; to < len(m) && part(m[to]); to++ {
	}
	return from, to
}

func FuzzImport(f *testing.F) {
	for _, pattern := range []string{"testdata/lightgbm_*.txt", "testdata/xgboost_*", "testdata/catboost_*", "testdata/sklearn_*"} {
		for _, data := range seeds(f, pattern) {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := use(data); err != nil && strings.HasPrefix(err.Error(), "differs") {
			t.Error(err)
		}
	})
}
