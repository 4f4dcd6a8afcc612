package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"segmenta/features"
)

// A Gate is a check that stopped a run or let it pass, with its figures.
type Gate struct {
	Name    string `json:"name"`
	Passed  bool   `json:"passed"`
	Forced  bool   `json:"forced,omitempty"` // it said no, and the run went on by --force
	Warned  bool   `json:"warned,omitempty"` // it let the run pass, with a warning
	Verdict words  `json:"verdict"`
}

// gates lists the checks between reading and publishing. A run goes on only when all
// of them pass, or when it is forced, and then the manifest says so.
var gates = []struct {
	name  string
	check func(j *Job, p *past) (passed bool, verdict words)
}{
	{"rejected_rows", rejectedGate},
	{"volume", volumeGate},
	{"quality", qualityGate},
}

// pass asks every gate, and says what each answered.
func (j *Job) pass(p *past) (answers []Gate, err error) {
	var failed []error
	for _, g := range gates {
		passed, verdict := g.check(j, p)
		answers = append(answers, Gate{Name: g.name, Passed: passed, Forced: !passed && j.Force, Verdict: verdict})
		switch {
		case passed:
		case j.Force:
			j.Log.Warn().Str("gate", g.name).Msg("forced: " + verdict.En)
		default:
			failed = append(failed, fmt.Errorf("gate %s: %s (--force goes on all the same)", g.name, verdict.in(j.Config.Language)))
		}
	}
	return answers, mark(ErrGate, errors.Join(failed...))
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
func rejectedGate(j *Job, p *past) (passed bool, verdict words) {
	limit := j.maxRejected()
	passed = true
	for _, s := range p.Quality().Sources {
		wrong, of := s.Wrong()
		passed = passed && float64(wrong) <= limit*float64(of)
		verdict.En += fmt.Sprintf("%s: %d of %d rows can't be used; ", s.Name, wrong, of)
		verdict.Es += fmt.Sprintf("%s: %d de %d filas no se pueden usar; ", s.Name, wrong, of)
	}
	verdict.En += fmt.Sprintf("at most %.3g %% may be", 100*limit)
	verdict.Es += fmt.Sprintf("se admite como mucho el %.3g %%", 100*limit)
	return passed, verdict
}

// volumeGate compares the rows of each source with the run before: a history grows, so
// that fewer than half is a lost file, and far more one that came twice.
func volumeGate(_ *Job, p *past) (passed bool, verdict words) {
	return said(p.checked, func(c *features.Check) bool { return c.Name == "volume" }, words{"there is no run before", "no hay ninguna ejecución anterior"})
}

// qualityGate asks whether any other check says that the job must stop.
func qualityGate(_ *Job, p *past) (passed bool, verdict words) {
	counts := map[string]int{}
	for i := range p.checked {
		counts[p.checked[i].Verdict()]++
	}
	return said(p.checked, func(c *features.Check) bool { return c.Name != "volume" && c.Failed() },
		words{fmt.Sprintf("%d checks passed, %d warn", counts["passed"], counts["warned"]), fmt.Sprintf("%d comprobaciones superadas, %d con aviso", counts["passed"], counts["warned"])})
}

// said joins the words of the checks that are meant.
func said(checks []features.Check, meant func(c *features.Check) bool, none words) (passed bool, verdict words) {
	passed = true
	var en, es []string
	for i := range checks {
		c := &checks[i]
		if !meant(c) {
			continue
		}
		passed = passed && !c.Failed()
		en, es = append(en, c.Subject()+": "+c.En), append(es, c.Subject()+": "+c.Es)
	}
	if len(en) == 0 {
		return true, none
	}
	return passed, words{strings.Join(en, "; "), strings.Join(es, "; ")}
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
