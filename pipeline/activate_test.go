package pipeline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"segmenta/pipeline"
	"segmenta/table"
)

// A receiver keeps what webhooks bring.
type receiver struct {
	mu       sync.Mutex
	rows     map[string]map[string]any
	events   map[string]int // by customer and event
	requests int
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var m struct {
		Data []struct {
			ID     string
			Values map[string]any
			Event  *struct{ Name, Kind, Segment string }
		}
	}
	json.Unmarshal(body, &m)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	for _, d := range m.Data {
		if d.Event != nil {
			r.events[d.ID+" "+d.Event.Name+" "+d.Event.Kind+"/"+d.Event.Segment]++
			continue
		}
		if r.rows[d.ID] == nil {
			r.rows[d.ID] = map[string]any{}
		}
		for k, v := range d.Values {
			r.rows[d.ID][k] = v
		}
	}
}

const activatedShop = `timezone: Europe/Madrid
sources: {transactions: {path: data/transactions}, events: {path: data/events}, customers: {path: data/customers}}
targets: {conversion: {horizon: 30d, population: all}, churn: {horizon: 60d}}
training: {cutoffs: 2, rounds: 10}
clusters: {max: 3}
holdout: {share: 0.2, salt: s}
destinations:
  crm:
    webhook: {url: "${ACTIVATE_URL}", secret: "${ACTIVATE_KEY}"}
    allow_private: true
    events: [lifecycle]
    fields: {phone: {to: phone_hash, hash: sha256}}
    default_fields: true
  mailing:
    webhook: {url: "${ACTIVATE_URL}/mailing"}
    allow_private: true
    channel: email
    id: email
    audience: [lifecycle/customer, lifecycle/dormant, lifecycle/not_qualified]
    fields: {churn_probability: churn, lifecycle_stage: stage}
`

func opened(t *testing.T, j *pipeline.Job) *bytes.Buffer {
	var log bytes.Buffer
	j.Log = pipeline.NewLog(&log, false, true)
	return &log
}

// What a run found goes where it may go, and only there: not to who is left alone, has not
// agreed or is not qualified; once; and no log holds a secret or an address. Rows 18, 61, 96,
// 180, 181, 185, 188, 189, 191, 214.
func TestActivation(t *testing.T) {
	all, mailing := &receiver{rows: map[string]map[string]any{}, events: map[string]int{}}, &receiver{rows: map[string]map[string]any{}, events: map[string]int{}}
	mux := http.NewServeMux()
	mux.Handle("/", all)
	mux.Handle("/mailing", mailing)
	server := httptest.NewServer(mux)
	defer server.Close()
	const key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	t.Setenv("ACTIVATE_URL", server.URL)
	t.Setenv("ACTIVATE_KEY", key)
	j := simulated(t, activatedShop, 600, "2025-11-01")
	log := opened(t, j)
	run := tablesOf(t, j, "2025-11-01")["segments"]
	p, err := j.PlanActivation(t.Context(), "", "2025-11-01", false)
	if err != nil || p.Failed() != nil {
		t.Fatal(err, p.Failed())
	}
	if all.requests+mailing.requests != 0 {
		t.Fatal("a plan sent something")
	}
	if a, err := j.ApplyActivation(t.Context(), "", true); err != nil || all.requests != 0 || a.Destinations[0].Would == 0 {
		t.Fatalf("a dry run: %v, %d requests", err, all.requests)
	}
	a, err := j.ApplyActivation(t.Context(), "", false)
	if err != nil || a.Failed() != nil {
		t.Fatal(err, a.Failed())
	}
	said := new(bytes.Buffer)
	p.Tell(said)
	a.Tell(said)
	free, mailed := 0, 0
	for i := range run.Rows() {
		id, held := run.Column("customer_id").Text(i), run.Column("holdout").Bools[i]
		if free += map[bool]int{false: 1}[held]; held != (all.rows[id] == nil) {
			t.Fatalf("%s: left alone %v, and sent %v", id, held, all.rows[id])
		}
		if row := all.rows[id]; row != nil && row["segmenta_lifecycle_stage"] != run.Column("lifecycle_stage").Text(i) {
			t.Errorf("%s: %v, want %s", id, row, run.Column("lifecycle_stage").Text(i))
		}
		stage, mail := run.Column("lifecycle_stage").Text(i), strings.ToLower(id)+"@example.com"
		may := !held && run.Column("unreachable_email").IsNull(i) && (stage == "customer" || stage == "dormant")
		if sent := mailing.rows[mail] != nil; sent && !may {
			t.Errorf("%s (%s, %s) is in the mailing", id, stage, run.Column("unreachable_email").Text(i))
		}
		mailed += map[bool]int{true: 1}[mailing.rows[mail] != nil]
	}
	if free != len(all.rows) || mailed == 0 || mailed != len(mailing.rows) {
		t.Errorf("%d of %d and %d of %d arrived", len(all.rows), free, len(mailing.rows), mailed)
	}
	hashed := regexp.MustCompile(`^[0-9a-f]{64}$`)
	for id, row := range all.rows {
		if h, ok := row["phone_hash"].(string); ok && !hashed.MatchString(h) {
			t.Errorf("%s: phone_hash is %q", id, h)
		}
	}
	if len(all.events) != free {
		t.Errorf("%d events, want one of each of %d", len(all.events), free)
	}
	for e, n := range all.events {
		if n != 1 {
			t.Errorf("%s was told %d times", e, n)
		}
	}
	again(t, j, all, mailing)
	if text := log.String() + said.String(); strings.Contains(text, "@example.com") || strings.Contains(text, key) || strings.Contains(text, "MfKQ9r8GKYqr") {
		t.Errorf("an address or a secret shows in the log or the answers")
	}
	private(t, j)
}

// again plans and applies once more: nothing is left to do. Then the next run is told.
func again(t *testing.T, j *pipeline.Job, all, mailing *receiver) {
	t.Helper()
	before := all.requests + mailing.requests
	for range 2 {
		if _, err := j.PlanActivation(t.Context(), "", "2025-11-01", false); err != nil {
			t.Fatal(err)
		}
		if _, err := j.ApplyActivation(t.Context(), "", false); err != nil {
			t.Fatal(err)
		}
	}
	if n := all.requests + mailing.requests - before; n != 0 {
		t.Errorf("%d requests where nothing has changed", n)
	}
	j.PlanActivation(t.Context(), "crm", "2025-11-01", false)
	if _, err := j.Run(t.Context(), "2025-12-01"); err != nil {
		t.Fatal(err)
	}
	if _, err := j.ApplyActivation(t.Context(), "crm", false); !errors.Is(err, pipeline.ErrGate) || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("a plan that a newer run overtook: %v", err)
	}
	p, err := j.PlanActivation(t.Context(), "crm", "", false)
	if err != nil {
		t.Fatal(err)
	}
	if d := p.Destinations[0]; d.Run != "2025-12-01" || d.Updated == 0 || d.Events == 0 || len(d.Sample) == 0 {
		t.Errorf("the next run: %+v", d)
	}
	s, err := j.ActivationStatus("")
	if err != nil || s.Destinations[0].Planned != "2025-12-01" || s.Destinations[0].Rows["created"] != 0 || s.Destinations[0].Rows["unchanged"] == 0 {
		t.Errorf("status: %v, %+v", err, s)
	}
}

// private looks that nobody else may read what is kept. (BATTERY S8)
func private(t *testing.T, j *pipeline.Job) {
	t.Helper()
	err := filepath.WalkDir(j.Config.Path("workspace/activation"), func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s may be read by others: %v", filepath.Base(path), info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Where nothing says who has agreed, nobody is written to, and the guard says what to do.
func TestActivationWithoutConsent(t *testing.T) {
	t.Setenv("ACTIVATE_URL", "http://127.0.0.1:1")
	t.Setenv("ACTIVATE_KEY", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	j := simulatedWithout(t, activatedShop, "consent_email")
	p, err := j.PlanActivation(t.Context(), "mailing", "", false)
	if err != nil {
		t.Fatal(err)
	}
	said := new(bytes.Buffer)
	p.Tell(said)
	if !errors.Is(p.Failed(), pipeline.ErrGate) || !strings.Contains(said.String(), "consent_email") || !strings.Contains(said.String(), "destinations.mailing.consent") {
		t.Errorf("%v\n%s", p.Failed(), said)
	}
	if _, err := j.ApplyActivation(t.Context(), "mailing", false); !errors.Is(err, pipeline.ErrGate) {
		t.Errorf("applied all the same: %v", err)
	}
}

// simulatedWithout is a shop that was run, whose customers file has no such column.
func simulatedWithout(t *testing.T, config, column string) *pipeline.Job {
	t.Helper()
	j := project(t, config)
	if _, err := j.Simulate(t.Context(), pipeline.Simulation{Dir: j.Config.Path("data"), Customers: 400, Days: 500, End: "2026-01-01", Seed: 5}); err != nil {
		t.Fatal(err)
	}
	customersOf(t, j, func(c *table.Table) { c.Column(column).Name = "other" })
	if _, err := j.Train(t.Context(), "2025-11-01"); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Run(t.Context(), "2025-11-01"); err != nil {
		t.Fatal(err)
	}
	return j
}

// What a configuration says wrongly of destinations is refused with its place.
func TestDestinationsConfig(t *testing.T) {
	for text, says := range map[string]string{
		"crm: {webhok: {url: x}}":                                        `2:9: unknown key "webhok"; did you mean "webhook"?`,
		"crm: {webhook: {ulr: x}}":                                       `2:19: unknown key "ulr"; did you mean "url"?`,
		"crm: {channel: email}":                                          "no kind of destination is named; known are ",
		"crm: {webhook: {url: x, secret: hunter2hunter2}}":               "a secret stands in no configuration: write ${NAME}",
		"crm: {webhook: {url: x}, channel: fax}":                         `channel is "fax", want none, email`,
		"crm: {webhook: {url: x}, leave: delete}":                        `leave is "delete", want clear, keep`,
		"crm: {webhook: {url: x}, events: [rules]}":                      `"rules" is no kind of segments`,
		"crm: {webhook: {url: x}, deadline: soon}":                       `deadline is "soon"`,
		"crm: {webhook: {url: x}, max_change_pct: many}":                 `2:44: want a number, not "many"`,
		"crm: {webhook: {url: x}, fields: {a: {to: b, hash: md5}}}":      "fields.a: want the name of their field",
		"crm: {webhook: {url: x}, maxchangepct: 1}":                      `did you mean "max_change_pct"?`,
		"crm: {webhook: {url: ${NOT_SET_ANYWHERE}, secret: ${NEITHER}}}": "",
	} {
		_, err := pipeline.ParseConfig("segmenta.yaml", []byte("destinations:\n  "+text+"\nsources: {transactions: {path: x}}\n"))
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the secret is in %v", err)
		}
	}
}
