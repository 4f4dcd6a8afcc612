package pipeline_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"testing"

	"segmenta/segment"
)

const filedShop = `timezone: Europe/Madrid
language: es
sources: {transactions: {path: data/transactions}, events: {path: data/events}, customers: {path: data/customers}}
targets: {conversion: {horizon: 30d, population: all}, churn: {horizon: 60d}}
training: {cutoffs: 2, rounds: 10}
clusters: {max: 3}
holdout: {share: 0.1, salt: s}
destinations:
  email: {file: {path: out/email.csv}, channel: email, fields: {email: mail, favourite_hour: hour, best_channel: channel}}
  sms: {file: {path: out/sms.csv}, channel: sms, fields: {phone: phone}}
  push: {file: {path: out/push.csv}, channel: push, fields: {lifecycle_stage: stage}}
  front_end: {file: {path: out/attributes.jsonl}, tags: labels, fields: {rfm_segment: rfm, churn_probability: churn, favourite_category: category, vip: vip, next_order_date: next}}
  bigin: {file: {path: out/bigin.csv, headers: labels, decimal: ","}, fields: {email: Email, lifecycle_stage: Tag, clv: CLV}}
`

// Each channel has a file of those, and only those, who agreed to it and can be reached;
// the front end has everyone's attributes by id, with the stage as a label; another CRM's
// import file is as that wants it. Rows 98, 183, 184, 186, 187, 189.
func TestAudienceFiles(t *testing.T) {
	j := simulated(t, filedShop, 400, "2025-11-01")
	run := tablesOf(t, j, "2025-11-01")["segments"]
	p, err := j.PlanActivation(t.Context(), "", "", false)
	if err != nil || p.Failed() != nil {
		t.Fatal(err, p.Failed())
	}
	if a, err := j.ApplyActivation(t.Context(), "", false); err != nil || a.Failed() != nil {
		t.Fatal(err, a.Failed())
	}
	for _, channel := range []string{"email", "sms", "push"} {
		rows := csvOf(t, j.Config.Path("out/"+channel+".csv"))
		in := make(map[string]bool)
		for _, row := range rows[1:] {
			in[row[0]] = true
		}
		for i := range run.Rows() {
			id := run.Column("customer_id").Text(i)
			may := run.Column("unreachable_"+channel).IsNull(i) && !run.Column("holdout").Bools[i] && (channel != "email" || run.Column("lifecycle_stage").Text(i) != "not_qualified")
			if in[id] != may {
				t.Errorf("%s: %s is in the file: %v, may be: %v (%s)", channel, id, in[id], may, run.Column("unreachable_"+channel).Text(i))
			}
		}
		if len(in) < 10 {
			t.Errorf("%s: only %d of %d", channel, len(in), run.Rows())
		}
	}
	attributes(t, j.Config.Path("out/attributes.jsonl"), run.Rows())
	if head := csvRaw(t, j.Config.Path("out/bigin.csv"), ';')[0]; head[1] != "Clv" && head[1] != "CLV" && len(head) != 4 {
		t.Errorf("the import file is headed %q", head)
	}
}

func csvOf(t *testing.T, path string) [][]string { return csvRaw(t, path, ',') }

func csvRaw(t *testing.T, path string, comma rune) [][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = comma
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// attributes reads the front end's file: labels are the stages' names in the language of
// the configuration.
func attributes(t *testing.T, path string, customers int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, s := range segment.Stages {
		known[s.Es] = true
	}
	n := 0
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); n++ {
		var row struct {
			Customer string `json:"customer_id"`
			RFM      *string
			Churn    *float64
			Labels   []string
		}
		if err := json.Unmarshal(s.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		if row.Customer == "" || len(row.Labels) != 1 || !known[row.Labels[0]] || row.Churn != nil && (*row.Churn < 0 || *row.Churn > 1) {
			t.Errorf("%s", s.Text())
		}
	}
	if n < customers*8/10 || n > customers {
		t.Errorf("%d of %d customers", n, customers)
	}
}
