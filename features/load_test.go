package features_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"segmenta/features"
)

// developerData finds the real data that is not shipped, or skips.
func developerData(t *testing.T, parts ...string) string {
	t.Helper()
	dir, _ := os.Getwd()
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		path := filepath.Join(append([]string{dir, "shared", "data"}, parts...)...)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skipf("shared/data/%s is not here: it does not ship with the project", filepath.Join(parts...))
	return ""
}

func TestOnlineRetail(t *testing.T) {
	path := developerData(t, "online_retail", "transactions.parquet")
	h, err := features.Load(context.Background(), features.Inputs{Transactions: &features.Source{Paths: []string{path}, Columns: map[string]string{
		"customer_id": "CustomerID", "time": "InvoiceDate", "amount": "Quantity * UnitPrice", "quantity": "Quantity", "order_id": "InvoiceNo", "product_id": "StockCode"}},
		MaxRejected: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	q := h.Quality().Sources["transactions"]
	if q.Rows != 541909 || q.Rejected["no customer"] != 135080 || h.Customers() != 4372 {
		t.Errorf("%d rows, %d without customer, %d customers; want 541909, 135080, 4372", q.Rows, q.Rejected["no customer"], h.Customers())
	}
	if q.Sums["quantity"] != 5176450 || math.Abs(q.Sums["amount"]-9747747.934) > 1e-3 {
		t.Errorf("totals %v and %v, want 5176450 and 9747747.934", q.Sums["quantity"], q.Sums["amount"])
	}
	accepted := q.Accepted
	for _, n := range q.Rejected {
		accepted += n
	}
	if accepted != q.Rows {
		t.Errorf("accepted + rejected = %d, want the %d rows", accepted, q.Rows)
	}
}

func TestCDNOW(t *testing.T) {
	h := cdnow(t)
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	on, off := h.Available(c.Definitions())
	if len(on) < 40 {
		t.Errorf("%d features can be answered, want 40 or more; off: %v", len(on), off)
	}
	at := time.Date(1998, 1, 1, 0, 0, 0, 0, time.UTC)
	start := time.Now()
	s, err := h.Compute(on, []time.Time{at}, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d features of %d customers in %v", len(on), len(s[0].Customers), time.Since(start))
	y, err := h.Label(features.Target{Name: "churn", Kind: "churn", Horizon: 180, Population: "customers"}, s[0], time.Date(1998, 6, 30, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	churned := 0.0
	for _, v := range y {
		churned += v
	}
	if share := churned / float64(len(y)); len(y) != 23570 || math.Abs(share-0.7725) > 1e-4 {
		t.Errorf("churn is %.4f of %d, want 0.7725 of 23570", share, len(y))
	}
}

func cdnow(t *testing.T) *features.History {
	h, err := features.Load(context.Background(), features.Inputs{Transactions: &features.Source{Paths: []string{"../testdata/cdnow/transactions.parquet"},
		Columns: map[string]string{"time": "date", "amount": "dollar_value", "quantity": "number_of_cds"}}, MaxRejected: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestMissingColumnSaysTheNearest(t *testing.T) {
	_, err := features.Load(context.Background(), features.Inputs{Transactions: &features.Source{Paths: []string{"../testdata/cdnow/transactions.parquet"},
		Columns: map[string]string{"time": "dat", "amount": "dollar_value"}}})
	if !errors.Is(err, features.ErrSource) || !strings.Contains(err.Error(), `nearest it has is "date"`) {
		t.Errorf("%v; want ErrSource that names the nearest column", err)
	}
}
