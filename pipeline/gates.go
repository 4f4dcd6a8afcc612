package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A Gate is a check that stopped a run or let it pass, with its figures.
type Gate struct {
	Name    string `json:"name"`
	Passed  bool   `json:"passed"`
	Forced  bool   `json:"forced,omitempty"` // it said no, and the run went on by --force
	Verdict words  `json:"verdict"`
}

// gates lists the checks between reading and publishing. A run goes on only when all
// of them pass, or when it is forced, and then the manifest says so.
var gates = []struct {
	name  string
	check func(r *running) (passed bool, verdict words)
}{
	{"rejected_rows", rejectedGate},
	{"volume", volumeGate},
}

func (r *running) pass() error {
	var failed []error
	for _, g := range gates {
		passed, verdict := g.check(r)
		r.manifest.Gates = append(r.manifest.Gates, Gate{g.name, passed, !passed && r.job.Force, verdict})
		switch {
		case passed:
		case r.job.Force:
			r.job.Log.Warn().Str("gate", g.name).Msg("forced: " + verdict.En)
		default:
			failed = append(failed, fmt.Errorf("gate %s: %s (--force goes on all the same)", g.name, verdict.in(r.job.Config.Language)))
		}
	}
	return mark(ErrGate, errors.Join(failed...))
}

// maxRejected is the share of rows that may be unusable. None at all is a share too
// small for any row.
func (j *Job) maxRejected() float64 {
	if m := j.Config.Quality.MaxRejected; m != nil {
		return max(*m, 1e-15)
	}
	return 0.05
}

// rejectedGate asks how many rows can't be used.
func rejectedGate(r *running) (passed bool, verdict words) {
	limit := r.job.maxRejected()
	passed = true
	for _, s := range r.past.Quality().Sources {
		wrong, of := s.Wrong()
		passed = passed && float64(wrong) <= limit*float64(of)
		verdict.En += fmt.Sprintf("%s: %d of %d rows can't be used; ", s.Name, wrong, of)
		verdict.Es += fmt.Sprintf("%s: %d de %d filas no se pueden usar; ", s.Name, wrong, of)
	}
	verdict.En += fmt.Sprintf("at most %.3g %% may be", 100*limit)
	verdict.Es += fmt.Sprintf("se admite como mucho el %.3g %%", 100*limit)
	return passed, verdict
}

// How far the number of rows may be from the run before: a history grows, so that
// fewer than half is a lost file, and more than three times one that came twice.
const (
	leastVolume = 0.5
	mostVolume  = 3.0
)

// volumeGate compares the rows of each source with the run before.
func volumeGate(r *running) (passed bool, verdict words) {
	name, before := r.before(r.past.asOf)
	if before == nil {
		return true, words{"there is no run before", "no hay ninguna ejecución anterior"}
	}
	passed = true
	for _, s := range r.past.Quality().Sources {
		was, known := before.Accepted[s.Name]
		if !known || was == 0 {
			continue
		}
		ratio := float64(s.Accepted) / float64(was)
		passed = passed && ratio >= leastVolume && ratio <= mostVolume
		verdict.En += fmt.Sprintf("%s: %d rows, and %d in the run of %s; ", s.Name, s.Accepted, was, name)
		verdict.Es += fmt.Sprintf("%s: %d filas, y %d en la ejecución de %s; ", s.Name, s.Accepted, was, name)
	}
	verdict.En += fmt.Sprintf("from %g to %g times as many may be", leastVolume, mostVolume)
	verdict.Es += fmt.Sprintf("se admite de %g a %g veces tantas", leastVolume, mostVolume)
	return passed, verdict
}

// before finds the last run of an earlier moment.
func (r *running) before(moment time.Time) (name string, m *Manifest) {
	if r.earlier != nil {
		return r.manifest.Before.Name, r.earlier
	}
	entries, err := os.ReadDir(filepath.Join(r.workspace.dir, "runs"))
	if err != nil {
		return "", nil
	}
	for _, e := range entries {
		if e.Name() <= name || e.Name() >= runName(moment) || !e.IsDir() {
			continue
		}
		if found, err := readManifest(r.workspace.run(e.Name())); err == nil {
			name, m = e.Name(), found
		}
	}
	if m != nil {
		r.earlier, r.manifest.Before = m, &Before{name, m.hashOf("memberships.parquet")}
	}
	return name, m
}

// hashOf is the hash of one of the run's files.
func (m *Manifest) hashOf(name string) string {
	for _, f := range m.Outputs {
		if f.Name == name {
			return f.SHA256
		}
	}
	return ""
}
