package pipeline_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/pipeline"
	"segmenta/segment"
	"segmenta/table"
)

// supported holds that every segment there is either has its size in the summary or is
// listed with the column that it lacks, and that the former are not empty where they
// must not be.
func supported(t *testing.T, j *pipeline.Job, present ...string) {
	t.Helper()
	done, err := j.Run(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	summary, err := table.ReadFile(filepath.Join(done.Dir, "segment_summary.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	size := make(map[string]float64)
	for i := range summary.Rows() {
		size[summary.Column("kind").Text(i)+" "+summary.Column("segment").Text(i)] = summary.Column("customers").Number(i)
	}
	var m pipeline.Manifest
	text, err := os.ReadFile(filepath.Join(done.Dir, "manifest.json"))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	lacks := make(map[string]string)
	for _, o := range m.Off {
		what := strings.Replace(strings.Replace(o.What.En, " stage ", " ", 1), "segment ", "rule ", 1)
		lacks[what] = strings.TrimPrefix(o.Why.En, "there is no column ")
		if strings.HasPrefix(what, "rule ") && (lacks[what] == o.Why.En || o.Why.Es == "") {
			t.Errorf("%s is off, and no column is named: %s", what, o.Why.En)
		}
	}
	for _, name := range everySegment(t) {
		n, counted := size[name]
		column, off := lacks[name]
		switch {
		case off:
			t.Logf("%-32s lacks %s", name, column)
			if n > 0 {
				t.Errorf("%s can't be told without %s, and holds %v", name, column, n)
			}
		case !counted:
			t.Errorf("%s is neither counted nor listed with the column that it lacks", name)
		default:
			t.Logf("%-32s %7.0f", name, n)
		}
	}
	for _, name := range present {
		if size[name] == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

// everySegment names every segment that there is, by kind.
func everySegment(t *testing.T) (names []string) {
	t.Helper()
	for _, kind := range []struct {
		name  string
		names []segment.Name
	}{{"lifecycle", segment.Stages}, {"journey", segment.JourneyStages}, {"funnel", segment.FunnelStages}, {"rfm", segment.RFMNames}, {"value", segment.Bands}} {
		for _, n := range kind.names {
			names = append(names, kind.name+" "+n.ID)
		}
	}
	for _, row := range segment.Priorities {
		names = append(names, "priority "+row.ID)
	}
	rules, err := segment.Builtins()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		names = append(names, "rule "+r.ID)
	}
	intents, err := segment.Intents()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range intents {
		names = append(names, "intent "+i.ID)
	}
	return names
}
