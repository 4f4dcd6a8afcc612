package features_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"segmenta/features"
)

const strangers = `customer_id,email,phone,created_at
zoe,Zoe@Example.com ,,2024-01-01
zoe2,zoe@example.com,+34 600 111 222,2024-02-01
shop7,,0034600111222,2024-03-01
other,other@example.com,600111222,2024-01-05
late,zoe@example.com,,2024-09-01
broken,zoe@,123,2024-01-02
d1,info@office.example,,2024-01-01
d2,info@office.example,,2024-01-01
d3,info@office.example,,2024-01-01
d4,info@office.example,,2024-01-01
d5,info@office.example,,2024-01-01
d6,info@office.example,,2024-01-01
`

const strangersBought = `customer_id,time,amount
zoe,2024-01-10,10
zoe2,2024-02-10,20
shop7,2024-03-10,30
other,2024-01-10,40
broken,2024-01-10,50
d1,2024-01-10,60
`

// Ids that share an e-mail or a phone are one person, with one history, under the id
// that was there first; an address of a whole office joins nobody, nor does one that is
// none, and who is created later is not known yet. Rows 14, 62.
func TestIdentity(t *testing.T) {
	path := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(path, []byte(strangers), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		by     []string
		merges []features.Merge
		shared int
		orders map[string]float64
	}{
		{nil, nil, 0, map[string]float64{"zoe": 1, "zoe2": 1, "shop7": 1, "other": 1, "broken": 1, "d1": 1}},
		{[]string{"email"}, []features.Merge{{Customer: "zoe2", Into: "zoe", By: "email"}}, 1, map[string]float64{"zoe": 2, "shop7": 1, "other": 1, "broken": 1, "d1": 1}},
		{[]string{"email", "phone"}, []features.Merge{{Customer: "shop7", Into: "zoe", By: "phone"}, {Customer: "zoe2", Into: "zoe", By: "email"}}, 1,
			map[string]float64{"zoe": 3, "other": 1, "broken": 1, "d1": 1}},
	}
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	some, err := c.Select([]string{"orders_all"})
	if err != nil {
		t.Fatal(err)
	}
	moment := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range tests {
		h := load(t, features.Inputs{Customers: &features.Source{Paths: []string{path}}, Identity: tt.by, Until: moment}, strangersBought, "")
		merges, shared := h.Merges()
		if diff := cmp.Diff(tt.merges, merges); diff != "" || shared != tt.shared {
			t.Errorf("%v: %d shared addresses, merges %s", tt.by, shared, diff)
		}
		s, err := h.Compute(some, []time.Time{moment}, 2)
		if err != nil {
			t.Fatal(err)
		}
		orders := make(map[string]float64)
		for i, id := range s[0].Customers {
			if n := s[0].Table.Columns[0].Number(i); n > 0 {
				orders[id] = n
			}
		}
		if diff := cmp.Diff(tt.orders, orders); diff != "" {
			t.Errorf("%v: %s", tt.by, diff)
		}
	}
}
