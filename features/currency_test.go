package features_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"segmenta/features"
)

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func rates(t *testing.T, text string) (*features.Rates, error) {
	return features.ReadRates(&features.Source{Paths: []string{file(t, "rates.csv", text)}}, "EUR", zone(t, "Europe/Madrid"))
}

// Each amount is converted by the last rate that was known on its own day, in the
// configured zone; without one its row is refused by name. (BATTERY D5)
func TestConversion(t *testing.T) {
	r, err := rates(t, "currency,date,rate\nUSD,2024-01-01,0.5\nusd,2024-02-01,0.25\nGBP,2024-01-01,2\n")
	if err != nil {
		t.Fatal(err)
	}
	h, err := features.Load(context.Background(), features.Inputs{
		Transactions: &features.Source{Rates: r, Columns: map[string]string{"amount": "units * price", "currency": "money"}, Paths: []string{file(t, "t.csv", `customer_id,time,units,price,discount,money
a,2024-01-31 23:59,1,100,10,USD
a,2024-02-01 00:00,1,100,10, usd
a,2024-03-01,1,100,10,EUR
b,2024-03-01,2,50,,GBP
c,2023-12-31,1,1,,USD
c,2024-03-01,1,1,,JPY
c,2024-03-01,1,1,,
c,2024-03-01,1,x,,JPY
c,2024-03-01,1,7,,EUR
`)}}, Zone: zone(t, "Europe/Madrid"), MaxRejected: 0.9})
	if err != nil {
		t.Fatal(err)
	}
	q := h.Quality().Source("transactions")
	if q.Rows("no_rate") != 3 || q.Rows("bad_amount") != 1 || q.Accepted != 5 {
		t.Errorf("%d without a rate, %d bad, %d accepted: %+v", q.Rows("no_rate"), q.Rows("bad_amount"), q.Accepted, q.Reasons)
	}
	for _, reason := range q.Reasons {
		if s := reason.Samples; reason.Name == "no_rate" && (s[0].Row != 5 || s[0].Value != "USD" || s[1].Value != "JPY") {
			t.Errorf("samples %+v", s)
		}
	}
	s := compute(t, h, time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC))
	spent := s.Table.Column("amount_all")
	for i, want := range []float64{50 + 25 + 100, 200, 7} {
		if got := spent.Number(i); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s spent %v, want %v", s.Customers[i], got, want)
		}
	}
}

func TestRatesRefused(t *testing.T) {
	for text, says := range map[string]string{
		"currency,date,rate\nUSD,2024-01-01,0\n":                       "row 1: want a currency, a date and a rate above 0",
		"currency,date,rate\nUSD,2024-01-01,1\nUSD,someday,1\n":        "row 2: want a currency",
		"currency,date,rate\n,2024-01-01,1\n":                          "row 1: want a currency",
		"currency,date,rate\nUSD,2024-01-01,0.5\nUSD,2024-01-01,0.6\n": "USD has two rates from",
		"currency,day,rate\nUSD,2024-01-01,0.5\n":                      `no column "date" for date`,
	} {
		if _, err := rates(t, text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}
