package pipeline

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"segmenta/features"
	"segmenta/source/connect"
	"segmenta/table"
)

// A sparkCluster keeps histories where Spark reads them, and lets workers go over them there.
type sparkCluster struct {
	job     *Job
	session *connect.Session
	sources []*sparkSource
	binary  string // where the worker stands on every executor; empty: it is sent
	sent    string // the name under which it is sent
	there   string // the folder for answers, as Spark knows it
	here    string // and as this machine does
	closed  bool

	send  string    // the file to send, where nobody is connected to
	print io.Writer // what would be told is printed there; nil: it is told
}

// cluster connects, and finds out what the histories' columns are.
func (j *Job) cluster(ctx context.Context) (*sparkCluster, error) {
	c := j.Config
	if c.Spark == nil || c.Spark.Remote == "" {
		return nil, mark(ErrConfig, fmt.Errorf("%s: engine: spark needs the address of Spark Connect: spark: {remote: sc://host:15002}, or --spark sc://host:15002 (without one, --print-sql says what to run)", c.file))
	}
	if err := c.checkSpark(); err != nil {
		return nil, mark(ErrConfig, err)
	}
	session, err := connect.Open(c.Spark.Remote, "segmenta/"+version())
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	k := &sparkCluster{job: j, session: session}
	k.place(fmt.Sprintf("%s-%d", time.Now().UTC().Format("20060102T150405"), os.Getpid()))
	if err := k.begin(ctx); err != nil {
		k.Close()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("spark: %w", err)
	}
	return k, nil
}

// place chooses the folder through which answers come.
func (k *sparkCluster) place(name string) {
	c := k.job.Config
	dir := strings.TrimSuffix(c.sparkDir(), "/")
	k.there, k.here = c.sparkPath(dir)+"/"+name, dir+"/"+name
	if !strings.Contains(dir, "://") {
		k.here = c.Path(k.here)
	}
}

// begin sets the session up.
func (k *sparkCluster) begin(ctx context.Context) error {
	settings := sparkSettings
	if n := k.job.Config.Spark.Partitions; n > 0 {
		settings = append(settings[:len(settings):len(settings)], fmt.Sprintf("SET spark.sql.shuffle.partitions = %d", n))
	}
	for _, s := range settings {
		if err := k.session.Run(ctx, s, nil); err != nil {
			return err
		}
	}
	for _, s := range k.job.Config.histories() {
		relations, err := s.relations(k.job.Config)
		if err != nil {
			return err
		}
		names, types, err := k.session.Columns(ctx, "SELECT * FROM "+relations[0])
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		one := &sparkSource{name: s.name, relations: relations, types: map[string]string{}, order: names}
		for i, name := range names {
			one.types[name] = types[i]
		}
		k.sources = append(k.sources, one)
	}
	return k.upload(ctx)
}

// upload sends the worker to the executors, unless it stands there.
func (k *sparkCluster) upload(ctx context.Context) error {
	path, send := strings.CutPrefix(k.job.Config.Spark.Binary, "send:")
	if path != "" && !send {
		k.binary = path
		return nil
	}
	if path == "" {
		var err error
		if path, err = os.Executable(); err != nil {
			return err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	k.sent = fmt.Sprintf("segmenta-%x", sum.Sum(nil)[:8])
	return k.session.Upload(ctx, k.sent, path)
}

// Do lets workers go over the histories.
func (k *sparkCluster) Do(ctx context.Context, w *features.Work) ([]table.Source, error) {
	start := time.Now()
	w.Version, w.Memory = version(), int64(k.job.Config.Spark.Memory)
	statement, err := k.statement(w)
	if err != nil {
		return nil, mark(ErrConfig, fmt.Errorf("spark: %w", err))
	}
	if k.print != nil {
		return k.written(w, statement)
	}
	if k.session == nil {
		return k.answers(ctx, w.Task)
	}
	err = k.session.Run(ctx, statement, func(done, total int64) { k.job.progress("spark: "+w.Task, done, total) })
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("spark: %s: %w", w.Task, err)
	}
	k.job.Log.Debug().Str("task", w.Task).Float64("seconds", time.Since(start).Seconds()).Msg("spark")
	return k.answers(ctx, w.Task)
}

// statement is the SQL of a piece of work.
func (k *sparkCluster) statement(w *features.Work) (string, error) {
	word, err := packWork(w)
	if err != nil {
		return "", err
	}
	return sparkJob(w, k.sources, sparkCommand(k.binary, k.sent, word), k.there+"/"+w.Task)
}

// answers opens what workers wrote.
func (k *sparkCluster) answers(ctx context.Context, task string) (opened []table.Source, err error) {
	defer func() {
		if err != nil {
			for _, f := range opened {
				f.Close()
			}
		}
	}()
	if strings.HasPrefix(k.here, s3Scheme) {
		objects, err := k.job.Config.store().List(ctx, k.here+"/"+task+"/*.parquet")
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			f, err := table.OpenParquet(o)
			if err != nil {
				return opened, err
			}
			opened = append(opened, f)
		}
		return opened, nil
	}
	files, err := filepath.Glob(filepath.Join(k.here, task, "*.parquet"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no answers: it must be a folder that the cluster writes and this machine reads; say which one under spark: dir, or with --spark-dir", filepath.Join(k.here, task))
	}
	for _, name := range files {
		f, err := table.Open(name, table.Format{})
		if err != nil {
			return opened, err
		}
		opened = append(opened, f)
	}
	return opened, nil
}

// Close ends the session and removes what was written for it, where that is this
// machine's.
func (k *sparkCluster) Close() (err error) {
	if k.closed || k.session == nil {
		return nil
	}
	k.closed = true
	if !strings.Contains(k.here, "://") {
		err = os.RemoveAll(k.here)
		os.Remove(filepath.Dir(k.here)) // where it is empty
	}
	k.session.Close() // what it held ends with it, in any case
	return err
}

// A sparkInput is a source whose rows stay on the cluster.
type sparkInput struct{ *sparkSource }

// hash says what was in it: a table's contents nobody knows beforehand, so that a run
// over one is never the same as another.
func (i sparkInput) hash() (File, error) {
	return File{Name: strings.Join(i.relations, ", "), SHA256: "not known; asked at " + time.Now().UTC().Format(time.RFC3339Nano)}, nil
}

func (i sparkInput) open(table.Format) (table.Source, error) { return i, nil }
func (sparkInput) close()                                    {}

func (i sparkInput) Name() string       { return strings.Join(i.relations, ", ") }
func (i sparkInput) Blocks() int        { return 0 }
func (i sparkInput) FirstRow(int) int64 { return 1 }
func (i sparkInput) Close() error       { return nil }
func (i sparkInput) Read(int, []string) (*table.Table, error) {
	return nil, errors.New("the rows of " + i.Name() + " are on the cluster")
}

// Fields are the columns, as this machine would read them.
func (i sparkInput) Fields() (all []table.Field) {
	for _, name := range i.order {
		f := table.Field{Name: name}
		if t, ok := sparkType(i.types[name]); ok {
			f.Kind, f.Local = t.kind, t.local
		} else {
			f.Odd = "of Spark's type " + i.types[name]
		}
		all = append(all, f)
	}
	return all
}

// reach connects to the cluster, where histories stay on one.
func (g *intake) reach(ctx context.Context, j *Job) (err error) {
	if !j.Config.onSpark() {
		return nil
	}
	connect := j.cluster
	if j.SparkAnswers != "" || j.printTo != nil {
		connect = j.offline
	}
	if g.far, err = connect(ctx); err != nil {
		return err
	}
	for _, s := range g.far.sources {
		g.inputs[s.name], g.order = []input{sparkInput{s}}, append(g.order, s.name)
	}
	return nil
}

// load loads the histories. A cluster on which they stay is theirs from then on.
func (g *intake) load(ctx context.Context, in features.Inputs) (*features.History, error) {
	if g.far == nil {
		return features.Load(ctx, in)
	}
	in.Elsewhere = g.far
	h, err := features.Load(ctx, in)
	if err == nil {
		g.far = nil
	}
	return h, err
}
