// Command score scores rows written by compare.py with a model, by leaves or by one of
// the compiled kernels, and says how long it took.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime/pprof"
	"slices"
	"syscall"
	"time"
	"unsafe"

	"segmenta/predict"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		os.Exit(1)
	}
}

func run() error {
	file := flag.String("m", "model.txt", "LightGBM text")
	in := flag.String("i", "rows.f64", "columns of float64, one after another")
	rows := flag.Int("rows", 1_000_000, "rows")
	threads := flag.Int("threads", 2, "threads")
	engine := flag.String("engine", "", "leaves, or a kernel; the best one where empty")
	repeats := flag.Int("repeats", 5, "runs, of which the median counts")
	out := flag.String("o", "", "raw scores to write, float64")
	profile := flag.String("profile", "", "CPU profile to write")
	flag.Parse()
	begin := time.Now()
	m, err := load(*file, *engine)
	if err != nil {
		return err
	}
	loaded := time.Since(begin).Seconds()
	columns, err := read(*in, *rows, len(m.Features()))
	if err != nil {
		return err
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	var seconds, cpu []float64
	var scores []float64
	for range *repeats {
		begin, used := time.Now(), processor()
		if scores, err = m.Raw(columns, *rows, *threads); err != nil {
			return err
		}
		seconds, cpu = append(seconds, time.Since(begin).Seconds()), append(cpu, processor()-used)
	}
	slices.Sort(seconds)
	slices.Sort(cpu)
	if *out != "" {
		if err := os.WriteFile(*out, bytesOf(scores), 0o644); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"seconds": seconds[len(seconds)/2], "all": seconds, "cpu": cpu[len(cpu)/2], "engine": m.Engine(), "kernel": m.Kernel(), "seconds_load": loaded})
}

// processor is the seconds of processor time that the process has used.
func processor() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return math.NaN()
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

func load(file, engine string) (*predict.Model, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m, err := predict.Load(text)
	switch {
	case err != nil || engine == "":
		return m, err
	case engine == "leaves":
		return m.WithLeaves(), nil
	}
	return m.WithKernel(engine)
}

func read(path string, rows, columns int) ([][]float64, error) {
	values := make([]float64, rows*columns)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for bytes := bytesOf(values); len(bytes) > 0; {
		n, err := f.Read(bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		bytes = bytes[n:]
	}
	var list [][]float64
	for c := range columns {
		list = append(list, values[c*rows:(c+1)*rows])
	}
	return list, nil
}

func bytesOf(values []float64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(math.Pi)))
}
