// Command shap explains rows written by compare.py with a model, and says how long it
// took.
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
		fmt.Fprintln(os.Stderr, "shap:", err)
		os.Exit(1)
	}
}

func run() error {
	file := flag.String("m", "model.txt", "LightGBM text")
	in := flag.String("i", "rows.f64", "columns of float64, one after another")
	rows := flag.Int("rows", 100_000, "rows")
	threads := flag.Int("threads", 2, "threads")
	repeats := flag.Int("repeats", 3, "runs, of which the median counts")
	out := flag.String("o", "", "contributions and bias to write, as columns of float64")
	profile := flag.String("profile", "", "CPU profile to write")
	flag.Parse()
	text, err := os.ReadFile(*file)
	if err != nil {
		return err
	}
	m, err := predict.Load(text)
	if err != nil {
		return err
	}
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
	var seconds, cpu, bias []float64
	var contributions [][]float64
	for range *repeats { // each prepares its tables anew
		begin, used := time.Now(), processor()
		if contributions, bias, err = predict.Explain(m, columns, *rows, *threads); err != nil {
			return err
		}
		seconds, cpu = append(seconds, time.Since(begin).Seconds()), append(cpu, processor()-used)
	}
	slices.Sort(seconds)
	slices.Sort(cpu)
	if *out != "" {
		f, err := os.Create(*out)
		if err != nil {
			return err
		}
		for _, c := range append(contributions, bias) {
			if _, err := f.Write(bytesOf(c)); err != nil {
				return err
			}
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"seconds": seconds[len(seconds)/2], "all": seconds, "cpu": cpu[len(cpu)/2]})
}

// processor is the seconds of processor time that the process has used.
func processor() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return math.NaN()
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

func read(path string, rows, columns int) ([][]float64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(data) != rows*columns*8 {
		return nil, fmt.Errorf("%s has %d bytes, want %d", path, len(data), rows*columns*8)
	}
	values := unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(data))), rows*columns)
	var list [][]float64
	for c := range columns {
		list = append(list, values[c*rows:(c+1)*rows])
	}
	return list, nil
}

func bytesOf(values []float64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 8*len(values))
}
