package cluster

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls do for each block, from several threads at once. Which worker takes
// which block is left to chance, so that nothing may depend on it.
func parallel(blocks, threads int, do func(worker, block int)) {
	threads = min(threads, blocks)
	if threads <= 1 {
		for b := range blocks {
			do(0, b)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range threads {
		wait.Go(func() {
			for {
				b := int(next.Add(1)) - 1
				if b >= blocks {
					return
				}
				do(w, b)
			}
		})
	}
	wait.Wait()
}

func threadsOr(n int) int {
	if n <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return n
}

// A sheet is rows that stand one after the other, and what is taken from each before
// distances are: scores lose their digits far from the origin.
type sheet struct {
	rows  []float32
	dims  int
	shift []float32
}

func (s *sheet) len() int { return len(s.rows) / s.dims }

// stride is the length of a tile.
func (s *sheet) stride() int { return (s.dims + 1) * wide }

// tile lays rows out for the kernels. The last row fills what is left of the tile.
func (s *sheet) tile(k *kernel, tile []float32, from int) {
	s.lay(k, tile, s.rows[from*s.dims:], &first[min(wide, s.len()-from)])
}

// first lists the first rows that there are, and the last of them again and again.
var first = func() (list [wide + 1][wide]int32) {
	for n := 1; n <= wide; n++ {
		for r := range list[n] {
			list[n][r] = int32(min(r, n-1))
		}
	}
	return list
}()

// gather does the same with any rows.
func (s *sheet) gather(k *kernel, tile []float32, which *[wide]int32) { s.lay(k, tile, s.rows, which) }

func (s *sheet) lay(k *kernel, tile, rows []float32, which *[wide]int32) {
	dims, done := s.dims, 0
	norms := (*[wide]float32)(tile[dims*wide:])
	if k.lay != nil && dims >= 4 {
		done = dims &^ 3
		k.lay(rows, dims, which, s.shift, done/4, tile)
	} else {
		clear(norms[:])
	}
	for d := done; d < dims; d++ {
		to := (*[wide]float32)(tile[d*wide:])
		for r, row := range which {
			v := rows[int(row)*dims+d] - s.shift[d]
			to[r] = v
			norms[r] += float32(v * v)
		}
	}
}

// lone lays one row out at the first place of a tile.
func (s *sheet) lone(tile []float32, row int32) {
	for d := range s.dims {
		tile[d*wide] = s.rows[int(row)*s.dims+d] - s.shift[d]
	}
}
