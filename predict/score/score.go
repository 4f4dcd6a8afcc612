// Package score computes the raw scores of a forest fast, to the last bit those that
// its trees give one by one.
//
// From a forest to scores:
//
//  1. Compile gathers each feature's distinct thresholds. A value's place among them,
//     its code, decides every node that looks at the feature.
//  2. Rows are taken in blocks of 64. A node sends a row left or right by one bit, so
//     that one word of 64 bits is the node's decision for the whole block, and no
//     branch depends on the data.
//  3. From the root down, words say which rows reach a node; the words of the leaves
//     make each row's leaf number.
//  4. The leaves' values are added in the order of the trees, in float64, as LightGBM
//     does: the same sum, not one that is nearly the same.
//
// Where the processor has AVX-512 or AVX2 the same is done by assembly, a byte a row;
// see Kernels. All kernels give the same bits, and a test holds them to it.
package score

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"segmenta/predict/forest"
)

// ErrWide reports a forest that is too wide to be compiled.
var ErrWide = errors.New("too wide to be compiled")

// A Scorer is a compiled forest. It may be used from several goroutines at once.
type Scorer struct {
	features int
	bins     []bins // of the features that are asked about
	sets     []sets
	masks    int
	classes  [][]tree
	wide     bool // more leaves or thresholds than a byte counts
	packed   *packed
	kernel   string
}

// Compile prepares a forest for scoring.
func Compile(f *forest.Forest) (*Scorer, error) {
	s := &Scorer{features: len(f.Features), classes: make([][]tree, f.Classes), kernel: Portable}
	at, err := s.gather(f)
	if err != nil {
		return nil, err
	}
	scale := 1.0
	if f.Average {
		scale = 1 / float64(len(f.Trees)/f.Classes)
	}
	for i := range f.Trees {
		t, err := compile(&f.Trees[i], at, scale)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		s.wide = s.wide || len(t.value) > maxNarrow
		s.classes[i%f.Classes] = append(s.classes[i%f.Classes], *t)
	}
	s.choose(f, at, scale)
	return s, nil
}

// Classes is how many scores a row has.
func (s *Scorer) Classes() int { return len(s.classes) }

const (
	block = 64            // rows whose bits make a word
	lanes = 4             // words of a chunk
	chunk = lanes * block // rows whose codes are in the nearest cache together
	batch = 64 * chunk    // rows that a goroutine takes at once
)

// Raw scores rows given as columns in the order of the forest's features; NaN is
// missing. It writes scores[class][row].
func (s *Scorer) Raw(scores, columns [][]float64, threads int) error {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	if len(columns) != s.features || len(scores) != len(s.classes) {
		return fmt.Errorf("%d columns and %d lists of scores for %d features and %d classes", len(columns), len(scores), s.features, len(s.classes))
	}
	rows := len(scores[0])
	// Small inputs are shared out too.
	each := min(batch, max(chunk, (rows/threads+chunk-1)/chunk*chunk))
	if rows <= each {
		s.rows(scores, columns, 0, rows)
		return nil
	}
	var g errgroup.Group
	g.SetLimit(threads)
	for from := 0; from < rows; from += each {
		g.Go(func() error {
			s.rows(scores, columns, from, min(from+each, rows))
			return nil
		})
	}
	return g.Wait()
}

func (s *Scorer) rows(scores, columns [][]float64, from, to int) {
	w := s.room()
	for at := from; at < to; at += chunk {
		n := min(chunk, to-at)
		if s.kernel != Portable {
			s.packedChunk(w, scores, columns, at, n)
		} else {
			s.portableChunk(w, scores, columns, at, n)
		}
	}
}
