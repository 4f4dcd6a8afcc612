package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"segmenta/activate/delivery"
	"segmenta/activate/web"
	"segmenta/table"
)

// An ActivationStatus is how every destination stands.
type ActivationStatus struct {
	Destinations []DestinationStatus `json:"destinations"`

	language string
}

// A DestinationStatus is how one stands: what was done last, what is refused, what is
// begun and not finished.
type DestinationStatus struct {
	Destination string         `json:"destination"`
	Kind        string         `json:"kind"`
	Planned     string         `json:"planned_run,omitempty"` // run of the plan that waits
	ToSend      int            `json:"to_send"`
	Delivered   string         `json:"delivered_run,omitempty"`
	Rows        map[string]int `json:"rows,omitempty"` // of the last delivery, by status
	Unfinished  bool           `json:"unfinished"`
	Dead        map[string]int `json:"dead_letters,omitempty"` // by reason
	Today       int            `json:"requests_today"`
}

func activationDir(j *Job, d *Destination) string {
	return filepath.Join(j.Config.Path(j.Config.Workspace), "activation", d.name)
}

// ActivationStatus says how the destinations stand. Nothing is asked of them.
func (j *Job) ActivationStatus(name string) (*ActivationStatus, error) {
	list, err := j.Config.destinationsNamed(name)
	if err != nil {
		return nil, err
	}
	out := &ActivationStatus{language: j.spoken()}
	for _, d := range list {
		s, err := j.standing(d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
		out.Destinations = append(out.Destinations, s)
	}
	return out, nil
}

func (j *Job) standing(d *Destination) (s DestinationStatus, err error) {
	dir := activationDir(j, d)
	s = DestinationStatus{Destination: d.name, Kind: d.kind}
	a := &activating{j: j, d: d, dir: dir, meter: new(web.Meter)}
	a.readMeter()
	s.Today = a.meter.Count()
	p, err := delivery.LoadPlan(dir)
	if err != nil && !errors.Is(err, delivery.ErrNoPlan) {
		return s, err
	}
	log, err := optional(filepath.Join(dir, "delivery_log.parquet"))
	if err != nil {
		return s, err
	}
	if p != nil && (log.Rows() == 0 || log.Column("plan_id").Text(0) != p.ID) {
		s.Planned, s.ToSend = p.Run, p.Writes()
	}
	if log.Rows() > 0 {
		s.Delivered, s.Rows = log.Column("run_id").Text(0), countTexts(log.Column("status"))
	}
	if info, err := os.Stat(filepath.Join(dir, "outbox.log")); err == nil && info.Size() > 0 {
		s.Unfinished = true
	}
	dead, err := optional(filepath.Join(dir, "dead_letters.parquet"))
	if err == nil && dead.Rows() > 0 {
		s.Dead = countTexts(dead.Column("error_reason"))
	}
	return s, err
}

func countTexts(c *table.Column) map[string]int {
	n := make(map[string]int)
	for i := range c.Len() {
		n[c.Text(i)]++
	}
	return n
}

// optional reads a table; one that isn't there is empty.
func optional(path string) (*table.Table, error) {
	t, err := table.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return new(table.Table), nil
	}
	return t, err
}

// A CheckedActivation is whether the destinations can be written to.
type CheckedActivation struct {
	Destinations []CheckedDestination `json:"destinations"`

	language string
	failed   error
}

// A CheckedDestination is whether one can.
type CheckedDestination struct {
	Destination string   `json:"destination"`
	Kind        string   `json:"kind"`
	OK          bool     `json:"ok"`
	Customers   int      `json:"customers"` // who would go there
	Fields      []string `json:"fields"`
	Missing     []string `json:"fields_to_make"`
	Error       string   `json:"error,omitempty"`
}

// Failed is what a destination answered that can't be written to.
func (c *CheckedActivation) Failed() error { return c.failed }

// CheckActivation asks every destination whether credentials and fields are as they must
// be. Nothing is written.
func (j *Job) CheckActivation(ctx context.Context, name, run string) (*CheckedActivation, error) {
	list, err := j.Config.destinationsNamed(name)
	if err != nil {
		return nil, err
	}
	if err := j.checkAudiences(list); err != nil {
		return nil, err
	}
	out := &CheckedActivation{language: j.spoken()}
	for _, d := range list {
		one, err := j.checkOne(ctx, d, run)
		if err != nil {
			one.Error, out.failed = err.Error(), errors.Join(out.failed, fmt.Errorf("%s: %w", d.name, err))
		}
		one.OK = err == nil
		out.Destinations = append(out.Destinations, one)
	}
	return out, nil
}

func (j *Job) checkOne(ctx context.Context, d *Destination, run string) (one CheckedDestination, err error) {
	one = CheckedDestination{Destination: d.name, Kind: d.kind}
	a, del, err := j.deliveryOf(ctx, d, run)
	if err != nil {
		return one, err
	}
	defer a.close()
	for _, w := range del.Wants {
		if w.Status == "" {
			one.Customers++
		}
	}
	for _, f := range del.Fields {
		one.Fields = append(one.Fields, f.Name)
	}
	one.Missing, err = a.to.Ensure(ctx, del.Fields, false)
	return one, err
}
