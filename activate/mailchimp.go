package activate

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type mailchimpSettings struct {
	Key       secret.Text `yaml:"key" jsonschema_description:"an API key; what follows its hyphen is the data centre"`
	URL       string      `yaml:"url" jsonschema_description:"where the API is (default https://DC.api.mailchimp.com, of the key's data centre)"`
	Audience  string      `yaml:"audience" jsonschema_description:"the id of the audience"`
	StatusNew string      `yaml:"status_if_new" jsonschema_description:"what a new member becomes: subscribed (only with their consent), pending or transactional; without it nobody is added (default: nobody)"`
}

// mailchimp keys members by e-mail, so the destination's id must be it. Each member is put
// on its own: the call for 500 sets a subscription status for every one of them, and
// somebody who left a minute ago would be subscribed again. Ten calls at once are allowed.
// Who is new is added only with status_if_new. Tags are Mailchimp's own.
type mailchimp struct {
	api
	s mailchimpSettings
	o Opening
}

const mailchimpTogether = 10

var dataCentre = regexp.MustCompile(`^[a-z]{2}[0-9]{1,3}$`)

func openMailchimp(s *mailchimpSettings, o Opening) (Destination, error) {
	_, centre, _ := strings.Cut(s.Key.Reveal(), "-")
	switch {
	case s.Key.IsZero():
		return nil, errors.New("key is missing")
	case s.Audience == "":
		return nil, errors.New("audience is missing: Audience, Settings, Audience name and defaults shows its id")
	case o.ID != "" && o.ID != "email":
		return nil, errors.New("members are known by e-mail there: write id: email")
	case !slices.Contains([]string{"", "subscribed", "pending", "transactional", "unsubscribed"}, s.StatusNew):
		return nil, errors.New("status_if_new: want subscribed, pending, transactional or unsubscribed")
	case s.URL == "" && !dataCentre.MatchString(centre):
		return nil, errors.New("url is missing, and the key has no data centre such as us21 after a hyphen")
	case s.URL == "":
		s.URL = "https://" + centre + ".api.mailchimp.com"
	}
	o.Web.Parallel = mailchimpTogether
	client, err := o.Client(key{"Authorization", "Bearer " + s.Key.Reveal()})
	return &mailchimp{api{base: s.URL + "/3.0/lists/" + s.Audience, web: client, judge: mailchimpJudge}, *s, o}, err
}

func (m *mailchimp) Limits() Limits {
	return Limits{Batch: 200, Read: 500, Parallel: 1, Repeatable: true, Events: true, Removes: true}
}

func (m *mailchimp) Close() error {
	m.web.Close()
	return nil
}

type mailchimpProblem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
}

// mailchimpJudge tells a bare 403, which very high load brings, from a right that is lacking.
func mailchimpJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	if f == nil {
		return nil
	}
	var p mailchimpProblem
	if _ = json.Unmarshal(r.Body, &p); p.Title == "" && r.Status == http.StatusForbidden {
		f.Class, f.Reason = fault.Rate, "a bare 403, as under very high load"
		return f
	}
	f.Code, f.Reason = p.Title, plain(p.Detail, nil)
	for _, e := range p.Errors {
		f.Reason = plain(e.Field+": "+e.Message, nil)
	}
	return f
}
