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

// One customer's life, and a second one so that pooled rates have a pool. The
// moment is 2024-07-01: the windows of 30, 90 and 365 days start on 2024-06-01,
// 2024-04-02 and 2023-07-02, and several rows stand exactly there.
const tinyTransactions = `customer_id,time,amount,order_id,product_id,category,quantity,discount,channel,known_at,cost,tier,status,currency,campaign_id
ana,2023-06-01 10:00,100,o1,P1,books,2,0,web
ana,2023-07-02 00:00,50,o2,P2,toys,1,10,shop
ana,2024-06-01 00:00,20,o3,P1,books,1,5,web
ana,2024-06-01 00:00,30,o3,P3,books,3,5,web
ana,2024-06-25 21:00,40,o4,P4,toys,1,0,web
ana,2024-06-26 12:00,-20,r1,P1,books,-1,0,web
ana,2024-07-01 00:00,999,o5,P9,later,9,9,later
ben,2024-03-01 12:00,10,b1,P1,books,1,0,web
ben,2024-03-11 12:00,10,b2,P1,books,1,0,web
`

const tinyEvents = `customer_id,time,type,value,known_at,channel,product_id,category,campaign_id,text_sentiment,device,page
ana,2024-04-01 23:59:59.999999,email_sent,
ana,2024-04-02 00:00,email_sent,
ana,2024-06-01 00:00,email_sent,
ana,2024-06-30 08:00,email_sent,
ana,2024-06-30 09:00,opened,
ana,2024-06-30 09:01,email_click,
ana,2024-01-01,unsubscribe,
ana,2022-01-01,referral,
ana,2022-02-01,price_request,
ana,2024-05-01 10:00,session,
ana,2024-06-23T23:59:59.999999Z,session,
ana,2024-06-24 00:00,session,
ana,2024-05-01 10:01,product_view,
ana,2024-06-24T02:01+02:00,page_view,
ana,2024-06-24 00:02,cart_add,
ana,2024-04-10 07:00,app_open,
ana,2023-12-24,ticket,
ana,2023-12-25,nps,3
ana,2024-02-01,nps,9
ana,2024-07-01,nps,0
ana,2024-05-05,campaign_received,
ana,2024-05-06,coupon_redeemed,
ben,2024-05-05,campaign_received,
ben,2024-05-05,email_sent,
`

var tinyMoment = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)

// tinyWant is what each definition says of ana.
var tinyWant = map[string]float64{
	"recency_days": 5.125,          // 5 days and 3 hours
	"tenure_days":  396 - 10.0/24., // from 10 o'clock
	"orders_7d":    1, "orders_30d": 2, "orders_90d": 2, "orders_180d": 2, "orders_365d": 3, "orders_all": 4,
	"amount_7d": 40, "amount_30d": 90, "amount_90d": 90, "amount_180d": 90, "amount_365d": 140, "amount_all": 240,
	"items_30d": 5, "items_90d": 5, "items_365d": 6, "items_all": 8,
	"active_days_30d": 2, "active_days_90d": 2, "active_days_180d": 2, "active_days_365d": 3, "active_days_all": 4,
	"average_order_365d": 140 / 3., "average_order_all": 60, "median_order_all": 50, "largest_order_all": 100, "last_order_amount": 40,
	"gap_mean_days": 130, "gap_median_days": 31, // of 31, 335 and 24
	"gap_sd_days": math.Sqrt(31531), "gap_cv": math.Sqrt(31531) / 130,
	"purchase_span_days": 390, "gap_count": 3,
	"own_gap_days":  118, // (390 + 2·100) / (3 + 2); everybody's is (390 + 10) / (3 + 1)
	"overdue_ratio": 5.125 / 118,

	"orders_trend_30d_90d": 1, "orders_trend_90d_180d": 1, "amount_trend_90d_180d": 1, "last_order_ratio": 40 / 60.,
	"returns_365d": 1, "returns_all": 1, "returned_amount_365d": 20, "returned_amount_all": 20,
	"return_share_365d": 20 / 140., "return_share_all": 20 / 240., "net_amount_all": 220,
	"discount_365d": 20, "discount_share_365d": 20 / 160.,
	"categories_365d": 2, "categories_all": 2, "favourite_category_share": 90 / 140.,
	"category_entropy": -(90/140.*math.Log(90/140.) + 50/140.*math.Log(50/140.)),
	"products_365d":    4, "products_all": 4,
	"favourite_hour": 0, "favourite_weekday": 2, // Sunday, Saturday and Tuesday once each
	"weekend_share": 2 / 3., "night_share": 1, // 0, 0 and 21 o'clock

	"events_7d": 6, "events_30d": 8, "events_90d": 14, "events_365d": 19,
	"event_recency_days": 899. / 1440, "event_days_30d": 4, "event_days_90d": 9,
	"emails_sent_90d": 3, "emails_opened_30d": 1, "emails_opened_90d": 1, "emails_clicked_30d": 1, "emails_clicked_90d": 1,
	"email_open_recency_days": 15 / 24., "email_click_recency_days": 899. / 1440,
	"email_open_rate": 2.25 / 8, "email_click_rate": 2.25 / 8, // (1 + 5·¼) / (3 + 5)
	"unsubscribes_all": 1, "referrals_all": 1, "price_requests_all": 1,
	"sessions_7d": 1, "sessions_30d": 2, "sessions_90d": 3, "session_recency_days": 7,
	"sessions_trend_30d_90d": 0.6, // 2 in 30 days against 1 in 60
	"page_views_30d":         1, "page_views_90d": 2, "cart_adds_30d": 1, "cart_adds_90d": 1, "cart_add_recency_days": 7 - 2/1440.,
	"app_opens_30d": 0, "app_opens_90d": 1, "app_open_recency_days": 82 - 7/24.,
	"tickets_90d": 0, "tickets_365d": 1, "last_nps": 9,
	"mailings_90d": 1, "mailings_365d": 1, "redemptions_90d": 1, "redemptions_365d": 1,
	"redemption_rate": 2 / 3., // (1 + 2·½) / (1 + 2)
}

var tinyWords = map[string]string{"favourite_category": "toys", "favourite_channel": "web"}

// An invoice whose lines bear two times is one order; days count once; age ends
// with the last whole day.
func TestOrdersAndDays(t *testing.T) {
	h := load(t, features.Inputs{}, "customer_id,time,amount,order_id\n"+
		"ana,2024-06-01 10:00,5,o1\nana,2024-06-01 10:01,7,o1\nana,2024-06-03 09:00,1,o2\nana,2024-06-03 19:00,2,o3\nana,2024-06-05,-2,o4\n", "")
	s := compute(t, h, tinyMoment)
	for name, want := range map[string]float64{"orders_all": 3, "amount_all": 15, "average_order_all": 5, "active_days_all": 2} {
		if got := s.Table.Column(name).Number(0); got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	freq, recency, age, monetary := h.Summaries(s)
	if freq[0] != 1 || recency[0] != 2 || age[0] != 29 || monetary[0] != 3 {
		t.Errorf("summary %v %v %v %v, want 1 2 29 3", freq[0], recency[0], age[0], monetary[0])
	}
}

// What nobody can say is null, and the definition says what that means.
func TestNull(t *testing.T) {
	h := load(t, tinyInputs(t), tinyTransactions+"cy,2024-06-01,-5,,,,,,\n", eventsHead+"cy,2024-06-02,other,\n")
	defs := catalogue(t)
	all, err := h.Compute(defs, []time.Time{tinyMoment}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range all[0].Table.Columns {
		if null := c.IsNull(2); null && defs[i].Null == "" {
			t.Errorf("%s of a customer with one return is null, and nothing says what that means", c.Name)
		}
	}
	if got := all[0].Table.Column("orders_all").Number(2); got != 0 {
		t.Errorf("orders of a customer with one return = %v, want 0", got)
	}
}

func TestAvailable(t *testing.T) {
	h := load(t, features.Inputs{}, "customer_id,time,amount\nana,2024-06-01,5\n", "")
	on, off := h.Available(catalogue(t))
	why := map[string]string{}
	for _, o := range off {
		why[o.Name] = o.En
	}
	for name, want := range map[string]string{
		"items_30d":          "no column is mapped to transactions.quantity",
		"favourite_category": "no column is mapped to transactions.category",
		"email_open_rate":    "there is no events source",
	} {
		if why[name] != want {
			t.Errorf("%s is off because %q, want %q", name, why[name], want)
		}
	}
	if _, err := h.Compute(on, []time.Time{tinyMoment}, 1); err != nil {
		t.Errorf("computing what is available: %v", err)
	}
	if _, err := h.Compute(catalogue(t), []time.Time{tinyMoment}, 1); err == nil {
		t.Error("computing everything: no error, want the first absent source by name")
	}
}

func TestLabel(t *testing.T) {
	const day = 24 * time.Hour
	h := load(t, features.Inputs{}, "customer_id,time,amount\n"+
		"early,2024-06-01,5\nearly,2024-07-01,5\n"+ // exactly at the start
		"late,2024-06-01,5\nlate,2024-07-31,5\n"+ // exactly at the end
		"inside,2024-06-01,5\ninside,2024-07-30 23:59,5\n"+
		"refund,2024-06-01,5\nrefund,2024-07-02,-5\n"+
		"prospect,2024-06-01,-5\nprospect,2024-07-05,5\n"+
		"old,2023-01-01,5\n", "")
	all, err := h.Compute(nil, []time.Time{tinyMoment}, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := all[0] // early, inside, late, old, prospect, refund
	tests := []struct {
		name string
		t    features.Target
		want string
	}{
		{"churn asks customers", features.Target{Kind: "churn", Horizon: 30 * day}, "0011-1"},
		{"the gap is left out", features.Target{Kind: "churn", Gap: day, Horizon: 30 * day}, "1001-1"},
		{"conversion asks all", features.Target{Kind: "conversion", Horizon: 30 * day}, "110010"},
		{"of prospects", features.Target{Kind: "conversion", Horizon: 30 * day, Population: "prospects"}, "----1-"},
		{"of the active", features.Target{Kind: "churn", Horizon: 30 * day, Population: "active", Active: 60 * day}, "001--1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y, err := h.Label(tt.t, s, tinyMoment.AddDate(0, 0, 31))
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, v := range y {
				got.WriteString(map[bool]string{true: "-", false: map[float64]string{0: "0", 1: "1"}[v]}[math.IsNaN(v)])
			}
			if got.String() != tt.want {
				t.Errorf("labels of %v = %s, want %s", s.Customers, &got, tt.want)
			}
		})
	}
	if _, err := h.Label(tests[0].t, s, tinyMoment.AddDate(0, 0, 29)); err == nil {
		t.Error("a horizon that ends after the data: no error")
	}
}

func catalogue(t testing.TB) []features.Definition {
	t.Helper()
	c, err := features.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return c.Definitions()
}

// load writes the texts to files and loads them; events may be empty. "opened" is
// the user's word for email_open.
func load(t testing.TB, in features.Inputs, transactions, events string) *features.History {
	t.Helper()
	h, err := tryLoad(t.TempDir(), in, transactions, events)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func tryLoad(dir string, in features.Inputs, transactions, events string) (*features.History, error) {
	path := filepath.Join(dir, "transactions.csv")
	if err := os.WriteFile(path, []byte(padded(transactions)), 0o600); err != nil {
		return nil, err
	}
	if in.Transactions == nil {
		in.Transactions = &features.Source{}
	}
	in.Transactions.Paths = []string{path}
	if events != "" {
		path := filepath.Join(dir, "events.csv")
		if err := os.WriteFile(path, []byte(padded(events)), 0o600); err != nil {
			return nil, err
		}
		in.Events = &features.Source{Paths: []string{path}}
		in.EventTypes = map[string]string{"opened": "email_open"}
	}
	return features.Load(context.Background(), in)
}

// padded fills lines up with empty cells to the width of the first.
func padded(csv string) string {
	head, _, _ := strings.Cut(csv, "\n")
	var b strings.Builder
	for line := range strings.Lines(csv) {
		line = strings.TrimSuffix(line, "\n")
		b.WriteString(line + strings.Repeat(",", max(0, strings.Count(head, ",")-strings.Count(line, ","))) + "\n")
	}
	return b.String()
}
