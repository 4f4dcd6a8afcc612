package gbdt

// histogram holds, for every column, the packed sum of each code: a table each for
// the narrow columns, and the sums of the wide ones behind one another.
type histogram struct {
	tables [][codesOfByte]int64
	sums   []int64
}

const codesOfByte = 256

func (m *matrix) newHistogram() histogram {
	return histogram{tables: make([][codesOfByte]int64, m.strips*strip), sums: make([]int64, m.sums)}
}

// of is the part of the histogram that belongs to the column.
func (c *column) of(h histogram) []int64 {
	if c.bins.wide() {
		return h.sums[c.from:][:c.bins.codes()]
	}
	return h.tables[c.from][:c.bins.codes()]
}

func (h histogram) clear() {
	clear(h.tables)
	clear(h.sums)
}

// add adds rows: of each its packed gradient, and its words.
func (m *matrix) add(h histogram, words []uint64, grad []int64) {
	for s := range m.strips {
		addStrip((*[strip][codesOfByte]int64)(h.tables[s*strip:]), words[s:], m.width, grad)
	}
	for i := range m.columns {
		if c := &m.columns[i]; c.bins.wide() {
			addWide(c.of(h), words[c.word:], m.width, c.shift, grad)
		}
	}
}

// addStrip adds the rows to the tables of one strip. Eight tables at once: the next
// row's sums seldom wait for this one's.
func addStrip(h *[strip][codesOfByte]int64, words []uint64, apart int, grad []int64) {
	at := 0
	for _, g := range grad {
		w := words[at]
		at += apart
		h[0][uint8(w)] += g
		h[1][uint8(w>>8)] += g
		h[2][uint8(w>>16)] += g
		h[3][uint8(w>>24)] += g
		h[4][uint8(w>>32)] += g
		h[5][uint8(w>>40)] += g
		h[6][uint8(w>>48)] += g
		h[7][uint8(w>>56)] += g
	}
}

// addWide adds the rows to the sums of one wide column.
func addWide(h []int64, words []uint64, apart, shift int, grad []int64) {
	at := 0
	for _, g := range grad {
		h[uint16(words[at]>>(shift&63))] += g
		at += apart
	}
}
