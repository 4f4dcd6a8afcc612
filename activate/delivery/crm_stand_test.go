package delivery_test

import (
	"crypto/md5"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/activate/sandbox"
	"segmenta/table"
)

// A crmKind is how a sandbox's server is spoken of in the contract.
type crmKind struct {
	settings string                   // ADDRESS stands for the server's
	wire     func(name string) string // a field's name there; nil: the same
}

const oauthKeys = ", refresh_token: $(REFRESH), client_id: $(CLIENT), client_secret: $(SECRET)"

var crmKinds = map[string]crmKind{
	"hubspot":    {"{url: ADDRESS, token: $(TOKEN), batch: 20" + oauthKeys + "}", nil},
	"salesforce": {"{url: ADDRESS, token: $(TOKEN), batch: 20" + oauthKeys + "}", func(n string) string { return n + "__c" }},
	"zoho":       {"{url: ADDRESS, accounts: ADDRESS, token: $(TOKEN)" + oauthKeys + "}", nil},
	"bitrix24":   {"{url: 'ADDRESS/rest/1/$(TOKEN)'}", func(n string) string { return "UF_CRM_" + strings.ToUpper(n) }},
	"monday":     {"{url: ADDRESS/v2, token: $(TOKEN), board: '77', batch: 20}", nil},
	"klaviyo":    {"{url: ADDRESS, key: $(TOKEN), batch: 20}", nil},
	"braze":      {"{url: ADDRESS, key: $(TOKEN), batch: 20}", nil},
	"mailchimp":  {"{url: ADDRESS, key: $(TOKEN), audience: l1, status_if_new: subscribed}", mailchimpTag},
	"customerio": {"{url: ADDRESS, app_url: ADDRESS, site_id: $(CLIENT), key: $(TOKEN), app_key: $(TOKEN), batch: 20}", nil},
}

// mailchimpTag is the merge tag that a field of the contract gets: ten capitals.
func mailchimpTag(name string) string {
	name = strings.Replace(strings.ToUpper(name), "SEGMENTA_", "SG_", 1)
	if len(name) <= 10 {
		return name
	}
	return name[:7] + fmt.Sprintf("%X", md5.Sum([]byte(name)))[:3]
}

// crmStand is a CRM of the sandbox as a stand of the contract.
func crmStand(kind string) func(t *testing.T) *stand {
	return func(t *testing.T) *stand { return crmServer(t, kind, sandbox.Options{Faults: sandbox.Faults{Seed: 7}}) }
}

func crmServer(t *testing.T, kind string, o sandbox.Options) *stand {
	var bad atomic.Value
	bad.Store("")
	if o.Limits == (sandbox.Limits{}) { // a test hurries more than any limit allows; its own hold the limits
		o.Limits = sandbox.Limits{Calls: 1e6, Steady: 1e6, Budget: 1e9}
	}
	o.Latency = 2 * time.Millisecond
	o.Refuse = func(key string) string {
		if key == bad.Load() {
			return key + " is not accepted"
		}
		return ""
	}
	server := sandbox.Start(kind, o)
	t.Cleanup(server.Close)
	s := &stand{
		settings: strings.ReplaceAll(crmKinds[kind].settings, "ADDRESS", server.URL),
		env:      map[string]string{"TOKEN": server.Token(), "REFRESH": sandbox.RefreshToken, "CLIENT": sandbox.ClientID, "SECRET": sandbox.ClientSecret},
		id:       func(i int) string { return fmt.Sprintf("c%05d", i) },
		held:     func(id string) map[string]any { return crmHeld(server, crmKinds[kind].wire, id) },
		applied:  func(id string) int { return server.Count(id, "create", "update") },
		events:   func(id string) int { return server.Count(id, "event") },
		writes:   func() int { return len(server.Writes()) },
		faults:   func(share float64) { server.SetFaults(crmFaults(share)) },
		refuse:   func(id string) { bad.Store(id) },
	}
	s.trouble, s.server = server.SetFaults, server
	if strings.Contains(s.settings, "REFRESH") {
		s.expire = server.Expire
	}
	if kind == "mailchimp" {
		s.id = func(i int) string { return fmt.Sprintf("c%05d@shop.test", i) }
		s.idColumn = "email"
	}
	return s
}

// crmFaults meet this share of all calls with trouble of every kind.
func crmFaults(share float64) sandbox.Faults {
	return sandbox.Faults{Down: share / 8, Reset: share / 8, Throttle: share / 8, DownAfter: share / 8, Lost: share / 4, Hang: share / 8, HangFor: 20 * time.Millisecond, Slow: share / 8,
		Repeated: share, Missing: share, Shuffled: share}
}

func crmHeld(server *sandbox.Server, wire func(string) string, id string) map[string]any {
	row, ok := server.Row(id)
	if !ok {
		return nil
	}
	if wire == nil {
		return row.Values
	}
	out := map[string]any{}
	for _, f := range contractFields {
		out[f.Name] = row.Values[wire(f.Name)]
	}
	return out
}

// A CRM is tried under as many courses of trouble as SEGMENTA_SEEDS says, beside the
// contract's one.
func TestCRMTrouble(t *testing.T) {
	seeds, _ := strconv.Atoi(os.Getenv("SEGMENTA_SEEDS"))
	for kind := range crmKinds {
		t.Run(kind, func(t *testing.T) {
			for seed := range seeds {
				contractFaults(t, kind, crmServer(t, kind, sandbox.Options{Faults: sandbox.Faults{Seed: uint64(100 + seed)}}))
			}
		})
	}
}

// One thing goes wrong with one call that writes, of each kind in turn: everything arrives,
// the log says so, and what the CRM can't tell apart is applied once. Rows 177, 190.
func TestCRMOneFault(t *testing.T) {
	for kind := range crmKinds {
		for name, faults := range map[string]sandbox.Faults{
			"down":       {Down: 1},
			"reset":      {Reset: 1},
			"throttled":  {Throttle: 1},
			"down after": {DownAfter: 1},
			"lost":       {Lost: 1},
			"hanging":    {Hang: 1, HangFor: 20 * time.Millisecond},
			"slow":       {Slow: 1},
			"repeated":   {Repeated: 1},
			"missing":    {Missing: 1},
			"shuffled":   {Shuffled: 1},
		} {
			for skip := range writesOf(kind) {
				t.Run(fmt.Sprintf("%s %s %d", kind, name, skip), func(t *testing.T) {
					t.Parallel()
					crmOneFault(t, kind, faults, skip)
				})
			}
		}
	}
}

// writesOf is how many calls that write differ in what a fault of them leaves: a Salesforce
// job is opened, fed and closed, and the second fifty of a Bitrix24 batch come after the first.
func writesOf(kind string) int {
	return max(1, map[string]int{"salesforce": 3, "bitrix24": 2}[kind])
}

func crmOneFault(t *testing.T, kind string, faults sandbox.Faults, skip int) {
	s := crmServer(t, kind, sandbox.Options{})
	d := contract(t, kind, s)
	if _, err := d.To.Ensure(t.Context(), d.Fields, true); err != nil { // the fault is for the rows
		t.Fatal(err)
	}
	plan(t, d)
	faults.Once, faults.Skip = true, skip
	s.trouble(faults)
	if r := apply(t, d); r.Partly() || r.Counts[activate.Created] != contractRows {
		t.Fatalf("%+v", r)
	}
	s.matches(t, d)
	crmAgrees(t, kind, s, d)
	most := 1
	if d.To.Limits().Repeatable {
		most = 2
	}
	for i := range d.Wants {
		if n := s.applied(s.id(i)); n < 1 || n > most {
			t.Errorf("%s: applied %d times, at most %d are harmless", s.id(i), n, most)
		}
	}
}

// crmRemotes are how each CRM's own id of a row reads; those that give none are left out.
var crmRemotes = map[string]func(r sandbox.Row) string{
	"hubspot":    func(r sandbox.Row) string { return r.ID },
	"salesforce": func(r sandbox.Row) string { return "003" + r.ID },
	"zoho":       func(r sandbox.Row) string { return r.ID },
	"bitrix24":   func(r sandbox.Row) string { return r.ID },
	"monday":     func(r sandbox.Row) string { return r.ID },
	"mailchimp":  func(r sandbox.Row) string { return sandbox.MemberHash(r.Key) },
}

// crmAgrees holds the log against the server's record: nobody too many, nobody too few, and
// each row under the id that the CRM gave it.
func crmAgrees(t *testing.T, kind string, s *stand, d *delivery.Delivery) {
	t.Helper()
	log, err := table.ReadFile(filepath.Join(d.Dir, "delivery_log.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if log.Rows() != s.server.Rows() {
		t.Errorf("the log has %d rows, the CRM %d", log.Rows(), s.server.Rows())
	}
	remote := crmRemotes[kind]
	for i := range log.Rows() {
		id, logged := log.Column("primary_key").Text(i), log.Column("remote_id").Text(i)
		row, ok := s.server.Row(id)
		if !ok || remote != nil && logged != remote(row) {
			t.Errorf("%s: the log says %q, the CRM %q", id, logged, row.ID)
		}
	}
}
