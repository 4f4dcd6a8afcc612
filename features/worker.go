package features

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
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
