package gbdt

import (
	"sync"
	"sync/atomic"
)

// each calls f for every i below n, on at most so many threads. A worker's calls
// follow one another; which worker takes which i is left to chance.
func each(threads, n int, f func(worker, i int)) {
	if threads = min(threads, n); threads <= 1 {
		for i := range n {
			f(0, i)
		}
		return
	}
	var next atomic.Int64
	work := func(worker int) {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			f(worker, int(i))
		}
	}
	var group sync.WaitGroup
	for w := 1; w < threads; w++ {
		group.Go(func() { work(w) })
	}
	work(0)
	group.Wait()
}

// block is the rows that are taken together. It does not depend on the number
// of threads, so that sums of floats by block do not either.
const block = 1 << 14

// blocks calls f for each stretch of rows [from, to).
func blocks(threads, rows int, f func(worker, from, to int)) {
	each(threads, (rows+block-1)/block, func(w, i int) {
		f(w, i*block, min(rows, (i+1)*block))
	})
}

// sumBlocks adds up f over the stretches, always in the same order.
func sumBlocks(threads, rows int, f func(from, to int) (float64, float64)) (a, b float64) {
	parts := make([][2]float64, (rows+block-1)/block)
	blocks(threads, rows, func(_, from, to int) {
		x, y := f(from, to)
		parts[from/block] = [2]float64{x, y}
	})
	for _, p := range parts {
		a, b = a+p[0], b+p[1]
	}
	return a, b
}
