package features

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"segmenta/table"
)

// ErrOther reports work that another version of the program gave out.
var ErrOther = errors.New("the work is of another version")

// Same refuses what another program gave out: it may mean something else by the same
// words.
func (w *Work) Same(version string) error {
	if w.Protocol != Protocol || w.Version != version {
		return fmt.Errorf("%w: it was given out by segmenta %s (protocol %d), and this worker is segmenta %s (protocol %d); let both be the same binary",
			ErrOther, w.Version, w.Protocol, version, Protocol)
	}
	return nil
}

// Check refuses work that makes no sense.
func (w *Work) Check() error {
	if len(w.Sources) == 0 {
		return fmt.Errorf("the work names no source")
	}
	for _, s := range w.Sources {
		if slices.Index(fileNames[:], s.Name) < 0 || len(s.Fields) == 0 {
			return fmt.Errorf("the work names a source %q of %d fields", s.Name, len(s.Fields))
		}
	}
	if len(w.Moments) == 0 && w.Task != "survey" || w.Task == "held" && fieldAt(w.Field) < 0 {
		return fmt.Errorf("the work is %s of %q at %d moments", w.Task, w.Field, len(w.Moments))
	}
	return nil
}

// Run does work over the rows that come in, and writes what Answers lists.
func (w *Work) Run(ctx context.Context, in io.Reader, out io.Writer, threads int) error {
	zone, err := time.LoadLocation(w.Zone)
	if err != nil {
		return err
	}
	k := &worker{Work: w, zone: zone, threads: threads, out: bufio.NewWriterSize(out, 1<<20), note: note{Audits: map[string]*wireAudit{}}}
	for i := range w.Sources {
		k.raw[slices.Index(fileNames[:], w.Sources[i].Name)] = &rawSource{WorkSource: &w.Sources[i], limit: cmp.Or(w.Memory, usualHeld) / 4}
	}
	for i := range w.Columns {
		d := w.Columns[i].Definition
		d.days, d.ago = w.Columns[i].Days, w.Columns[i].Past
		k.defs = append(k.defs, d)
	}
	k.audits = map[string]*audit{}
	if err := k.lines(ctx, bufio.NewReaderSize(in, 1<<20)); err != nil {
		return err
	}
	if err := k.end(); err != nil {
		return err
	}
	return k.out.Flush()
}

// usualHeld is how many bytes of rows a worker holds where the work doesn't say.
const usualHeld = 256 << 20

// A worker goes over rows as they come, some customers at a time.
type worker struct {
	*Work
	zone    *time.Location
	threads int
	defs    []Definition
	raw     [files]*rawSource

	note   note
	audits map[string]*audit
	types  words
	gaps   []map[float64]int

	mu  sync.Mutex
	out *bufio.Writer
}

// lines takes lines in until there are enough of whole customers, and works on them.
func (k *worker) lines(ctx context.Context, in *bufio.Reader) error {
	most := cmp.Or(k.Rows, 500_000)
	var whose []byte
	rows := 0
	for {
		line, err := fullLine(in)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		body, crc, err := checkLine(line)
		if err != nil {
			return fmt.Errorf("row %d that came: %w", k.note.Sum.Rows+1, err)
		}
		id := idOf(body)
		if k.Grouped() && string(id) == nothingThere {
			return fmt.Errorf("row %d that came has no customer, where only rows with one are to come", k.note.Sum.Rows+1)
		}
		if rows >= most && (!k.Grouped() || !bytes.Equal(id, whose)) {
			if err := k.work(ctx); err != nil {
				return err
			}
			rows = 0
		}
		if !bytes.Equal(id, whose) {
			whose = append(whose[:0], id...)
		}
		s := k.source(body)
		if s == nil {
			return fmt.Errorf("the line %.200q is of no source that the work names", body)
		}
		if err := s.add(body); err != nil {
			return err
		}
		rows++
		if string(id) != nothingThere {
			k.note.Sum.plus(sum{1, uint64(crc)})
		}
	}
	return k.work(ctx)
}

// fullLine is the next line without its end.
func fullLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err == nil {
		return line[:len(line)-1], nil
	}
	if err == bufio.ErrBufferFull {
		whole := slices.Clone(line)
		for err == bufio.ErrBufferFull {
			line, err = in.ReadSlice('\n')
			whole = append(whole, line...)
		}
		line = whole
		if err == nil {
			return line[:len(line)-1], nil
		}
	}
	if err == io.EOF && len(line) > 0 {
		return nil, fmt.Errorf("the last line breaks off: %.200q", line)
	}
	return nil, err
}

func (k *worker) source(body []byte) *rawSource {
	if len(body) < 2 || body[1] != '\t' {
		return nil
	}
	for file, letter := range letters {
		if body[0] == letter {
			return k.raw[file]
		}
	}
	return nil
}

// work works on what came in.
func (k *worker) work(ctx context.Context) error {
	h, err := k.load(ctx)
	if err != nil {
		return err
	}
	defer h.Close()
	switch k.Task {
	case "survey":
	case "answer":
		err = k.answer(h)
	case "gaps":
		err = k.findGaps(h)
	case "held":
		err = k.held(h)
	case "paid":
		err = k.paid(h)
	default:
		err = fmt.Errorf("the work is a %q, which is not known", k.Task)
	}
	for file, s := range k.raw {
		if s != nil {
			k.book(h, file)
			s.renew()
		}
	}
	return err
}

// load makes a history of what came in, as Load does of files.
func (k *worker) load(ctx context.Context) (*History, error) {
	in := Inputs{Zone: k.zone, EventTypes: k.Types, MaxRejected: 1, Duplicates: map[bool]string{true: "drop"}[k.Drop], Threads: k.threads, Memory: cmp.Or(k.Memory, usualHeld)}
	if k.Until != unset {
		in.Until = time.UnixMicro(k.Until)
	}
	if k.Since != 0 {
		in.Since = time.UnixMicro(k.Since)
	}
	for file, s := range k.raw {
		if s != nil {
			*[]**Source{&in.Transactions, &in.Events}[file] = s.opened()
		}
	}
	l, err := newLoader(in)
	if err != nil {
		return nil, err
	}
	if err := l.open(); err != nil {
		return nil, err
	}
	for _, s := range k.Slots {
		l.h.extras[extra{s.Name, s.Kind}] = s.Slot
	}
	for _, s := range l.work {
		keep, err := k.raw[s.file].keep()
		if err != nil {
			return nil, err
		}
		l.h.keep[s.file], l.h.delayed[s.file] = keep, l.h.has[s.name+".known_at"]
		for _, b := range s.bound {
			b.only(s.file, l.h.keep)
		}
	}
	if err := l.read(ctx); err != nil {
		l.h.Close()
		return nil, err
	}
	if err := l.finish(ctx); err != nil {
		l.h.Close()
		return nil, err
	}
	return l.h, nil
}

// book adds to the books what the loading and the walk found of a source.
func (k *worker) book(h *History, file int) {
	a := h.sums[file]
	if a == nil {
		return
	}
	for r := range a.samples {
		for i := range a.samples[r] {
			k.raw[file].locate(&a.samples[r][i])
		}
	}
	a = a.wire(h.words[typeField].texts()).audit(&k.types)
	if all := k.audits[fileNames[file]]; all != nil {
		all.plus(a)
	} else {
		k.audits[fileNames[file]] = a
	}
}

// locate says of a sample whose row it is: where a row stood in a table nobody can say.
func (s *rawSource) locate(at *Sample) {
	for i := range s.blocks {
		b := &s.blocks[i]
		if at.Row < b.first || at.Row >= b.first+int64(b.rows) {
			continue
		}
		rest, err := s.read(b)
		if err != nil {
			return
		}
		for range at.Row - b.first {
			rest = rest[bytes.IndexByte(rest, '\n')+1:]
		}
		line := string(rest[:bytes.IndexByte(rest, '\n')])
		at.File = fmt.Sprintf("%s of customer %s", s.WorkSource.Name, idOf([]byte(line)))
		var cells []string
		for i, cell := range strings.Split(line, "\t")[1:] {
			if i < len(s.WorkSource.Fields) {
				cells = append(cells, s.WorkSource.Fields[i].Name+" "+cell)
			}
		}
		at.Value = strings.TrimSpace(at.Value + " in " + strings.Join(cells, ", "))
		at.Value = at.Value[:min(len(at.Value), 400)]
		return
	}
}

// end writes the note.
func (k *worker) end() error {
	for name, a := range k.audits {
		k.note.Audits[name] = a.wire(k.types.texts())
	}
	k.note.Gaps = wireGaps(k.gaps)
	said, err := json.Marshal(k.note)
	if err != nil {
		return err
	}
	line := append([]byte(nil), "\t-1\t0\t"...)
	for _, c := range k.found() {
		if c.Kind == table.Float64 {
			line = append(line, "NaN"...)
		}
		line = append(line, '\t')
	}
	line = append(line, escape(string(said))...)
	line = strconv.AppendInt(append(line, '\t'), int64(hash(string(said))), 10)
	_, err = k.out.Write(append(line, '\n'))
	return err
}

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

// keep is the fields of ours that a source's rows carry.
func (s *rawSource) keep() (all []int, err error) {
	for _, name := range s.Keep {
		k := fieldAt(name)
		if k < 0 {
			return nil, fmt.Errorf("%w: rows are to carry %q, which is not known", ErrOther, name)
		}
		all = append(all, k)
	}
	return all, nil
}

// opened is the source, to be read like a file.
func (s *rawSource) opened() *Source {
	return &Source{Open: func() ([]table.Source, error) { return []table.Source{s}, nil }, Columns: s.Columns, TimeLayout: s.TimeLayout, Format: table.Format{DecimalComma: s.Comma}}
}
