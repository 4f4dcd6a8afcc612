package pipeline_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"segmenta/pipeline"
	"segmenta/table"
)

// Whoever was sent to a destination is forgotten there too: in what is remembered of it, in
// its log and its plan. Everybody else is remembered, so that planning again finds nothing
// to send. Rows 61, 214.
func TestForgetWhoWasSent(t *testing.T) {
	all, mailing := &receiver{rows: map[string]map[string]any{}, events: map[string]int{}}, &receiver{rows: map[string]map[string]any{}, events: map[string]int{}}
	mux := http.NewServeMux()
	mux.Handle("/", all)
	mux.Handle("/mailing", mailing)
	server := httptest.NewServer(mux)
	defer server.Close()
	t.Setenv("ACTIVATE_URL", server.URL)
	t.Setenv("ACTIVATE_KEY", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	j := simulated(t, activatedShop, 600, "2025-11-01")
	log := opened(t, j)
	tablesOf(t, j, "2025-11-01")
	send := func() {
		t.Helper()
		if p, err := j.PlanActivation(t.Context(), "", "2025-11-01", false); err != nil || p.Failed() != nil {
			t.Fatal(err, p.Failed())
		}
		if _, err := j.ApplyActivation(t.Context(), "", false); err != nil {
			t.Fatal(err)
		}
	}
	send()
	dir := j.Config.Path("workspace")
	sent, err := table.ReadFile(filepath.Join(dir, "activation/mailing/delivery_log.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	who, address := "", ""
	for i := range sent.Rows() {
		if s := sent.Column("status").Text(i); s == "created" || s == "updated" {
			who, address = sent.Column("customer_id").Text(i), sent.Column("primary_key").Text(i)
		}
	}
	if who == "" || address == "" || len(named(t, filepath.Join(dir, "activation"), who)) < 4 || len(named(t, dir, address)) == 0 {
		t.Fatalf("nobody was sent: %q %q, of %d: %v %v", who, address, sent.Rows(), sent.Column("status").Dict, named(t, filepath.Join(dir, "activation"), who))
	}
	log.Reset()
	done, err := j.Forget(t.Context(), pipeline.Forgetting{IDs: []string{who}})
	if err != nil || len(done.Proof.Left) > 0 {
		t.Fatalf("%v %+v", err, done)
	}
	for _, name := range []string{who, address} {
		if left := named(t, dir, name); len(left) > 0 {
			t.Errorf("%s is left in %v", name, left)
		}
	}
	for _, d := range []string{"crm", "mailing"} {
		if _, err := os.Stat(filepath.Join(dir, "activation", d, "plan.parquet")); err == nil {
			t.Errorf("the plan of %s names them still, or is none without them", d)
		}
	}
	rows, letters := len(all.rows)+len(mailing.rows), all.requests+mailing.requests
	send()
	if now := all.requests + mailing.requests; len(all.rows)+len(mailing.rows) != rows || now > letters {
		t.Errorf("%d requests after, %d before: others were forgotten too", now, letters)
	}
	if left := named(t, dir, who); len(left) > 0 {
		t.Errorf("sending again wrote them into %v", left)
	}
}
