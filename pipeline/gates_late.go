package pipeline

import (
	"errors"
	"fmt"
	"strings"
)

// lateGates lists the checks between placing and publishing: on what the models say.
var lateGates = []struct {
	name  string
	check func(r *running) (passed bool, verdict words)
}{
	{"drift", driftGate},
	{"drift_segments", segmentDriftGate},
	{"base_rate", baseRateGate},
	{"reliability", reliabilityGate},
}

// warning begins the verdict of a gate that lets a run pass, but not gladly.
const warning = "warning: "

// passLate asks every late gate; the manifest keeps what each answered.
func (r *running) passLate() error {
	var failed []error
	for _, g := range lateGates {
		passed, verdict := g.check(r)
		warned := passed && strings.HasPrefix(verdict.En, warning)
		r.manifest.Gates = append(r.manifest.Gates, Gate{g.name, passed, !passed && r.job.Force, warned, verdict})
		switch {
		case warned:
			r.job.Log.Warn().Str("gate", g.name).Msg(strings.TrimPrefix(verdict.En, warning))
		case passed:
		case r.job.Force:
			r.job.Log.Warn().Str("gate", g.name).Msg("forced: " + verdict.En)
		default:
			failed = append(failed, fmt.Errorf("gate %s: %s (--force goes on all the same)", g.name, verdict.in(r.job.Config.Language)))
		}
	}
	return mark(ErrGate, errors.Join(failed...))
}
