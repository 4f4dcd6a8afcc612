// Command clv fits a model of purchases to rows written by compare.py and says how long
// it took.
package main

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"syscall"
	"time"

	"segmenta/predict/clv"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "clv:", err)
		os.Exit(1)
	}
}

func run() error {
	rows := flag.Int("rows", 1_000_000, "customers")
	threads := flag.Int("threads", 2, "threads")
	kind := flag.String("model", "bgnbd", "the model of purchases")
	in := flag.String("i", "customers.f64", "frequency, recency and T as float64, one after another")
	ahead := flag.Float64("horizon", 0, "also forecast every customer this far ahead")
	flag.Parse()
	h, err := read(*in, *rows)
	if err != nil {
		return err
	}
	begin, used := time.Now(), processor()
	m, err := clv.Fit(*kind, h, clv.Options{Threads: *threads})
	if err != nil {
		return err
	}
	done := map[string]any{"seconds": time.Since(begin).Seconds(), "processor_seconds": processor() - used, "params": m.Params, "log_likelihood": m.LogLikelihood, "note": m.Note}
	if *ahead > 0 {
		begin = time.Now()
		m.Forecast(h, nil, nil, clv.Terms{Horizon: *ahead, Threads: *threads})
		done["seconds_forecast"] = time.Since(begin).Seconds()
	}
	return json.NewEncoder(os.Stdout).Encode(done)
}

func read(path string, rows int) (h clv.Histories, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return h, err
	}
	if len(data) != rows*3*8 {
		return h, fmt.Errorf("%s has %d bytes, want %d", path, len(data), rows*3*8)
	}
	values := make([]float64, rows*3)
	for i := range values {
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return clv.Histories{Frequency: values[:rows], Recency: values[rows : 2*rows], Age: values[2*rows:]}, nil
}

// processor is the seconds that the process has had of all processors: what a busy
// machine changes least.
func processor() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return math.NaN()
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
