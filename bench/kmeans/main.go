// Command kmeans fits the rows that compare.py writes and says how long it took.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"segmenta/cluster"
)

type result struct {
	Seconds    float64 `json:"seconds"`
	CPU        float64 `json:"cpu"` // of all processors, in the same time
	Inertia    float64 `json:"inertia"`
	Iterations int     `json:"iterations"`
	K          int     `json:"k"`
	Peak       int64   `json:"peak"`

	Chosen map[string]int `json:"chosen,omitempty"` // by each criterion
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "kmeans:", err)
		os.Exit(1)
	}
}

func run() error {
	in := flag.String("i", "rows.f32", "float32, row by row")
	dims := flag.Int("dims", 20, "columns")
	k := flag.Int("k", 8, "centers, or the most of a sweep")
	first := flag.String("init", "", "first centers (default: seeds)")
	threads := flag.Int("threads", 2, "threads")
	seed := flag.Uint64("seed", 1, "of the seeds")
	rounds := flag.Int("max-iter", 300, "rounds at most")
	work := flag.String("work", "fit", "fit, seed, sweep, or criteria: what each of them chooses")
	profile := flag.String("profile", "", "CPU profile to write")
	flag.Parse()
	rows, err := read(*in)
	if err != nil {
		return err
	}
	o := cluster.Options{Threads: *threads, Seed: *seed, MaxIter: *rounds}
	if *first != "" {
		if o.Init, err = read(*first); err != nil {
			return err
		}
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
	begin, used := time.Now(), processor()
	r, err := do(*work, rows, *dims, *k, o)
	if err != nil {
		return err
	}
	r.Seconds, r.CPU, r.Peak = time.Since(begin).Seconds(), processor()-used, peak()
	return json.NewEncoder(os.Stdout).Encode(r)
}

func do(work string, rows []float32, dims, k int, o cluster.Options) (*result, error) {
	switch work {
	case "fit":
		m, err := cluster.Fit(rows, dims, k, o)
		if err != nil {
			return nil, err
		}
		return &result{Inertia: m.Inertia, Iterations: m.Iterations, K: k}, nil
	case "seed":
		_, inertia := (&cluster.Model{K: k, Dims: dims, Centers: cluster.Seed(rows, dims, k, o)}).Label(rows, o.Threads)
		return &result{Inertia: inertia, K: k}, nil
	case "sweep":
		c, err := cluster.Choose(rows, dims, 2, k, o)
		if err != nil {
			return nil, err
		}
		return &result{Inertia: c.Model.Inertia, Iterations: c.Model.Iterations, K: c.K}, nil
	}
	if work == "criteria" {
		return criteria(rows, dims, k, o)
	}
	return nil, fmt.Errorf("-work is %q, want fit, seed, sweep or criteria", work)
}

func criteria(rows []float32, dims, k int, o cluster.Options) (*result, error) {
	r := &result{Chosen: make(map[string]int)}
	for _, c := range cluster.Criteria {
		o.Criterion = c.Name
		choice, err := cluster.Choose(rows, dims, 2, k, o)
		if err != nil {
			return nil, err
		}
		r.Chosen[c.Name] = choice.K
	}
	return r, nil
}

// read reads float32 without holding them twice.
func read(path string) ([]float32, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := f.Stat()
	if err != nil {
		return nil, err
	}
	rows := make([]float32, 0, s.Size()/4)
	b, chunk := bufio.NewReader(f), make([]byte, 1<<16)
	for {
		n, err := io.ReadFull(b, chunk)
		for i := 0; i+4 <= n; i += 4 {
			rows = append(rows, math.Float32frombits(binary.LittleEndian.Uint32(chunk[i:])))
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// processor is how many seconds of all processors were used so far.
func processor() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// peak is the most memory that was held at once, in bytes, where Linux tells.
func peak() (bytes int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &bytes); err == nil {
			return bytes << 10
		}
	}
	return 0
}
