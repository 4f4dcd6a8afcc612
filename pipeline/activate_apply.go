package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
)

// An AppliedActivation is what became of the plans.
type AppliedActivation struct {
	Destinations []AppliedDestination `json:"destinations"`

	language string
	failed   error
}

// Failed is what stopped a delivery, or that it is not whole.
func (a *AppliedActivation) Failed() error { return a.failed }

// An AppliedDestination is what became of one plan.
type AppliedDestination struct {
	Destination string                  `json:"destination"`
	Kind        string                  `json:"kind"`
	Run         string                  `json:"run"`
	Plan        string                  `json:"plan"`
	Rows        map[activate.Status]int `json:"rows"`
	Cleared     int                     `json:"cleared"`
	Events      int                     `json:"events"`
	Resumed     bool                    `json:"resumed,omitempty"`
	Already     bool                    `json:"already_applied,omitempty"`
	Would       int                     `json:"would_send,omitempty"`
	Forced      bool                    `json:"forced,omitempty"`
	Stopped     string                  `json:"stopped,omitempty"`
	Log         string                  `json:"log"`
	Seconds     float64                 `json:"seconds"`
	Error       string                  `json:"error,omitempty"`
}

// ApplyActivation does what the plans say. A dry run only looks whether they still hold.
func (j *Job) ApplyActivation(ctx context.Context, name string, dry bool) (*AppliedActivation, error) {
	list, err := j.Config.destinationsNamed(name)
	if err != nil {
		return nil, err
	}
	out := &AppliedActivation{language: j.spoken()}
	for _, d := range list {
		one, err := j.applyOne(ctx, d, dry)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil && !errors.Is(err, ErrPartly) {
			err = fmt.Errorf("%s: %w", d.name, err)
			if len(list) == 1 {
				return nil, err
			}
			one.Error = err.Error()
		}
		out.failed = errors.Join(out.failed, err)
		out.Destinations = append(out.Destinations, one)
	}
	return out, nil
}

func (j *Job) applyOne(ctx context.Context, d *Destination, dry bool) (one AppliedDestination, err error) {
	one = AppliedDestination{Destination: d.name, Kind: d.kind, Forced: j.Force}
	dir := activationDir(j, d)
	p, err := delivery.LoadPlan(dir)
	if errors.Is(err, delivery.ErrNoPlan) {
		return one, mark(ErrConfig, fmt.Errorf("there is no plan; segmenta activate plan --destination %s makes one", d.name))
	}
	if err != nil {
		return one, err
	}
	chosen, err := j.chosenRun(p.Run)
	if err != nil {
		return one, err
	}
	if latest, err := j.published(""); err == nil && latest.name > p.Run && !j.Force {
		return one, mark(ErrGate, fmt.Errorf("%w: run %s has been published since the plan of run %s; plan again, or --force delivers the older one", delivery.ErrMoved, latest.name, p.Run))
	}
	a, err := j.activateOne(d, chosen)
	if err != nil {
		return one, err
	}
	defer a.close()
	del, err := a.delivery(ctx)
	if err != nil {
		return one, err
	}
	return j.carryOut(ctx, del, p, one, dry)
}

func (j *Job) carryOut(ctx context.Context, del *delivery.Delivery, p *delivery.Plan, one AppliedDestination, dry bool) (AppliedDestination, error) {
	start := time.Now()
	one.Run, one.Plan, one.Log = p.Run, p.ID, del.Dir+"/delivery_log.parquet"
	if dry {
		one.Would = p.Writes()
		return one, gated(del.Check(ctx, p))
	}
	r, err := del.Apply(ctx, p)
	if err != nil {
		return one, gated(err)
	}
	one.Rows, one.Cleared, one.Events, one.Resumed, one.Already, one.Seconds = r.Counts, r.Cleared, r.Events, r.Resumed, r.Already, time.Since(start).Seconds()
	log := j.Log.Info()
	if r.Partly() {
		log = j.Log.Warn()
	}
	for status, n := range r.Counts {
		log = log.Int(string(status), n)
	}
	log.Str("destination", del.Name).Str("run", p.Run).Bool("forced", j.Force).Int("cleared", r.Cleared).Int("events", r.Events).Float64("seconds", one.Seconds).Msg("delivered")
	if r.Stopped != nil {
		one.Stopped = r.Stopped.Error()
	}
	if r.Partly() {
		return one, mark(ErrPartly, fmt.Errorf("%s: partly delivered%s", del.Name, because(r)))
	}
	return one, nil
}

func because(r *delivery.Result) string {
	s := ""
	for _, status := range []activate.Status{activate.Rejected, activate.Unprocessed, activate.Unsure} {
		if n := r.Counts[status]; n > 0 {
			s += fmt.Sprintf(", %d %s", n, status)
		}
	}
	if r.Stopped != nil {
		s += ": " + r.Stopped.Error()
	}
	return s
}

// gated marks what stops before the first write.
func gated(err error) error {
	if errors.Is(err, delivery.ErrGuard) || errors.Is(err, delivery.ErrMoved) {
		return mark(ErrGate, err)
	}
	return err
}

// RetryActivation sends what was refused again, and nothing else.
func (j *Job) RetryActivation(ctx context.Context, name string, dry bool) (*PlannedActivation, *AppliedActivation, error) {
	p, err := j.PlanActivation(ctx, name, "", true)
	if err != nil || dry || p.Failed() != nil {
		return p, nil, err
	}
	a, err := j.ApplyActivation(ctx, name, false)
	return p, a, err
}
