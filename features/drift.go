package features

import (
	"fmt"
	"slices"
	"strings"

	"segmenta/strict"
	"segmenta/table"
)

// A Shape is what a source's columns were like, to be held against the next time.
type Shape struct {
	Rows    int64         `json:"rows"`
	Columns []ColumnShape `json:"columns"` // in the order of the file
}

// A ColumnShape is one of them.
type ColumnShape struct {
	Name  string   `json:"name"`
	Type  string   `json:"type"`
	Scale int      `json:"scale,omitempty"` // digits after the point, of a decimal
	Local bool     `json:"local,omitempty"` // a time that names no zone
	Odd   string   `json:"odd,omitempty"`   // why it isn't read
	Used  bool     `json:"used,omitempty"`  // the configuration reads it
	Null  *float64 `json:"null_share,omitempty"`
	Words []string `json:"words,omitempty"` // of a column of few, such as a channel
}

// worded lists our columns whose words are remembered from run to run. None of them says
// who a customer is.
var worded = []string{"category", "channel", "type", "tier", "status", "currency"}

// Shape is what the columns of the files are like, before they are read.
func (o *Observer) Shape() *Shape {
	s := &Shape{}
	at := map[string]int{}
	for _, w := range o.files {
		for _, f := range w.Fields() {
			if _, known := at[f.Name]; known && f.Odd != twice {
				continue
			}
			at[f.Name] = len(s.Columns)
			s.Columns = append(s.Columns, ColumnShape{Name: f.Name, Type: f.Kind.String(), Scale: f.Scale, Local: f.Local && f.Kind == table.Time, Odd: f.Odd, Used: o.used(f.Name)})
		}
	}
	return s
}

// Filled adds what was seen of the columns when they were read.
func (o *Observer) Filled() *Shape {
	s := o.Shape()
	seen := o.Seen()
	for i := range s.Columns {
		c := &s.Columns[i]
		n := seen[c.Name]
		if n == nil {
			continue
		}
		s.Rows = max(s.Rows, n.Rows)
		if n.Rows > 0 {
			share := float64(n.Nulls) / float64(n.Rows)
			c.Null = &share
		}
		if o.isWorded(c.Name) {
			for word := range n.Words {
				c.Words = append(c.Words, word)
			}
			slices.Sort(c.Words)
		}
	}
	return s
}

// used reports whether the configuration reads a column of theirs.
func (o *Observer) used(theirs string) bool {
	for ours, text := range o.in.Columns {
		e, err := parseExpr(text, func(c string) bool { return c == theirs })
		if err == nil && e.constant == nil && slices.Contains(e.columns(), theirs) || ours == theirs && text == "" {
			return true
		}
	}
	_, mapped := o.in.Columns[theirs]
	return !mapped && slices.Contains(ours(o.name), theirs)
}

func (o *Observer) isWorded(theirs string) bool {
	for _, name := range worded {
		if text, mapped := o.in.Columns[name]; mapped && strings.Trim(text, "`") == theirs || !mapped && name == theirs {
			return true
		}
	}
	return false
}

// twice is how a reader names columns that share their name.
const twice = "there twice under one name"

// Drift says by name what has changed in a source's columns since the time before. What
// the configuration reads and can't read any more fails; the rest is a warning.
func Drift(source string, before, now *Shape) (all []Check) {
	d := &drift{source: source, was: byName(before), is: byName(now)}
	var order [2][]string
	for _, c := range before.Columns {
		if is, ok := d.is[c.Name]; ok {
			order[0] = append(order[0], c.Name)
			d.changed(c, is)
			continue
		}
		d.gone(c)
	}
	for _, c := range now.Columns {
		if _, ok := d.was[c.Name]; ok {
			order[1] = append(order[1], c.Name)
		} else if !d.taken[c.Name] {
			d.note("SCHEMA_NEW_COLUMN", c, false, "it is new", "es nueva")
		}
	}
	order[0], order[1] = slices.Compact(order[0]), slices.Compact(order[1])
	if !slices.Equal(order[0], order[1]) {
		d.note("SCHEMA_REORDERED", ColumnShape{}, false, "the columns stand in another order", "las columnas están en otro orden")
	}
	return d.all
}

type drift struct {
	source  string
	was, is map[string]ColumnShape
	taken   map[string]bool // new columns that old ones became
	all     []Check
}

func byName(s *Shape) map[string]ColumnShape {
	all := map[string]ColumnShape{}
	for _, c := range s.Columns {
		all[c.Name] = c
	}
	return all
}

func (d *drift) note(code string, c ColumnShape, stops bool, en, es string) {
	severity := "warn"
	if stops {
		severity = "fail"
	}
	d.all = append(d.all, Check{Source: d.source, Column: c.Name, Name: code, Severity: severity, Observed: none, Limit: none, En: en, Es: es})
}

// gone finds out what became of a column that isn't there any more.
func (d *drift) gone(c ColumnShape) {
	if d.taken == nil {
		d.taken = map[string]bool{}
	}
	var fresh, all []string
	for name := range d.is {
		all = append(all, name)
		if _, old := d.was[name]; !old {
			fresh = append(fresh, name)
		}
	}
	slices.Sort(all)
	slices.Sort(fresh)
	for _, name := range fresh {
		if strings.EqualFold(name, c.Name) {
			d.taken[name] = true
			d.note("SCHEMA_CASE_CHANGED", c, c.Used, "it is written "+name+" now", "ahora se escribe "+name)
			return
		}
	}
	if name := likeliest(c, fresh, d.is); name != "" {
		d.taken[name] = true
		d.note("SCHEMA_RENAMED_COLUMN", c, c.Used, "it is gone, and "+name+" is new: renamed?", "ya no está, y "+name+" es nueva: ¿cambió de nombre?")
		return
	}
	en, es := "it is gone", "ya no está"
	if name := strict.Nearest(c.Name, all); name != "" {
		en, es = en+"; the nearest name is "+name, es+"; el nombre más parecido es "+name
	}
	d.note("SCHEMA_MISSING_COLUMN", c, c.Used, en, es)
}

// likeliest is the new column that an old one has most likely become: by its name, or
// because no other is of its type.
func likeliest(c ColumnShape, fresh []string, is map[string]ColumnShape) string {
	if name := strict.Nearest(c.Name, fresh); name != "" {
		return name
	}
	bare := func(s string) string {
		return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s))
	}
	var same []string
	for _, name := range fresh {
		if bare(name) == bare(c.Name) || strings.Contains(bare(name), bare(c.Name)) || strings.Contains(bare(c.Name), bare(name)) {
			return name
		}
		if is[name].Type == c.Type && is[name].Odd == c.Odd {
			same = append(same, name)
		}
	}
	if len(same) == 1 && len(fresh) == 1 {
		return same[0]
	}
	return ""
}

// changed compares a column with what it was.
func (d *drift) changed(was, is ColumnShape) {
	used := is.Used || was.Used
	switch {
	case is.Odd == was.Odd && is.Odd != "":
	case is.Odd == twice:
		d.note("SCHEMA_DUPLICATE_NAME", is, used, "two columns are called so now", "ahora hay dos columnas con ese nombre")
	case is.Odd != "":
		d.note("FEATURE_NESTED", is, used, "it is "+is.Odd+" now, which is not read", "ahora no se puede leer: "+is.Odd)
	case is.Type != was.Type:
		d.note("FEATURE_TYPE_CHANGED", is, used && !wider(was.Type, is.Type), fmt.Sprintf("it holds %s now, and held %s", is.Type, was.Type), fmt.Sprintf("ahora contiene %s, y contenía %s", is.Type, was.Type))
	case is.Local && !was.Local:
		d.note("TIMESTAMP_ZONE_LOST", is, used, "its times name no zone any more", "sus fechas ya no indican zona horaria")
	case was.Local && !is.Local:
		d.note("TIMESTAMP_ZONE_NEW", is, false, "its times name their zone now", "sus fechas indican ahora zona horaria")
	case is.Scale != was.Scale:
		d.note("DECIMAL_SCALE_CHANGED", is, false, fmt.Sprintf("%d digits after the point now, and %d before", is.Scale, was.Scale), fmt.Sprintf("ahora tiene %d decimales, y tenía %d", is.Scale, was.Scale))
	}
}

// wider reports whether every value of one type is one of the other too.
func wider(was, is string) bool {
	numbers := []string{"int32", "int64", "float32", "float64"}
	a, b := slices.Index(numbers, was), slices.Index(numbers, is)
	return a >= 0 && b >= 0
}

// Unread compares what was seen of the columns with the time before: those that hold
// nothing any more, and words that were never there.
func Unread(source string, before, now *Shape) (all []Check) {
	d := &drift{source: source, was: byName(before), is: byName(now)}
	for _, is := range now.Columns {
		was, known := d.was[is.Name]
		if !known {
			continue
		}
		if is.Null != nil && *is.Null == 1 && (was.Null == nil || *was.Null < 1) {
			d.note("FEATURE_ALL_NULL", is, is.Used, "every row is null now", "ahora todas las filas son nulas")
		}
		var fresh []string
		for _, word := range is.Words {
			if !slices.Contains(was.Words, word) {
				fresh = append(fresh, word)
			}
		}
		if len(fresh) > 0 && len(was.Words) > 0 {
			some := strings.Join(fresh[:min(3, len(fresh))], ", ")
			d.note("ENUM_TYPE_UNEXPECTED_STRING_VALUES", is, false, fmt.Sprintf("%d words that were never there, such as %s", len(fresh), some), fmt.Sprintf("%d palabras que no estaban, como %s", len(fresh), some))
		}
	}
	return d.all
}
