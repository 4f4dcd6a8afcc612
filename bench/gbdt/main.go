// Command gbdt trains on rows written by compare.py and says how long it took.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime/pprof"
	"time"

	"segmenta/predict/gbdt"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gbdt:", err)
		os.Exit(1)
	}
}

func run() error {
	rows := flag.Int("rows", 1_000_000, "rows")
	columns := flag.Int("columns", 40, "columns, not counting the label")
	threads := flag.Int("threads", 2, "threads")
	leaves := flag.Int("leaves", 31, "leaves")
	rounds := flag.Int("rounds", 200, "trees")
	in := flag.String("i", "rows.f64", "columns of float64, one after another, the label last")
	out := flag.String("o", "model.txt", "model to write")
	profile := flag.String("profile", "", "CPU profile to write")
	flag.Parse()
	d, err := read(*in, *rows, *columns)
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
	begin := time.Now()
	forest, err := gbdt.Train(d, nil, gbdt.Params{Rounds: *rounds, Leaves: *leaves, Threads: *threads})
	if err != nil {
		return err
	}
	fmt.Printf("{\"seconds\": %.3f, \"trees\": %d}\n", time.Since(begin).Seconds(), forest.Trees())
	f, err := os.Create(*out)
	if err != nil {
		return err
	}
	if err := forest.WriteText(f); err != nil {
		return err
	}
	return f.Close()
}

func read(path string, rows, columns int) (*gbdt.Data, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(data) != rows*(columns+1)*8 {
		return nil, fmt.Errorf("%s has %d bytes, want %d", path, len(data), rows*(columns+1)*8)
	}
	values := make([]float64, rows*(columns+1))
	for i := range values {
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	d := &gbdt.Data{Label: values[rows*columns:]}
	for c := range columns {
		d.Columns = append(d.Columns, values[c*rows:(c+1)*rows])
	}
	return d, nil
}
