package activate

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
)

type klaviyoProfile struct {
	Type       string            `json:"type"`
	ID         string            `json:"id,omitempty"`
	Attributes klaviyoAttributes `json:"attributes"`
}

type klaviyoAttributes struct {
	ExternalID string         `json:"external_id"`
	Email      *string        `json:"email,omitempty"`
	Phone      *string        `json:"phone_number,omitempty"`
	FirstName  *string        `json:"first_name,omitempty"`
	LastName   *string        `json:"last_name,omitempty"`
	Properties map[string]any `json:"properties,omitempty"`
}

// own are the attributes of Klaviyo's own that a Fixed field may name.
func (a *klaviyoAttributes) own(name string) **string {
	return map[string]**string{"email": &a.Email, "phone_number": &a.Phone, "first_name": &a.FirstName, "last_name": &a.LastName}[name]
}

func (k *klaviyo) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	// A page holds 100, and an address only so many long ids.
	return readAll(ids, 100, "", func(some []string, found map[string]Record) (bool, error) {
		list, err := json.Marshal(some)
		if err != nil {
			return false, err
		}
		var got struct{ Data []klaviyoProfile }
		q := url.Values{"filter": {"any(external_id," + string(list) + ")"}, "page[size]": {"100"}}
		if _, err := k.profiles.call(ctx, http.MethodGet, "/api/profiles?"+q.Encode(), nil, &got, true); err != nil {
			return false, err
		}
		for _, p := range got.Data {
			if !slices.Contains(some, p.Attributes.ExternalID) {
				continue
			}
			r := Record{p.ID, map[string]any{}}
			for i := range fields {
				r.Values[fields[i].Name] = p.Attributes.Properties[fields[i].Name]
				if to := p.Attributes.own(fields[i].Name); to != nil && fields[i].Fixed && *to != nil {
					r.Values[fields[i].Name] = **to
				}
			}
			found[p.Attributes.ExternalID] = r
		}
		return true, nil
	})
}
