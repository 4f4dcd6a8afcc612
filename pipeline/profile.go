package pipeline

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"segmenta/features"
	"segmenta/table"
)

// A profile is what the inputs of a run were like, for the next run to be held against.
type profile struct {
	AsOf     string                     `json:"as_of"`
	Accepted map[string]int64           `json:"accepted_rows"` // of each source
	Usable   map[string]int64           `json:"usable_rows"`   // equal ones included
	Sources  map[string]*features.Shape `json:"sources"`

	Run string `json:"-"`
}

const profileFile = "profile.json"

// profile is what the next run will be held against.
func (p *past) profile() *profile {
	f := &profile{AsOf: p.asOf.Format(time.RFC3339), Accepted: map[string]int64{}, Usable: map[string]int64{}, Sources: p.shapes}
	for _, s := range p.Quality().Sources {
		f.Accepted[s.Name], f.Usable[s.Name] = s.Accepted, s.Usable()
	}
	return f
}

// writeQuality writes the rows that offend, and what the next run is held against.
func (r *running) writeQuality(dir string) error {
	if err := table.WriteFile(filepath.Join(dir, "quality_samples.parquet"), r.past.Quality().Samples()); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, profileFile), r.past.profile())
}

// column finds a source's columns by their names.
func (f *profile) column(source string) map[string]features.ColumnShape {
	all := map[string]features.ColumnShape{}
	if s := f.Sources[source]; s != nil {
		for _, c := range s.Columns {
			all[c.Name] = c
		}
	}
	return all
}

// before reads the profile of the last run before a moment, the zero moment being after
// all. One that isn't what its manifest says is passed over.
func (j *Job) before(moment time.Time) *profile {
	runs := filepath.Join(j.Config.Path(j.Config.Workspace), "runs")
	entries, err := os.ReadDir(runs)
	if err != nil {
		return nil
	}
	slices.Reverse(entries)
	for _, e := range entries {
		if !e.IsDir() || e.Name()[0] == '.' || !moment.IsZero() && e.Name() >= runName(moment) {
			continue
		}
		if f := readProfile(filepath.Join(runs, e.Name())); f != nil {
			f.Run = e.Name()
			return f
		}
	}
	return nil
}

func readProfile(dir string) *profile {
	var m Manifest
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil || json.Unmarshal(text, &m) != nil {
		return nil
	}
	f := new(profile)
	if text, err = os.ReadFile(filepath.Join(dir, profileFile)); err != nil || hashText(text) != m.hashOf(profileFile) || json.Unmarshal(text, f) != nil {
		return nil
	}
	return f
}
