package features

import (
	"cmp"
	"maps"
	"slices"
)

// The files that hold rows of what customers did.
const (
	transactions = iota
	events
	files
)

var fileNames = [files]string{"transactions", "events"}

// A field is something that a row may carry beside its customer and its times.
type field struct {
	name   string        // as definitions say it
	kind   fieldKind     // number or word
	column [files]string // of ours, that it is read from; empty where a file has none
	zero   bool          // of a number: where it is missing it is 0, not NaN
	hashed bool          // of a word: it can be told from others and counted, not named
}

// fields lists what rows carry. A new one is a line here, and one in fieldsOf if
// definitions may measure it. Rows of one time are put in order by these fields, one
// after another.
var fields = append([]field{
	{name: "order", kind: wordField, column: [files]string{"order_id", ""}, hashed: true},
	{name: "type", kind: wordField, column: [files]string{"", "type"}},
	{name: "amount", kind: numberField, column: [files]string{"amount", ""}},
	{name: "quantity", kind: numberField, column: [files]string{"quantity", ""}},
	{name: "discount", kind: numberField, column: [files]string{"discount", ""}, zero: true},
	{name: "value", kind: numberField, column: [files]string{"", "value"}},
	{name: "product", kind: wordField, column: [files]string{"product_id", "product_id"}, hashed: true},
	{name: "category", kind: wordField, column: [files]string{"category", "category"}},
	{name: "channel", kind: wordField, column: [files]string{"channel", "channel"}},
	{name: "cost", kind: numberField, column: [files]string{"cost", ""}},
	{name: "tier", kind: wordField, column: [files]string{"tier", ""}},
	{name: "status", kind: wordField, column: [files]string{"status", ""}},
	{name: "currency", kind: wordField, column: [files]string{"currency", ""}},
	{name: "campaign", kind: wordField, column: [files]string{"campaign_id", "campaign_id"}},
	{name: "sentiment", kind: numberField, column: [files]string{"", "text_sentiment"}},
	{name: "device", kind: wordField, column: [files]string{"", "device"}},
	{name: "page", kind: wordField, column: [files]string{"", "page"}},
}, slotFields()...)

// Places of the fields that the engine itself reads.
var (
	orderField    = fieldAt("order")
	typeField     = fieldAt("type")
	amountField   = fieldAt("amount")
	quantityField = fieldAt("quantity")
	productField  = fieldAt("product")
)

// fieldAt is a field's place in fields, −1 where there is none of that name.
func fieldAt(name string) int {
	return slices.IndexFunc(fields, func(f field) bool { return f.name == name })
}

// kept lists, by file, the fields that rows must carry to answer definitions and
// targets; every field where defs is nil. What tells orders, purchases and types of events
// apart always stays, and so does everything that tells two rows apart where equal
// ones are dropped.
func kept(defs []Definition, targets []Target, dropEqual bool) (keep [files][]int) {
	read := map[[2]int]bool{{transactions, orderField}: true, {transactions, amountField}: true, {events, typeField}: true}
	for i := range defs {
		defs[i].reads(read)
	}
	for _, t := range targets {
		for _, r := range []*Rows{&t.Of, t.Having, t.Ended} {
			if r != nil {
				r.reads(read)
			}
		}
	}
	for file := range keep {
		for k := range fields {
			if fields[k].column[file] != "" && (defs == nil || dropEqual || read[[2]int{file, k}]) {
				keep[file] = append(keep[file], k)
			}
		}
	}
	return keep
}

// reads notes the field that a definition, or the ones it derives from, measures.
func (d *Definition) reads(read map[[2]int]bool) {
	if derived[d.Measure] {
		for _, part := range d.parts() {
			part.reads(read)
		}
		return
	}
	if d.joined() {
		return
	}
	rows := d.rows()
	rows.reads(read)
	for _, name := range []string{d.Field, measures[d.Measure].also} {
		if k := fieldAt(name); k >= 0 {
			read[[2]int{fileOf(d.Source), k}] = true
			if d.Source == "journey" {
				read[[2]int{transactions, k}] = true
			}
		}
	}
}

// needs names what the inputs must have: a file, and columns of it beside those that
// it must have anyway.
func (d *Definition) needs() (file string, columns []string) {
	at := fileOf(d.Source)
	file = fileNames[at]
	for _, name := range d.fieldNames() {
		k := fieldAt(name)
		if k < 0 && name != "" {
			columns = append(columns, file+"."+name) // one of the user's own
		}
		if k >= 0 && k != amountField {
			columns = append(columns, file+"."+cmp.Or(fields[k].column[at], fields[k].name))
			if d.Source == "journey" {
				columns = append(columns, fileNames[transactions]+"."+fields[k].column[transactions])
			}
		}
	}
	return file, columns
}

// fieldNames lists the fields that a definition reads.
func (d *Definition) fieldNames() []string {
	return append([]string{d.Field, measures[d.Measure].also}, slices.Sorted(maps.Keys(d.Where))...)
}
