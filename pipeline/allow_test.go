package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"segmenta/features"
	"segmenta/pipeline"
	"segmenta/table"
)

// withPeople is the CD shop with a customers file and a bought table that tell who
// will buy again: whoever may learn from them does.
func withPeople(t *testing.T, more string) (*pipeline.Learned, string) {
	t.Helper()
	data, err := filepath.Abs("../testdata/cdnow/transactions.parquet")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := table.ReadFile(data, "customer_id", "date")
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]int64{}
	for i := range tx.Rows() {
		last[tx.Column("customer_id").Text(i)] = tx.Column("date").Ints[i]
	}
	people, bought := "customer_id,birth_date,gender,values\n", "customer_id,valid_from,income\n"
	for id, at := range last {
		year := 1940 + int(at/86_400_000_000)%50
		people += fmt.Sprintf("%s,%d-05-05,f,nature\n", id, year)
		bought += fmt.Sprintf("%s,1990-01-01,%d\n", id, at/86_400_000_000)
	}
	j := project(t, strings.Replace(cdnow, "DATA", data, 1)+"training: {cutoffs: 2, rounds: 5}\n"+more)
	dir := t.TempDir()
	for name, text := range map[string]string{"people.csv": people, "bought.csv": bought} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j.Config.Sources.Customers = &pipeline.Source{Path: pipeline.Paths{filepath.Join(dir, "people.csv")}}
	j.Config.Sources.Features = []pipeline.Brought{{Source: pipeline.Source{Path: pipeline.Paths{filepath.Join(dir, "bought.csv")}}, Provenance: "third_party"}}
	j.Config.Workspace = filepath.Join(dir, "workspace")
	learned, err := j.Train(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	clusters, err := filepath.Glob(filepath.Join(dir, "workspace/models/micro_segments/*/clusters.json"))
	if err != nil || len(clusters) != 1 {
		t.Fatalf("clusters %v, %v", clusters, err)
	}
	text, err := os.ReadFile(clusters[0])
	if err != nil {
		t.Fatal(err)
	}
	var seg struct{ Features []string }
	if err := json.Unmarshal(text, &seg); err != nil {
		t.Fatal(err)
	}
	return learned, strings.Join(seg.Features, " ")
}

// Who customers are, and what was bought from others, never enters a model or a
// micro-segment unless the configuration asks for it.
//
// Rows 24, 33, 54, 126, 220.
func TestWhoCustomersAreStaysOut(t *testing.T) {
	if testing.Short() {
		t.Skip("trains on CDNOW several times")
	}
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	out := []string{"income"}
	for _, d := range c.Definitions() {
		if d.Privacy != "behaviour" || d.Provenance == "third_party" {
			out = append(out, d.Name)
		}
	}
	if !slices.Contains(out, "age") || !slices.Contains(out, "values_declared") {
		t.Fatalf("the catalogue has no demography: %v", out)
	}
	learned, compared := withPeople(t, "clusters: {max: 3}\n")
	for _, name := range out {
		if slices.Contains(card(t, learned, "churn").Features, name) || slices.Contains(strings.Fields(compared), name) {
			t.Errorf("%s is learned from or compared by, and nobody asked for it", name)
		}
	}
	if len(card(t, learned, "churn").Features) < 20 {
		t.Errorf("learned from %v only", card(t, learned, "churn").Features)
	}
	learned, compared = withPeople(t, "allow: [demographic, third_party]\nclusters: {max: 3, features: [age, orders_365d]}\n")
	if got := card(t, learned, "churn").Features; !slices.Contains(got, "age") || !slices.Contains(got, "income") || slices.Contains(got, "values_declared") {
		t.Errorf("allowed were demographic and third_party; learned from %v", got)
	}
	if compared != "age orders_365d" {
		t.Errorf("compared by %s", compared)
	}
}
