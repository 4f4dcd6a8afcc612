package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"segmenta/features"
	"segmenta/table"
)

// errPrinted ends a job that only prints what Spark is to run.
var errPrinted = errors.New("printed")

// PrintSQL prints what Spark is to run, for a cluster without Spark Connect.
func (j *Job) PrintSQL(ctx context.Context, asOf, only []string, out io.Writer) error {
	moments, err := j.momentsOf(asOf)
	if err != nil {
		return err
	}
	if moments[0].IsZero() {
		return mark(ErrConfig, fmt.Errorf("--print-sql needs a moment: say --as-of 2026-06-30 (which one is the latest, the cluster alone knows)"))
	}
	j.printTo = out
	_, err = j.Features(ctx, asOf, only, os.DevNull)
	if errors.Is(err, errPrinted) {
		return nil
	}
	return err
}

// offline makes a cluster that nobody connects to: what it would be told is printed, or
// has been run by then. The columns are those of the files, which this machine must see.
func (j *Job) offline(ctx context.Context) (*sparkCluster, error) {
	c := j.Config
	if err := c.checkSpark(); err != nil {
		return nil, mark(ErrConfig, err)
	}
	k := &sparkCluster{job: j, print: j.printTo}
	k.place("features")
	if j.SparkAnswers != "" {
		k.here = strings.TrimSuffix(j.SparkAnswers, "/")
	}
	for _, s := range c.histories() {
		one, err := j.seen(ctx, s)
		if err != nil {
			return nil, mark(ErrConfig, fmt.Errorf("%s: sources.%s: %w", c.file, s.name, err))
		}
		k.sources = append(k.sources, one)
	}
	binary, send := strings.CutPrefix(c.Spark.Binary, "send:")
	if binary != "" && !send {
		k.binary = binary
	} else if binary == "" {
		var err error
		if binary, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	if k.binary == "" {
		k.send, k.sent = binary, filepath.Base(binary)
	}
	return k, nil
}

// seen is a source whose columns are found out from its files.
func (j *Job) seen(ctx context.Context, s namedSource) (*sparkSource, error) {
	relations, err := s.relations(j.Config)
	if err != nil {
		return nil, err
	}
	if len(s.Path) == 0 {
		return nil, fmt.Errorf("which columns table %s has, the cluster alone knows: through Spark Connect it can be asked (--spark sc://host:15002, without --print-sql)", s.Table)
	}
	found, err := j.Config.find(ctx, s.Source, false)
	if err != nil {
		return nil, err
	}
	f, err := found[0].open(table.Format{})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	one := &sparkSource{name: s.name, relations: relations, types: map[string]string{}}
	for _, field := range f.Fields() {
		one.order, one.types[field.Name] = append(one.order, field.Name), typeInSpark(field)
	}
	return one, nil
}

// typeInSpark is what Spark calls the type of a column that this machine sees.
func typeInSpark(f table.Field) string {
	switch {
	case f.Odd != "":
		return f.Odd
	case f.Kind == table.Time && f.Local:
		return "timestamp_ntz"
	case f.Kind == table.Time:
		return "timestamp"
	}
	return map[table.Kind]string{table.String: "string", table.Int32: "int", table.Int64: "bigint", table.Float32: "float", table.Float64: "double", table.Bool: "boolean"}[f.Kind]
}

// written prints a statement, and answers as if one row of every kind had been seen: what
// the next question needs columns for is what it would need anyway.
func (k *sparkCluster) written(w *features.Work, statement string) ([]table.Source, error) {
	if w.Task == "survey" {
		fmt.Fprintf(k.print, "-- For spark-sql -f, or spark.sql() statement by statement. Printed by segmenta %s.\n", version())
		for _, s := range sparkSettings {
			fmt.Fprintf(k.print, "%s;\n", s)
		}
		if k.send != "" {
			fmt.Fprintf(k.print, "ADD FILE '%s';\n", k.send)
		}
		fmt.Fprintf(k.print, "\n-- What there is: counts, and rows that can't be used.\n%s;\n", statement)
		return []table.Source{surveyed{w.Pretend()}}, nil
	}
	fmt.Fprintf(k.print, "\n-- What was asked, a row for each customer and moment.\n%s;\n", statement)
	fmt.Fprintf(k.print, "\n-- Then: segmenta features --engine spark --answers %s, with the same --as-of and --only.\n", k.here)
	return nil, errPrinted
}

// surveyed is one table in memory.
type surveyed struct{ t *table.Table }

func (s surveyed) Name() string                             { return "a survey" }
func (s surveyed) Fields() []table.Field                    { return nil }
func (s surveyed) Blocks() int                              { return 1 }
func (s surveyed) FirstRow(int) int64                       { return 1 }
func (s surveyed) Read(int, []string) (*table.Table, error) { return s.t, nil }
func (s surveyed) Close() error                             { return nil }
