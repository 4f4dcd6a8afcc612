// Command features takes the time that decoding the benchmark's columns takes, and
// nothing else: the floor of what any engine over the same reader could need.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"segmenta/table"
)

var columns = map[string][]string{
	"transactions": {"customer_id", "ts", "order_id", "category", "quantity", "amount", "discount"},
	"events":       {"customer_id", "ts", "type", "value"},
}

func main() {
	threads := flag.Int("threads", 2, "")
	flag.Parse()
	runtime.GOMAXPROCS(*threads)
	start := time.Now()
	rows, err := decode(flag.Arg(0), *threads)
	if err != nil {
		fmt.Fprintln(os.Stderr, "features:", err)
		os.Exit(1)
	}
	fmt.Printf("decode %.2f s, %d rows\n", time.Since(start).Seconds(), rows)
}

// A block is one that is to be read.
type block struct {
	from  table.Source
	at    int
	names []string
}

// decode reads every block of the columns that the features need.
func decode(folder string, threads int) (int64, error) {
	var blocks []block
	for kind, names := range columns {
		files, err := filepath.Glob(filepath.Join(folder, kind, "*.parquet"))
		if err != nil {
			return 0, err
		}
		for _, path := range files {
			s, err := table.Open(path, table.Format{Repeats: true})
			if err != nil {
				return 0, err
			}
			defer s.Close()
			for at := range s.Blocks() {
				blocks = append(blocks, block{s, at, names})
			}
		}
	}
	var next, rows atomic.Int64
	failed := make([]error, threads)
	var wg sync.WaitGroup
	for k := range threads {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(blocks)) && failed[k] == nil; i = next.Add(1) - 1 {
				var t *table.Table
				if t, failed[k] = blocks[i].from.Read(blocks[i].at, blocks[i].names); failed[k] == nil {
					rows.Add(int64(t.Rows()))
					t.Release()
				}
			}
		})
	}
	wg.Wait()
	return rows.Load(), errors.Join(failed...)
}
