package delivery_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/activate/fault"
	"segmenta/activate/sandbox"
	"segmenta/table"
)

// A credential that may not write stops everything at once, and no row is to blame.
func TestCRMScope(t *testing.T) {
	for kind := range crmKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := crmServer(t, kind, sandbox.Options{})
			d := contract(t, kind, s)
			if _, err := d.To.Ensure(t.Context(), d.Fields, true); err != nil {
				t.Fatal(err)
			}
			plan(t, d)
			s.server.Unscope()
			before := s.writes()
			p, err := d.Plan(t.Context())
			if err == nil {
				_, err = d.Apply(t.Context(), p)
			}
			if !fault.Is(err, fault.Auth) || s.writes() != before {
				t.Errorf("%v, want a fault of the credentials and no write; %d writes", err, s.writes()-before)
			}
			if _, err := d.To.Ensure(t.Context(), d.Fields, false); !fault.Is(err, fault.Auth) {
				t.Errorf("the check says %v, want a fault of the credentials", err)
			}
		})
	}
}

// A key that is revoked in the middle stops everything; what was not sent says so.
func TestCRMRevoked(t *testing.T) {
	for kind := range crmKinds {
		s := crmServer(t, kind, sandbox.Options{})
		d := contract(t, kind, s)
		s.env["REFRESH"], s.env["SECRET"] = "revoked-too", "revoked-too"
		d.To = s.open(t, kind, quick())
		plan(t, d)
		s.server.Expire()
		p, err := d.Plan(t.Context())
		if err == nil {
			_, err = d.Apply(t.Context(), p)
		}
		if !fault.Is(err, fault.Auth) || s.server.Rows() != 0 {
			t.Errorf("%s: %v, want a fault of the credentials; %d rows", kind, err, s.server.Rows())
		}
	}
}

// When the day's calls are spent, the delivery stops cleanly and goes on the day after:
// nothing is lost, nothing sent twice.
func TestCRMQuota(t *testing.T) {
	for _, kind := range []string{"hubspot", "salesforce", "zoho", "monday"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			clock := sandbox.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
			s := crmServer(t, kind, sandbox.Options{Now: clock.Now, Limits: sandbox.Limits{Daily: 1000}})
			d := contract(t, kind, s)
			if kind == "zoho" { // a hundred rows a call: enough of them to need two
				for i := contractRows; i < 250; i++ {
					w := d.Wants[0]
					w.Customer, w.ID = s.id(i), s.id(i)
					d.Wants = append(d.Wants, w)
				}
			}
			plan(t, d)
			if _, err := d.To.Ensure(t.Context(), d.Fields, true); err != nil {
				t.Fatal(err)
			}
			p, err := delivery.LoadPlan(d.Dir)
			if err != nil {
				t.Fatal(err)
			}
			days := 0
			for ; days < 20; days++ {
				s.server.Spend(4 + 2*days) // few, so that the first days end in the middle
				r, err := d.Apply(t.Context(), p)
				if err == nil && !r.Partly() {
					break
				}
				if err == nil {
					err = r.Stopped
				}
				if f, ok := fault.Of(err); !ok || f.Class != fault.Quota && f.Class != fault.Unknown {
					t.Fatalf("%v, want the day's quota", err)
				}
				clock.Sleep(25 * time.Hour)
			}
			if days == 0 || s.server.Rows() != len(d.Wants) {
				t.Errorf("%d rows after %d days, want %d after at least one", s.server.Rows(), days, len(d.Wants))
			}
			for _, w := range d.Wants {
				if n := s.applied(w.ID); n != 1 {
					t.Errorf("%s: applied %d times", w.ID, n)
				}
			}
			s.matches(t, d)
		})
	}
}

// Rows that left are emptied where a CRM can forget.
func TestCRMClear(t *testing.T) {
	for kind := range crmKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := crmServer(t, kind, sandbox.Options{})
			d := contract(t, kind, s)
			d.Leave = true
			plan(t, d)
			apply(t, d)
			gone := d.Wants[5].ID
			d.Wants = append(d.Wants[:5:5], d.Wants[6:]...)
			d.RunHash = "h2"
			plan(t, d)
			if r := apply(t, d); r.Partly() || r.Cleared != 1 {
				t.Fatalf("%+v, want one cleared", r)
			}
			for name, v := range s.held(gone) {
				if f := contractField(name); f != nil && f.Parse(v) != nil {
					t.Errorf("%s is still %v", name, v)
				}
			}
		})
	}
}

func contractField(name string) *activate.Field {
	for i := range contractFields {
		if contractFields[i].Name == name {
			return &contractFields[i]
		}
	}
	return nil
}

// What a CRM says of a refused row is kept without what it says of the customer.
func TestCRMReasons(t *testing.T) {
	for kind := range crmKinds {
		s := crmServer(t, kind, sandbox.Options{})
		d := contract(t, kind, s)
		s.refuse(s.id(17)) // the reason quotes the id
		plan(t, d)
		apply(t, d)
		dead, err := table.ReadFile(filepath.Join(d.Dir, "dead_letters.parquet"))
		if err != nil || dead.Rows() != 1 {
			t.Fatalf("%s: %v", kind, err)
		}
		if reason := dead.Column("error_reason").Text(0); strings.Contains(reason, s.id(17)) || !strings.Contains(reason, "not accepted") {
			t.Errorf("%s: the reason is %q", kind, reason)
		}
	}
}

// A new contact that lacks what the CRM wants of everyone is refused with the CRM's own
// word; who is there already is updated all the same.
func TestCRMRequired(t *testing.T) {
	for kind, tt := range map[string]struct{ field, code string }{"salesforce": {"LastName", "REQUIRED_FIELD_MISSING"}, "zoho": {"Last_Name", "MANDATORY_NOT_FOUND"}} {
		s := crmServer(t, kind, sandbox.Options{Require: []string{tt.field}})
		d := contract(t, kind, s)
		if _, err := d.To.Ensure(t.Context(), d.Fields, true); err != nil {
			t.Fatal(err)
		}
		d.Wants = d.Wants[:10]
		s.server.Put(s.id(3), map[string]any{tt.field: "Gil"})
		plan(t, d)
		if r := apply(t, d); r.Counts[activate.Rejected] != 9 || r.Counts[activate.Updated] != 1 {
			t.Errorf("%s: %+v", kind, r)
		}
		dead, err := table.ReadFile(filepath.Join(d.Dir, "dead_letters.parquet"))
		if err != nil || dead.Rows() != 9 || dead.Column("error_code").Text(0) != tt.code || !strings.Contains(dead.Column("error_reason").Text(0), tt.field) {
			t.Errorf("%s: dead letters %v", kind, err)
		}
	}
}
