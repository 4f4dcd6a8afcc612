package delivery_test

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"segmenta/activate"
	"segmenta/activate/sandbox"
	"segmenta/activate/web"
	"segmenta/strict"
)

// A stand is a destination's own server in this process, with a record of its own.
type stand struct {
	settings string            // of the destination, as segmenta.yaml has them under its key
	env      map[string]string // and the environment that they name
	id       func(i int) string
	fields   []activate.Field // nil: the contract's

	held     func(id string) map[string]any // what it holds of a customer, by field; nil: nobody
	applied  func(id string) int            // writes that it applied to a customer
	events   func(id string) int            // and events
	writes   func() int                     // requests that write, answered or not
	faults   func(share float64)            // this share of all requests meets trouble of some kind; nil: it can't
	refuse   func(id string)                // it refuses this customer from now on, "" nobody; nil: it can't
	expire   func()                         // the token that it gave last is no longer good; nil: it gives none
	idColumn string                         // which column of ours its ids are; empty: customer_id
	server   *sandbox.Server                // where it is one of the sandbox
	trouble  func(sandbox.Faults)           // of a server of the sandbox
	plain    bool                           // it has no parts of its own: values can't be read from its record
}

// stands lists a server for every kind; TestContract wants one for each.
var stands = map[string]func(t *testing.T) *stand{
	"file":     fileStand,
	"s3":       objectStand,
	"postgres": postgresStand,
	"tryton":   trytonStand,
	"webhook":  webhookStand,

	"bitrix24":   crmStand("bitrix24"),
	"braze":      crmStand("braze"),
	"customerio": crmStand("customerio"),
	"hubspot":    crmStand("hubspot"),
	"klaviyo":    crmStand("klaviyo"),
	"mailchimp":  crmStand("mailchimp"),
	"monday":     crmStand("monday"),
	"salesforce": crmStand("salesforce"),
	"zoho":       crmStand("zoho"),
}

// open opens the destination as the configuration would.
func (s *stand) open(t testing.TB, kind string, o web.Options) activate.Destination {
	t.Helper()
	to, err := openKind(kind, s.settings, s.env, o, s.idColumn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close() })
	return to
}

func openKind(kind, text string, env map[string]string, o web.Options, id string) (activate.Destination, error) {
	driver, ok := activate.Kinds[kind]
	if !ok {
		return nil, fmt.Errorf("no kind %s", kind)
	}
	settings := driver.Settings()
	if err := strict.Decode("segmenta.yaml", []byte(text), settings); err != nil {
		return nil, err
	}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	return activate.Open(kind, settings, activate.Opening{Name: "crm", ID: cmp.Or(id, "customer_id"), Env: lookup, Web: o, Dir: os.TempDir()})
}

// quick are options under which waiting costs little.
func quick() web.Options {
	return web.Options{AllowPrivate: true, FirstWait: time.Millisecond, MaxWait: 3 * time.Second, Deadline: 20 * time.Second, Timeout: 2 * time.Second, Rates: []web.Rate{{Requests: 100_000, Per: time.Second, Burst: 1000}}}
}

const webhookKey = "C4n4ryKeyThatNobodySeesAtAll0000"

// A hook is a receiver of webhooks that takes each message and each key once.
type hook struct {
	mu       sync.Mutex
	rows     map[string]map[string]any
	keys     map[string]bool
	messages map[string]bool
	applied  map[string]int
	told     map[string]int
	requests int
	again    int // messages that came twice
	bad      string
	refused  func(id string) bool
	slow     time.Duration // before each answer
	share    float64
	random   *rand.Rand
}

func newHook() *hook {
	return &hook{rows: map[string]map[string]any{}, keys: map[string]bool{}, messages: map[string]bool{}, applied: map[string]int{}, told: map[string]int{}, random: rand.New(rand.NewPCG(7, 7))}
}

type hookRow struct {
	ID, Key string
	Values  map[string]any
	Event   any
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	time.Sleep(h.slow)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests++
	mac := hmac.New(sha256.New, []byte(webhookKey))
	fmt.Fprintf(mac, "%s.%s.%s", r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp"), body)
	if r.Header.Get("Webhook-Signature") != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	trouble := h.random.Float64() < h.share
	kind := h.random.IntN(6)
	if trouble && kind < 3 {
		before(w, kind)
		return
	}
	rejected := h.take(r.Header.Get("Webhook-Id"), body)
	if trouble {
		after(w, kind)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"rejected": rejected})
}

// troubled serves a request well, or with trouble before or after another server has
// applied it.
func troubled(w http.ResponseWriter, r *http.Request, server http.Handler, trouble bool, kind int) {
	switch {
	case trouble && kind < 3:
		before(w, kind)
	case trouble:
		server.ServeHTTP(httptest.NewRecorder(), r)
		after(w, kind)
	default:
		server.ServeHTTP(w, r)
	}
}

// before is trouble before anything was applied; after, when it was.
func before(w http.ResponseWriter, kind int) {
	switch kind {
	case 0:
		w.WriteHeader(http.StatusInternalServerError)
	case 1:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	default:
		panic(http.ErrAbortHandler)
	}
}

func after(w http.ResponseWriter, kind int) {
	if kind == 3 {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	panic(http.ErrAbortHandler)
}

func (h *hook) take(message string, body []byte) (rejected []map[string]string) {
	var m struct {
		Type string
		Data []hookRow
	}
	if json.Unmarshal(body, &m) != nil {
		return nil
	}
	if h.messages[message] {
		h.again++
		return nil
	}
	refused := false
	for _, row := range m.Data {
		if row.ID == h.bad || h.refused != nil && h.refused(row.ID) {
			rejected, refused = append(rejected, map[string]string{"key": row.Key, "reason": "no such customer"}), true
			continue
		}
		h.apply(m.Type, row)
	}
	h.messages[message] = !refused
	return rejected
}

func (h *hook) apply(kind string, row hookRow) {
	if h.keys[row.Key] {
		return
	}
	h.keys[row.Key] = true
	if kind == "customer.event" {
		h.told[row.ID]++
		return
	}
	h.applied[row.ID]++
	if h.rows[row.ID] == nil {
		h.rows[row.ID] = map[string]any{}
	}
	for name, v := range row.Values {
		if h.rows[row.ID][name] = v; v == nil {
			delete(h.rows[row.ID], name)
		}
	}
}

func webhookStand(t *testing.T) *stand {
	return webhookServer(t, newHook())
}

func webhookServer(t *testing.T, h *hook) *stand {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return h.stand(server.URL)
}

func (h *hook) stand(address string) *stand {
	locked := func(do func()) { h.mu.Lock(); defer h.mu.Unlock(); do() }
	return &stand{
		settings: "{url: '" + address + "/$(PATH_TOKEN)', secret: [$(HOOK)], batch: 10}",
		env:      map[string]string{"HOOK": "whsec_" + base64.StdEncoding.EncodeToString([]byte(webhookKey)), "PATH_TOKEN": "canary-path-token"},
		id:       func(i int) string { return fmt.Sprintf("c%05d", i) },
		held:     func(id string) (row map[string]any) { locked(func() { row = maps.Clone(h.rows[id]) }); return row },
		applied:  func(id string) (n int) { locked(func() { n = h.applied[id] }); return n },
		events:   func(id string) (n int) { locked(func() { n = h.told[id] }); return n },
		writes:   func() (n int) { locked(func() { n = h.requests }); return n },
		faults:   func(share float64) { locked(func() { h.share = share }) },
		refuse:   func(id string) { locked(func() { h.bad = id }) },
	}
}
