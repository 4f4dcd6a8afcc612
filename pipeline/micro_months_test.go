package pipeline_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"segmenta/table"
)

// Two months apart, on real customers, a micro-segment that holds mostly the same people
// keeps its id and name, and every other one is told as new, gone, split or merged.
func TestMicroSegmentsOverTwoMonths(t *testing.T) {
	if testing.Short() {
		t.Skip("trains twice: not with -short")
	}
	data := developerData(t, "online_retail")
	j := project(t, `timezone: Europe/London
sources:
  transactions:
    path: `+data+`/transactions.parquet
    columns: {customer_id: CustomerID, time: InvoiceDate, amount: Quantity * UnitPrice, quantity: Quantity, order_id: InvoiceNo, product_id: StockCode}
targets: {conversion: {horizon: 30d}}
training: {rounds: 3, cutoffs: 1}
value: {trees: false}
`)
	names := make([]map[int]string, 2)
	var last string
	for k, day := range []string{"2011-09-30", "2011-11-30"} {
		if _, err := j.Train(context.Background(), day); err != nil {
			t.Fatal(err)
		}
		versions, _ := filepath.Glob(j.Config.Path("workspace/models/micro_segments/" + day + "*"))
		if len(versions) != 1 {
			t.Fatalf("versions %v", versions)
		}
		last, names[k] = versions[0], namesOf(t, versions[0])
	}
	m, err := table.ReadFile(filepath.Join(last, "migration.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]int)
	told := make(map[int]bool)
	for i := range m.Rows() {
		what, from, to := m.Column("what").Text(i), int(m.Column("from").Ints[i]), int(m.Column("to").Ints[i])
		found[what]++
		told[to] = true
		if stayed := what == "stayed"; stayed != (from == to) || stayed && (m.Column("jaccard").Number(i) < 0.3 || names[0][from] != names[1][to]) {
			t.Errorf("%s from %d %q to %d %q, Jaccard %.2f", what, from, names[0][from], to, names[1][to], m.Column("jaccard").Number(i))
		}
	}
	for id, name := range names[1] {
		if !told[id] {
			t.Errorf("nothing says where %d %q comes from", id, name)
		}
	}
	t.Logf("%d micro-segments became %d: %v", len(names[0]), len(names[1]), found)
	if found["stayed"] == 0 {
		t.Error("no micro-segment stayed over two months")
	}
}

// namesOf are the micro-segments of a version by id.
func namesOf(t *testing.T, version string) map[int]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(version, "clusters.json"))
	if err != nil {
		t.Fatal(err)
	}
	var seg struct {
		IDs      []int `json:"ids"`
		Profiles []struct {
			NameEn string `json:"name_en"`
		} `json:"profiles"`
	}
	if err := json.Unmarshal(text, &seg); err != nil || len(seg.IDs) == 0 {
		t.Fatalf("%v: %s", err, text[:200])
	}
	names := make(map[int]string)
	for c, id := range seg.IDs {
		if names[id] = seg.Profiles[c].NameEn; names[id] == "" {
			t.Fatalf("micro-segment %d has no name", id)
		}
	}
	return names
}
