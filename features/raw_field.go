package features

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"segmenta/table"
)

// A fieldParser fills a column with fields.
type fieldParser struct {
	c     *table.Column
	codes map[string]int32
	rows  int
	last  []byte // text, as it was written
}

func (p *fieldParser) add(field []byte) error {
	null := len(field) == 2 && field[0] == '\\' && field[1] == 'N'
	if null && p.c.Null == nil {
		p.c.Null = make([]bool, p.rows, blockRows)
	}
	p.rows++
	if p.c.Null != nil {
		p.c.Null = append(p.c.Null, null)
	}
	switch p.c.Kind {
	case table.String:
		return p.text(field, null)
	case table.Float32, table.Float64:
		v := 0.0
		if !null {
			var err error
			if v, err = strconv.ParseFloat(string(field), 64); err != nil && !math.IsInf(v, 0) {
				return fmt.Errorf("%.100q is no number", field)
			}
		}
		p.c.Floats = append(p.c.Floats, v)
	default:
		v := int64(0)
		if !null {
			var err error
			if v, err = strconv.ParseInt(string(field), 10, 64); err != nil {
				return fmt.Errorf("%.100q is no whole number", field)
			}
		}
		p.c.Ints = append(p.c.Ints, v)
	}
	return nil
}

// text adds a word; the one before often comes again.
func (p *fieldParser) text(field []byte, null bool) error {
	c := p.c
	if n := len(c.Codes); n > 0 && !null && !c.IsNull(n-1) && bytes.Equal(field, p.last) {
		c.Codes = append(c.Codes, c.Codes[n-1])
		return nil
	}
	if null {
		field = nil
	}
	code, met := p.codes[string(field)]
	if !met {
		word, err := unescape(string(field))
		if err != nil {
			return err
		}
		code = int32(len(c.Dict))
		c.Dict = append(c.Dict, word)
		p.codes[string(field)] = code
	}
	c.Codes = append(c.Codes, code)
	p.last = field
	return nil
}

// end gives a column without rows its form.
func (p *fieldParser) end() {
	if p.c.Kind == table.String && len(p.c.Dict) == 0 {
		p.c.Dict = []string{""}
	}
}
