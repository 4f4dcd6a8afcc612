package activate

import (
	"encoding/json"
	"errors"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type salesforceSettings struct {
	URL          string      `yaml:"url" jsonschema_description:"My Domain: https://COMPANY.my.salesforce.com"`
	Token        secret.Text `yaml:"token" jsonschema_description:"an access token; it lives for hours, so rather:"`
	ClientID     secret.Text `yaml:"client_id" jsonschema_description:"of a connected app with the scope api (client credentials flow, or with refresh_token)"`
	ClientSecret secret.Text `yaml:"client_secret" jsonschema_description:"of the connected app"`
	RefreshToken secret.Text `yaml:"refresh_token" jsonschema_description:"of the connected app, where it runs as a user"`
	Object       string      `yaml:"object" jsonschema_description:"Contact, Lead, Account or another (default Contact)"`
	IDField      string      `yaml:"id_field" jsonschema_description:"the external id field that holds our id (default Segmenta_ID__c)"`
	Version      string      `yaml:"version" jsonschema_description:"of the API (default v62.0)"`
	Batch        int         `yaml:"batch" jsonschema_description:"rows in a job (default 10000)"`
	Patience     string      `yaml:"patience" jsonschema_description:"how long a job may take (default 30m)"`
}

// salesforce writes by Bulk API 2.0: a job is opened, fed, closed, waited for and read
// back. Nothing is applied before it is closed, and what became of it can be read at any
// time after, so only a job that outlives our patience leaves anything unknown.
type salesforce struct {
	api
	s    salesforceSettings
	o    Opening
	auth *oauth

	patience time.Duration
}

func openSalesforce(s *salesforceSettings, o Opening) (Destination, error) {
	if s.URL == "" {
		return nil, errors.New("url is missing: https://COMPANY.my.salesforce.com")
	}
	for _, pair := range [][2]any{{&s.Object, "Contact"}, {&s.IDField, "Segmenta_ID__c"}, {&s.Version, "v62.0"}} {
		if text := pair[0].(*string); *text == "" {
			*text = pair[1].(string)
		}
	}
	if s.Batch <= 0 {
		s.Batch = 10_000
	}
	patience, err := patience(s.Patience)
	if err != nil {
		return nil, err
	}
	auth, err := o.oauth("Bearer ", s.URL+"/services/oauth2/token", oauthSettings{s.Token, s.ClientID, s.ClientSecret, s.RefreshToken})
	if err != nil {
		return nil, err
	}
	client, err := o.Client(auth)
	return &salesforce{api: api{base: s.URL + "/services/data/" + s.Version, web: client, judge: salesforceJudge}, s: *s, o: o, auth: auth, patience: patience}, err
}

// Limits: 100 MB of CSV is what 150 MB after base64 leaves.
func (s *salesforce) Limits() Limits {
	return Limits{Batch: s.s.Batch, Bytes: 50_000_000, Read: 2000, Parallel: 1, Repeatable: true, Removes: true}
}

func (s *salesforce) Close() error {
	s.web.Close()
	s.auth.close()
	return nil
}

func salesforceJudge(r *web.Response) *fault.Fault {
	f := web.Judge(r)
	if f == nil {
		return nil
	}
	var errs []struct{ ErrorCode, Message string }
	_ = json.Unmarshal(r.Body, &errs)
	if len(errs) == 0 {
		return f
	}
	f.Code, f.Reason = errs[0].ErrorCode, plain(errs[0].Message, nil)
	switch f.Code {
	case "REQUEST_LIMIT_EXCEEDED":
		f.Class = fault.Quota
	case "UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE":
		f.Class = fault.Transient
	case "INVALID_FIELD", "MALFORMED_QUERY":
		f.Class = fault.Auth // no row is to blame
	}
	return f
}
