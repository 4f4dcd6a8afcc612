package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"segmenta/features"
	"segmenta/segment"
	"segmenta/table"
)

// Done is what a run published.
type Done struct {
	AsOf      string       `json:"as_of"`
	Dir       string       `json:"dir"`
	Customers int          `json:"customers"`
	Unchanged bool         `json:"unchanged"` // nothing was written: the run was there already
	Segments  []SegmentRow `json:"segments"`
	Off       []Off        `json:"switched_off,omitempty"`
	Seconds   float64      `json:"seconds"`
	Peak      int64        `json:"peak_rss_bytes"`

	language string
}

// A SegmentRow is one segment of the summary.
type SegmentRow struct {
	Kind      string   `json:"kind"`
	Segment   string   `json:"segment"`
	NameEn    string   `json:"name_en"`
	NameEs    string   `json:"name_es"`
	Customers int64    `json:"customers"`
	Share     float64  `json:"share"`
	Value     float64  `json:"value"`
	Churn     *float64 `json:"mean_churn_probability"`
	Hidden    bool     `json:"hidden,omitempty"` // too few customers to be told of: privacy.min_group
}

// Run places every customer as of a moment and publishes the tables.
func (j *Job) Run(ctx context.Context, asOf string) (*Done, error) {
	start := time.Now()
	moment, err := j.asOf(asOf)
	if err != nil {
		return nil, err
	}
	w, err := openWorkspace(j.Config.Path(j.Config.Workspace))
	if err != nil {
		return nil, err
	}
	defer w.close()
	r := &running{job: j, line: &line{job: j}, workspace: w, done: &Done{language: j.Config.Language}}
	if err := r.run(ctx, moment); err != nil {
		return nil, err
	}
	r.done.Seconds, r.done.Peak = time.Since(start).Seconds(), peakMemory()
	return r.done, nil
}

// A running run hands what each stage makes to the next.
type running struct {
	job       *Job
	line      *line
	workspace *workspace
	champions *champions
	intake    *intake
	manifest  *Manifest
	earlier   *Manifest // of the run before, once it was looked for and found
	past      *past
	snapshot  *features.Snapshot
	scores    map[string]*score
	tables    *tables
	rules     []*segment.Membership

	segmentation  *segmentation
	microSegments []int64 // of each customer, −1 of none
	drifts        map[string]*Drift
	reliable      map[string]float64 // families of attributes
	season        words              // what the calendar may explain
	done          *Done
}

func (r *running) run(ctx context.Context, moment time.Time) error {
	j, l := r.job, r.line
	if err := l.do(ctx, "models", func() (err error) { r.champions, err = j.champions(r.workspace); return }); err != nil {
		return err
	}
	if err := l.do(ctx, "inputs", func() error { return r.began(ctx) }); err != nil {
		return err
	}
	defer r.intake.close()
	if !moment.IsZero() && r.unchanged(moment) {
		return nil
	}
	if err := l.do(ctx, "reading", func() (err error) { r.past, err = j.load(ctx, r.intake, moment, reading{}); return }); err != nil {
		return err
	}
	defer r.past.Close()
	if moment.IsZero() && r.unchanged(r.past.asOf) {
		return nil
	}
	if err := l.do(ctx, "gates", func() (err error) { r.manifest.Gates, err = j.pass(r.past); return }); err != nil {
		return err
	}
	if err := l.do(ctx, "features", r.compute); err != nil {
		return err
	}
	if err := l.do(ctx, "scores", r.score); err != nil {
		return err
	}
	if err := l.do(ctx, "looking back", func() error { return errors.Join(r.estimate(), r.lookBack()) }); err != nil {
		return err
	}
	if err := l.do(ctx, "segments", func() (err error) { r.tables, err = r.place(); return }); err != nil {
		return err
	}
	if err := l.do(ctx, "late gates", r.passLate); err != nil {
		return err
	}
	return l.do(ctx, "publishing", func() error { return r.publish(ctx) })
}

// began says what goes into a run.
func (r *running) began(ctx context.Context) error {
	g, err := r.job.gather(ctx, false)
	if err != nil {
		return err
	}
	inputs, err := g.hashes()
	if err != nil {
		g.close()
		return err
	}
	stones, err := r.workspace.tombstones()
	if err != nil {
		g.close()
		return err
	}
	r.intake = g
	r.manifest = &Manifest{Forgotten: stones.digest(), Segmenta: version(), Config: hashText(r.job.Config.text), Inputs: inputs, Models: r.champions.versions}
	return nil
}

// unchanged reports whether the run of that moment is there already, whole, and made of
// the same.
func (r *running) unchanged(moment time.Time) bool {
	r.manifest.AsOf = moment.Format(time.RFC3339)
	r.before(moment)
	dir := r.workspace.run(runName(moment))
	old, err := readManifest(dir)
	if err != nil || !old.same(r.manifest) {
		return false
	}
	summary, err := table.ReadFile(filepath.Join(dir, "segment_summary.parquet"))
	if err != nil {
		return false
	}
	r.done.AsOf, r.done.Dir, r.done.Customers, r.done.Unchanged, r.done.Off = runName(moment), dir, old.Customers, true, old.Off
	r.done.Segments = rowsOf(summary)
	return true
}

func (r *running) compute() error {
	q := features.Question{Definitions: r.past.on, Moments: []time.Time{r.past.asOf}, Summaries: true, Threads: r.job.Threads}
	for _, name := range r.job.Config.TargetNames() {
		q.Targets = append(q.Targets, r.job.Config.Targets[name].label())
	}
	s, err := r.past.Answer(q)
	if err != nil {
		return err
	}
	r.snapshot = s[0]
	r.manifest.AsOf = r.past.asOf.Format(time.RFC3339)
	r.manifest.Customers = len(r.snapshot.Customers)
	r.manifest.Accepted = make(map[string]int64)
	for _, s := range r.past.Quality().Sources {
		r.manifest.Accepted[s.Name] = s.Accepted
	}
	return nil
}

// publish writes every table, the report and the manifest.
func (r *running) publish(ctx context.Context) error {
	r.hideSmallGroups(r.tables)
	name := runName(r.past.asOf)
	err := r.workspace.publish(name, func(dir string) error {
		if err := r.write(ctx, dir); err != nil {
			return err
		}
		files, err := hashFolder(dir)
		if err != nil {
			return err
		}
		r.manifest.Outputs = files
		if err := writeJSON(filepath.Join(dir, manifestFile), r.manifest); err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, timingsFile), r.line.stages)
	})
	if err != nil {
		return err
	}
	r.done.AsOf, r.done.Dir, r.done.Customers = name, r.workspace.run(name), len(r.snapshot.Customers)
	r.done.Segments, r.done.Off = rowsOf(r.tables.summary), r.manifest.Off
	r.job.Log.Info().Str("as_of", name).Int("customers", r.done.Customers).Str("dir", r.done.Dir).Msg("published")
	return nil
}

// write writes the tables and pages, several at once: each waits until the disk has it.
func (r *running) write(ctx context.Context, dir string) error {
	files := r.tables.files()
	pages := []func() error{
		func() error { return r.writeQuality(dir) },
		func() error {
			if err := r.report(filepath.Join(dir, "report.html")); err != nil {
				return fmt.Errorf("report: %w", err)
			}
			return nil
		},
		func() error {
			if err := r.register(dir); err != nil {
				return fmt.Errorf("record of the segments: %w", err)
			}
			return nil
		},
	}
	return each(r.job.Threads, len(files)+len(pages), func(i int) error {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case i < len(files):
			return table.WriteFile(filepath.Join(dir, files[i].name+".parquet"), files[i].table)
		}
		return pages[i-len(files)]()
	})
}

// rowsOf reads a summary table.
func rowsOf(t *table.Table) (rows []SegmentRow) {
	for i := range t.Rows() {
		row := SegmentRow{Kind: t.Column("kind").Text(i), Segment: t.Column("segment").Text(i), NameEn: t.Column("name_en").Text(i), NameEs: t.Column("name_es").Text(i),
			Customers: int64(t.Column("customers").Number(i)), Share: t.Column("share").Number(i), Value: t.Column("value").Number(i)}
		if row.Hidden = t.Column("customers").IsNull(i); row.Hidden {
			row.Customers, row.Share, row.Value = 0, 0, 0
		}
		if c := t.Column("mean_churn_probability"); !c.IsNull(i) {
			v := c.Number(i)
			row.Churn = &v
		}
		rows = append(rows, row)
	}
	return rows
}

// Tell says to people what a run found.
func (d *Done) Tell(w io.Writer) {
	d.table(w)
	what := words{"Published in", "Publicado en"}
	if d.Unchanged {
		what = words{"Nothing has changed since; the run is in", "Nada ha cambiado desde entonces; la ejecución está en"}
	}
	fmt.Fprintf(w, "\n%s %s\n", what.in(d.language), relative(d.Dir))
	fmt.Fprintf(w, words{"  segments.parquet   a row for each of %d customers\n  report.html        open it in a browser\n",
		"  segments.parquet   una fila por cada uno de los %d clientes\n  report.html        ábralo en un navegador\n"}.in(d.language), d.Customers)
}

// relative is a path as one would type it from here.
func relative(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if r, err := filepath.Rel(here, path); err == nil && len(r) < len(path) {
		return r
	}
	return path
}
