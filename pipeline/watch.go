package pipeline

import (
	"errors"
	"fmt"
	"time"

	"segmenta/features"
	"segmenta/table"
)

// errDrift reports columns that the configuration needs and that have changed since the
// run before.
var errDrift = errors.New("the columns have changed")

// A watch stands before the sources while they are read.
type watch struct {
	before  *profile
	watched map[string]*features.Observer
	order   []string // of the sources that histories are made of
	drift   []features.Check
}

// watch lets an observer stand before every source of histories, and stops the reading
// before it begins where the columns aren't what they were. A blind one looks at the
// columns alone, not at the rows.
func (j *Job) watch(in *features.Inputs, moment time.Time, blind bool) *watch {
	w := &watch{before: j.before(moment), watched: map[string]*features.Observer{}}
	if w.before != nil {
		in.Since, _ = time.Parse(time.RFC3339, w.before.AsOf)
	}
	for _, s := range []struct {
		name string
		in   *features.Source
	}{{"transactions", in.Transactions}, {"events", in.Events}, {"customers", in.Customers}} {
		if s.in == nil {
			continue
		}
		want := j.Config.Quality.expectations(s.name)
		if s.name == "customers" {
			want = append(want, j.Config.Quality.samePerson()...)
		}
		o := features.Observe(s.name, s.in, want)
		w.watched[s.name], w.order = o, append(w.order, s.name)
		open := s.in.Open
		s.in.Open = func() ([]table.Source, error) {
			files, err := open()
			if err != nil {
				return nil, err
			}
			for i, f := range files {
				if seen := o.Watch(f); !blind {
					files[i] = seen
				}
			}
			if err := j.drifted(w, s.name, o); err != nil {
				for _, f := range files {
					f.Close()
				}
				return nil, err
			}
			return files, nil
		}
	}
	return w
}

// drifted compares a source's columns with the run before.
func (j *Job) drifted(w *watch, name string, o *features.Observer) error {
	if w.before == nil || w.before.Sources[name] == nil {
		return nil
	}
	severity := j.Config.Quality.Checks["schema"].Severity
	if severity == "off" {
		return nil
	}
	found := features.Drift(name, w.before.Sources[name], o.Shape())
	w.drift = append(w.drift, found...)
	var failed []error
	for _, c := range found {
		if severity != "" {
			c.Severity = severity
		}
		if c.Failed() && !j.Force {
			failed = append(failed, fmt.Errorf("%s: column %s: %s", c.Name, c.Column, words{c.En, c.Es}.in(j.Config.Language)))
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return fmt.Errorf("%w since the run of %s:\n%w\n(change columns: in the configuration; --force goes on all the same)", errDrift, w.before.Run, errors.Join(failed...))
}

// rates reads what other currencies were worth, where the configuration says it.
func (j *Job) rates(g *intake) (*features.Rates, error) {
	c := j.Config
	if c.Sources.Rates == nil {
		return nil, nil
	}
	if c.Currency == "" {
		return nil, mark(ErrConfig, fmt.Errorf("%s: currency is missing: into which one do the rates convert?", c.file))
	}
	r, err := features.ReadRates(g.source(namedSource{"rates", c.Sources.Rates.source()}), c.Currency, c.zone)
	return r, mark(ErrConfig, err)
}

// shapes is what the columns were like, with what was seen of them.
func (w *watch) shapes() map[string]*features.Shape {
	all := map[string]*features.Shape{}
	for _, name := range w.order {
		all[name] = w.watched[name].Filled()
	}
	return all
}
