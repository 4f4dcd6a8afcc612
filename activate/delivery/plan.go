package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"segmenta/activate"
)

// A Row is what a plan says of one customer, or of one event.
type Row struct {
	Customer, ID string
	Remote       string
	Action       activate.Action
	Status       activate.Status // what it will come to if all goes well
	Reason       string          // why it is held, or was refused before
	Set          []int           // the fields that change
	Old, New     []any           // of the fields that change
	Read         string          // fingerprint of what the destination held
	Key          string          // the same for the same change of the same run
	Event        activate.Event

	existed bool // the destination had a row of it
}

// writes reports whether the row is to be sent.
func (r *Row) writes() bool { return r.Status == activate.Created || r.Status == activate.Updated }

// letterKey is under what a refused row is kept; each event stands for itself.
func (r *Row) letterKey() letterKey {
	if r.Action == activate.Notify {
		return letterKey{r.Key, r.Action}
	}
	return letterKey{r.ID, r.Action}
}

// content is the hash of what a row would set, whatever the run.
func (r *Row) content(fields []activate.Field) string {
	return r.digest(fields, "")
}

func (r *Row) digest(fields []activate.Field, salt string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%v\x00", salt, r.Customer, r.ID, r.Action)
	if r.Action == activate.Notify {
		fmt.Fprintf(h, "%s\x00%s\x00%s", r.Event.Name, r.Event.Group, r.Event.Segment)
	}
	for k, f := range r.Set {
		v, _ := json.Marshal(fields[f].JSON(r.New[k]))
		fmt.Fprintf(h, "%s\x00%s\x00", fields[f].Name, v)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// A Plan is what is to be done, and nothing else will be.
type Plan struct {
	ID          string
	Destination string
	Run         string
	RunHash     string
	Settings    string
	Fields      []activate.Field
	Rows        []Row
	Verdicts    []Verdict
	Forced      bool
	Missing     []string // fields that will be made
	Read        int      // how many rows the destination already had
}

// Count is how many rows come to each status; events are apart.
func (p *Plan) Count() (rows map[activate.Status]int, cleared, events int) {
	rows = make(map[activate.Status]int)
	for i := range p.Rows {
		switch r := &p.Rows[i]; {
		case r.Action == activate.Notify && r.writes():
			events++
		case r.Action == activate.Clear && r.writes():
			cleared++
		case r.Action != activate.Notify:
			rows[r.Status]++
		}
	}
	return rows, cleared, events
}

// Writes is how many rows are to be sent.
func (p *Plan) Writes() (n int) {
	for i := range p.Rows {
		if p.Rows[i].writes() {
			n++
		}
	}
	return n
}

// Plan works out what is to be done and writes it down. At the destination it changes
// nothing.
func (d *Delivery) Plan(ctx context.Context) (*Plan, error) {
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := d.settle(); err != nil {
		return nil, err
	}
	state, err := d.loadState()
	if err != nil {
		return nil, err
	}
	missing, err := d.To.Ensure(ctx, d.Fields, false)
	if err != nil {
		return nil, err
	}
	leaving := d.leaving(state)
	have, err := d.holds(ctx, state, leaving, missing)
	if err != nil {
		return nil, err
	}
	p := &Plan{Destination: d.Name, Run: d.Run, RunHash: d.RunHash, Settings: d.Settings, Fields: d.Fields, Missing: missing, Forced: d.Force, Read: len(have)}
	p.Rows = d.compare(state, have)
	p.Rows = append(p.Rows, d.clears(leaving, have)...)
	p.Rows = append(p.Rows, d.tells(state)...)
	if d.OnlyRetry {
		p.onlyRetry(state)
	}
	p.Verdicts = d.Guards.judge(d, p, state)
	p.ID = p.identity()
	return p, d.writePlan(p)
}

// identity is the hash of everything that a plan would do.
func (p *Plan) identity() string {
	h := sha256.New()
	fmt.Fprintln(h, p.Destination, p.RunHash, p.Settings)
	for i := range p.Rows {
		if r := &p.Rows[i]; r.writes() {
			fmt.Fprintln(h, r.Key, r.Read)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
