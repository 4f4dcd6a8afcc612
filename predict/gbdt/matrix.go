package gbdt

import "fmt"

// strip is the number of columns whose codes share one 64-bit word.
const strip = 8

// matrix holds the rows as codes, one byte a value. Columns on which no cut can
// be made are left out.
type matrix struct {
	rows    int
	codes   codes
	words   []uint64 // the same codes, row by row: one word for each strip
	width   int      // words of a row
	feature []int    // of each column, its number in Data
	bins    []*bins  // of each feature
	columns int      // len(feature)
}

// codes holds the codes column by column.
type codes [][]uint8

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
	m.pack(p.Threads)
	return m, nil
}

// encode codes the rows of d with the bins of m.
func (m *matrix) encode(d *Data, threads int) codes {
	out := make(codes, m.columns)
	for c := range out {
		out[c] = make([]uint8, d.rows())
	}
	blocks(threads, d.rows(), func(_, from, to int) {
		for c, feature := range m.feature {
			m.bins[feature].encode(out[c][from:to], d.Columns[feature][from:to])
		}
	})
	return out
}

// pack lays the codes out row by row, as the histograms read them; the first
// column of a strip is in the lowest byte of its word.
func (m *matrix) pack(threads int) {
	m.width = (m.columns + strip - 1) / strip
	m.words = make([]uint64, m.rows*m.width)
	blocks(threads, m.rows, func(_, from, to int) {
		words := m.words[from*m.width : to*m.width]
		for c, column := range m.codes {
			at, shift := c/strip, c%strip*8
			for _, code := range column[from:to] {
				words[at] |= uint64(code) << shift
				at += m.width
			}
		}
	})
}
