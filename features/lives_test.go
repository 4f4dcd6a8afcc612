package features_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"segmenta/features"
)

const (
	transactionsHead = "customer_id,time,amount,order_id,product_id,category,quantity,discount,channel,known_at,cost,tier,status,currency,campaign_id\n"
	eventsHead       = "customer_id,time,type,value,known_at,channel,product_id,category,campaign_id,text_sentiment,device,page\n"
)

// A tinyLife is a history so small that a reader can check by eye what definitions
// say of its first customer as of 2024-07-01.
type tinyLife struct {
	name, transactions, events string
	numbers                    map[string]float64
	words                      map[string]string
}

var tinyLives = []tinyLife{
	{"orders", tinyTransactions, tinyEvents, merged(tinyWant, profileWant, changeWant, seasonWant), mergedWords(tinyWords, profileWords, map[string]string{
		"favourite_category_90d": "books", "favourite_category_all": "books", "last_category": "toys", "last_channel": "web", "last_event_type": "email_click",
	})},
	{"margin", marginTransactions, marginEvents, marginWant, map[string]string{"favourite_tier": "premium", "last_tier": "premium", "last_campaign": "C2"}},
	{"web", webTransactions, webEvents, webWant, map[string]string{
		"viewed_category": "shoes", "searched_category": "hats", "favourite_page_90d": "home", "device_mode": "phone",
	}},
	{"letters", "customer_id,time,amount\n", lettersEvents, lettersWant, map[string]string{"best_channel": "sms"}},
}

func merged(all ...map[string]float64) map[string]float64 {
	out := map[string]float64{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

func mergedWords(all ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// Every definition has a value by hand in some life, and there must be one that
// isn't the value of nothing.
//
// Rows 27–32, 34, 36–38, 40–43, 51, 52, 56–60,
// 63, 64, 120, 121, 123, 136, 145, 187.
func TestEveryDefinition(t *testing.T) {
	defs, shown, telling := catalogue(t), map[string]bool{}, map[string]bool{}
	for _, life := range tinyLives {
		t.Run(life.name, func(t *testing.T) {
			in := features.Inputs{}
			if life.name == "orders" {
				in = tinyInputs(t)
			}
			h := load(t, in, life.transactions, life.events)
			on, _ := h.Available(defs)
			all, err := h.Compute(on, []time.Time{tinyMoment}, 1)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range all[0].Table.Columns {
				d := &on[i]
				if c.Name != d.Name || c.Es == "" || c.En == "" || strings.Contains(c.Name+c.En+c.Es, "{") {
					t.Errorf("column %d is %q (%q, %q), want %s with words", i, c.Name, c.En, c.Es, d.Name)
				}
				if want, ok := life.words[c.Name]; ok && d.Text() {
					shown[c.Name], telling[c.Name] = true, true
					if got := c.Text(0); got != want {
						t.Errorf("%s = %q, want %q", c.Name, got, want)
					}
				}
				if want, ok := life.numbers[c.Name]; ok && !d.Text() {
					shown[c.Name], telling[c.Name] = true, telling[c.Name] || want != 0
					if got := c.Number(0); !(math.Abs(got-want) < 1e-9) {
						t.Errorf("%s = %v, want %v", c.Name, got, want)
					}
				}
			}
			for _, name := range slices.Sorted(maps.Keys(life.numbers)) {
				if all[0].Table.Column(name) == nil {
					t.Errorf("%s has a value by hand and can't be computed", name)
				}
			}
		})
	}
	silent := 0
	for i := range defs {
		if !shown[defs[i].Name] {
			t.Errorf("%s has no value by hand", defs[i].Name)
		} else if !telling[defs[i].Name] {
			silent++
			t.Logf("%s is shown by 0 alone", defs[i].Name)
		}
	}
	if silent > 12 {
		t.Errorf("%d definitions are shown by 0 alone", silent)
	}
}

// What a view by hand of the catalogue's other parts needs: see tiny_test.go for
// ana's orders.
var changeWant = map[string]float64{
	"gap_max_days": 335, "gap_last_days": 24, "gap_q90_days": 335, // of 24, 31 and 335
	"overdue_own_q90": 5.125 / 335, "overdue_own_longest": 5.125 / 335, "gap_last_ratio": 24 / 31., "overdue_days": 5.125 - 118,
	"overdue_own_median": 5.125 / 31, "overdue_mean_days": 5.125 - 130, "overdue_deviations": (5.125 - 130) / math.Sqrt(31531),
	"active_weeks_180d": 2, "active_weeks_365d": 3, "active_months_365d": 2, "active_months_all": 3,
	// Days 0, 31, 366 and 390 of 396: the pace changed most surely on day 366, from 2
	// in 366 days to 1 in 30.
	"rate_shift":         math.Sqrt(2 * (2*math.Log(2/366.) + math.Log(1/30.) - 3*math.Log(3/396.))),
	"rate_shift_days":    30,
	"order_amount_slope": anaSlope(), "order_amount_sd": math.Sqrt(2200 / 3.), "order_amount_cv": math.Sqrt(2200/3.) / 60,
	"smallest_order_all": 40, "first_order_amount": 100, "largest_order_share": 100 / 240.,
	"orders_trend_7d_30d":    16 / 30.,   // 1 in 7 days against 1 in 23
	"orders_trend_180d_365d": 190 / 550., // 2 in 180 days against 1 in 185
	"amount_trend_30d_90d":   1,
	"amount_trend_180d_365d": (90/180. - 50/185.) / (90/180. + 50/185.),
	"lines_365d":             4, "lines_all": 5, "lines_per_order": 5 / 4., "units_per_order": 2, "price_per_unit": 30, "dearest_line_all": 100, "orders_per_month": 4 / 3.,
	"discounted_lines_365d": 3, "discounted_lines_all": 3, "discounted_share": 3 / 5., "discount_recency_days": 30,
	"return_recency_days": 4.5, "returned_items_all": 1, "return_line_share": 1 / 5., "returned_categories_all": 1,

	"favourite_category_share_90d": 50 / 90., "favourite_category_share_all": 150 / 240., "second_category_share": 50 / 140.,
	"categories_90d_new": 0, "products_90d_new": 2, "products_365d_new": 3, // P3 and P4; P2 on the window's first moment
	"rebought_share_365d": 1 / 4., "rebought_share_all": 1 / 5., // P1 again
	"product_entropy":   -(50/140.*math.Log(50/140.) + 20/140.*math.Log(20/140.) + 30/140.*math.Log(30/140.) + 40/140.*math.Log(40/140.)),
	"top_product_share": 50 / 140., "channels_365d": 2, "channels_all": 2, "favourite_channel_share": 90 / 140.,

	"event_types_90d": 10, "event_entropy_90d": math.Log(14) - 6*math.Log(3)/14, // 3, 3 and eight times 1
	"events_trend_30d_90d": 10 / 22., // 8 in 30 days against 6 in 60
	"emails_sent_7d":       1, "emails_sent_30d": 2, "emails_sent_365d": 4, "emails_opened_7d": 1, "emails_opened_365d": 1, "emails_clicked_7d": 1, "emails_clicked_365d": 1,
	"email_sent_recency_days": 16 / 24., "email_click_to_open": 1, "email_open_rate_365d": 2 / 9., // (1 + 5·⅕) / (4 + 5)
	"email_opens_trend_30d_90d": 1, "emails_unopened_30d": 1,
	"tickets_30d": 0, "ticket_recency_days": 190, "tickets_per_order": 1 / 3., "contacts_365d": 1,
	"first_nps": 3, "nps_change": 6, "nps_mean_365d": 6, "nps_answers_all": 2, "nps_recency_days": 151, "promoter_answers_365d": 1, "detractor_answers_365d": 1,
	"mailings_30d": 0, "mailing_recency_days": 57, "redemption_recency_days": 56, "redemptions_all": 1,
	"referral_recency_days": 912, "referrals_365d": 0, "price_request_recency_days": 881,
}

// anaSlope is the least-squares slope of 100, 50, 50 and 40 spent so many days ago.
func anaSlope() float64 {
	days, amounts := [4]float64{396 - 10/24., 365, 30, 5.125}, [4]float64{100, 50, 50, 40}
	mean := (days[0] + days[1] + days[2] + days[3]) / 4
	above, below := 0.0, 0.0
	for i := range days {
		above += (days[i] - mean) * (amounts[i] - 60)
		below += (days[i] - mean) * (days[i] - mean)
	}
	return -above / below
}

var seasonWant = map[string]float64{
	"orders_same_month_last_year": 1, "amount_same_month_last_year": 50, // from 2023-07-02 to 2023-08-01: o2 on its first moment
	"orders_previous_365d": 1, "amount_previous_365d": 100, "orders_year_on_year": 3,
	"season_share":      2 / 4., // June 25 and July 2
	"gift_season_share": 0, "summer_share": 1, "month_start_share": 3 / 4., "morning_share": 0,
	"hour_entropy":      math.Log(3) - 2*math.Log(2)/3, // 0, 0 and 21 o'clock
	"days_to_christmas": 177, "days_to_black_friday": 151, "moment_month": 7, "moment_weekday": 1,
}

const marginTransactions = `customer_id,time,amount,cost,tier,status,currency,campaign_id
hal,2023-05-01,100,60,basic,paid,EUR,
hal,2023-12-01 07:00,50,60,basic,paid,EUR,C1
hal,2024-05-01,80,30,premium,paid,EUR,
hal,2024-06-01,20,,premium,paid,EUR,C2
hal,2024-06-05,-10,-4,premium,paid,EUR,
`

const marginEvents = `customer_id,time,type,value,text_sentiment,campaign_id
hal,2024-06-01,ticket,2,-0.5,
hal,2024-01-01,call,1,,
hal,2024-05-01,chat,0.5,,
hal,2024-06-10,call,0.5,,
hal,2024-02-02,feature_request,,,
hal,2024-01-05,review,4,,
hal,2024-06-06,review,2,0.7,
hal,2024-01-01,campaign_received,,,C1
hal,2024-02-01,campaign_received,,,C2
hal,2024-03-01,campaign_received,,,C2
hal,2024-06-20,campaign_received,,,C2
hal,2024-03-02,coupon_redeemed,,,C2
`

var marginWant = map[string]float64{
	"cost_365d": 90, "cost_all": 150,
	"margin_90d": 50, "margin_365d": 40, "margin_all": 80, // of 80, 50 and 100; what 20 cost nobody knows
	"margin_share_365d": 40 / 130., "margin_share_all": 80 / 230., "margin_lost_365d": 6, "margin_trend_90d_365d": 1, "loss_lines_365d": 1,
	"service_hours_90d": 3, "service_hours_365d": 4, "service_hours_per_order": 4 / 3.,
	"tiers_all": 2, "favourite_tier_share": 100 / 150., "premium_amount_365d": 100, "premium_share_365d": 100 / 150., "basic_lines_365d": 1,
	"campaign_orders_365d": 2, "campaign_order_share_365d": 2 / 3.,
	"chats_90d": 1, "calls_90d": 1, "feature_requests_365d": 1, "reviews_all": 2, "review_mean": 3, "review_worst": 2, "tickets_30d": 1,
	"sentiment_mean_365d": 0.1, "sentiment_last": 0.7, "sentiment_worst_90d": -0.5, "negative_words_90d": 1,
	"campaigns_365d": 2, "campaigns_redeemed_365d": 1, "mailings_30d": 1,
	"gift_season_share": 1 / 4., "morning_share": 1 / 3.,
}

const webTransactions = `customer_id,time,amount,product_id
eva,2024-05-01 12:10,5,P8
eva,2024-06-10 12:00,30,P1
eva,2024-06-20 10:20,50,P2
`

// Six visits in June, a cart in May, and what else she did.
const webEvents = `customer_id,time,type,product_id,category,device,page,value
eva,2024-05-01 12:00,cart_add,P5,,,,
eva,2024-06-10 11:00,product_view,P1,shoes,phone,,
eva,2024-06-10 11:10,product_view,P3,shoes,phone,,
eva,2024-06-10 11:40,cart_add,P1,,phone,,30
eva,2024-06-20 10:00,search,,hats,laptop,,
eva,2024-06-20 10:05,search,,hats,laptop,,
eva,2024-06-20 10:06,product_view,P2,hats,laptop,,
eva,2024-06-20 10:10,cart_add,P2,,laptop,,50
eva,2024-06-20 10:15,checkout,,,laptop,,
eva,2024-06-28 09:00,page_view,,,phone,home,
eva,2024-06-28 09:01,page_view,,,phone,offers,
eva,2024-06-28 09:02,product_view,P4,hats,phone,,
eva,2024-06-28 09:32:01,cart_add,P4,,phone,,20
eva,2024-06-28 20:00,page_view,,,phone,home,
eva,2024-06-29 08:00,email_click,,,,,
eva,2024-06-29 08:01,product_view,P4,,,,
eva,2024-06-29 08:02,product_view,P1,shoes,,,
eva,2024-04-10 05:00,session,,,,,7
eva,2024-06-20 05:00,session,,,,,20
eva,2024-06-28 05:00,session,,,,,12
eva,2023-08-01,app_open,,,,,
eva,2024-06-25,app_open,,,,,
eva,2024-06-26,app_open,,,,,
eva,2024-06-26 01:00,app_open,,,,,
eva,2024-06-27,app_uninstall,,,,,
eva,2024-01-10,download,,,,,
eva,2024-01-01,signup,,,,,
eva,2024-01-02,onboarding_done,,,,,
eva,2024-06-05,key_feature,F1,,,,
eva,2024-05-05,key_feature,F2,,,,
eva,2024-05-06,key_feature,F1,,,,
eva,2024-03-01,plan_upgrade,,,,,
eva,2024-04-01,plan_downgrade,,,,,
eva,2024-02-01,quote_sent,,,,,
eva,2024-02-02,meeting_booked,,,,,
`

var webWant = map[string]float64{
	"product_views_7d": 3, "product_views_30d": 6, "product_views_90d": 6, "product_view_recency_days": 1 + 958/1440.,
	"searches_30d": 2, "searches_90d": 2, "search_recency_days": 10 + 835/1440., "cart_adds_7d": 1, "cart_value_30d": 100,
	"checkouts_30d": 1, "checkouts_90d": 1, "cart_rate": 2 / 3.,
	"abandoned_cart_products_7d": 1, "abandoned_cart_products_30d": 1, "abandoned_cart_products_90d": 2, // P4, and P5 in May
	"abandoned_viewed_products_30d": 3, "abandoned_viewed_products_90d": 3, // P3, P4, and P1 again after it was bought
	"abandoned_cart_days":  2 + 52079/86400.,
	"view_to_cart_90d":     2, // a step after exactly half an hour is still one, a second later it isn't
	"cart_to_checkout_90d": 1, "cart_to_order_90d": 2, "search_to_view_90d": 1, "search_to_search_90d": 1, "view_to_view_90d": 2, "page_to_view_90d": 1, "email_click_to_view_90d": 1,
	"hours_cart_to_order": 1 / 6., // of ⅙, ⅓ and ⅙
	"hours_view_to_order": 50 / 60.,
	"visits_30d":          6, "visits_90d": 7, "visit_depth_90d": 16 / 7., "visit_depth_max_90d": 5, "visit_minutes_90d": 58 / 7., "bounce_share_90d": 3 / 7.,
	// In May she bought ten minutes after the cart; on June 10 and 29 she looked at two
	// products; on June 20 she took six steps, of which the purchase is one.
	"quick_visits_90d": 1, "comparing_visits_90d": 2, "research_visits_90d": 1,
	"pages_distinct_90d": 2, "device_mode_share": 8 / 13., "devices_365d": 2,
	"viewed_category_share": 3 / 5., "categories_viewed_30d": 2, "categories_viewed_90d": 2, "products_viewed_30d": 4, "products_viewed_90d": 4,
	"session_minutes_30d": 32, "session_minutes_90d": 39, "session_minutes_mean_90d": 13, "session_gap_median": 39.5, // of 71 and 8
	"app_opens_7d": 3, "app_opens_30d": 3, "app_opens_365d": 4, "app_days_7d": 2, "app_days_30d": 2, "app_trend_30d_90d": 1, "app_uninstalls_all": 1, "app_uninstall_recency_days": 4,
	"downloads_365d": 1, "signup_recency_days": 182, "onboarding_done_all": 1, "key_features_30d": 1, "key_features_all": 3, "key_features_used": 2,
	"plan_upgrades_all": 1, "plan_downgrades_all": 1, "plan_change_recency_days": 91, "quotes_all": 1, "meetings_all": 1,
}

const lettersEvents = `customer_id,time,type
fay,2024-06-02 08:00,email_sent
fay,2024-06-09 08:00,email_sent
fay,2024-06-16 08:00,email_sent
fay,2024-06-23 08:00,email_sent
fay,2024-06-02 10:30,email_open
fay,2024-06-02 10:31,email_click
fay,2024-06-03 08:00,email_reply
fay,2024-06-24 08:00,email_bounce
fay,2024-05-10 08:00,push_sent
fay,2024-06-10 08:00,push_sent
fay,2024-06-10 09:15,push_open
fay,2024-06-10 09:16,push_click
fay,2024-05-12 08:00,sms_sent
fay,2024-06-11 08:00,sms_sent
fay,2024-06-12 08:00,sms_sent
fay,2024-06-11 11:45,sms_click
fay,2024-05-14 11:46,sms_click
gil,2024-06-02 08:00,email_sent
gil,2024-06-09 08:00,email_sent
gil,2024-06-16 08:00,email_sent
gil,2024-06-23 08:00,email_sent
gil,2024-05-10 08:00,push_sent
gil,2024-06-10 08:00,push_sent
gil,2024-05-12 08:00,sms_sent
`

var lettersWant = map[string]float64{
	"emails_replied_90d": 1, "emails_bounced_90d": 1,
	"push_sent_30d": 1, "push_sent_90d": 2, "sms_sent_30d": 2, "sms_sent_90d": 3, "push_opened_30d": 1, "push_opened_90d": 1,
	"push_clicked_30d": 1, "push_clicked_90d": 1, "sms_clicked_30d": 1, "sms_clicked_90d": 2,
	"push_click_recency_days": 20 + 884/1440., "sms_click_recency_days": 19 + 735/1440.,
	"push_open_rate": 2.25 / 7, "push_click_rate": 2.25 / 7, // (1 + 5·¼) / (2 + 5)
	"sms_click_rate": 4.5 / 8, "best_channel_rate": 4.5 / 8, // (2 + 5·½) / (3 + 5); of push there were too few
	"email_click_rate": 1.625 / 9,
	"best_hour":        10, // 9, 10 and 11 o'clock twice each: between its neighbours 10 stands out
	"best_weekday":     1,  // Sunday, Monday and Tuesday likewise
	"responses_365d":   6,
}

// Months are those of the calendar, also on leap days and before 1970.
func TestCalendarDays(t *testing.T) {
	h := load(t, features.Inputs{}, "customer_id,time,amount\na,1890-02-28,1\na,1900-03-01,1\na,2000-02-29,1\na,2000-03-01,1\na,2023-12-31,1\na,2024-02-29,1\n", "")
	s := compute(t, h, tinyMoment)
	for name, want := range map[string]float64{"active_months_all": 6, "gift_season_share": 1 / 6., "month_start_share": 2 / 6.} {
		if got := s.Table.Column(name).Number(0); got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}
