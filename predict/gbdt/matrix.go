package gbdt

import "fmt"

// strip is the columns that a histogram takes in one step: one 64-bit word.
const strip = 8

// matrix holds the rows as codes, one byte a value: row by row, its columns in
// strips of eight. Columns on which no cut can be made are left out.
type matrix struct {
	rows    int
	stride  int     // bytes of a row
	codes   []uint8 // rows × stride
	feature []int   // of each column, its number in Data
	bins    []*bins // of each feature
	columns int     // len(feature)
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
	m.stride = (m.columns + strip - 1) / strip * strip
	m.codes = m.encode(d, p.Threads)
	return m, nil
}

// encode codes the rows of d with the bins of m.
func (m *matrix) encode(d *Data, threads int) []uint8 {
	codes := make([]uint8, d.rows()*m.stride)
	blocks(threads, d.rows(), func(_, from, to int) {
		for c, feature := range m.feature {
			b, values := m.bins[feature], d.Columns[feature][from:to]
			out := codes[from*m.stride+c:]
			for i, v := range values {
				out[i*m.stride] = b.of(v)
			}
		}
	})
	return codes
}
