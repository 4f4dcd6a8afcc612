package gbdt

import "fmt"

// strip is the number of columns whose codes share one 64-bit word.
const strip = 8

// matrix holds the rows as codes, one byte a value. Columns on which no cut can
// be made are left out.
type matrix struct {
	rows    int
	codes   codes
	feature []int   // of each column, its number in Data
	bins    []*bins // of each feature
	columns int     // len(feature)
}

// codes holds, for each strip of eight columns, one word for each row; the first
// column is in its lowest byte.
type codes [][]uint64

// of is the code of one value.
func (c codes) of(row, column int) uint8 {
	return uint8(c[column/strip][row] >> (column % strip * 8))
}

// newMatrix makes the bins of every column and codes the rows.
func newMatrix(d *Data, p Params) (*matrix, error) {
	m := &matrix{rows: d.rows(), bins: make([]*bins, len(d.Columns))}
	faults := make([]error, len(d.Columns))
	each(p.Threads, len(d.Columns), func(_, i int) {
		if d.Categorical != nil && d.Categorical[i] {
			m.bins[i], faults[i] = newCategoricalBins(d.Columns[i], p.MaxBin)
			return
		}
		m.bins[i] = newNumericBins(d.Columns[i], p.MaxBin, stream(p.Seed, streamBins, 0))
	})
	for i, err := range faults {
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", d.names()[i], err)
		}
	}
	for i, b := range m.bins {
		if !b.useless() {
			m.feature = append(m.feature, i)
		}
	}
	m.columns = len(m.feature)
	m.codes = m.encode(d, p.Threads)
	return m, nil
}

// encode codes the rows of d with the bins of m.
func (m *matrix) encode(d *Data, threads int) codes {
	out := make(codes, (m.columns+strip-1)/strip)
	for s := range out {
		out[s] = make([]uint64, d.rows())
	}
	blocks(threads, d.rows(), func(_, from, to int) {
		for c, feature := range m.feature {
			words := out[c/strip][from:to]
			m.bins[feature].encode(words, d.Columns[feature][from:to], c%strip*8)
		}
	})
	return out
}
