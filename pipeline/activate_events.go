package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/table"
)

// events lists who entered and left the segments that the destination is told of: in this
// run, and in those between the last one that was delivered and it.
func (a *activating) events(wants []delivery.Want) (list []delivery.Told, err error) {
	id := make(map[string]string)
	for i := range wants {
		if w := &wants[i]; w.Status == "" && w.ID != "" {
			id[w.Customer] = w.ID
		}
	}
	runs, err := a.runsToTell()
	if err != nil {
		return nil, err
	}
	for _, dir := range runs {
		t, err := table.ReadFile(filepath.Join(dir, "transitions.parquet"))
		if err != nil {
			return nil, err
		}
		label := segmentLabels(dir)
		for i := range t.Rows() {
			kind, who, what := t.Column("kind").Text(i), t.Column("customer_id").Text(i), t.Column("segment").Text(i)
			if id[who] == "" || !slices.Contains(a.d.Events, kind) {
				continue
			}
			list = append(list, delivery.Told{Customer: who, ID: id[who], Key: t.Column("key").Text(i),
				Event: activate.Event{Name: t.Column("event").Text(i), Group: kind, Segment: what, Label: label[[2]string{kind, what}], At: time.UnixMicro(t.Column("at").Ints[i]).UTC()}})
		}
	}
	return list, nil
}

// runsToTell lists the folders of the runs whose events the destination may not know: the
// keys of events keep those away that it was told.
func (a *activating) runsToTell() (dirs []string, err error) {
	last, also := delivery.ToTell(a.dir)
	runs := filepath.Dir(a.run.dir)
	entries, err := os.ReadDir(runs)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		between := e.Name() < a.run.name && (last != "" && e.Name() > last || slices.Contains(also, e.Name()))
		if _, err := os.Stat(filepath.Join(runs, e.Name(), manifestFile)); err == nil && e.Name()[0] != '.' && (between || e.Name() == a.run.name) {
			dirs = append(dirs, filepath.Join(runs, e.Name()))
		}
	}
	return dirs, nil
}

// segmentLabels names a run's segments.
func segmentLabels(dir string) map[[2]string]activate.Words {
	names := make(map[[2]string]activate.Words)
	t, err := table.ReadFile(filepath.Join(dir, "segment_summary.parquet"), "kind", "segment", "name_en", "name_es")
	if err != nil {
		return names
	}
	for i := range t.Rows() {
		names[[2]string{t.Column("kind").Text(i), t.Column("segment").Text(i)}] = activate.Words{En: t.Column("name_en").Text(i), Es: t.Column("name_es").Text(i)}
	}
	return names
}
