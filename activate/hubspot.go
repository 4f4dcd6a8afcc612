package activate

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type hubspotSettings struct {
	Token        secret.Text `yaml:"token" jsonschema_description:"access token of a private app with crm.objects.contacts.read, .write and crm.schemas.contacts.write"`
	RefreshToken secret.Text `yaml:"refresh_token" jsonschema_description:"instead of token, of a public app"`
	ClientID     secret.Text `yaml:"client_id" jsonschema_description:"of the public app"`
	ClientSecret secret.Text `yaml:"client_secret" jsonschema_description:"of the public app"`
	URL          string      `yaml:"url" jsonschema_description:"where the API is (default https://api.hubapi.com)"`
	IDProperty   string      `yaml:"id_property" jsonschema_description:"the contact property with unique values that holds our id (default segmenta_id; email needs none of its own)"`
	Group        string      `yaml:"group" jsonschema_description:"the property group that new properties go to (default contactinformation)"`
	Batch        int         `yaml:"batch" jsonschema_description:"contacts in a request, at most 100 (default 100)"`
}

// hubspot writes contacts by batch upsert on a property with unique values, reads them
// back by batch read, and makes properties. Values travel as text; the empty text clears.
// There are no tags: a list of tags is a property with several choices.
type hubspot struct {
	api
	s        hubspotSettings
	language string
	auth     *oauth
}

func openHubSpot(s *hubspotSettings, o Opening) (Destination, error) {
	if s.URL == "" {
		s.URL = "https://api.hubapi.com"
	}
	if s.IDProperty == "" {
		s.IDProperty = "segmenta_id"
	}
	if s.Group == "" {
		s.Group = "contactinformation"
	}
	if s.Batch <= 0 {
		s.Batch = 100
	}
	auth, err := o.oauth("Bearer ", s.URL+"/oauth/v1/token", oauthSettings{s.Token, s.ClientID, s.ClientSecret, s.RefreshToken})
	if err != nil {
		return nil, err
	}
	// 190 in any 10 s (Professional): 10 at once and 18 a second stay within.
	client, err := o.Client(auth, web.Rate{Requests: 180, Per: 10 * time.Second, Burst: 10})
	return &hubspot{api{base: s.URL, web: client, judge: hubspotJudge}, *s, o.Language, auth}, err
}

func (h *hubspot) Limits() Limits {
	return Limits{Batch: h.s.Batch, Bytes: 2_000_000, Read: 100, Parallel: 4, Repeatable: true, Removes: true}
}

func (h *hubspot) Close() error {
	h.web.Close()
	h.auth.close()
	return nil
}

type hubspotError struct {
	Category   string              `json:"category"`
	Message    string              `json:"message"`
	PolicyName string              `json:"policyName"`
	Context    map[string][]string `json:"context"`
}

// hubspotJudge tells the day's limit from that of ten seconds, and a property that isn't
// there from a value that isn't taken.
func hubspotJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	if f == nil {
		return nil
	}
	var e hubspotError
	if json.Unmarshal(r.Body, &e) != nil {
		// context can hold more than lists of texts
		_ = json.Unmarshal(r.Body, &struct{ Category, Message, PolicyName *string }{&e.Category, &e.Message, &e.PolicyName})
	}
	f.Code, f.Reason = e.Category, plain(e.Message, nil)
	switch {
	case f.Class == fault.Rate && e.PolicyName == "DAILY":
		f.Class, f.Code = fault.Quota, e.PolicyName
	case f.Class == fault.Rate && f.After == 0:
		f.Code, f.After = e.PolicyName, hubspotWait(r)
	case strings.Contains(e.Message, "PROPERTY_DOESNT_EXIST"):
		f.Class = fault.Auth
	}
	return f
}

// hubspotWait is how long the window is that the headers speak of: no Retry-After is documented.
func hubspotWait(r *web.Response) time.Duration {
	ms, err := strconv.Atoi(r.Header.Get("X-HubSpot-RateLimit-Interval-Milliseconds"))
	if err != nil || ms < 0 || ms > 60_000 || r.Header.Get("X-HubSpot-RateLimit-Remaining") != "0" {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}
