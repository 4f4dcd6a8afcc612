package segment_test

import (
	"slices"
	"strings"
	"testing"

	"segmenta/segment"
	"segmenta/table"
)

// A person is what is known of somebody by column: a number, or a text in quotes' stead
// a word. What is left out is not known.
type person map[string]any

// examples are the worked examples of the rules, in and just out, by the columns that
// each rule reads.
var examples = map[string]struct{ in, out []person }{
	"reactivar_90d": {
		in: []person{{"recency_days": 91.0, "value_band": "high", "emails_opened_30d": 0.0}, {"recency_days": 400.0, "value_band": "medium", "emails_opened_30d": 0.0, "lifecycle_stage": "dormant"}},
		out: []person{{"recency_days": 90.0, "value_band": "high", "emails_opened_30d": 0.0}, {"recency_days": 91.0, "value_band": "low", "emails_opened_30d": 0.0},
			{"recency_days": 91.0, "value_band": "high", "emails_opened_30d": 1.0}, {"recency_days": 91.0, "value_band": "high", "emails_opened_30d": 0.0, "lifecycle_stage": "retired"}},
	},
	"reactivar_90d_contactados": {
		in:  []person{{"recency_days": 91.0, "value_band": "high", "emails_opened_30d": 0.0, "emails_sent_30d": 1.0}},
		out: []person{{"recency_days": 91.0, "value_band": "high", "emails_opened_30d": 0.0, "emails_sent_30d": 0.0}},
	},
	"upsell_premium": { // the mean of clv is 50
		in: []person{{"clv": 100.0, "rfm_frequency": 4.0, "basic_lines_365d": 3.0, "premium_share_365d": 0.2}},
		out: []person{{"clv": 20.0, "rfm_frequency": 5.0, "basic_lines_365d": 3.0, "premium_share_365d": 0.0}, {"clv": 60.0, "rfm_frequency": 3.0, "basic_lines_365d": 3.0, "premium_share_365d": 0.0},
			{"clv": 20.0, "rfm_frequency": 5.0, "basic_lines_365d": 3.0, "premium_share_365d": 0.6}, {"clv": 50.0, "rfm_frequency": 5.0, "basic_lines_365d": 3.0, "premium_share_365d": 0.0}},
	},
	"onboarding_7d": {
		in: []person{{"tenure_days": 7.0, "orders_all": 1.0, "onboarding_done_all": 0.0, "key_features_all": 0.0}},
		out: []person{{"tenure_days": 7.1, "orders_all": 1.0, "onboarding_done_all": 0.0, "key_features_all": 0.0}, {"tenure_days": 1.0, "orders_all": 1.0, "onboarding_done_all": 1.0, "key_features_all": 0.0},
			{"tenure_days": 1.0, "orders_all": 1.0, "onboarding_done_all": 0.0, "key_features_all": 2.0}},
	},
	"fidelizacion_vip": {
		in: []person{{"gap_cv": 0.3, "orders_all": 6.0, "last_nps": 9.0, "loyal_member": 1.0}},
		out: []person{{"gap_cv": 0.9, "orders_all": 6.0, "last_nps": 9.0, "loyal_member": 1.0}, {"gap_cv": 0.3, "orders_all": 6.0, "last_nps": 8.0, "loyal_member": 1.0},
			{"gap_cv": 0.3, "orders_all": 6.0, "last_nps": 10.0, "loyal_member": 0.0}, {"gap_cv": 0.3, "orders_all": 6.0, "last_nps": 10.0}},
	},
	"jovenes_chile_30d": {
		in: []person{{"age": 25.0, "profile_country": "CL", "recency_days": 30.0}, {"age": 34.0, "profile_country": "CL", "recency_days": 1.0}},
		out: []person{{"age": 24.0, "profile_country": "CL", "recency_days": 1.0}, {"age": 35.0, "profile_country": "CL", "recency_days": 1.0}, {"age": 30.0, "profile_country": "AR", "recency_days": 1.0},
			{"age": 30.0, "profile_country": "CL", "recency_days": 31.0}, {"profile_country": "CL", "recency_days": 1.0}},
	},
	"habito_app": {
		in:  []person{{"app_opens_7d": 5.0, "searched_category": "toys"}},
		out: []person{{"app_opens_7d": 4.0, "searched_category": "toys"}, {"app_opens_7d": 9.0}},
	},
	"alto_valor_45d": {
		in:  []person{{"value_band": "high", "recency_days": 46.0}},
		out: []person{{"value_band": "high", "recency_days": 45.0}, {"value_band": "medium", "recency_days": 46.0}, {"value_band": "high", "recency_days": 46.0, "lifecycle_stage": "not_qualified"}},
	},
	"belleza_mexico": {
		in: []person{{"profile_gender": "female", "age": 30.0, "profile_country": "MX", "beauty_orders_30d": 2.0}, {"profile_gender": "female", "age": 40.0, "profile_country": "MX", "beauty_orders_30d": 3.0}},
		out: []person{{"profile_gender": "male", "age": 35.0, "profile_country": "MX", "beauty_orders_30d": 2.0}, {"profile_gender": "female", "age": 41.0, "profile_country": "MX", "beauty_orders_30d": 2.0},
			{"profile_gender": "female", "age": 35.0, "profile_country": "ES", "beauty_orders_30d": 2.0}, {"profile_gender": "female", "age": 35.0, "profile_country": "MX", "beauty_orders_30d": 1.0}},
	},
	"registro_completado": {
		in:  []person{{"signup_recency_days": 3.0, "orders_all": 0.0}},
		out: []person{{"orders_all": 0.0}, {"signup_recency_days": 3.0, "orders_all": 1.0}},
	},
	"carrito_abandonado": {
		in:  []person{{"cart_add_recency_days": 1.0, "recency_days": 40.0}, {"cart_add_recency_days": 3.0}},
		out: []person{{"cart_add_recency_days": 1.0, "recency_days": 0.5}, {"cart_add_recency_days": 4.0, "recency_days": 40.0}, {"recency_days": 40.0}},
	},
	"push_sin_compra": {
		in:  []person{{"push_opened_30d": 1.0, "orders_30d": 0.0}},
		out: []person{{"push_opened_30d": 0.0, "orders_30d": 0.0}, {"push_opened_30d": 3.0, "orders_30d": 1.0}},
	},
	"dormido_bajo_valor": {
		in:  []person{{"orders_all": 1.0, "value_band": "low", "recency_days": 365.0, "lifecycle_stage": "dormant"}},
		out: []person{{"orders_all": 2.0, "value_band": "low", "recency_days": 365.0}, {"orders_all": 1.0, "value_band": "medium", "recency_days": 365.0}, {"orders_all": 1.0, "value_band": "low", "recency_days": 364.0}},
	},
	"dormido_alto_valor": {
		in:  []person{{"value_band": "high", "lifecycle_stage": "dormant"}},
		out: []person{{"value_band": "high", "lifecycle_stage": "customer"}, {"value_band": "low", "lifecycle_stage": "dormant"}, {"value_band": "high", "lifecycle_stage": "retired"}},
	},
}

// tableOf lays people out, with the columns that the rule asks of.
func tableOf(r *segment.Rule, people []person) *table.Table {
	t := new(table.Table)
	for _, m := range r.Mentions() {
		text := false
		for _, p := range people {
			_, is := p[m.Column].(string)
			text = text || is
		}
		numbers, words := make([]float64, len(people)), make([]string, len(people))
		for i, p := range people {
			numbers[i] = nan
			if v, ok := p[m.Column].(float64); ok {
				numbers[i] = v
			}
			words[i], _ = p[m.Column].(string)
		}
		if text || m.Column == "lifecycle_stage" {
			t.Add(table.OptionalStrings(m.Column, words))
		} else {
			t.Add(table.Floats(m.Column, numbers))
		}
	}
	return t
}

// Every built-in rule holds whom it says it holds, and keeps out whoever fails one of
// its conditions by a hair. Rows 106–113, 115–119.
func TestWorkedExamples(t *testing.T) {
	rules, err := segment.Builtins()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		x, ok := examples[r.ID]
		if !ok {
			t.Errorf("%s has no worked example", r.ID)
			continue
		}
		m, err := r.Evaluate(tableOf(r, append(slices.Clone(x.in), x.out...)))
		if err != nil {
			t.Errorf("%s: %v", r.ID, err)
			continue
		}
		for i, in := range m.In {
			if want := i < len(x.in); in != want {
				t.Errorf("%s: person %d of %v is in: %v, want %v", r.ID, i, append(slices.Clone(x.in), x.out...)[i], in, want)
			}
		}
	}
	if len(examples) != len(rules) {
		t.Errorf("%d examples of %d rules", len(examples), len(rules))
	}
}

// Built-in rules say all that lint asks of a rule, and start what customers expect.
// Rows 182, 219, 221.
func TestBuiltinsArePlanned(t *testing.T) {
	rules, err := segment.Builtins()
	if err != nil {
		t.Fatal(err)
	}
	triggers := make(map[string]string)
	for _, r := range rules {
		for name, text := range map[string]string{"strategy": r.Strategy, "owner": r.Owner, "why": r.Why, "colour": r.Colour, "es": r.Es.Description, "en": r.En.Description} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s has no %s", r.ID, name)
			}
		}
		if r.Trigger != "" {
			triggers[r.Trigger] = r.ID
		}
	}
	for _, want := range []string{"onboarding", "cart_abandonment", "reactivation"} {
		if triggers[want] == "" {
			t.Errorf("nothing starts %s: %v", want, triggers)
		}
	}
}
