package activate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"segmenta/activate/secret"
	"segmenta/activate/web"
)

// A key is a credential that lives until somebody revokes it.
type key struct {
	header, value string
}

func (k key) Authorize(h http.Header) { h.Set(k.header, k.value) }

func (k key) Refresh(context.Context) error {
	return errors.New("a key can't be renewed; make a new one")
}

// An oauth is a token that lives for an hour or so, and what it is renewed with.
type oauth struct {
	scheme  string // before the token, with a space
	token   string
	url     string // where a new one is had
	form    url.Values
	web     *web.Client
	secrets *secret.Scrubber
}

// oauthSettings are the same everywhere.
type oauthSettings struct {
	token, id, secret, refresh secret.Text
}

func (o Opening) oauth(scheme, address string, s oauthSettings) (*oauth, error) {
	a := &oauth{scheme: scheme, token: s.token.Reveal(), url: address, secrets: o.Web.Secrets}
	switch {
	case !s.refresh.IsZero():
		a.form = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.refresh.Reveal()}}
	case !s.secret.IsZero():
		a.form = url.Values{"grant_type": {"client_credentials"}}
	case a.token == "":
		return nil, errors.New("token is missing, or refresh_token, client_id and client_secret")
	default:
		return a, nil
	}
	a.form.Set("client_id", s.id.Reveal())
	a.form.Set("client_secret", s.secret.Reveal())
	var err error
	a.web, err = o.Client(nil)
	return a, err
}

func (a *oauth) Authorize(h http.Header) { h.Set("Authorization", a.scheme+a.token) }

func (a *oauth) Refresh(ctx context.Context) error {
	if a.form == nil {
		return errors.New("there is no refresh_token to renew it with")
	}
	answer, err := a.web.Do(ctx, web.Request{Method: http.MethodPost, URL: a.url, Body: []byte(a.form.Encode()), Repeatable: true,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}})
	if err != nil {
		return err
	}
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(answer.Body, &got); err != nil || got.Token == "" {
		return errors.New("no token came back: refresh_token, client_id or client_secret is not accepted")
	}
	a.token = got.Token
	a.secrets.Add(got.Token)
	return nil
}

func (a *oauth) close() {
	if a.web != nil {
		a.web.Close()
	}
}
