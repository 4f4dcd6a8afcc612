package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/segment"
	"segmenta/strict"
	"segmenta/table"
)

// A chosen run is the one whose predictions are sent.
type chosenRun struct {
	*published
	hash  string // of its manifest
	table *table.Table
	named bool // by the user
}

// chosen finds a run and holds its segment table to its manifest.
func (j *Job) chosenRun(name string) (*chosenRun, error) {
	p, err := j.published(name)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(p.dir, manifestFile))
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(p.dir, manifestFile), err)
	}
	for _, f := range m.Outputs {
		if f.Name != "segments.parquet" && f.Name != "transitions.parquet" && f.Name != "segment_summary.parquet" {
			continue
		}
		if found, err := hashFile(filepath.Join(p.dir, f.Name), f.Name); err != nil || found != f {
			return nil, fmt.Errorf("%s: not the file that the manifest names; run again", filepath.Join(p.dir, f.Name))
		}
	}
	return &chosenRun{published: p, hash: hashText(text)[:16], named: name != ""}, nil
}

// needs lists the columns that the destinations ask for.
func needs(d *Destination, language string) []string {
	names := append(usualColumns(language), "customer_id", "holdout", "holdout_from", "lifecycle_stage", "segments", "not_scored_reason")
	for _, ch := range segment.Channels {
		names = append(names, "unreachable_"+ch.Name, "consent_"+ch.Name)
	}
	for _, e := range exclusive {
		names = append(names, e.column)
	}
	for ours := range d.Fields {
		names = append(names, ours)
	}
	return append(names, d.ID)
}

// rows reads what a destination asks for: the segment table, the features, and of the
// customers file how to reach somebody.
func (j *Job) outgoingTable(ctx context.Context, run *chosenRun, d *Destination) (*table.Table, error) {
	s, err := run.shelf()
	if err != nil {
		return nil, err
	}
	defer s.close()
	have, names := s.names(), needs(d, j.language())
	t, err := s.read(names)
	if err != nil {
		return nil, err
	}
	var more []string
	for _, n := range append([]string{d.ID}, keysOf(d.Fields)...) {
		if !slices.Contains(have, n) && !slices.Contains(more, n) {
			more = append(more, n)
		}
	}
	if len(more) == 0 {
		return t, nil
	}
	return t, j.addContacts(ctx, t, d, more, have)
}

func keysOf(m map[string]FieldMapping) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// addContacts takes columns of the customers file into the table.
func (j *Job) addContacts(ctx context.Context, t *table.Table, d *Destination, names, have []string) error {
	c := j.Config
	if c.Sources.Customers == nil {
		return d.at.Errorf("there is no column %q in the run, and no customers file to look for it in%s", names[0], maybeMeant(names[0], have))
	}
	row := make(map[string]int)
	for i := range t.Rows() {
		row[t.Column("customer_id").Text(i)] = i
	}
	values := make([][]string, len(names))
	for k := range values {
		values[k] = make([]string, t.Rows())
	}
	take := func(part *table.Table, at []*table.Column, id *table.Column) {
		for r := range part.Rows() {
			if i, ours := row[id.Format(r)]; ours {
				for k, col := range at {
					if v := col.Format(r); v != "" {
						values[k][i] = v
					}
				}
			}
		}
	}
	if err := j.readCustomers(ctx, d, names, have, take); err != nil {
		return err
	}
	for k, name := range names {
		t.Add(table.OptionalStrings(name, values[k]).Says("", labelOf(name), labelOf(name)))
	}
	return nil
}

func maybeMeant(name string, have []string) string {
	if near := strict.Nearest(name, have); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// readCustomers reads columns of the customers file block by block.
func (j *Job) readCustomers(ctx context.Context, d *Destination, names, have []string, take func(part *table.Table, at []*table.Column, id *table.Column)) error {
	s := namedSource{"customers", j.Config.Sources.Customers}
	found, err := j.Config.find(ctx, s.Source, false)
	if err != nil {
		return mark(ErrConfig, err)
	}
	g := &intake{inputs: map[string][]input{s.name: found}, order: []string{s.name}}
	defer g.close()
	files, err := g.source(s).Open()
	if err != nil {
		return err
	}
	for _, f := range files {
		defer f.Close()
		theirs, err := columnsIn(f, s.Source, append([]string{"customer_id"}, names...))
		if err != nil {
			return d.at.Errorf("%v%s", err, maybeMeant(names[0], have))
		}
		for b := range f.Blocks() {
			part, err := f.Read(b, slices.Compact(slices.Sorted(slices.Values(theirs))))
			if err != nil {
				return err
			}
			at := make([]*table.Column, len(names))
			for k := range names {
				at[k] = part.Column(theirs[k+1])
			}
			take(part, at, part.Column(theirs[0]))
		}
	}
	return nil
}

// columnsIn finds what a file calls our columns.
func columnsIn(f table.Source, s *Source, ours []string) (theirs []string, err error) {
	var have []string
	for _, field := range f.Fields() {
		have = append(have, field.Name)
	}
	for _, name := range ours {
		column := name
		if s.Columns[name] != "" {
			column = s.Columns[name]
		}
		if !slices.Contains(have, column) {
			return nil, fmt.Errorf("there is no column %q in the run nor in %s", column, filepath.Base(f.Name()))
		}
		theirs = append(theirs, column)
	}
	return theirs, nil
}

// wants decides of everybody in the audience whether they may go there, and what they are
// to hold.
func (d *Destination) wants(t *table.Table, list []outgoing, language string) (wants []delivery.Want, err error) {
	in, err := d.members(t)
	if err != nil {
		return nil, err
	}
	id, customer, stage := t.Column(d.ID), t.Column("customer_id"), t.Column("lifecycle_stage")
	silent := t.Column("not_scored_reason")
	for i := range t.Rows() {
		if !in[i] {
			continue
		}
		w := delivery.Want{Customer: customer.Text(i), ID: id.Format(i), Values: make([]any, len(list))}
		if d.ID == "email" {
			w.ID = strings.ToLower(strings.TrimSpace(w.ID))
		}
		w.Status, w.Reason = d.held(t, i)
		w.Nulls = silent != nil && silent.Text(i) != ""
		for k := range list {
			w.Values[k] = list[k].value(i, stage, language)
		}
		wants = append(wants, w)
	}
	return wants, nil
}

// held says why somebody may not go there.
func (d *Destination) held(t *table.Table, i int) (activate.Status, string) {
	if c := t.Column("holdout"); c != nil && !c.IsNull(i) && c.Bools[i] {
		return activate.HeldOut, "holdout"
	}
	if c := t.Column("holdout_from"); c != nil {
		for from := range strings.SplitSeq(c.Text(i), ",") {
			if from != "" && (from == d.name || slices.Contains(d.Audience, from)) {
				return activate.HeldOut, "holdout_from"
			}
		}
	}
	if d.channel() == "" {
		return "", ""
	}
	if c := t.Column("lifecycle_stage"); d.email() && c != nil && c.Text(i) == "not_qualified" {
		return activate.HeldBack, segment.NotQualified
	}
	c := t.Column("unreachable_" + d.channel())
	if c == nil {
		return activate.HeldBack, segment.NotAsked
	}
	why := c.Text(i)
	if why == segment.NotAsked && d.Consent == "not_recorded" {
		why = ""
	}
	if why != "" {
		return activate.HeldBack, why
	}
	return "", ""
}

// members marks who is in the audience.
func (d *Destination) members(t *table.Table) ([]bool, error) {
	in := make([]bool, t.Rows())
	rules := t.Column("segments")
	for i := range in {
		in[i] = len(d.Audience) == 0
	}
	for _, a := range d.Audience {
		kind, name, other := strings.Cut(a, "/")
		column := rules
		if other {
			k := slices.IndexFunc(exclusive, func(e struct{ kind, column string }) bool { return e.kind == kind })
			if k < 0 {
				return nil, d.at.Errorf("audience: there is no kind of segments %q", kind)
			}
			column = t.Column(exclusive[k].column)
		}
		if column == nil {
			return nil, d.at.Errorf("audience: the run has no segments of the kind of %q", a)
		}
		for i := range in {
			if other {
				in[i] = in[i] || column.Format(i) == name
			} else {
				in[i] = in[i] || slices.Contains(strings.Split(column.Text(i), ","), a)
			}
		}
	}
	return in, nil
}
