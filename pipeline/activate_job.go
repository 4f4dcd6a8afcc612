package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

// ErrPartly reports that something was delivered, and not everything.
var ErrPartly = errors.New("partly delivered")

// activating is one destination at work.
type activating struct {
	j     *Job
	d     *Destination
	run   *chosenRun
	to    activate.Destination
	dir   string
	meter *web.Meter
	lock  *flock.Flock
}

// deliveryOf opens a destination for a run, and lays out what is to be delivered to it.
func (j *Job) deliveryOf(ctx context.Context, d *Destination, run string) (*activating, *delivery.Delivery, error) {
	chosen, err := j.chosenRun(run)
	if err != nil {
		return nil, nil, err
	}
	a, err := j.activateOne(d, chosen)
	if err != nil {
		return nil, nil, err
	}
	del, err := a.delivery(ctx)
	if err != nil {
		a.close()
		return nil, nil, err
	}
	return a, del, nil
}

// begin opens a destination and takes it for this process alone. A run may go on beside
// it: what is delivered is a run that was published.
func (j *Job) activateOne(d *Destination, run *chosenRun) (a *activating, err error) {
	a = &activating{j: j, d: d, run: run, meter: new(web.Meter), dir: filepath.Join(j.Config.Path(j.Config.Workspace), "activation", d.name)}
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return nil, err
	}
	a.lock = flock.New(filepath.Join(a.dir, "lock"))
	held, err := a.lock.TryLock()
	if err != nil {
		return nil, err
	}
	if !held {
		return nil, mark(ErrLocked, fmt.Errorf("another job is delivering to %s; try again when it has ended", d.name))
	}
	a.readMeter()
	o := web.Options{AllowPrivate: d.AllowPrivate, Daily: d.Daily, Meter: a.meter, Waiting: a.waiting}
	if _, err := secret.Reveal(d, os.LookupEnv, j.Config.dir); err != nil {
		a.lock.Unlock()
		return nil, mark(ErrConfig, fmt.Errorf("destinations.%s: %w", d.name, err))
	}
	if d.CAFile != "" {
		o.CAFile = j.Config.Path(d.CAFile)
	}
	if d.Rate > 0 {
		o.Rates = []web.Rate{{Requests: 1000, Per: time.Duration(1000 / d.Rate * float64(time.Second)), Burst: max(1, int(d.Rate/4))}}
	}
	if d.Deadline != "" {
		o.Deadline, _ = time.ParseDuration(d.Deadline) // checked before
	}
	a.to, err = activate.Open(d.kind, d.settings, activate.Opening{Name: d.name, ID: d.ID, Dir: j.Config.dir, Language: j.language(), Env: os.LookupEnv, Web: o})
	if err != nil {
		a.lock.Unlock()
		return nil, mark(ErrConfig, fmt.Errorf("destinations.%s: %w", d.name, err))
	}
	return a, nil
}

func (a *activating) close() {
	a.to.Close()
	a.writeMeter()
	a.lock.Unlock()
}

// waiting logs that a destination asks us to wait.
func (a *activating) waiting(host string, d time.Duration, why *fault.Fault) {
	a.j.Log.Debug().Str("destination", a.d.name).Str("host", host).Dur("wait", d).Str("class", why.Class.String()).Int("status", why.Status).Msg("waiting")
}

// spent is what quota.json holds: how many requests were made on a day.
type spent struct {
	Day      string `json:"day"`
	Requests int    `json:"requests"`
}

func (a *activating) today() string {
	now := time.Now()
	if a.j.Now != nil {
		now = a.j.Now()
	}
	return now.In(a.j.Config.zone).Format(time.DateOnly)
}

func (a *activating) readMeter() {
	var s spent
	text, _ := os.ReadFile(filepath.Join(a.dir, "quota.json"))
	if json.Unmarshal(text, &s) == nil && s.Day == a.today() {
		a.meter.Set(s.Requests)
	}
}

func (a *activating) writeMeter() {
	text, _ := json.Marshal(spent{a.today(), a.meter.Count()})
	os.WriteFile(filepath.Join(a.dir, "quota.json"), text, 0o600)
}

// delivery gathers what is wanted of the destination.
func (a *activating) delivery(ctx context.Context) (*delivery.Delivery, error) {
	j, d := a.j, a.d
	t, err := j.outgoingTable(ctx, a.run, d)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	a.run.table = t
	list, err := d.outgoing(t, j.language())
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	wants, err := d.wants(t, list, j.language())
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	out := &delivery.Delivery{Name: d.name, Dir: a.dir, To: a.to, Run: a.run.name, RunHash: a.run.hash, Settings: d.hash(), Wants: wants,
		OverwriteNulls: d.OverwriteNulls, Leave: d.Leave == "clear", Force: j.Force, Progress: j.Progress, Settle: time.Second, Guards: d.guards(t)}
	if j.Now != nil {
		out.Now = j.Now
	}
	for _, o := range list {
		out.Fields = append(out.Fields, o.field)
	}
	if len(d.Events) > 0 {
		if out.Events, err = a.events(wants); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// usual limits of the guards: what a sound day doesn't reach.
const (
	usualMaxChangePct = 80
	usualMaxMovesPct  = 40
	usualMaxDeletePct = 20
)
