package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/web"
)

// An issuer signs certificates.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// certificate makes one for a name, signed by an issuer or by itself.
func certificate(t *testing.T, by *issuer, authority bool, name string, until time.Time) (*issuer, tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: until,
		DNSNames: []string{name}, IsCA: authority, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip := net.ParseIP(name); ip != nil {
		c.DNSNames, c.IPAddresses = nil, []net.IP{ip}
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	made, _ := x509.ParseCertificate(der)
	return &issuer{made, key}, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func pemFile(t *testing.T, c *x509.Certificate) string {
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A certificate that proves nothing is refused, and so is a protocol that is too old;
// with ca_file one is accepted that the named authority signed. (BATTERY S9)
func TestCertificates(t *testing.T) {
	next := time.Now().AddDate(1, 0, 0)
	ours, _ := certificate(t, nil, true, "our CA", next)
	theirs, _ := certificate(t, nil, true, "their CA", next)
	ca := pemFile(t, ours.cert)
	_, good := certificate(t, ours, false, "127.0.0.1", next)
	_, alone := certificate(t, nil, false, "127.0.0.1", next)
	_, old := certificate(t, ours, false, "127.0.0.1", time.Now().Add(-time.Hour))
	_, other := certificate(t, ours, false, "example.org", next)
	_, strange := certificate(t, theirs, false, "127.0.0.1", next)
	for _, tt := range []struct {
		name   string
		cert   tls.Certificate
		newest uint16
		caFile string
		ok     bool
	}{
		{"one of the authority that ca_file names", good, 0, ca, true},
		{"the same without ca_file", good, 0, "", false},
		{"self-signed", alone, 0, ca, false},
		{"expired", old, 0, ca, false},
		{"of another name", other, 0, ca, false},
		{"of another authority", strange, 0, ca, false},
		{"TLS 1.1", good, tls.VersionTLS11, ca, false},
	} {
		var asked atomic.Int64
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{tt.cert}, MaxVersion: tt.newest, MinVersion: tls.VersionTLS10}
		s.Config.ErrorLog = quiet
		s.StartTLS()
		c := client(t, newClock(), func(o *web.Options) { o.CAFile = tt.caFile })
		_, err := c.Do(t.Context(), web.Request{Method: "POST", URL: s.URL, Repeatable: true})
		if (err == nil) != tt.ok || !tt.ok && (asked.Load() > 0 || !fault.Is(err, fault.Auth)) {
			t.Errorf("%s: %v after %d requests", tt.name, err, asked.Load())
		}
		s.Close()
	}
	if _, err := web.New(web.Options{CAFile: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a ca_file that isn't there passes")
	}
}

// Nothing in the tree goes without checking certificates.
func TestNothingSkipsVerification(t *testing.T) {
	out, _ := exec.Command("grep", "-rlE", "--include=*.go", "Insecure"+"SkipVerify", "../..").Output()
	if len(out) > 0 {
		t.Errorf("certificates are not checked in\n%s", out)
	}
}

// Addresses of this machine and of private networks are not connected to, whatever they
// are called, unless it is allowed; nor by way of a redirect or of a proxy. (BATTERY S10)
func TestPrivateAddresses(t *testing.T) {
	var connections atomic.Int64
	listener := func(network, address string) string {
		l, err := net.Listen(network, address)
		if err != nil {
			return "1"
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				connections.Add(1)
				c.Close()
			}
		}()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		return port
	}
	port := listener("tcp", ":0")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:"+port)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:"+port)
	t.Setenv("ALL_PROXY", "http://127.0.0.1:"+port)
	hosts := []string{"127.0.0.1", "localhost", "0.0.0.0", "127.9.9.9", "[::1]", "[::]", "[::ffff:127.0.0.1]", "10.1.2.3", "172.16.5.4", "192.168.0.10", "169.254.169.254", "100.64.0.1", "[fd12:3456::1]"}
	if len(hosts) != 13 {
		t.Fatalf("%d targets, want 13", len(hosts))
	}
	c, err := web.New(web.Options{Deadline: 3 * time.Second, Timeout: time.Second, FirstWait: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hosts {
		for _, scheme := range []string{"https", "http"} {
			_, err := c.Do(t.Context(), web.Request{Method: "GET", URL: scheme + "://" + h + ":" + port + "/latest/meta-data"})
			f, _ := fault.Of(err)
			if f == nil || f.Class != fault.Auth || scheme == "https" && !strings.Contains(f.Reason, "allow_private") {
				t.Errorf("%s://%s: %v", scheme, h, err)
			}
		}
	}
	open := client(t, newClock(), nil)
	for _, h := range hosts {
		s := httptest.NewServer(http.RedirectHandler("http://"+h+":"+port+"/", http.StatusTemporaryRedirect))
		for _, method := range []string{"GET", "POST"} {
			if _, err := open.Do(t.Context(), web.Request{Method: method, URL: s.URL, Repeatable: true}); !fault.Is(err, fault.Auth) {
				t.Errorf("%s sent to %s: %v", method, h, err)
			}
		}
		s.Close()
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// A redirect within the host is followed by a read, and by no write.
func TestRedirectsWithin(t *testing.T) {
	var posts atomic.Int64
	mux := http.NewServeMux()
	mux.Handle("/a", http.RedirectHandler("/b", http.StatusTemporaryRedirect))
	mux.HandleFunc("/b", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
		}
		w.Write([]byte("here"))
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	c := client(t, newClock(), nil)
	if r, err := c.Do(t.Context(), web.Request{Method: "GET", URL: s.URL + "/a"}); err != nil || string(r.Body) != "here" {
		t.Errorf("a read: %v", err)
	}
	if _, err := c.Do(t.Context(), web.Request{Method: "POST", URL: s.URL + "/a"}); !fault.Is(err, fault.Auth) || posts.Load() != 0 {
		t.Errorf("a write: %v, %d arrived", err, posts.Load())
	}
}
