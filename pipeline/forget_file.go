package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"segmenta/table"
)

// An Erased file is one that held somebody.
type Erased struct {
	File  string `json:"file"` // within the workspace
	Rows  int    `json:"rows"` // taken out
	Cells int    `json:"cells,omitempty"`
	Whole bool   `json:"removed,omitempty"` // the file is removed
}

// idColumn reports whether a column names somebody: there a name counts whatever it looks
// like.
func idColumn(name string) bool {
	n := strings.ToLower(name)
	return n == "id" || n == "is" || n == "key" || n == "customer" || n == examplesColumn || strings.HasSuffix(n, "_id") || strings.HasSuffix(n, "_key") || strings.Contains(n, "email") || strings.Contains(n, "phone")
}

// examplesColumn lists several customers.
const examplesColumn = "examples"

// handles are the columns whose values in a person's rows lead back to them.
var handles = []string{"key", "external_id", "primary_key", "remote_id"}

// inParquet reads a table and takes out the rows of those to be erased, and their names
// from lists. Nothing is changed where nothing is found. learn is told what leads to them.
func (g *goner) inParquet(path string, learn func(name string)) (*table.Table, *Erased, error) {
	t, err := table.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	e, gone := new(Erased), make([]bool, t.Rows())
	lists := make(map[*table.Column][]string)
	for _, c := range t.Columns {
		if c.Kind == table.String {
			g.inColumn(c, gone, lists)
		}
	}
	var keep []int
	for i, out := range gone {
		if !out {
			keep = append(keep, i)
			continue
		}
		e.Rows++
	}
	if learn != nil && e.Rows > 0 {
		for _, name := range handles {
			if c := t.Column(name); c != nil && c.Kind == table.String {
				learnOwn(c, gone, learn)
			}
		}
	}
	if e.Rows == 0 && len(lists) == 0 {
		return nil, nil, nil
	}
	left := &table.Table{Meta: t.Meta}
	for _, c := range t.Columns {
		left.Add(rebuilt(c, lists[c], keep))
	}
	e.Cells = len(lists)
	return left, e, nil
}

// learnOwn tells the values that stand in their rows and in nobody else's.
func learnOwn(c *table.Column, gone []bool, learn func(name string)) {
	theirs, others := make([]bool, len(c.Dict)), make([]bool, len(c.Dict))
	for i, k := range c.Codes {
		if !c.IsNull(i) {
			theirs[k], others[k] = theirs[k] || gone[i], others[k] || !gone[i]
		}
	}
	for k, word := range c.Dict {
		if theirs[k] && !others[k] {
			learn(word)
		}
	}
}

// inColumn marks the rows that a column of text says are theirs, and notes lists that name
// them beside others.
func (g *goner) inColumn(c *table.Column, gone []bool, lists map[*table.Column][]string) {
	theirs, changed, ids := make([]bool, len(c.Dict)), make([]string, len(c.Dict)), idColumn(c.Name)
	any, some := false, false
	for k, word := range c.Dict {
		changed[k] = word
		switch {
		case (ids || telling(word)) && g.is(word):
			theirs[k], any = true, true
		case c.Name == examplesColumn:
			if left, same := g.inList(word); !same {
				changed[k], some = left, true
			}
		case g.find([]byte(word)):
			changed[k], some = string(g.cut([]byte(word))), true
		}
	}
	for i, k := range c.Codes {
		if any && !c.IsNull(i) && theirs[k] {
			gone[i] = true
		}
	}
	if some {
		lists[c] = changed
	}
}

// rebuilt is a column of some rows whose dictionary holds no word but theirs: that a name
// which no row has any more does not stay in the file is not left to the writer.
func rebuilt(c *table.Column, words []string, keep []int) *table.Column {
	p := c.Pick(keep)
	if c.Kind == table.String {
		if words != nil {
			p.Dict = words
		}
		values := make([]string, len(keep))
		for i := range values {
			values[i] = p.Text(i)
		}
		fresh := table.Strings(c.Name, values)
		fresh.Null, fresh.Unit, fresh.En, fresh.Es = p.Null, p.Unit, p.En, p.Es
		p = fresh
	}
	if !slices.Contains(p.Null, true) {
		p.Null = nil
		p.Required = c.Required || c.Name == "customer_id" && len(keep) > 0 && c.Null == nil
	}
	return p
}

// inText takes those to be erased out of a file of text: whole lines where each is a
// record, their names elsewhere.
func (g *goner) inText(path string) ([]byte, *Erased, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	if !lined(path) {
		if !g.find(text) {
			return nil, nil, nil
		}
		return g.cut(text), &Erased{Cells: 1}, nil
	}
	e, left := new(Erased), make([]byte, 0, len(text))
	header := bytes.HasPrefix(text, []byte{0xef, 0xbb, 0xbf})
	for n, line := range bytes.SplitAfter(text, []byte("\n")) {
		if (n > 0 || !header) && g.inLine(path, line) {
			e.Rows++
			continue
		}
		left = append(left, line...)
	}
	if e.Rows == 0 {
		return nil, nil, nil
	}
	return left, e, nil
}

// lined reports a file of which each line is a record.
func lined(path string) bool {
	return slices.Contains([]string{".jsonl", ".ndjson", ".csv", ".tsv", ".log", ".txt"}, filepath.Ext(path))
}

// inLine reports whether a record is theirs: it holds a telling name, or a member or cell
// is one of the names.
func (g *goner) inLine(path string, line []byte) bool {
	if g.find(line) {
		return true
	}
	switch filepath.Ext(path) {
	case ".jsonl", ".ndjson":
		var record map[string]any
		if json.Unmarshal(line, &record) == nil {
			for name, v := range record {
				if s, ok := v.(string); ok && (idColumn(name) || telling(s)) && g.is(s) {
					return true
				}
			}
		}
	case ".csv", ".tsv":
		for cell := range strings.FieldsFuncSeq(strings.TrimSpace(string(line)), func(r rune) bool { return r == ',' || r == ';' || r == '\t' || r == '|' }) {
			if s := strings.Trim(cell, `"'`); telling(s) && g.is(s) {
				return true
			}
		}
	}
	return false
}

// prove reads every byte of the workspace, and every value of its tables, for the names.
// It is what says that nobody is left; it shares no step with the erasing but the names.
func (g *goner) prove(w *workspace) (*Searched, error) {
	p := new(Searched)
	err := w.walk(func(path, name string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		p.Files, p.Bytes = p.Files+1, p.Bytes+int64(len(text))
		found := g.find(text)
		if isParquet(path) {
			inside, values, err := g.inside(path)
			if err != nil {
				return err
			}
			found, p.Values = found || inside, p.Values+values
		}
		if found {
			p.Left = append(p.Left, name)
		}
		return nil
	})
	return p, err
}

func isParquet(path string) bool { return strings.HasSuffix(path, ".parquet") }

// inside looks at every value of a table.
func (g *goner) inside(path string) (found bool, values int64, err error) {
	t, err := table.ReadFile(path)
	if err != nil {
		return false, 0, err
	}
	for _, c := range t.Columns {
		values += int64(c.Len())
		if c.Kind != table.String {
			continue
		}
		for _, word := range c.Dict {
			if g.find([]byte(word)) || (idColumn(c.Name) || telling(word)) && g.is(word) {
				found = true
			}
			if _, same := g.inList(word); c.Name == examplesColumn && !same {
				found = true
			}
		}
	}
	for _, text := range t.Meta {
		found = found || g.find([]byte(text))
	}
	return found, values, nil
}

// walk visits every file of the workspace in order of name, but for the lock and the
// tombstones.
func (w *workspace) walk(visit func(path, name string) error) error {
	return filepath.WalkDir(w.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(w.dir, path)
		if err != nil {
			return err
		}
		if name == "lock" || name == forgottenFile {
			return nil
		}
		if err := visit(path, filepath.ToSlash(name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}
