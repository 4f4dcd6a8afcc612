// Package strict reads YAML and takes nothing on trust.
//
// Every error names the file, the line and the column. An unknown key is refused
// with the nearest known one, a key that stands twice is refused, and a document
// that is too large, too deep or full of aliases is refused before it costs anything.
package strict

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// Limits of a document. Ours have a few hundred lines.
const (
	MaxBytes = 1 << 20
	MaxDepth = 64
)

// An Error is something wrong at one place of a document.
type Error struct {
	File         string
	Line, Column int
	Problem      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Problem)
}

// Decode reads the one document in data into what into points to: structs with yaml
// tags, maps with text keys, lists, text, numbers, encoding.TextUnmarshaler, and Node.
// An empty document leaves it as it is.
func Decode(file string, data []byte, into any) error {
	n, err := Parse(file, data)
	if err != nil || n.IsZero() {
		return err
	}
	return n.Decode(into)
}

// Read reads the text of a file that isn't too large to be one of ours.
func Read(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err == nil && len(data) > MaxBytes {
		err = tooLarge(file)
	}
	return data, err
}

func tooLarge(file string) error {
	return &Error{file, 1, 1, fmt.Sprintf("the file has more than the %d bytes that are read", MaxBytes)}
}

// Parse reads the one document in data. The node of an empty document is zero.
func Parse(file string, data []byte) (Node, error) {
	if len(data) > MaxBytes {
		return Node{}, tooLarge(file)
	}
	if line, column := tooDeep(data); line > 0 {
		return Node{}, &Error{file, line, column, fmt.Sprintf("nested more than %d deep", MaxDepth)}
	}
	limits := yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(MaxDepth), loaderlimits.AliasValue(0)))
	loader, err := yaml.NewLoader(strings.NewReader(string(data)), limits)
	if err != nil {
		return Node{}, err
	}
	var root, more yaml.Node
	if err := loader.Load(&root); err == io.EOF {
		return Node{}, nil
	} else if err != nil {
		return Node{}, located(file, err)
	}
	if err := loader.Load(&more); err != io.EOF {
		if err != nil {
			return Node{}, located(file, err)
		}
		return Node{}, &Error{file, more.Line, more.Column, "a second document begins here; one file holds one"}
	}
	n := Node{file, &root}
	if root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
		n.node = root.Content[0]
	}
	return n, n.sound(0)
}

// tooDeep finds where brackets or indentation go deeper than any sound document,
// before the parser, whose stack and memory grow with them, sees it.
func tooDeep(data []byte) (line, column int) {
	depth, line, start := 0, 1, 0
	for i, b := range data {
		switch b {
		case '\n':
			line, start = line+1, i+1
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		case '-', '?':
			if i+1 < len(data) && data[i+1] == ' ' && i-start > 4*MaxDepth && strings.Trim(string(data[start:i]), " -?") == "" {
				return line, i - start + 1
			}
		}
		if depth > 4*MaxDepth {
			return line, i - start + 1
		}
	}
	return 0, 0
}

var place = regexp.MustCompile(`line (\d+)(?:, column (\d+))?:? *`)

// located makes our error of one of the parser's, which names a line and at times a
// column.
func located(file string, err error) error {
	words := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "go-yaml ")
	e := &Error{file, 1, 1, words}
	if m := place.FindStringSubmatchIndex(words); m != nil {
		e.Line, _ = strconv.Atoi(words[m[2]:m[3]])
		if m[4] >= 0 {
			e.Column, _ = strconv.Atoi(words[m[4]:m[5]])
		}
		e.Problem = strings.TrimSpace(words[:m[0]] + words[m[1]:])
	}
	return e
}

// A Node is a part of a document, kept to be read later.
type Node struct {
	file string
	node *yaml.Node
}

// IsZero reports whether there is nothing here: the key was left out.
func (n Node) IsZero() bool { return n.node == nil }

// Place is where the node stands.
func (n Node) Place() (file string, line, column int) {
	if n.node == nil {
		return n.file, 1, 1
	}
	return n.file, n.node.Line, n.node.Column
}

// Errorf makes an error that says where the node stands.
func (n Node) Errorf(format string, args ...any) *Error {
	file, line, column := n.Place()
	return &Error{file, line, column, fmt.Sprintf(format, args...)}
}

// sound refuses aliases, which make small files large, and keys that stand twice.
func (n Node) sound(depth int) error {
	if n.node.Kind == yaml.AliasNode || n.node.Anchor != "" {
		return n.Errorf("anchors and aliases (& and *) are not read; write it out")
	}
	if depth > MaxDepth {
		return n.Errorf("nested more than %d deep", MaxDepth)
	}
	if n.node.Kind == yaml.MappingNode {
		if err := n.distinctKeys(); err != nil {
			return err
		}
	}
	for _, child := range n.node.Content {
		if err := (Node{n.file, child}).sound(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

func (n Node) distinctKeys() error {
	first := make(map[string]int)
	for _, p := range n.Pairs() {
		key := p.Key.node
		if key.Kind != yaml.ScalarNode {
			return p.Key.Errorf("a key must be text")
		}
		if line, twice := first[key.Value]; twice {
			return p.Key.Errorf("%q stands twice; the first is on line %d", key.Value, line)
		}
		first[key.Value] = key.Line
	}
	return nil
}

// A Pair is a key and its value.
type Pair struct{ Key, Value Node }

// IsMap, IsList and IsText say what kind of node it is.
func (n Node) IsMap() bool  { return n.node != nil && n.node.Kind == yaml.MappingNode }
func (n Node) IsList() bool { return n.node != nil && n.node.Kind == yaml.SequenceNode }
func (n Node) IsText() bool { return n.node != nil && n.node.Kind == yaml.ScalarNode }

// Pairs lists what a map holds, in the order in which it is written.
func (n Node) Pairs() (pairs []Pair) {
	if n.IsMap() {
		for i := 0; i+1 < len(n.node.Content); i += 2 {
			pairs = append(pairs, Pair{Node{n.file, n.node.Content[i]}, Node{n.file, n.node.Content[i+1]}})
		}
	}
	return pairs
}

// Split parts a map in two: the keys that are taken, and those that are left. Both stand
// where it stands.
func (n Node) Split(take func(key string) bool) (taken, left Node) {
	if !n.IsMap() {
		return Node{}, n
	}
	a, b := *n.node, *n.node
	a.Content, b.Content = nil, nil
	for _, p := range n.Pairs() {
		to := &b
		if take(p.Key.Text()) {
			to = &a
		}
		to.Content = append(to.Content, p.Key.node, p.Value.node)
	}
	return Node{n.file, &a}, Node{n.file, &b}
}

// Items lists what a list holds.
func (n Node) Items() (items []Node) {
	if n.IsList() {
		for _, c := range n.node.Content {
			items = append(items, Node{n.file, c})
		}
	}
	return items
}

// Text is what a scalar says, as it is written.
func (n Node) Text() string {
	if n.node == nil {
		return ""
	}
	return n.node.Value
}

// IsNull reports whether a scalar is empty, ~ or null.
func (n Node) IsNull() bool { return n.IsText() && n.node.ShortTag() == "!!null" }

// Number is a scalar that is written as a number.
func (n Node) Number() (float64, bool) {
	if !n.IsText() || n.node.ShortTag() != "!!int" && n.node.ShortTag() != "!!float" {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(n.node.Value, "_", ""), 64)
	return v, err == nil
}

// Decode reads the node into what into points to.
func (n Node) Decode(into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return errors.New("strict: Decode wants a pointer")
	}
	if n.IsZero() {
		return nil
	}
	return n.decode(v.Elem())
}
