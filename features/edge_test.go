package features_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"segmenta/features"
)

const head = "customer_id,time,amount\n"

// Each input has a defined result.
func TestDefinedResults(t *testing.T) {
	tests := []struct {
		name         string
		csv          string
		in           features.Inputs
		read, used   int64
		customers    int
		reason       string
		rejectedRows int64
	}{
		{name: "one customer", csv: head + "ana,2024-01-01,5\n", read: 1, used: 1, customers: 1},
		{name: "header only", csv: head},
		{name: "no customer at all", csv: head + ",2024-01-01,5\n  ,2024-01-01,5\n", read: 2, reason: "no_customer", rejectedRows: 2},
		{name: "NaN", csv: head + "ana,2024-01-01,5\nana,2024-01-02,NaN\n", read: 2, used: 1, customers: 1, reason: "infinite_amount", rejectedRows: 1},
		{name: "infinite", csv: head + "ana,2024-01-01,5\nana,2024-01-02,-Inf\n", read: 2, used: 1, customers: 1, reason: "infinite_amount", rejectedRows: 1},
		{name: "beyond float64", csv: head + "ana,2024-01-01,5\nana,2024-01-02,1e400\n", read: 2, used: 1, customers: 1, reason: "infinite_amount", rejectedRows: 1},
		{name: "too large to add up", csv: head + "ana,2024-01-01,5\nana,2024-01-02,1e300\n", read: 2, used: 1, customers: 1, reason: "huge_amount", rejectedRows: 1},
		{name: "no number", csv: head + "ana,2024-01-01,5\nana,2024-01-02,0x10\n", read: 2, used: 1, customers: 1, reason: "bad_amount", rejectedRows: 1},
		{name: "no such day", csv: head + "ana,2024-01-01,5\nana,2023-02-29,5\n", read: 2, used: 1, customers: 1, reason: "bad_time", rejectedRows: 1},
		{name: "leap day", csv: head + "ana,2024-02-29,5\n", read: 1, used: 1, customers: 1},
		{name: "minus zero is zero", csv: head + "ana,2024-01-01,-0\n", read: 1, used: 1, customers: 1, reason: "zero_amount", rejectedRows: 1},
		{name: "future rows", csv: head + "ana,2024-01-01,5\nben,2024-01-02,5\n", in: features.Inputs{Until: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)},
			read: 2, used: 1, customers: 1, reason: "future", rejectedRows: 1},
		{name: "duplicates kept", csv: head + "ana,2024-01-01,5\nana,2024-01-01,5\n", read: 2, used: 2, customers: 1, reason: "repeated", rejectedRows: 1},
		{name: "duplicates dropped", csv: head + "ana,2024-01-01,5\nana,2024-01-01,5\n", in: features.Inputs{Duplicates: "drop"}, read: 2, used: 1, customers: 1, reason: "duplicate", rejectedRows: 1},
		{name: "001 is not 1", csv: head + "001,2024-01-01,5\n1,2024-01-01,5\n", read: 2, used: 2, customers: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.MaxRejected = 0.5
			h := load(t, tt.in, tt.csv, "")
			q := h.Quality().Source("transactions")
			if q.Read != tt.read || q.Accepted != tt.used || q.Rejected != q.Read-q.Accepted || h.Customers() != tt.customers {
				t.Errorf("read %d, used %d, rejected %d, customers %d; want %d, %d, the rest and %d",
					q.Read, q.Accepted, q.Rejected, h.Customers(), tt.read, tt.used, tt.customers)
			}
			if tt.reason != "" && q.Rows(tt.reason) != tt.rejectedRows {
				t.Errorf("%s %d times, want %d; %v", tt.reason, q.Rows(tt.reason), tt.rejectedRows, q.Reasons)
			}
			var rejected int64
			for _, r := range q.Reasons {
				if r.Rejected {
					rejected += r.Rows
				}
			}
			if rejected != q.Rejected {
				t.Errorf("the reasons add up to %d rejected rows, want %d", rejected, q.Rejected)
			}
			s := compute(t, h, tinyMoment)
			if len(s.Customers) != tt.customers {
				t.Errorf("the snapshot has %d customers, want %d", len(s.Customers), tt.customers)
			}
		})
	}
}

// Each input is refused with what was there instead.
func TestRefused(t *testing.T) {
	tests := []struct {
		name string
		csv  string
		in   features.Inputs
		want []string
	}{
		{"missing column", "customer_id,time,ammount\nana,2024-01-01,5\n", features.Inputs{},
			[]string{"transactions.csv", `no column "amount"`, "nearest: ammount", "the file has ammount, customer_id, time", "transactions: columns: amount"}},
		{"column of an expression", head + "ana,2024-01-01,5\n", features.Inputs{Transactions: &features.Source{Columns: map[string]string{"amount": "Qty * amount"}}},
			[]string{`no column "Qty" for amount`}},
		{"expression", head + "ana,2024-01-01,5\n", features.Inputs{Transactions: &features.Source{Columns: map[string]string{"amount": "amount * (2"}}},
			[]string{`expression "amount * (2"`, ") is missing"}},
		{"name of ours", head + "ana,2024-01-01,5\n", features.Inputs{Transactions: &features.Source{Columns: map[string]string{"ammount": "amount"}}},
			[]string{`"ammount"`, "nearest: amount"}},
		{"too many wrong rows", head + "ana,2024-01-01,5\nana,2024-01-01,five\n", features.Inputs{},
			[]string{"1 of 2 rows", "5 %", "not a number", "row 2", `"five"`}},
		{"empty file", "", features.Inputs{}, []string{"transactions.csv", "empty"}},
		{"layout", head + "ana,2024-01-01,5\n", features.Inputs{Transactions: &features.Source{TimeLayout: "dd/mm"}}, []string{`"dd/mm"`, "yyyy"}},
		{"duplicates", head, features.Inputs{Duplicates: "no"}, []string{`"no"`, "keep or drop"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tryLoad(t.TempDir(), tt.in, tt.csv, "")
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want it to say %s", err, want)
				}
			}
		})
	}
	if _, err := features.Load(context.Background(), features.Inputs{Transactions: &features.Source{Paths: []string{"nowhere/*.csv"}}}); err == nil {
		t.Error("no file: no error")
	}
	if _, err := features.Load(context.Background(), features.Inputs{}); err == nil {
		t.Error("no transactions: no error")
	}
}

// Local times are read in the zone, on the days when the clocks change as well.
func TestZone(t *testing.T) {
	in := features.Inputs{Zone: madrid, Transactions: &features.Source{TimeLayout: "dd/mm/yyyy hh:mm"}}
	h := load(t, in, head+"ana,30/03/2024 11:30,1\nana,30/03/2024 12:00,1\n"+"ana,31/03/2024 02:30,2\n"+"ben,27/10/2024 02:30,3\n", "")
	first, last := h.Span()
	if got := first.UTC().Format(time.DateTime); got != "2024-03-30 10:30:00" {
		t.Errorf("half past eleven in winter is %s UTC, want 10:30", got)
	}
	if got := last.UTC().Format(time.DateTime); got != "2024-10-27 00:30:00" {
		t.Errorf("the hour that comes twice is read as %s UTC, want the first, 00:30", got)
	}
	// Seven calendar days before April 6 are 167 hours long.
	at := time.Date(2024, 4, 6, 12, 0, 0, 0, madrid)
	if got := compute(t, h, at).Table.Column("orders_7d").Number(0); got != 2 {
		t.Errorf("orders in the 7 calendar days from noon to noon = %v, want 2", got)
	}
}

func TestProfiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "customers.csv")
	csv := "id,since,Country,vip\nana,2024-01-01,ES,yes\nben,2024-08-01,PT,no\ncy,2024-02-01,FR,\nana,2023-01-01,XX,no\n,2024-01-01,ES,\n"
	if err := os.WriteFile(path, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	h := load(t, features.Inputs{Customers: &features.Source{
		Paths: []string{path}, Columns: map[string]string{"customer_id": "id", "created_at": "since", "country": "Country"},
	}}, head+"ana,2024-06-01,5\nben,2024-06-01,5\n", "")
	s := compute(t, h, tinyMoment)
	if got := strings.Join(s.Customers, " "); got != "ana ben cy" {
		t.Fatalf("known are %s, want ana ben cy", got)
	}
	p := h.Profiles(s)
	country, vip := p.Column("country"), p.Column("vip")
	if country == nil || vip == nil || p.Column("created_at") == nil || p.Column("id") != nil {
		t.Fatalf("columns: %v", p.Columns)
	}
	if got := country.Text(0) + country.Text(1) + country.Text(2); got != "ESFR" {
		t.Errorf("countries %q, want ES of the later row, none for who is entered after the moment, FR", got)
	}
	q := h.Quality().Source("customers")
	if q.Read != 5 || q.Accepted != 3 || q.Rows("duplicate") != 1 || q.Rows("no_customer") != 1 {
		t.Errorf("customers: %+v", q)
	}
}

func TestCompleteJourney(t *testing.T) {
	h, err := features.Load(context.Background(), features.Inputs{
		Transactions: &features.Source{
			Paths: []string{data(t, "complete_journey/transactions.parquet")},
			Columns: map[string]string{
				"customer_id": "household_id", "time": "transaction_timestamp", "amount": "sales_value", "order_id": "basket_id",
				"discount": "retail_disc + coupon_disc + coupon_match_disc",
			},
		},
		Events: &features.Source{
			Paths:   []string{data(t, "complete_journey/events.parquet")},
			Columns: map[string]string{"customer_id": "household_id", "time": "event_date", "type": "event"},
		},
		Customers: &features.Source{
			Paths:   []string{data(t, "complete_journey/customers.parquet")},
			Columns: map[string]string{"customer_id": "household_id"},
		},
		Zone: zone(t, "America/New_York"), Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	q := h.Quality()
	if n := q.Source("transactions").Accepted; n != 100000 {
		t.Errorf("%d transactions, want 100000", n)
	}
	if n := q.Source("events").Accepted; n != 8691 {
		t.Errorf("%d events, want 8691", n)
	}
	s := compute(t, h, time.Date(2017, 10, 1, 0, 0, 0, 0, h.Zone()))
	sum := 0.0
	for _, v := range s.Table.Column("redemptions_365d").Floats {
		sum += v
	}
	if sum != 1232 {
		t.Errorf("%v coupons redeemed before October, want 1232", sum)
	}
	age := h.Profiles(s).Column("age")
	if age == nil || age.Len() != len(s.Customers) {
		t.Errorf("profiles have no age for each of %d customers", len(s.Customers))
	}
	t.Logf("%d customers, %d columns", len(s.Customers), len(s.Table.Columns))
}
