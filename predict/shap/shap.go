// Package shap says what each feature contributed to a raw score: exact SHAP values of
// trees, by the number of training rows that took each path. A row's contributions and
// the bias add up to its raw score.
//
// A leaf's contributions depend on nothing but which of the features on its path the
// row satisfies, a bit each. So leaves are gathered in small subtrees, a pattern of bits
// names what a subtree gives its features, and a table keeps what was computed for each
// pattern that occurred. Most rows find theirs there.
//
//  1. New cuts the trees into groups and lays out their patterns.
//  2. Explain takes rows 256 at a time: the bits of all patterns come from
//     score.Decisions, the table gives the contributions, and what it lacks is computed.
//
// A leaf below so many features that its table would be too large is computed for each
// row. Yang, J. (2021), Fast TreeSHAP, describes tables by leaf; Lundberg, S. M., Erion,
// G. G. and Lee, S.-I. (2018), Consistent Individualized Feature Attribution for Tree
// Ensembles, what they hold.
package shap

import (
	"math/bits"
	"runtime"

	"golang.org/x/sync/errgroup"

	"segmenta/predict/forest"
	"segmenta/predict/score"
)

// An Explainer explains the scores of one class of a forest. It may be used from
// several goroutines at once.
type Explainer struct {
	features int
	decide   *score.Decisions
	groups   []*group
	bias     float64
	limit    int
}

// New prepares explanations of about that many rows.
func New(f *forest.Forest, class, rows int) (*Explainer, error) {
	if err := f.Counted(); err != nil {
		return nil, err
	}
	d, err := score.Decide(f)
	if err != nil {
		return nil, err
	}
	// The more rows, the more often a pattern comes again, and the larger a group pays.
	e := &Explainer{features: len(f.Features), decide: d, limit: min(10, max(5, bits.Len(uint(rows))-4))}
	e.cut(f, class)
	return e, nil
}

func (e *Explainer) cut(f *forest.Forest, class int) {
	scale := 1.0
	if f.Average {
		scale = float64(f.Classes) / float64(len(f.Trees))
	}
	for i := class; i < len(f.Trees); i += f.Classes {
		c := cutter{e: e, tree: &f.Trees[i], scale: scale}
		root := 0
		if len(c.tree.Left) == 0 {
			root = -1
		}
		c.cut(root, nil)
	}
}

// Bias is the mean raw score of the rows that the forest was trained on.
func (e *Explainer) Bias() float64 { return e.bias }

// Explain writes what each feature contributed to each row's raw score, as columns.
func (e *Explainer) Explain(contributions, columns [][]float64, threads int) error {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	rows := len(columns[0])
	const batch = 4 * score.Chunk
	var g errgroup.Group
	g.SetLimit(threads)
	for from := 0; from < rows; from += batch {
		g.Go(func() error {
			e.batch(contributions, columns, from, min(from+batch, rows))
			return nil
		})
	}
	return g.Wait()
}

func (e *Explainer) batch(contributions, columns [][]float64, from, to int) {
	reader := e.decide.Reader()
	sums := make([][score.Chunk]float64, e.features)
	for at := from; at < to; at += score.Chunk {
		n := min(score.Chunk, to-at)
		masks := reader.Read(columns, at, n)
		clear(sums)
		for i := range e.groups {
			e.groups[i].add(sums, masks, n)
		}
		for f := range sums {
			copy(contributions[f][at:at+n], sums[f][:n])
		}
	}
}
