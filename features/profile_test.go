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

// What the customers file says of ana, in as many columns as its features read.
var tinyCustomers = [][2]string{
	{"customer_id", "ana"}, {"created_at", "2024-06-01"}, {"updated_at", "2024-06-21"}, {"birth_date", "1988-07-02"},
	{"email", "ana@example.org"}, {"phone", "+34 600 11 22 33"}, {"name", "Ana Díaz"}, {"city", "Sevilla"}, {"region", "Andalucía"}, {"country", "España"},
	{"address", ""}, {"postal_code", "  "}, {"company", "Díaz SL"}, {"company_phone", ""}, {"company_address", ""}, {"company_postal_code", ""},
	{"company_city", "Sevilla"}, {"company_region", ""}, {"company_country", "ES"}, {"website", ""}, {"social", ""},
	{"gender", "f"}, {"language", "ES_mx"}, {"income_band", "B"}, {"education", "degree"}, {"device", "phone"}, {"interests", "sea; music,"}, {"values", "nature"},
	{"personality", "open"}, {"lifestyle", "urban"}, {"plan", "basic"}, {"loyalty_member", "sí"}, {"loyalty_points", "120"}, {"contract_end", "2024-07-11"},
	{"source_channel", "instagram"}, {"preferred_channel", "whatsapp"},
	{"consent_email", "yes"}, {"consent_sms", "no"}, {"consent_push", "0"}, {"consent_phone", "true"}, {"consent_profiling", "x"},
}

var profileWant = map[string]float64{
	"b2c_completeness": 6 / 8., // name, phone, city, region, country, birth date
	"b2b_completeness": 3 / 9., // company, city, country
	"info_level":       10,     // those and the e-mail address
	"email_ok":         1, "phone_ok": 1, "account_age_days": 30, "profile_age_days": 10,
	"age":                35, // she turns 36 tomorrow
	"interests_declared": 2, "values_declared": 1, "loyal_member": 1, "loyalty_points_held": 120, "contract_end_days": 10, "is_company": 1,
	"consents_email": 1, "consents_sms": 0, "consents_push": 0, "consents_phone": 1, "consents_profiling": 1,
}

var profileWords = map[string]string{
	"age_band": "35-44", "generation": "millennials", "profile_gender": "f", "profile_country": "ES", "profile_region": "Andalucía", "profile_city": "Sevilla",
	"profile_language": "es-MX", "profile_income_band": "B", "profile_education": "degree", "profile_device": "phone",
	"profile_personality": "open", "profile_lifestyle": "urban", "plan_tier": "basic", "came_by": "instagram", "prefers_channel": "whatsapp",
}

// tinyInputs are the inputs that go with tinyTransactions and tinyEvents.
func tinyInputs(t testing.TB) features.Inputs {
	t.Helper()
	var head, row []string
	for _, c := range tinyCustomers {
		head, row = append(head, c[0]), append(row, `"`+c[1]+`"`)
	}
	return features.Inputs{Customers: csvSource(t, "customers.csv", strings.Join(head, ",")+"\n"+strings.Join(row, ",")+"\n")}
}

func csvSource(t testing.TB, name, text string) *features.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &features.Source{Paths: []string{path}}
}

// profileOf is one feature of a customer whose profile has one field.
func profileOf(t *testing.T, feature, field, value string, at time.Time) string {
	t.Helper()
	in := features.Inputs{Zone: madrid, Customers: csvSource(t, "customers.csv", "customer_id,"+field+"\na,\""+value+"\"\n")}
	h := load(t, in, "customer_id,time,amount\na,1999-01-01,1\n", "")
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	defs, err := c.Select([]string{feature})
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Compute(defs, []time.Time{at}, 1)
	if err != nil {
		t.Fatal(err)
	}
	column := s[0].Table.Column(feature)
	if column.IsNull(0) {
		return "-"
	}
	return column.Format(0)
}

// What the customers file says, on the days on which it turns.
//
// Rows 23, 25, 26, 47–49.
func TestProfileEdges(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, madrid) }
	now := day(2024, 7, 1)
	for _, tt := range []struct {
		feature, field, value string
		at                    time.Time
		want                  string
	}{
		{"age", "birth_date", "2000-02-29", day(2023, 2, 28), "22"}, // born on a leap day
		{"age", "birth_date", "2000-02-29", day(2023, 3, 1), "23"},
		{"age", "birth_date", "2000-02-29", day(2024, 2, 28), "23"},
		{"age", "birth_date", "2000-02-29", day(2024, 2, 29), "24"},
		{"age", "birth_date", "1990-07-01", now, "34"}, // on the birthday
		{"age", "birth_date", "1990-07-02", now, "33"},
		{"age", "birth_date", "1900-01-01", now, "-"}, // what programs write for nothing
		{"age", "birth_date", "2025-01-01", now, "-"},
		{"age", "birth_date", "soon", now, "-"},
		{"age_band", "birth_date", "2006-07-02", now, "0-17"}, {"age_band", "birth_date", "2006-07-01", now, "18-24"},
		{"age_band", "birth_date", "1999-07-01", now, "25-34"}, {"age_band", "birth_date", "1989-07-02", now, "25-34"},
		{"age_band", "birth_date", "1959-07-01", now, "65+"}, {"age_band", "birth_date", "1904-07-01", now, "65+"}, {"age_band", "birth_date", "", now, "-"},
		{"generation", "birth_date", "1964-12-31", now, "boomers"}, {"generation", "birth_date", "1965-01-01", now, "gen_x"},
		{"generation", "birth_date", "1980-12-31", now, "gen_x"}, {"generation", "birth_date", "1981-01-01", now, "millennials"},
		{"generation", "birth_date", "1997-01-01", now, "gen_z"}, {"generation", "birth_date", "2013-01-01", now, "gen_alpha"},
		{"generation", "birth_date", "1945-01-01", now, "silent"}, {"generation", "birth_date", "1926-01-01", now, "greatest"}, {"generation", "birth_date", "1800-01-01", now, "-"},
		{"email_ok", "email", "a.b+c@sub.example.co", now, "1"}, {"email_ok", "email", "ana@localhost", now, "0"}, {"email_ok", "email", "ana", now, "0"},
		{"email_ok", "email", "Ana <ana@x.es>", now, "0"}, {"email_ok", "email", "a@b@c.es", now, "0"}, {"email_ok", "email", "a@x.es, b@x.es", now, "0"}, {"email_ok", "email", "", now, "0"},
		{"phone_ok", "phone", "0034600112233", now, "1"}, {"phone_ok", "phone", "600112233", now, "0"}, {"phone_ok", "phone", "+1 (555) 010-9999", now, "1"},
		{"phone_ok", "phone", "+1234567", now, "0"}, {"phone_ok", "phone", "+1234567890123456", now, "0"}, {"phone_ok", "phone", "+34 6OO112233", now, "0"}, {"phone_ok", "phone", "+0123456789", now, "0"},
		{"profile_country", "country", "mx", now, "MX"}, {"profile_country", "country", "MEX", now, "MX"}, {"profile_country", "country", "México", now, "MX"},
		{"profile_country", "country", "Germany", now, "DE"}, {"profile_country", "country", "Alemania", now, "DE"}, {"profile_country", "country", "Narnia", now, "-"}, {"profile_country", "country", "ZZ", now, "-"},
		{"profile_language", "language", "pt_BR", now, "pt-BR"}, {"profile_language", "language", "EN", now, "en"}, {"profile_language", "language", "Spanisch?", now, "-"},
		{"loyal_member", "loyalty_member", "N", now, "0"}, {"loyal_member", "loyalty_member", "maybe", now, "-"},
		{"profile_age_days", "updated_at", "2024-07-01", now, "-"}, // exactly at the moment: not known by then
		{"profile_age_days", "updated_at", "2024-06-30 12:00", now, "0.5"},
		{"profile_age_days", "updated_at", "2024-03-30", day(2024, 4, 1), "1.9583333333333333"}, // 47 hours, as the clocks changed
		{"contract_end_days", "contract_end", "2024-06-29", now, "-2"},
		{"interests_declared", "interests", "", now, "0"},
	} {
		if got := profileOf(t, tt.feature, tt.field, tt.value, tt.at); got != tt.want {
			t.Errorf("%s of %s %q on %s = %s, want %s", tt.feature, tt.field, tt.value, tt.at.Format(time.DateOnly), got, tt.want)
		}
	}
}

const broughtCSV = `customer_id,valid_from,score,visits,note
ana,2024-06-01,1,10,x
ana,2024-07-01,2,20,x
ana,2024-06-15,3,,x
ben,2024-06-15,5,1,x
ben,2024-06-15,5,2,x
zoe,2024-01-01,9,9,x
`

func broughtHistory(t *testing.T, csv string, in features.Brought) (*features.History, error) {
	in.Paths = csvSource(t, "crm.csv", csv).Paths
	return tryLoad(t.TempDir(), features.Inputs{Zone: time.UTC, Features: []features.Brought{in}}, "customer_id,time,amount\nana,2024-01-01,1\nben,2024-01-01,1\ncy,2024-01-01,1\n", "")
}

// The user's own features are joined as they stood before each moment.
//
// Rows 53.
func TestBrought(t *testing.T) {
	h, err := broughtHistory(t, broughtCSV, features.Brought{Prefix: "crm_", Provenance: "third_party"})
	if err != nil {
		t.Fatal(err)
	}
	defs := h.Brought()
	if len(defs) != 2 || defs[0].Name != "crm_score" || defs[0].Provenance != "third_party" || defs[0].Es == "" || defs[0].Null == "" {
		t.Fatalf("definitions %+v", defs)
	}
	day := func(m time.Month, d int) time.Time { return time.Date(2024, m, d, 0, 0, 0, 0, time.UTC) }
	moments := []time.Time{day(6, 1), day(6, 1).Add(time.Microsecond), day(7, 1), day(7, 2)}
	all, err := h.Compute(defs, moments, 2)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for i, want := range [][6]float64{ // score and visits of ana, ben, cy
		{nan, nan, nan, nan, nan, nan}, // a row that holds from the moment on was not known by then
		{1, 10, nan, nan, nan, nan},
		{3, nan, 5, 2, nan, nan}, // the whole row counts, also where it says nothing; of equal times the greater
		{2, 20, 5, 2, nan, nan},
	} {
		for k := range want {
			got := all[i].Table.Columns[k%2].Number(k / 2)
			if got != want[k] && !(math.IsNaN(got) && math.IsNaN(want[k])) {
				t.Errorf("as of %s, %s of %s = %v, want %v", moments[i], defs[k%2].Name, all[i].Customers[k/2], got, want[k])
			}
		}
	}
}

// Rows from the future, and the order of rows, leave no trace.
func TestBroughtKnowsNoFuture(t *testing.T) {
	var ink [2]string
	for k, csv := range []string{broughtCSV, "customer_id,valid_from,score,visits,note\nben,2024-06-15,5,2,x\nana,2024-06-15,3,,x\nben,2024-06-15,5,1,x\nana,2024-06-01,1,10,x\nana,2025-01-01,7,7,x\ncy,2024-07-01,7,7,x\n"} {
		h, err := broughtHistory(t, csv, features.Brought{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := h.Compute(h.Brought(), []time.Time{tinyMoment}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range s[0].Table.Columns {
			for i := range c.Len() {
				ink[k] += c.Format(i) + " "
			}
		}
	}
	if ink[0] != ink[1] {
		t.Errorf("%s, and with another future and order %s", ink[0], ink[1])
	}
}

func TestWrongBrought(t *testing.T) {
	for _, tt := range []struct {
		csv  string
		in   features.Brought
		want string
	}{
		{"id,valid_from,score\n", features.Brought{}, `no column "customer_id"`},
		{"customer_id,validfrom,score\n", features.Brought{}, "nearest: validfrom"},
		{"customer_id,valid_from,note\na,2024-01-01,x\n", features.Brought{}, "no column of numbers"},
		{"customer_id,valid_from,score\na,,1\n", features.Brought{}, "crm.csv row 1: valid_from is missing"},
		{"customer_id,valid_from,score\na,2024-01-01,1\na,then,1\n", features.Brought{}, "crm.csv row 2: valid_from is no time"},
		{"customer_id,valid_from,score\na,2024-01-01,x\n", features.Brought{Source: features.Source{Columns: map[string]string{"s": "score"}}}, "row 1: score is no number"},
		{"customer_id,valid_from,my score\na,2024-01-01,1\n", features.Brought{}, "column my score: a feature's name is small letters"},
		{"customer_id,valid_from,score\na,2024-01-01,1\n", features.Brought{Privacy: "secret"}, `privacy "secret"`},
	} {
		if _, err := broughtHistory(t, tt.csv, tt.in); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want it to say %s", tt.csv, err, tt.want)
		}
	}
	twice := []features.Brought{{Source: *csvSource(t, "a.csv", broughtCSV)}, {Source: *csvSource(t, "b.csv", broughtCSV)}}
	if _, err := features.Load(context.Background(), features.Inputs{Transactions: csvSource(t, "t.csv", "customer_id,time,amount\nana,2024-01-01,1\n"), Features: twice}); err == nil || !strings.Contains(err.Error(), "prefix") {
		t.Errorf("two tables with one column: %v", err)
	}
}
