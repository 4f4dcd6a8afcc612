// Command gbdt trains on rows written by compare.py and says how long it took and how
// much memory it added.
package main

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"segmenta/predict/gbdt"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gbdt:", err)
		os.Exit(1)
	}
}

// answer is what compare.py reads.
type answer struct {
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu"` // seconds of all threads
	Trees   int     `json:"trees"`
	Before  int64   `json:"rss_before"` // bytes
	Peak    int64   `json:"rss_peak"`
}

func run() error {
	columns := flag.Int("columns", 40, "columns, not counting the label")
	categorical := flag.Int("categorical", 0, "how many of the last columns hold category codes")
	in := flag.String("i", "rows.f64", "columns of float64, one after another, the label last")
	judged := flag.String("judged", "", "rows to score with the model, written as the others")
	scores := flag.String("scores", "scores.f64", "raw scores to write, as float64")
	profile := flag.String("profile", "", "CPU profile to write")
	var p gbdt.Params
	flag.IntVar(&p.Threads, "threads", 2, "threads")
	flag.IntVar(&p.Leaves, "leaves", 31, "leaves")
	flag.IntVar(&p.Rounds, "rounds", 200, "trees")
	flag.IntVar(&p.MaxBin, "max-bin", 255, "bins")
	flag.Uint64Var(&p.Seed, "seed", 0, "of the sampling")
	flag.Parse()
	d, err := read(*in, *columns, *categorical)
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	a := answer{Before: memory("VmRSS")}
	stop, err := profiled(*profile)
	if err != nil {
		return err
	}
	begin, worked := time.Now(), work()
	forest, err := gbdt.Train(d, nil, p)
	if err != nil {
		return err
	}
	a.Seconds, a.CPU, a.Trees, a.Peak = time.Since(begin).Seconds(), work()-worked, forest.Trees(), memory("VmHWM")
	stop()
	if *judged != "" {
		if err := score(forest, *judged, *scores, *columns); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(a)
}

// score writes what the forest says of other rows.
func score(f *gbdt.Forest, in, out string, columns int) error {
	d, err := read(in, columns, 0)
	if err != nil {
		return err
	}
	raw, row := make([]byte, 0, 8*len(d.Label)), make([]float64, columns)
	for i := range d.Label {
		for c := range row {
			row[c] = d.Columns[c][i]
		}
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(f.Raw(row)))
	}
	return os.WriteFile(out, raw, 0o644)
}

func profiled(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return pprof.StopCPUProfile, pprof.StartCPUProfile(f)
}

// read reads the columns without a second copy of them in memory.
func read(path string, columns, categorical int) (*gbdt.Data, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	rows := int(info.Size()) / 8 / (columns + 1)
	d := &gbdt.Data{Categorical: make([]bool, columns)}
	for c := range columns + 1 {
		column := make([]float64, rows)
		if _, err := io.ReadFull(f, unsafe.Slice((*byte)(unsafe.Pointer(&column[0])), 8*rows)); err != nil {
			return nil, fmt.Errorf("column %d: %w", c+1, err)
		}
		if c == columns {
			d.Label = column
			break
		}
		d.Columns = append(d.Columns, column)
		d.Categorical[c] = c >= columns-categorical
	}
	return d, nil
}

// work is the seconds that the threads of the process have worked so far.
func work() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// memory is a line of /proc/self/status in bytes, 0 where there is none.
func memory(name string) int64 {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), name+":")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kib, _ := strconv.ParseInt(number, 10, 64)
	return kib << 10
}
