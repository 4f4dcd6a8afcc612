package table

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/parquet-go/parquet-go/format"
)

// texts decodes texts as codes.
func (r *chunkReader) texts(to []int32, e format.Encoding, data []byte) error {
	if e == format.Plain {
		return r.plainTexts(to, data)
	}
	if r.leaf.as == uuids {
		return unread(e)
	}
	r.known()
	return r.each(len(to), e, data, func(i int, b []byte) error {
		to[i] = r.codeOf(b)
		return nil
	})
}

// plainTexts decodes texts that stand in full. Those of a chunk's first dictionary are
// all new, and share one piece of memory.
func (r *chunkReader) plainTexts(to []int32, data []byte) error {
	if r.leaf.as == uuids {
		if len(data)/16 < len(to) {
			return errTruncated
		}
		r.known()
		for i := range to {
			to[i] = r.codeOf([]byte(uuid(data[16*i : 16*i+16])))
		}
		return nil
	}
	if r.code == nil && len(r.to.Dict) == 0 && r.dict.made {
		whole, words := string(data), make([]string, len(to))
		err := r.each(len(to), format.Plain, data, func(i int, b []byte) error {
			at := cap(data) - cap(b)
			words[i], to[i] = whole[at:at+len(b)], int32(i)
			return nil
		})
		r.to.Dict = words
		return err
	}
	return r.fullTexts(to, data)
}

// sampled is how many texts are looked up before it is clear whether they repeat.
const sampled = 1024

// fullTexts decodes texts of which some were met before: where the column may hold
// words several times, and the first are not the same few, the rest is not looked up.
func (r *chunkReader) fullTexts(to []int32, data []byte) error {
	if r.loose {
		return r.looseTexts(to, data)
	}
	r.known()
	first, before := to, len(r.to.Dict)
	if r.repeats {
		first = to[:min(sampled, len(to))]
	}
	rest := data
	err := r.each(len(first), format.Plain, data, func(i int, b []byte) error {
		first[i] = r.codeOf(b)
		rest = data[cap(data)-cap(b)+len(b):]
		return nil
	})
	if err != nil || len(first) == len(to) {
		return err
	}
	if r.loose = len(r.to.Dict)-before > sampled/4; r.loose {
		return r.looseTexts(to[sampled:], rest)
	}
	return r.each(len(to)-sampled, format.Plain, rest, func(i int, b []byte) error {
		to[sampled+i] = r.codeOf(b)
		return nil
	})
}

// looseTexts decodes texts that stand in full: each that isn't the one before is a word
// of its own.
func (r *chunkReader) looseTexts(to []int32, data []byte) error {
	c := r.to
	c.Repeats = true
	k := len(c.Dict)
	if cap(c.Dict)-k < len(to) {
		c.Dict = append(take[string](&spareWords, max(r.rows, k+len(to))), c.Dict...)
	}
	whole, words := c.lend(data), c.Dict[:k+len(to)]
	at, last := 0, ""
	for i := range to {
		if len(data)-at < 4 {
			return errTruncated
		}
		n := int(binary.LittleEndian.Uint32(data[at:]))
		at += 4
		if n > len(data)-at {
			return errTruncated
		}
		if word := whole[at : at+n]; word != last || i == 0 {
			words[k], last = word, word
			k++
		}
		to[i] = int32(k - 1)
		at += n
	}
	c.Dict = words[:k]
	return nil
}

func uuid(b []byte) string {
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// known makes sure that every word of the column can be looked up.
func (r *chunkReader) known() {
	if r.code != nil {
		return
	}
	r.code = make(map[string]int32, len(r.to.Dict))
	for k, word := range r.to.Dict {
		r.code[word] = int32(k)
	}
}

func (r *chunkReader) codeOf(b []byte) int32 {
	k, ok := r.code[string(b)]
	if !ok {
		k = int32(len(r.to.Dict))
		word := string(b)
		r.code[word] = k
		r.to.Dict = append(r.to.Dict, word)
	}
	return k
}
