package gbdt

import "fmt"

const (
	strip = 8 // narrow columns whose codes share one 64-bit word
	lanes = 4 // wide columns that do
)

// matrix holds the rows as codes: a byte a value, or two in the columns of more
// categories than a byte can tell apart. Columns on which no cut can be made are
// left out.
type matrix struct {
	rows    int
	columns []column
	words   []uint64 // the same codes, row by row
	width   int      // words of a row
	strips  int      // words of a row that hold narrow columns; the others hold wide ones
	bins    []*bins  // of each feature
	sums    int      // sums of a histogram for the wide columns
}

// column is a column of the matrix.
type column struct {
	codes
	bins    *bins
	feature int // its number in Data
	word    int // where it is in the words of a row
	shift   int
	from    int // where it begins in a histogram: the number of its table, or of its first sum if wide
}

// codes holds the codes of one column, narrow or wide.
type codes struct {
	narrow []uint8
	wide   []uint16
}

func (c *codes) at(row int) int {
	if c.wide != nil {
		return int(c.wide[row])
	}
	return int(c.narrow[row])
}

// newMatrix makes the bins of every column and codes the rows.
func newMatrix(d *Data, p Params) (*matrix, error) {
	m := &matrix{rows: d.rows(), bins: make([]*bins, len(d.Columns))}
	faults := make([]error, len(d.Columns))
	sorters := make([]sorter, p.Threads)
	each(p.Threads, len(d.Columns), func(w, i int) {
		if d.Categorical != nil && d.Categorical[i] {
			m.bins[i], faults[i] = newCategoricalBins(d.Columns[i], p.MaxBin)
			return
		}
		m.bins[i] = sorters[w].newNumericBins(d.Columns[i], p.MaxBin, stream(p.Seed, streamBins, 0))
	})
	for i, err := range faults {
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", d.names()[i], err)
		}
	}
	m.place()
	for i, c := range m.encode(d, p.Threads) {
		m.columns[i].codes = c
	}
	m.pack(p.Threads)
	return m, nil
}

// place gives every column its place in the words and in a histogram.
func (m *matrix) place() {
	narrow, wide := 0, 0
	for i, b := range m.bins {
		switch {
		case b.useless():
		case b.wide():
			m.columns = append(m.columns, column{bins: b, feature: i, word: wide / lanes, shift: wide % lanes * 16, from: m.sums})
			m.sums += b.codes()
			wide++
		default:
			m.columns = append(m.columns, column{bins: b, feature: i, word: narrow / strip, shift: narrow % strip * 8, from: narrow})
			narrow++
		}
	}
	m.strips = (narrow + strip - 1) / strip
	m.width = m.strips + (wide+lanes-1)/lanes
	for i := range m.columns {
		if c := &m.columns[i]; c.bins.wide() {
			c.word += m.strips
		}
	}
}

// codes are those of the training rows.
func (m *matrix) codes() []codes {
	list := make([]codes, len(m.columns))
	for i, c := range m.columns {
		list[i] = c.codes
	}
	return list
}

// encode codes the rows of d with the bins of m.
func (m *matrix) encode(d *Data, threads int) []codes {
	out := make([]codes, len(m.columns))
	for i, c := range m.columns {
		if c.bins.wide() {
			out[i].wide = make([]uint16, d.rows())
		} else {
			out[i].narrow = make([]uint8, d.rows())
		}
	}
	blocks(threads, d.rows(), func(_, from, to int) {
		for i, c := range m.columns {
			if values := d.Columns[c.feature][from:to]; c.bins.wide() {
				encodeCategories(out[i].wide[from:to], values, c.bins.code)
			} else {
				c.bins.encode(out[i].narrow[from:to], values)
			}
		}
	})
	return out
}

// pack lays the codes out row by row, as the histograms read them; the first
// column of a word is in its lowest bits.
func (m *matrix) pack(threads int) {
	m.words = make([]uint64, m.rows*m.width)
	blocks(threads, m.rows, func(_, from, to int) {
		words := m.words[from*m.width : to*m.width]
		for i := range m.columns {
			if c := &m.columns[i]; c.wide != nil {
				spread(words[c.word:], m.width, c.shift, c.wide[from:to])
			} else {
				spread(words[c.word:], m.width, c.shift, c.narrow[from:to])
			}
		}
	})
}

// spread puts the codes of one column into the words, so many apart.
func spread[T uint8 | uint16](words []uint64, apart, shift int, codes []T) {
	at := 0
	for _, code := range codes {
		words[at] |= uint64(code) << (shift & 63)
		at += apart
	}
}
