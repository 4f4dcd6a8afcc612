package strict

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// decode reads a node into a value of any type that Decode names.
func (n Node) decode(v reflect.Value) error {
	if v.Type() == reflect.TypeFor[Node]() {
		v.Set(reflect.ValueOf(n))
		return nil
	}
	if v.Kind() == reflect.Pointer {
		if n.IsNull() {
			return nil
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return n.decode(v.Elem())
	}
	if own, ok := v.Addr().Interface().(interface{ UnmarshalNode(Node) error }); ok {
		return n.placed(own.UnmarshalNode(n))
	}
	if own, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if !n.IsText() {
			return n.Errorf("want text, not %s", n.what())
		}
		return n.placed(own.UnmarshalText([]byte(n.Text())))
	}
	switch v.Kind() {
	case reflect.Struct:
		return n.decodeStruct(v)
	case reflect.Map:
		return n.decodeMap(v)
	case reflect.Slice:
		return n.decodeSlice(v)
	}
	return n.decodeScalar(v)
}

// placed gives an error that doesn't know where it stands this node's place.
func (n Node) placed(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := err.(*Error); ok {
		return err
	}
	return n.Errorf("%v", err)
}

func (n Node) decodeStruct(v reflect.Value) error {
	if n.IsNull() {
		return nil
	}
	if !n.IsMap() {
		return n.Errorf("want keys and values, not %s", n.what())
	}
	fields, names := fieldsOf(v.Type())
	for _, p := range n.Pairs() {
		key := p.Key.Text()
		at, ok := fields[key]
		if !ok {
			return p.Key.unknown(key, names)
		}
		if err := p.Value.decode(v.FieldByIndex(at)); err != nil {
			return err
		}
	}
	return nil
}

// unknown says what a key may be instead.
func (n Node) unknown(key string, known []string) error {
	if near := Nearest(key, known); near != "" {
		return n.Errorf("unknown key %q; did you mean %q?", key, near)
	}
	return n.Errorf("unknown key %q; known are %s", key, strings.Join(known, ", "))
}

func fieldsOf(t reflect.Type) (at map[string][]int, names []string) {
	at = make(map[string][]int)
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		at[name] = f.Index
		names = append(names, name)
	}
	return at, names
}

func (n Node) decodeMap(v reflect.Value) error {
	if n.IsNull() {
		return nil
	}
	if !n.IsMap() {
		return n.Errorf("want keys and values, not %s", n.what())
	}
	m := reflect.MakeMap(v.Type())
	for _, p := range n.Pairs() {
		value := reflect.New(v.Type().Elem()).Elem()
		if err := p.Value.decode(value); err != nil {
			return err
		}
		m.SetMapIndex(reflect.ValueOf(p.Key.Text()).Convert(v.Type().Key()), value)
	}
	v.Set(m)
	return nil
}

func (n Node) decodeSlice(v reflect.Value) error {
	if n.IsNull() {
		return nil
	}
	items := n.Items()
	if n.IsText() && (v.Type().Elem().Kind() == reflect.String || reflect.PointerTo(v.Type().Elem()).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())) {
		items = []Node{n} // one text stands for a list of one
	} else if !n.IsList() {
		return n.Errorf("want a list, not %s", n.what())
	}
	s := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		if err := item.decode(s.Index(i)); err != nil {
			return err
		}
	}
	v.Set(s)
	return nil
}

func (n Node) decodeScalar(v reflect.Value) error {
	if !n.IsText() {
		return n.Errorf("want %s, not %s", wanted(v.Kind()), n.what())
	}
	text, err := n.Text(), error(nil)
	switch v.Kind() {
	case reflect.String:
		if n.IsNull() {
			text = ""
		}
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return n.Errorf("want true or false, not %q", text)
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int64, reflect.Int32:
		var i int64
		if i, err = strconv.ParseInt(text, 10, v.Type().Bits()); err == nil {
			v.SetInt(i)
		}
	case reflect.Uint, reflect.Uint64, reflect.Uint32:
		var u uint64
		if u, err = strconv.ParseUint(text, 10, v.Type().Bits()); err == nil {
			v.SetUint(u)
		}
	case reflect.Float64, reflect.Float32:
		var f float64
		if f, err = strconv.ParseFloat(text, 64); err == nil {
			v.SetFloat(f)
		}
	case reflect.Interface:
		v.Set(reflect.ValueOf(text))
	default:
		return fmt.Errorf("strict: no way to read into %s", v.Type())
	}
	if err != nil {
		return n.Errorf("want %s, not %q", wanted(v.Kind()), text)
	}
	return nil
}

func wanted(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

func (n Node) what() string {
	switch {
	case n.IsMap():
		return "keys and values"
	case n.IsList():
		return "a list"
	}
	return strconv.Quote(n.Text())
}

// Nearest is the known word that a mistyped one most likely means, or "" where none
// is near: at most a third of its letters, and one more, are different.
func Nearest(word string, known []string) string {
	best, distance := "", len([]rune(word))/3+2
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := edits(strings.ToLower(word), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// edits counts the letters to insert, delete, replace or swap with their neighbour to
// make one word of the other (optimal string alignment).
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64
	}
	before, last, now := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now[0] = i
		for j := 1; j <= len(y); j++ {
			differ := 1
			if x[i-1] == y[j-1] {
				differ = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+differ)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(y)]
}
