package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/activate/fault"
	"segmenta/table"
)

// A crm is a destination in memory that keeps its own record.
type crm struct {
	limits activate.Limits

	mu      sync.Mutex
	rows    map[string]map[string]any
	applied map[string]int // writes that were applied, by key
	events  map[string]int // and events
	keys    map[string]bool
	sends   int
	reads   int
	send    func(c *crm, batch []activate.Operation) ([]activate.Outcome, error) // nil: all is well
}

func newCRM(limits activate.Limits) *crm {
	return &crm{limits: limits, rows: map[string]map[string]any{}, applied: map[string]int{}, events: map[string]int{}, keys: map[string]bool{}}
}

func (c *crm) Limits() activate.Limits { return c.limits }
func (c *crm) Ensure(context.Context, []activate.Field, bool) ([]string, error) {
	return nil, nil
}
func (c *crm) Close() error { return nil }

func (c *crm) Read(_ context.Context, ids []string, fields []activate.Field) (map[string]activate.Record, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	if c.limits.Read > 0 && len(ids) > c.limits.Read {
		return nil, fmt.Errorf("%d ids at once, want %d at most", len(ids), c.limits.Read)
	}
	have := make(map[string]activate.Record)
	for _, id := range ids {
		if row, ok := c.rows[id]; ok {
			have[id] = activate.Record{Remote: "r-" + id, Values: maps.Clone(row)}
		}
	}
	return have, nil
}

func (c *crm) Send(_ context.Context, batch []activate.Operation) ([]activate.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sends++
	if len(batch) > max(1, c.limits.Batch) && !c.limits.Snapshot {
		return nil, fmt.Errorf("%d at once", len(batch))
	}
	if c.send != nil {
		return c.send(c, batch)
	}
	return c.apply(batch), nil
}

// apply applies a batch, each key once where keys are looked at.
func (c *crm) apply(batch []activate.Operation) (outs []activate.Outcome) {
	for _, o := range batch {
		outs = append(outs, c.one(o))
	}
	return outs
}

func (c *crm) one(o activate.Operation) activate.Outcome {
	if c.limits.Keyed && c.keys[o.Key] {
		return activate.Outcome{Status: activate.Updated}
	}
	c.keys[o.Key] = true
	if o.Action == activate.Notify {
		c.events[o.Key]++
		return activate.Outcome{Status: activate.Created}
	}
	c.applied[o.Key]++
	status := activate.Updated
	if c.rows[o.ID] == nil {
		c.rows[o.ID], status = map[string]any{}, activate.Created
	}
	for _, v := range o.Values {
		if c.rows[o.ID][v.Field.Name] = v.Field.JSON(v.New); v.New == nil {
			delete(c.rows[o.ID], v.Field.Name)
		}
	}
	return activate.Outcome{Status: status, Remote: "r-" + o.ID, HTTP: 200}
}

var fields = []activate.Field{
	{Name: "stage", Column: "lifecycle_stage", Type: activate.Choice, Moves: true},
	{Name: "churn", Column: "churn_probability", Type: activate.Number, Unit: "share", Digits: 2},
	{Name: "vip", Column: "vip", Type: activate.Bool},
}

// shop is n customers, of whom a seed says what they are.
func shop(n int, seed uint64) []delivery.Want {
	r := rand.New(rand.NewPCG(seed, 1))
	wants := make([]delivery.Want, n)
	for i := range wants {
		id := fmt.Sprintf("c%06d", i)
		wants[i] = delivery.Want{Customer: id, ID: id, Values: []any{[]any{"customer", "dormant", nil}[r.IntN(3)], r.Float64(), r.IntN(2) == 0}}
	}
	return wants
}

func lenient() delivery.Guards {
	return delivery.Guards{MaxChangePct: -1, MaxMovesPct: -1, MaxDeletes: -1, MaxDeletePct: -1}
}

func deliver(t *testing.T, to activate.Destination, wants []delivery.Want) *delivery.Delivery {
	t.Helper()
	return &delivery.Delivery{Name: "crm", Dir: filepath.Join(t.TempDir(), "crm"), To: to, Fields: fields, Run: "2026-01-01", RunHash: "h1", Settings: "s1", Wants: wants, Guards: lenient()}
}

func plan(t *testing.T, d *delivery.Delivery) *delivery.Plan {
	t.Helper()
	p, err := d.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// apply applies the plan that stands in the folder.
func apply(t *testing.T, d *delivery.Delivery) *delivery.Result {
	t.Helper()
	p, err := delivery.LoadPlan(d.Dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Apply(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// agrees holds the delivery log against the destination's own record, row by row.
func agrees(t *testing.T, d *delivery.Delivery, c *crm) {
	t.Helper()
	log, err := table.ReadFile(filepath.Join(d.Dir, "delivery_log.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range log.Rows() {
		key, status, id := log.Column("key").Text(i), log.Column("status").Text(i), log.Column("primary_key").Text(i)
		n := c.applied[key] + c.events[key]
		switch activate.Status(status) {
		case activate.Created, activate.Updated:
			if n == 0 {
				t.Fatalf("%s: the log says %s, and the destination never applied it", id, status)
			}
		case activate.Rejected, activate.Unprocessed, activate.HeldBack, activate.HeldOut:
			if n > 0 {
				t.Fatalf("%s: the log says %s, and the destination applied it", id, status)
			}
		}
	}
}

// Only what differs is sent, and when nothing does, nothing is. (BATTERY A3) Rows 185, 191.
func TestDeltas(t *testing.T) {
	c := newCRM(activate.Limits{Batch: 100, Read: 100, Parallel: 3, Repeatable: true})
	d := deliver(t, c, shop(1000, 1))
	p := plan(t, d)
	if rows, _, _ := p.Count(); rows[activate.Created] != 1000 || c.sends != 0 {
		t.Fatalf("planned %v with %d writes, want 1000 created and none", rows, c.sends)
	}
	if r := apply(t, d); r.Counts[activate.Created] != 1000 || r.Partly() {
		t.Fatalf("%+v", r)
	}
	agrees(t, d, c)
	writes := c.sends
	for k := range 7 {
		d.Wants[100*k+3].Values[1] = 2 + float64(k)
	}
	d.Wants[10].Values[2] = nil // a null empties nothing
	d.RunHash = "h2"
	p = plan(t, d)
	if rows, _, _ := p.Count(); rows[activate.Updated] != 7 || rows[activate.Unchanged] != 993 {
		t.Fatalf("planned %v, want 7 updated", rows)
	}
	if r := apply(t, d); r.Counts[activate.Updated] != 7 {
		t.Fatalf("%+v", r)
	}
	agrees(t, d, c)
	if c.sends != writes+1 {
		t.Errorf("7 rows took %d requests, want 1", c.sends-writes)
	}
	writes = c.sends
	if r := apply(t, d); !r.Already {
		t.Errorf("applied twice: %+v", r)
	}
	plan(t, d)
	if r := apply(t, d); r.Counts[activate.Unchanged] != 1000 || c.sends != writes {
		t.Errorf("unchanged: %+v with %d writes, want none", r, c.sends-writes)
	}
	d.OverwriteNulls = true
	if rows, _, _ := plan(t, d).Count(); rows[activate.Updated] == 0 {
		t.Error("overwrite_nulls: nothing is emptied")
	}
}

// Rounding makes differences that nobody can see none.
func TestDigits(t *testing.T) {
	c := newCRM(activate.Limits{Batch: 10})
	d := deliver(t, c, shop(5, 1))
	plan(t, d)
	apply(t, d)
	for i := range d.Wants {
		d.Wants[i].Values[1] = d.Wants[i].Values[1].(float64) + 1e-9
	}
	if n := plan(t, d).Writes(); n > 1 { // one may stand at the edge
		t.Errorf("%d writes for a change of a thousand-millionth", n)
	}
	for _, row := range c.rows { // as a CRM answers that keeps text
		row["churn"], row["vip"] = fmt.Sprintf("%.4f", row["churn"]), fmt.Sprint(row["vip"])
	}
	if n := plan(t, d).Writes(); n > 1 {
		t.Errorf("%d writes because the destination keeps text", n)
	}
}

// Held-out and held-back customers, those without an id and those whose id somebody else
// has are not sent, and the log says why. Rows 61, 188, 190.
func TestHeld(t *testing.T) {
	c := newCRM(activate.Limits{Batch: 10, Repeatable: true})
	w := shop(6, 1)
	w[0].Status, w[0].Reason = activate.HeldOut, "holdout"
	w[1].Status, w[1].Reason = activate.HeldBack, "no_consent"
	w[2].ID, w[4].ID = "", w[3].ID
	d := deliver(t, c, w)
	plan(t, d)
	r := apply(t, d)
	if r.Counts[activate.Created] != 2 || r.Counts[activate.HeldOut] != 1 || r.Counts[activate.HeldBack] != 3 || len(c.rows) != 2 {
		t.Errorf("%+v; the destination has %d", r, len(c.rows))
	}
	agrees(t, d, c)
	log, _ := table.ReadFile(filepath.Join(d.Dir, "delivery_log.parquet"))
	var why []string
	for i := range log.Rows() {
		why = append(why, log.Column("error_reason").Text(i))
	}
	if want := []string{"holdout", "no_consent", "no_id", "", "duplicate_id", ""}; !slices.Equal(why, want) {
		t.Errorf("reasons %q, want %q", why, want)
	}
}

// A plan whose destination, run or configuration has moved on is refused, and nothing is
// sent.
func TestMovedOn(t *testing.T) {
	for name, move := range map[string]func(d *delivery.Delivery, c *crm){
		"a value":           func(_ *delivery.Delivery, c *crm) { c.rows["c000003"]["churn"] = 9.0 },
		"a row":             func(_ *delivery.Delivery, c *crm) { delete(c.rows, "c000003") },
		"the run":           func(d *delivery.Delivery, _ *crm) { d.RunHash = "other" },
		"the configuration": func(d *delivery.Delivery, _ *crm) { d.Settings = "other" },
		"the plan itself": func(d *delivery.Delivery, _ *crm) {
			b, _ := table.ReadFile(filepath.Join(d.Dir, "plan.parquet"))
			for i, s := range b.Column("new").Dict {
				b.Column("new").Dict[i] = strings.Replace(s, `"churn":`, `"churn":1`, 1)
			}
			table.WriteFile(filepath.Join(d.Dir, "plan.parquet"), b)
		},
	} {
		c := newCRM(activate.Limits{Batch: 10, Repeatable: true})
		d := deliver(t, c, shop(20, 1))
		plan(t, d)
		apply(t, d)
		for i := range d.Wants {
			d.Wants[i].Values[1] = 3.0
		}
		plan(t, d)
		before := c.sends
		move(d, c)
		p, err := delivery.LoadPlan(d.Dir)
		if err == nil {
			_, err = d.Apply(t.Context(), p)
		}
		if name == "the plan itself" && err != nil && strings.Contains(err.Error(), "plan again") {
			err = delivery.ErrMoved
		}
		if !errors.Is(err, delivery.ErrMoved) || c.sends != before {
			t.Errorf("%s: %v after %d writes, want a refusal and none", name, err, c.sends-before)
		}
	}
	c := newCRM(activate.Limits{Batch: 10, Repeatable: true})
	d := deliver(t, c, shop(20, 1))
	plan(t, d)
	c.one(activate.Operation{ID: "c000003", Key: "other", Values: []activate.Value{{Field: &fields[1], New: d.Wants[3].Values[1]}, {Field: &fields[2], New: d.Wants[3].Values[2]}, {Field: &fields[0], New: d.Wants[3].Values[0]}}})
	if r := apply(t, d); r.Counts[activate.Unchanged] != 1 || r.Counts[activate.Created] != 19 {
		t.Errorf("a row that somebody brought where it is to be: %+v", r)
	}
}

// Guards stop before the first write, and say how to go on. (BATTERY A9)
func TestGuards(t *testing.T) {
	usual := delivery.Guards{MaxChangePct: 50, MaxMovesPct: 30, MaxDeletes: 5, MaxDeletePct: 10}
	for name, tt := range map[string]struct {
		change  func(d *delivery.Delivery)
		guard   string
		setting string
	}{
		"an empty source": {func(d *delivery.Delivery) { d.Wants = nil }, "empty_source", ""},
		"nobody may go": {func(d *delivery.Delivery) {
			for i := range d.Wants {
				d.Wants[i].Status = activate.HeldOut
			}
		}, "empty_source", ""},
		"most rows change": {func(d *delivery.Delivery) {
			for i := range 60 {
				d.Wants[i].Values[1] = 7.0
			}
		}, "changes", "max_change_pct"},
		"many move": {func(d *delivery.Delivery) {
			for i := range 40 {
				d.Wants[i].Values[0] = "elsewhere"
			}
		}, "moves", "max_moves_pct"},
		"a segment empties": {func(d *delivery.Delivery) { d.Wants = d.Wants[:80] }, "deletes_pct", "max_delete_pct"},
		"too many leave":    {func(d *delivery.Delivery) { d.Wants = d.Wants[:94] }, "deletes", "max_deletes"},
	} {
		c := newCRM(activate.Limits{Batch: 10, Repeatable: true, Removes: true})
		d := deliver(t, c, shop(100, 1))
		for i := range d.Wants {
			d.Wants[i].Values[0] = "customer"
		}
		d.Leave = true
		plan(t, d)
		apply(t, d)
		d.Guards, d.RunHash, d.Wants = usual, "h2", slices.Clone(d.Wants)
		if name == "too many leave" {
			d.Guards.MaxDeletePct = -1
		}
		before := c.sends
		tt.change(d)
		p := plan(t, d)
		_, err := d.Apply(t.Context(), p)
		if !errors.Is(err, delivery.ErrGuard) || !strings.Contains(err.Error(), tt.guard+": ") || !strings.Contains(err.Error(), tt.setting) || !strings.Contains(err.Error(), "--force") || c.sends != before {
			t.Errorf("%s: %v, %d writes", name, err, c.sends-before)
		}
		d.Force = true
		if _, err := d.Apply(t.Context(), p); err != nil {
			t.Errorf("%s, forced: %v", name, err)
		}
	}
}

// Who leaves the audience is emptied once, and filled again when they come back.
func TestLeaving(t *testing.T) {
	for _, blind := range []bool{false, true} {
		c := newCRM(activate.Limits{Batch: 10, Repeatable: true, Removes: true, Blind: blind})
		d := deliver(t, c, shop(10, 1))
		all := d.Wants
		d.Leave = true
		plan(t, d)
		apply(t, d)
		d.Wants = all[:8]
		plan(t, d)
		if r := apply(t, d); r.Cleared != 2 || len(c.rows["c000009"]) != 0 {
			t.Errorf("blind %v: %+v, and %v stands there", blind, r, c.rows["c000009"])
		}
		if n := plan(t, d).Writes(); n != 0 {
			t.Errorf("blind %v: %d writes after they left", blind, n)
		}
		d.Wants = all
		plan(t, d)
		if r := apply(t, d); r.Counts[activate.Updated] != 2 || c.rows["c000009"]["vip"] != all[9].Values[2] {
			t.Errorf("blind %v: back again: %+v, %v", blind, r, c.rows["c000009"])
		}
	}
}

// A batch that is refused as a whole is halved until the bad rows stand alone. (BATTERY A5)
func TestHalving(t *testing.T) {
	c := newCRM(activate.Limits{Batch: 128, Repeatable: true, Whole: true})
	bad := map[string]bool{"c000005": true, "c000100": true, "c000101": true}
	c.send = func(c *crm, batch []activate.Operation) ([]activate.Outcome, error) {
		for _, o := range batch {
			if bad[o.ID] {
				return nil, fault.Refusal("INVALID", "churn is out of range")
			}
		}
		return c.apply(batch), nil
	}
	d := deliver(t, c, shop(128, 1))
	plan(t, d)
	r := apply(t, d)
	if r.Counts[activate.Rejected] != 3 || r.Counts[activate.Created] != 125 || c.sends > 1+2*3*7 {
		t.Errorf("%+v after %d requests, want 3 rejected, and at most %d", r, c.sends, 1+2*3*7)
	}
	agrees(t, d, c)
	all := newCRM(activate.Limits{Batch: 1000})
	all.send = func(c *crm, _ []activate.Operation) ([]activate.Outcome, error) {
		return nil, fault.Refusal("NO_SUCH_FIELD", "there is no field churn")
	}
	d = deliver(t, all, shop(1000, 1))
	plan(t, d)
	if r := apply(t, d); r.Stopped == nil || all.sends > 200 || !strings.Contains(r.Stopped.Error(), "there is no field churn") {
		t.Errorf("all refused: stopped by %v after %d requests", r.Stopped, all.sends)
	}
}

// Refused rows are kept with their reason, first_seen stays, and they are tried again
// when they change or when somebody asks. (BATTERY A4, A11)
func TestDeadLetters(t *testing.T) {
	c := newCRM(activate.Limits{Batch: 10, Repeatable: true})
	refuse := true
	c.send = func(c *crm, batch []activate.Operation) (outs []activate.Outcome, _ error) {
		for _, o := range batch {
			if refuse && (o.ID == "c000002" || o.ID == "c000007") {
				outs = append(outs, activate.Outcome{Status: activate.Rejected, HTTP: 200, Code: "INVALID_DATA", Reason: "no such stage"})
			} else {
				outs = append(outs, c.one(o))
			}
		}
		return outs, nil
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	d := deliver(t, c, shop(10, 1))
	d.Now = func() time.Time { return now }
	dead := func() (ids, attempts []string, t2 *table.Table) {
		t2, err := table.ReadFile(filepath.Join(d.Dir, "dead_letters.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range t2.Rows() {
			ids, attempts = append(ids, t2.Column("primary_key").Text(i)), append(attempts, t2.Column("attempts").Format(i))
		}
		return ids, attempts, t2
	}
	plan(t, d)
	if r := apply(t, d); r.Counts[activate.Rejected] != 2 || !r.Partly() {
		t.Fatalf("%+v", r)
	}
	agrees(t, d, c)
	now = now.AddDate(0, 0, 1)
	p := plan(t, d)
	if rows, _, _ := p.Count(); rows[activate.Rejected] != 2 || p.Writes() != 0 {
		t.Errorf("unchanged: planned %v with %d writes, want 2 rejected and none", rows, p.Writes())
	}
	apply(t, d)
	d.Wants[2].Values[1] = 0.123
	if n := plan(t, d).Writes(); n != 1 {
		t.Errorf("changed: %d writes, want 1", n)
	}
	apply(t, d)
	ids, attempts, letters := dead()
	if !slices.Equal(ids, []string{"c000002", "c000007"}) || !slices.Equal(attempts, []string{"2", "1"}) || letters.Column("first_seen").Format(0) != "2026-01-01T00:00:00Z" || letters.Column("last_seen").Format(0) != "2026-01-02T00:00:00Z" {
		t.Errorf("dead letters %v, attempts %v, first seen %s, last seen %s", ids, attempts, letters.Column("first_seen").Format(0), letters.Column("last_seen").Format(0))
	}
	for _, name := range []string{"run_id", "destination", "primary_key", "operation", "status", "http_status", "error_code", "error_reason", "attempts", "first_seen", "last_seen"} {
		if letters.Column(name) == nil {
			t.Errorf("dead letters have no column %s", name)
		}
	}
	refuse, d.Retry, d.OnlyRetry = false, true, true
	plan(t, d)
	if r := apply(t, d); r.Counts[activate.Created] != 2 || len(r.Counts) != 1 {
		t.Errorf("asked for: %+v", r)
	}
	if ids, _, _ := dead(); len(ids) != 0 {
		t.Errorf("still dead: %v", ids)
	}
	info, _ := os.Stat(filepath.Join(d.Dir, "dead_letters.parquet"))
	if info.Mode().Perm() != 0o600 {
		t.Errorf("dead letters may be read by others: %v", info.Mode())
	}
}

// Answers that are short, doubled or in doubt are looked up; nothing is lost and nothing
// is sent twice that would be applied twice. (BATTERY A4)
func TestOddAnswers(t *testing.T) {
	for name, send := range map[string]func(c *crm, batch []activate.Operation) ([]activate.Outcome, error){
		"an outcome is missing": func(c *crm, b []activate.Operation) ([]activate.Outcome, error) { return c.apply(b)[1:], nil },
		"an outcome too many": func(c *crm, b []activate.Operation) ([]activate.Outcome, error) {
			o := c.apply(b)
			return append(o, o[0]), nil
		},
		"no outcome": func(c *crm, b []activate.Operation) ([]activate.Outcome, error) { c.apply(b); return nil, nil },
		"time out after it was applied": func(c *crm, b []activate.Operation) ([]activate.Outcome, error) {
			c.apply(b)
			return nil, &fault.Fault{Class: fault.Unknown, Reason: "timeout"}
		},
		"time out before it was applied, once": func(c *crm, b []activate.Operation) ([]activate.Outcome, error) {
			if c.sends < 3 {
				return nil, &fault.Fault{Class: fault.Unknown, Reason: "timeout"}
			}
			return c.apply(b), nil
		},
		"half of it applied, then no answer": func(c *crm, b []activate.Operation) ([]activate.Outcome, error) {
			if len(b) > 5 {
				c.apply(b[:5])
				return nil, &fault.Fault{Class: fault.Unknown}
			}
			return c.apply(b), nil
		},
		"some unprocessed": func(c *crm, b []activate.Operation) ([]activate.Outcome, error) {
			out := make([]activate.Outcome, len(b))
			for i := range out {
				out[i].Status = activate.Unprocessed
			}
			copy(out, c.apply(b[:(len(b)+1)/2]))
			return out, nil
		},
	} {
		c := newCRM(activate.Limits{Batch: 10, Read: 3})
		c.send = send
		d := deliver(t, c, shop(35, 1))
		plan(t, d)
		r := apply(t, d)
		if r.Counts[activate.Created] != 35 || len(c.rows) != 35 {
			t.Errorf("%s: %+v; the destination has %d", name, r, len(c.rows))
		}
		for key, n := range c.applied {
			if n != 1 {
				t.Errorf("%s: %s was applied %d times", name, key, n)
			}
		}
		agrees(t, d, c)
	}
}

// A day's quota stops the delivery cleanly; the next call goes on where it stopped.
func TestQuota(t *testing.T) {
	for _, class := range []fault.Class{fault.Quota, fault.Auth, fault.Rate, fault.Transient} {
		c := newCRM(activate.Limits{Batch: 10, Repeatable: true})
		today := 3
		c.send = func(c *crm, b []activate.Operation) ([]activate.Outcome, error) {
			if today--; today < 0 {
				return nil, &fault.Fault{Class: class, Status: 429, Code: "DAILY"}
			}
			return c.apply(b), nil
		}
		d := deliver(t, c, shop(100, 1))
		plan(t, d)
		r := apply(t, d)
		if !fault.Is(r.Stopped, class) || !r.Partly() || r.Counts[activate.Created] != 30 || r.Counts[activate.Unprocessed] != 70 || r.Counts[activate.Rejected] != 0 {
			t.Errorf("%v: the first day: %+v", class, r)
		}
		agrees(t, d, c)
		today, c.sends = 100, 0
		if r = apply(t, d); !r.Resumed || r.Partly() || r.Counts[activate.Created] != 100 || c.sends != 7 {
			t.Errorf("%v: the second day: %+v after %d requests, want the 7 that were left", class, r, c.sends)
		}
		agrees(t, d, c)
	}
}

// Events are told exactly once. Rows 180, 181.
func TestEvents(t *testing.T) {
	c := newCRM(activate.Limits{Batch: 4, Repeatable: true, Events: true})
	d := deliver(t, c, shop(10, 1))
	for i := range 6 {
		d.Events = append(d.Events, delivery.Told{Customer: d.Wants[i].Customer, ID: d.Wants[i].ID, Key: fmt.Sprint("k", i), Event: activate.Event{Name: "entered", Group: "rule", Segment: "vip"}})
	}
	fail := 1
	c.send = func(c *crm, b []activate.Operation) ([]activate.Outcome, error) {
		if b[0].Action == activate.Notify && fail > 0 {
			fail--
			return nil, &fault.Fault{Class: fault.Unknown}
		}
		return c.apply(b), nil
	}
	plan(t, d)
	r := apply(t, d)
	if r.Events != 2 || r.Counts[activate.Unsure] != 4 {
		t.Errorf("a destination that tells events apart by nothing: %+v, want 4 left unknown and never sent again", r)
	}
	for range 2 {
		plan(t, d)
		if apply(t, d); len(c.events) != 2 {
			t.Errorf("told %v", c.events)
		}
	}
}

// What a dying process tore off is no line; what is damaged in the middle stops.
func TestOutbox(t *testing.T) {
	c := newCRM(activate.Limits{Batch: 10, Repeatable: true})
	left := 2
	c.send = func(c *crm, b []activate.Operation) ([]activate.Outcome, error) {
		if left--; left < 0 {
			return nil, &fault.Fault{Class: fault.Quota}
		}
		return c.apply(b), nil
	}
	d := deliver(t, c, shop(50, 1))
	p := plan(t, d)
	apply(t, d)
	file := filepath.Join(d.Dir, "outbox.log")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) + 1 {
		if cut%31 != 0 && cut != len(whole)-1 && cut != len(whole) {
			continue
		}
		os.WriteFile(file, whole[:cut], 0o600)
		left = 0
		if _, err := d.Apply(t.Context(), p); err != nil && !errors.Is(err, delivery.ErrMoved) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	damaged := slices.Clone(whole)
	damaged[len(whole)/2] ^= 1
	os.WriteFile(file, damaged, 0o600)
	if _, err := d.Apply(t.Context(), p); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("damaged: %v", err)
	}
	for key, n := range c.applied {
		if n != 1 {
			t.Errorf("%s was applied %d times", key, n)
		}
	}
}

// An unfinished delivery whose plan is gone, as when somebody was forgotten, holds nothing
// up: what arrived is found at the destination, or is sent again where it can't be asked.
func TestPlanIsGone(t *testing.T) {
	for _, blind := range []bool{false, true} {
		c := newCRM(activate.Limits{Batch: 10, Repeatable: true, Blind: blind})
		left := 2
		c.send = func(c *crm, b []activate.Operation) ([]activate.Outcome, error) {
			if left--; left < 0 {
				return nil, &fault.Fault{Class: fault.Quota}
			}
			return c.apply(b), nil
		}
		d := deliver(t, c, shop(50, 1))
		plan(t, d)
		apply(t, d)
		if err := os.Remove(filepath.Join(d.Dir, "plan.parquet")); err != nil {
			t.Fatal(err)
		}
		left = 100
		want := map[bool]int{false: 30, true: 50}[blind]
		if n := plan(t, d).Writes(); n != want {
			t.Errorf("blind %v: %d are left to send, want %d", blind, n, want)
		}
		if r := apply(t, d); r.Partly() || len(c.rows) != 50 {
			t.Errorf("blind %v: %+v; %d arrived", blind, r, len(c.rows))
		}
	}
}

// What was refused and is no longer wanted is forgotten; the runs whose events are not
// told yet are known: those of a delivery that was cut short, and of refused events.
func TestToTell(t *testing.T) {
	c := newCRM(activate.Limits{Batch: 2, Repeatable: true, Events: true, EventsKeyed: true})
	d := deliver(t, c, shop(10, 1))
	if after, also := delivery.ToTell(d.Dir); after != "" || also != nil {
		t.Errorf("before anything: %q, %q", after, also)
	}
	for i := range 4 {
		d.Events = append(d.Events, delivery.Told{Customer: d.Wants[i].Customer, ID: d.Wants[i].ID, Key: fmt.Sprint("k", i), Event: activate.Event{Name: "entered", Group: "rule", Segment: "vip"}})
	}
	refuse, spent := true, true
	c.send = func(c *crm, b []activate.Operation) (outs []activate.Outcome, _ error) {
		if b[0].Action == activate.Notify && spent {
			return nil, &fault.Fault{Class: fault.Quota}
		}
		for _, o := range b {
			if refuse && (o.ID == "c000009" && o.Action == activate.Upsert || o.Key == "k1") {
				outs = append(outs, activate.Outcome{Status: activate.Rejected, Reason: "no"})
			} else {
				outs = append(outs, c.one(o))
			}
		}
		return outs, nil
	}
	plan(t, d)
	apply(t, d)
	if after, also := delivery.ToTell(d.Dir); after != "" || !slices.Equal(also, []string{"2026-01-01"}) {
		t.Errorf("cut short: %q, %q", after, also)
	}
	spent = false
	apply(t, d)
	if after, also := delivery.ToTell(d.Dir); after != "2026-01-01" || !slices.Equal(also, []string{"2026-01-01"}) || len(c.events) != 3 {
		t.Errorf("one was refused: %q, %q, told %v", after, also, c.events)
	}
	d.Run, d.RunHash, d.Wants = "2026-02-01", "h2", d.Wants[:9]
	refuse, d.Retry = false, true
	plan(t, d)
	apply(t, d)
	if after, also := delivery.ToTell(d.Dir); after != "2026-02-01" || also != nil || len(c.events) != 4 {
		t.Errorf("all told: %q, %q, %v", after, also, c.events)
	}
	dead, err := table.ReadFile(filepath.Join(d.Dir, "dead_letters.parquet"))
	if err != nil || dead.Rows() != 0 {
		t.Errorf("%d are dead still, and nobody wants them", dead.Rows())
	}
	for key, n := range c.events {
		if n != 1 {
			t.Errorf("%s was told %d times", key, n)
		}
	}
}
