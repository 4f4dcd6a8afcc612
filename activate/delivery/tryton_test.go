package delivery_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/testdata/servers"
)

var tryton = sync.OnceValue(func() servers.CRM { return servers.Tryton("../testdata/tryton/party_segmenta") })

// trytonStand is a real Tryton, with trouble before it. Each test begins without parties
// of ours.
func trytonStand(t *testing.T) *stand {
	crm := tryton()
	if crm.Why != "" {
		t.Skip(crm.Why)
	}
	stopLater("tryton", crm.Stop)
	target, _ := url.Parse(crm.URL)
	target.Path = ""
	proxy := httputil.NewSingleHostReverseProxy(target)
	var mu sync.Mutex
	writes, share, random := 0, 0.0, rand.New(rand.NewPCG(5, 5))
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		body.ReadFrom(r.Body)
		r.Body = readCloser{bytes.NewReader(body.Bytes())}
		mu.Lock()
		if text := body.String(); strings.Contains(text, "party.party.create") || strings.Contains(text, "party.party.write") {
			writes++
		}
		trouble, kind := random.Float64() < share, random.IntN(5)
		mu.Unlock()
		troubled(w, r, proxy, trouble, kind)
	}))
	t.Cleanup(front.Close)
	sql := func(statement string) {
		t.Helper()
		if out, err := exec.Command(crm.Python, "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=20); c.execute(sys.argv[2]); c.commit()", crm.DB, statement).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	os.WriteFile(crm.Bad, nil, 0o600)
	sql("DELETE FROM party_party WHERE external_id IS NOT NULL")
	admin := &trytonAdmin{url: crm.URL + "/rpc/"}
	held := func(id string) map[string]any {
		rows := admin.call(t, "model.party.party.search_read", []any{[]any{"external_id", "=", id}}, 0, nil, nil, []string{"segmenta_stage", "segmenta_churn", "segmenta_orders"}, map[string]any{}).([]any)
		if len(rows) == 0 {
			return nil
		}
		if len(rows) > 1 {
			t.Errorf("%d parties have the external id %s", len(rows), id)
		}
		return rows[0].(map[string]any)
	}
	return &stand{
		settings: "{url: '" + front.URL + "/crm', user: admin, password: $(TRYTON), batch: 50}",
		env:      map[string]string{"TRYTON": servers.TrytonPassword},
		id:       func(i int) string { return fmt.Sprintf("c%05d", i) },
		held:     held,
		applied:  func(id string) int { return map[bool]int{true: 1}[held(id) != nil] },
		writes:   func() int { mu.Lock(); defer mu.Unlock(); return writes },
		faults:   func(to float64) { mu.Lock(); defer mu.Unlock(); share = to },
		refuse:   func(id string) { os.WriteFile(crm.Bad, []byte(id), 0o600) },
		expire:   func() { sql("DELETE FROM ir_session") },
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// A trytonAdmin looks at what Tryton holds, past everything of ours.
type trytonAdmin struct{ url, token string }

func (a *trytonAdmin) call(t *testing.T, method string, params ...any) any {
	t.Helper()
	for range 2 {
		body, _ := json.Marshal(map[string]any{"id": 1, "method": method, "params": params})
		r, _ := http.NewRequest(http.MethodPost, a.url, bytes.NewReader(body))
		r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Session " + a.token}}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var said struct{ Result, Error any }
		json.NewDecoder(answer.Body).Decode(&said)
		answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized {
			if said.Error != nil {
				t.Fatal(said.Error)
			}
			return said.Result
		}
		if method == "common.db.login" {
			t.Fatal("the administrator is not let in")
		}
		a.token = ""
		who := (&trytonAdmin{url: a.url}).login(t)
		a.token = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "admin:%v:%v", who[0], who[1]))
	}
	t.Fatal("the administrator's session is refused")
	return nil
}

func (a *trytonAdmin) login(t *testing.T) []any {
	body, _ := json.Marshal(map[string]any{"id": 1, "method": "common.db.login", "params": []any{"admin", map[string]string{"password": servers.TrytonPassword}, "en"}})
	answer, err := http.Post(a.url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var said struct{ Result []any }
	if json.NewDecoder(answer.Body).Decode(&said); len(said.Result) < 2 {
		t.Fatalf("the login answered %d", answer.StatusCode)
	}
	return said.Result
}

// The whole way with a real CRM: 1,000 customers are pushed, 7 scores change, exactly 7
// are planned and applied, then none; one bad row is isolated, and 99 neighbours arrive.
func TestTryton(t *testing.T) { thousand(t, "tryton", trytonStand(t)) }

// The same with a real PostgreSQL.
func TestPostgres(t *testing.T) { thousand(t, "postgres", postgresStand(t)) }

func thousand(t *testing.T, kind string, s *stand) {
	d := contract(t, kind, s)
	d.Wants = nil
	for i := range 1000 {
		d.Wants = append(d.Wants, delivery.Want{Customer: s.id(i), ID: s.id(i), Values: []any{"customer", float64(i%100) / 100, float64(i)}})
	}
	start := time.Now()
	plan(t, d)
	if r := apply(t, d); r.Counts[activate.Created] != 1000 || r.Partly() {
		t.Fatalf("%+v", r)
	}
	t.Logf("1000 customers in %.1f s", time.Since(start).Seconds())
	s.matches(t, d)
	for i := range 7 {
		d.Wants[131*i+50].Values = []any{"customer", 0.995, float64(131*i + 50)}
	}
	d.RunHash = "h2"
	if rows, _, _ := plan(t, d).Count(); rows[activate.Updated] != 7 || rows[activate.Unchanged] != 993 {
		t.Fatalf("planned %v, want 7", rows)
	}
	if r := apply(t, d); r.Counts[activate.Updated] != 7 || r.Partly() {
		t.Fatalf("%+v", r)
	}
	s.matches(t, d)
	before := s.writes()
	if n := plan(t, d).Writes(); n != 0 {
		t.Errorf("planned %d, want 0", n)
	}
	if apply(t, d); s.writes() != before {
		t.Errorf("%d requests write where nothing changed", s.writes()-before)
	}
	for i := 1000; i < 1100; i++ {
		d.Wants = append(d.Wants, delivery.Want{Customer: s.id(i), ID: s.id(i), Values: []any{"dormant", float64(i%100) / 100, float64(i)}})
	}
	s.refuse(s.id(1042))
	d.RunHash = "h3"
	plan(t, d)
	if r := apply(t, d); r.Counts[activate.Created] != 99 || r.Counts[activate.Rejected] != 1 {
		t.Errorf("a bad row among 100: %+v", r)
	}
	s.matches(t, d, s.id(1042))
}
