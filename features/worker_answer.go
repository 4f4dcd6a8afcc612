package features

import (
	"fmt"
	"math"
	"strconv"
)

// answer walks over the customers and writes what it finds of each.
func (k *worker) answer(h *History) error {
	q := Question{Definitions: k.defs, Moments: times(k.Moments), Targets: k.Targets, Summaries: k.Summaries}
	a, err := h.plain(q)
	if err != nil {
		return err
	}
	if a.width != len(k.found()) || len(k.Pools) != len(a.targets) {
		return fmt.Errorf("%w: it fills %d columns with %d targets, and this worker %d with %d", ErrOther, len(k.found()), len(k.Pools), a.width, len(a.targets))
	}
	for i, t := range a.targets {
		t.pool = k.Pools[i]
	}
	words, place := k.wordsOf(h), k.places(a)
	return h.visit(k.threads, func() func(int, *part, *grouper) error {
		w := a.newWalker()
		var c customer
		var line []byte
		values := make([]float64, a.width)
		known, asked := make([]bool, len(k.Moments)), make([]bool, len(k.Moments))
		return func(_ int, p *part, g *grouper) error {
			for i := range p.byID {
				c.meet(p, g, i)
				for m, at := range k.Moments {
					known[m] = c.seen <= at
				}
				if k.Always {
					c.seen = math.MinInt64
				}
				w.walk(&c, asked)
				id := p.ids.name(int(p.byID[i]))
				for m := range k.Moments {
					if !asked[m] {
						continue
					}
					for i, at := range place {
						values[i] = w.values[m][at]
					}
					line = answerLine(line[:0], id, m, known[m], values, words)
					if err := k.write(line); err != nil {
						return err
					}
				}
			}
			return nil
		}
	})
}

// write writes one answer.
func (k *worker) write(line []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.note.Out++
	_, err := k.out.Write(line)
	return err
}

// wordsOf lists the words of every column that the walk fills with the numbers of words;
// nil for the others.
func (k *worker) wordsOf(h *History) [][]string {
	words := make([][]string, len(k.found()))
	for i := range k.defs {
		if k.defs[i].Text() {
			words[i] = append([]string{}, h.words[fieldAt(k.defs[i].Field)].texts()...)
		}
	}
	return words
}

// places lists where the walk puts what each column wants.
func (k *worker) places(a *asked) []int {
	place := make([]int, a.width)
	for i := range place {
		place[i] = i
		if i < len(k.defs) {
			place[i] = a.p.columns[k.defs[i].Name].base
		}
	}
	return place
}

// answerLine writes what was found of one customer as of one moment.
func answerLine(to []byte, id string, moment int, known bool, values []float64, words [][]string) []byte {
	sum := startSum(id, moment, known)
	to = append(append(to, escape(id)...), '\t')
	to = append(strconv.AppendInt(to, int64(moment), 10), '\t', "01"[boolInt(known)], '\t')
	for i, v := range values {
		switch {
		case words[i] != nil && v == v:
			word := words[i][int(v)-1]
			to, sum = append(to, escape(word)...), sumWord(sum, word)
		case words[i] != nil:
			to, sum = append(to, nothingThere...), sumWord(sum, "")
		case v != v:
			to, sum = append(to, "NaN"...), sumNumber(sum, nan)
		default:
			to, sum = strconv.AppendFloat(to, v, 'g', -1, 64), sumNumber(sum, v)
		}
		to = append(to, '\t')
	}
	return append(strconv.AppendInt(append(to, '\t'), int64(sum), 10), '\n')
}

// The checksum of an answer is over its values, not its text: what was read back from
// the tables must be the same to the last bit.
func startSum(id string, moment int, known bool) uint64 {
	return mix(hash(id)^uint64(2*moment+boolInt(known)), 0x9E3779B97F4A7C15)
}

func sumNumber(sum uint64, v float64) uint64 {
	return mix(sum^math.Float64bits(v), 0x9E3779B97F4A7C15)
}

func sumWord(sum uint64, word string) uint64 {
	if word == "" {
		return mix(sum, 0xD6E8FEB86659FD93)
	}
	return mix(sum^hash(word), 0x9E3779B97F4A7C15)
}

// findGaps counts the gaps between orders that targets of silence lean on.
func (k *worker) findGaps(h *History) error {
	a, err := h.plain(Question{Moments: times(k.Moments), Targets: k.Targets})
	if err != nil {
		return err
	}
	found, err := a.gaps()
	if k.gaps == nil {
		k.gaps = found
		return err
	}
	for i := range found {
		for days, n := range found[i] {
			k.gaps[i][days] += n
		}
	}
	return err
}
