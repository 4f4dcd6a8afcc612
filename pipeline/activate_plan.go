package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
)

// A PlannedActivation is what would be sent to each destination.
type PlannedActivation struct {
	Destinations []PlannedDestination `json:"destinations"`

	language string
	failed   error
}

// Failed is what stopped a destination's plan, or a guard that says no.
func (p *PlannedActivation) Failed() error { return p.failed }

// A PlannedDestination is what would be sent to one.
type PlannedDestination struct {
	Destination string             `json:"destination"`
	Kind        string             `json:"kind"`
	Run         string             `json:"run"`
	Plan        string             `json:"plan"`
	Created     int                `json:"created"`
	Updated     int                `json:"updated"`
	Unchanged   int                `json:"unchanged"`
	Rejected    int                `json:"rejected"`
	HeldOut     int                `json:"held_out"`
	HeldBack    map[string]int     `json:"held_back"`
	Cleared     int                `json:"cleared"`
	Events      int                `json:"events"`
	Missing     []string           `json:"fields_to_make"`
	Sample      []PlannedChange    `json:"sample"`
	Guards      []delivery.Verdict `json:"guards"`
	File        string             `json:"file"`
	Seconds     float64            `json:"seconds"`
	Error       string             `json:"error,omitempty"`
}

// A PlannedChange is one field of one customer.
type PlannedChange struct {
	Customer string `json:"customer_id"`
	Field    string `json:"field"`
	Old      any    `json:"old"`
	New      any    `json:"new"`
}

// sampleOf is how many changes are shown.
const sampleOf = 10

// PlanActivation works out what would be sent, and changes nothing anywhere. run is the
// moment of a run, the latest where it is empty; retry plans what was refused before.
func (j *Job) PlanActivation(ctx context.Context, name, run string, retry bool) (*PlannedActivation, error) {
	list, err := j.Config.destinationsNamed(name)
	if err != nil {
		return nil, err
	}
	if err := j.checkAudiences(list); err != nil {
		return nil, err
	}
	out := &PlannedActivation{language: j.spoken()}
	for _, d := range list {
		one, err := j.planOne(ctx, d, run, retry)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", d.name, err)
			if len(list) == 1 {
				return nil, err
			}
			one.Error, out.failed = err.Error(), errors.Join(out.failed, err)
		}
		if no := slices.IndexFunc(one.Guards, func(v delivery.Verdict) bool { return !v.Passed }); no >= 0 && !j.Force {
			out.failed = errors.Join(out.failed, mark(ErrGate, fmt.Errorf("%s: the guard %s says no", d.name, one.Guards[no].Guard)))
		}
		out.Destinations = append(out.Destinations, one)
	}
	return out, nil
}

func (j *Job) planOne(ctx context.Context, d *Destination, run string, retry bool) (one PlannedDestination, err error) {
	start := time.Now()
	one = PlannedDestination{Destination: d.name, Kind: d.kind}
	a, del, err := j.deliveryOf(ctx, d, run)
	if err != nil {
		return one, err
	}
	defer a.close()
	del.Retry, del.OnlyRetry = retry, retry
	p, err := del.Plan(ctx)
	if err != nil {
		return one, err
	}
	one.tell(p)
	one.File, one.Seconds = fmt.Sprintf("%s/plan.parquet", a.dir), time.Since(start).Seconds()
	j.Log.Info().Str("destination", d.name).Str("run", a.run.name).Int("created", one.Created).Int("updated", one.Updated).Int("unchanged", one.Unchanged).Int("rejected", one.Rejected).Int("cleared", one.Cleared).Int("events", one.Events).Msg("planned")
	return one, nil
}

// tell takes what a plan says.
func (o *PlannedDestination) tell(p *delivery.Plan) {
	rows, cleared, events := p.Count()
	o.Run, o.Plan, o.Cleared, o.Events, o.Missing, o.Guards = p.Run, p.ID, cleared, events, p.Missing, p.Verdicts
	o.Created, o.Updated, o.Unchanged, o.Rejected, o.HeldOut = rows[activate.Created], rows[activate.Updated], rows[activate.Unchanged], rows[activate.Rejected], rows[activate.HeldOut]
	o.HeldBack = make(map[string]int)
	for i := range p.Rows {
		r := &p.Rows[i]
		if r.Status == activate.HeldBack {
			o.HeldBack[r.Reason]++
		}
		if r.Status != activate.Updated || len(o.Sample) >= sampleOf {
			continue
		}
		for k, f := range r.Set {
			if len(o.Sample) < sampleOf && !slices.Contains(contactColumns, p.Fields[f].Column) {
				o.Sample = append(o.Sample, PlannedChange{r.Customer, p.Fields[f].Name, p.Fields[f].JSON(r.Old[k]), p.Fields[f].JSON(r.New[k])})
			}
		}
	}
}

// checkAudiences refuses an audience of segments that there aren't.
func (j *Job) checkAudiences(list []*Destination) error {
	rules, err := j.allRules()
	if err != nil {
		return err
	}
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	for _, d := range list {
		for _, a := range d.Audience {
			if !slices.Contains(ids, a) && !slices.ContainsFunc(exclusive, func(e struct{ kind, column string }) bool {
				return len(a) > len(e.kind) && a[:len(e.kind)+1] == e.kind+"/"
			}) {
				return mark(ErrConfig, d.at.Errorf("audience: there is no segment %q%s", a, maybeMeant(a, ids)))
			}
		}
	}
	return nil
}
