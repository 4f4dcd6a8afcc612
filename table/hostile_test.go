package table_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"

	"segmenta/table"
)

// maxAlloc is what reading a file of a few kilobytes may allocate in all, however it is
// damaged: a few columns of as many rows as a row group may claim.
const maxAlloc = 1 << 30

// readHostile reads what may be damaged: whatever comes of it, it comes soon and takes
// little memory.
func readHostile(t *testing.T, name string, data []byte) (*table.Table, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	var got *table.Table
	s, err := table.OpenBlob(memory{bytes.NewReader(data), name}, table.Format{})
	if err == nil {
		got, err = table.ReadAll(s)
		s.Close()
	}
	runtime.ReadMemStats(&after)
	if took := time.Since(start); took > time.Minute { // it hangs, however busy the machine is
		t.Errorf("%s took %v", name, took)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > maxAlloc {
		t.Errorf("%s: %d MB for %d bytes", name, used>>20, len(data))
	}
	return got, err
}

// mutate damages a file in one of the ways of disks, networks and people.
func mutate(r *rand.Rand, whole []byte) []byte {
	b := bytes.Clone(whole)
	at := r.IntN(len(b))
	switch r.IntN(7) {
	case 0:
		b[at] ^= 1 << r.IntN(8)
	case 1:
		b[at] = byte(r.Uint32())
	case 2:
		b = b[:at]
	case 3:
		n := min(len(b)-at, 1+r.IntN(64))
		b = append(b[:at], b[at+n:]...)
	case 4:
		b = append(b[:at:at], append(bytes.Repeat([]byte{byte(r.Uint32())}, 1+r.IntN(64)), b[at:]...)...)
	case 5:
		for i := range min(len(b)-at, 1+r.IntN(512)) {
			b[at+i] = 0
		}
	case 6:
		for range 1 + r.IntN(8) {
			b[r.IntN(len(b))] = []byte{0xff, 0x7f, 0x80, 0}[r.IntN(4)]
		}
	}
	return b
}

// hostileSeeds are small whole files of every format, by name.
func hostileSeeds(t testing.TB) map[string][]byte {
	var ours bytes.Buffer
	if err := table.Write(&ours, sample()); err != nil {
		t.Fatal(err)
	}
	seeds := map[string][]byte{
		"ours.parquet": ours.Bytes(),
		"a.csv":        []byte("\xef\xbb\xbfid;at;amount\n001;\"a \"\"b\"\"\nc\";1.234,5\n\n2;31/12/2024;\n"),
		"a.jsonl":      []byte("{\"id\":\"001\",\"n\":1,\"x\":1.5,\"yes\":true,\"no\":null,\"list\":[1,{\"a\":2}]}\n\n{\"id\":\"\\u00f1\\n\",\"n\":-2,\"x\":1e400,\"id\":\"b\"}\n"),
	}
	for _, name := range []string{"spark-snappy-int96.parquet", "spark-lz4-micros.parquet", "spark-zstd-v2.parquet", "spark-gzip-micros-legacy.parquet"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		seeds[name] = data
	}
	return seeds
}

// No damage makes a reader crash, hang or take memory without end. (BATTERY D1)
func TestMutated(t *testing.T) {
	n := 400
	if testing.Short() {
		n = 40
	}
	for name, whole := range hostileSeeds(t) {
		r, refused := rand.New(rand.NewPCG(1, 2)), 0
		for range n {
			if _, err := readHostile(t, name, mutate(r, whole)); err != nil {
				refused++
			}
		}
		t.Logf("%s: %d of %d refused, the others read", name, refused, n)
	}
}

func FuzzParquet(f *testing.F) { fuzzFormat(f, ".parquet") }
func FuzzCSV(f *testing.F)     { fuzzFormat(f, ".csv") }
func FuzzJSON(f *testing.F)    { fuzzFormat(f, ".jsonl") }

func fuzzFormat(f *testing.F, ending string) {
	for name, data := range hostileSeeds(f) {
		if bytes.HasSuffix([]byte(name), []byte(ending)) {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readHostile(t, "x"+ending, data)
		if err != nil {
			return
		}
		for _, c := range got.Columns {
			for i := range min(c.Len(), 1000) {
				c.Format(i) // no code points beyond its dictionary
			}
		}
	})
}
