package activate_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"segmenta/activate"
	"segmenta/activate/web"
	"segmenta/strict"
)

// What is wrong with settings is said before anything is sent, and what to write instead.
func TestSettings(t *testing.T) {
	for _, tt := range []struct{ kind, settings, id, want string }{
		{"hubspot", `{}`, "", "token is missing"},
		{"hubspot", `{token: $(T)}`, "", ""},
		{"salesforce", `{token: $(T)}`, "", "url is missing: https://COMPANY.my.salesforce.com"},
		{"salesforce", `{url: 'https://a.my.salesforce.com', token: $(T), patience: soon}`, "", "patience: want a time such as 30m or 2h"},
		{"salesforce", `{url: 'https://a.my.salesforce.com', client_id: $(T), client_secret: $(T), patience: 2h}`, "", ""},
		{"zoho", `{refresh_token: $(T), client_id: $(T), client_secret: $(T)}`, "", ""},
		{"bitrix24", `{}`, "", "url is missing"},
		{"monday", `{token: $(T)}`, "", "board is missing"},
		{"monday", `{token: $(T), board: main}`, "", "board is missing"},
		{"monday", `{token: $(T), board: '77'}`, "", ""},
		{"klaviyo", `{}`, "", "key is missing"},
		{"braze", `{key: $(T)}`, "", "url is missing"},
		{"mailchimp", `{key: $(T), audience: a}`, "email", "data centre"},
		{"mailchimp", `{key: $(DC), audience: a}`, "customer_id", "write id: email"},
		{"mailchimp", `{key: $(DC), audience: a, status_if_new: cleaned}`, "email", "status_if_new: want"},
		{"mailchimp", `{key: $(DC), audience: a, status_if_new: subscribed}`, "email", ""},
		{"customerio", `{key: $(T)}`, "", "site_id and key are missing"},
		{"customerio", `{key: $(GONE)}`, "", "the environment has no GONE"},
	} {
		settings := activate.Kinds[tt.kind].Settings()
		if err := strict.Decode("segmenta.yaml", []byte(tt.settings), settings); err != nil {
			t.Fatal(err)
		}
		env := map[string]string{"T": "canary-token", "DC": "canary-us21"}
		to, err := activate.Open(tt.kind, settings, activate.Opening{Name: "crm", ID: tt.id, Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }, Web: web.Options{}})
		if err == nil {
			to.Close()
		}
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%s %s: %v, want %q", tt.kind, tt.settings, err, tt.want)
		}
	}
}

// The examples of docs/destinations.md open as they stand there.
func TestDocumentedSettings(t *testing.T) {
	text, err := os.ReadFile("../docs/destinations.md")
	if err != nil {
		t.Fatal(err)
	}
	opened := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^    (\w+): (\{.*\})$`).FindAllStringSubmatch(string(text), -1) {
		settings := activate.Kinds[m[1]].Settings()
		if err := strict.Decode("destinations.md", []byte(strings.NewReplacer("${", "$(", `}"`, `)"`, "}/", ")/").Replace(m[2])), settings); err != nil {
			t.Errorf("%s: %v", m[1], err)
			continue
		}
		id := ""
		if m[1] == "mailchimp" {
			id = "email"
		}
		to, err := activate.Open(m[1], settings, activate.Opening{Name: "crm", ID: id, Env: func(string) (string, bool) { return "canary-us21", true }})
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
			continue
		}
		to.Close()
		opened[m[1]] = true
	}
	if len(opened) != 9 {
		t.Errorf("examples of %d destinations, want 9: %v", len(opened), opened)
	}
}
