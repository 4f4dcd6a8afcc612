package web

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"

	"code.dny.dev/ssrf"

	"segmenta/activate/fault"
)

var (
	errNotSent  = errors.New("nothing was sent")
	errRedirect = errors.New("it sends us to another host, where we don't go")
)

// Transport is the way for a library that makes its own requests.
func (o Options) Transport() (*http.Transport, error) {
	usual(&o.Parallel, 4)
	return o.transport()
}

// Dialer connects only where the options allow it.
func (o Options) Dialer() *net.Dialer {
	d := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	if !o.AllowPrivate {
		d.Control = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	return d
}

// Broken says what a connection that failed means, for a library that makes its own.
func (o Options) Broken(host string, err error, repeatable bool) *fault.Fault {
	c := Client{o: o}
	return c.clean(broken(host, err, repeatable))
}

// transport verifies certificates, uses no proxy (whose address nobody could check), and
// looks at each address after its name was resolved and before it is connected to.
func (o *Options) transport() (*http.Transport, error) {
	t := &http.Transport{
		DialContext: o.Dialer().DialContext, TLSHandshakeTimeout: 15 * time.Second, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: o.Parallel, MaxConnsPerHost: o.Parallel, IdleConnTimeout: 60 * time.Second,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	var err error
	t.TLSClientConfig.RootCAs, err = o.Trusted()
	return t, err
}

// Trusted are the certificates to trust: the system's and those of CAFile; nil: the
// system's.
func (o Options) Trusted() (*x509.CertPool, error) {
	if o.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file: %s holds no certificate", o.CAFile)
	}
	return pool, nil
}

// allowed refuses an address without TLS, unless it is one of this machine or of a
// private network and those are allowed.
func (c *Client) allowed(u *url.URL) *fault.Fault {
	switch {
	case u.Scheme == "https", u.Scheme == "http" && (c.o.AllowHTTP || c.o.AllowPrivate && private(u.Hostname())):
		return nil
	case u.Scheme == "http":
		return &fault.Fault{Class: fault.Auth, Host: u.Host, Reason: "the address begins with http://, which everyone on the way can read; write https://"}
	}
	return &fault.Fault{Class: fault.Auth, Host: u.Host, Reason: "the address begins with neither https:// nor http://"}
}

func private(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast())
}

// sameHost follows a redirect of a read within a host, and no other.
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if req.URL.Host != first.Host || req.URL.Scheme != first.Scheme {
		return errRedirect
	}
	if via[0].Method != http.MethodGet || len(via) > 3 {
		return http.ErrUseLastResponse
	}
	return nil
}

// broken says what a connection that failed means.
func broken(host string, err error, repeatable bool) *fault.Fault {
	f := &fault.Fault{Class: fault.Unknown, Host: host, Err: err}
	var (
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		op          *net.OpError
	)
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort), errors.Is(err, ssrf.ErrProhibitedNetwork):
		f.Class, f.Reason = fault.Auth, "an address of this machine or of a private network; allow_private: true allows it"
	case errors.Is(err, errRedirect):
		f.Class = fault.Auth
	case errors.As(err, &certificate), errors.As(err, &record):
		f.Class, f.Reason = fault.Auth, "its certificate is not trusted; ca_file names certificates to trust"
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"): // an alert of TLS
		f.Class, f.Reason = fault.Auth, "no safe connection was agreed on"
	case neverSent(err), repeatable:
		f.Class = fault.Transient
	}
	return f
}

// neverSent reports that a request broke before any of it could be applied: nobody was
// connected to.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.Is(err, errNotSent) || errors.As(err, &op) && op.Op == "dial"
}
