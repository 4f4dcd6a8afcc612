package activate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"segmenta/activate/secret"
	"segmenta/activate/web"
)

// Kinds lists the destinations by the key under which the configuration holds their
// settings.
var Kinds = map[string]Driver{
	"bitrix24":   driver(openBitrix24),
	"braze":      driver(openBraze),
	"customerio": driver(openCustomerIO),
	"file":       driver(openFile),
	"hubspot":    driver(openHubSpot),
	"klaviyo":    driver(openKlaviyo).over("email"),
	"mailchimp":  driver(openMailchimp).over("email"),
	"monday":     driver(openMonday),
	"postgres":   driver(openPostgres),
	"s3":         driver(openObject),
	"salesforce": driver(openSalesforce),
	"tryton":     driver(openTryton),
	"webhook":    driver(openWebhook),
	"zoho":       driver(openZoho),
}

// KindNames lists them in order.
func KindNames() []string { return slices.Sorted(maps.Keys(Kinds)) }

// A Driver is a kind of destination: what its settings look like, and how it is opened.
type Driver struct {
	// Settings makes a pointer to fresh settings: a struct whose yaml tags are the keys
	// of the configuration. Secrets in it are secret.Text, and addresses that may hold
	// one are secret.Open: both are looked up before open is called.
	Settings func() any
	Channel  string // over which it writes to customers, if that is all it does: email, sms, push; a CRM has none
	open     func(settings any, o Opening) (Destination, error)
}

// driver makes a kind of the function that opens it.
func driver[S any](open func(s *S, o Opening) (Destination, error)) Driver {
	return Driver{Settings: func() any { return new(S) }, open: func(s any, o Opening) (Destination, error) { return open(s.(*S), o) }}
}

// over says that a kind only writes to customers over a channel: whoever can't be written
// to over it, or must not be, is not sent there.
func (d Driver) over(channel string) Driver {
	d.Channel = channel
	return d
}

// An Opening is what a destination is opened with, beside its own settings.
type Opening struct {
	Name     string        // in the configuration
	ID       string        // which column of ours the external ids are: customer_id, email, …
	Dir      string        // where relative paths begin
	Language string        // es or en, for those that hold one language only
	Env      secret.Lookup // the environment
	Web      web.Options   // what the configuration says of how to speak to it
}

// Client makes the client by which a destination speaks. rates are those that the
// destination documents; the configuration's take their place where it gives some.
func (o Opening) Client(auth web.Auth, rates ...web.Rate) (*web.Client, error) {
	w := o.Web
	if w.Rates == nil {
		w.Rates = rates
	}
	w.Auth = auth
	return web.New(w)
}

// Open opens a destination. Nothing is asked of it yet.
func Open(kind string, settings any, o Opening) (Destination, error) {
	d, ok := Kinds[kind]
	if !ok {
		return nil, fmt.Errorf("there is no destination %q; there are %s", kind, strings.Join(KindNames(), ", "))
	}
	values, err := secret.Reveal(settings, o.Env, o.Dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if o.Web.Secrets == nil {
		o.Web.Secrets = secret.NewScrubber()
	}
	o.Web.Secrets.Add(values...)
	to, err := d.open(settings, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return to, nil
}
