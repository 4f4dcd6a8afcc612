package table

import (
	"encoding/binary"

	"github.com/parquet-go/parquet-go/format"
)

// A Timed source knows when the rows of a block begin without reading them.
type Timed interface {
	// Begins is the least time of a block's column, of rows that have one; known is
	// false where the file doesn't say.
	Begins(block int, name string) (least int64, known bool)
}

// Begins reads it from a row group's statistics.
func (p *parquetFile) Begins(block int, name string) (least int64, known bool) {
	for k, f := range p.fields {
		if f.Name != name || f.Kind != Time || p.leaf[k] == nil {
			continue
		}
		l := p.leaf[k]
		m := &p.groups[block].Columns[l.index].MetaData
		if l.physical != format.Int64 || len(m.Statistics.MinValue) != 8 {
			return 0, false
		}
		least = int64(binary.LittleEndian.Uint64(m.Statistics.MinValue))
		if l.micro != nil {
			least = l.micro(least)
		}
		return least, true
	}
	return 0, false
}
