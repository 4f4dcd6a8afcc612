package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tables "segmenta/table"
)

const canariesConfig = `language: en
targets: {churn: {horizon: 60d}}
training: {cutoffs: 2, rounds: 10}
clusters: {max: 3}
sources: {transactions: {path: data/transactions}, customers: {path: data/customers}}
destinations:
  good:
    webhook: {url: "${CANARY_URL}/ok/${CANARY_PATH}", secret: "file:hook.key"}
    allow_private: true
    fields: {email: mail, lifecycle_stage: stage}
  echo:
    hubspot: {url: "${CANARY_URL}/echo", token: "${CANARY_TOKEN}"}
    allow_private: true
  basic:
    mailchimp: {url: "${CANARY_URL}/echo", key: "${CANARY_KEY}", audience: l1}
    allow_private: true
    id: email
    deadline: 1s
  cut:
    webhook: {url: "${CANARY_URL}/cut?token=${CANARY_PATH}"}
    allow_private: true
    deadline: 1s
  database:
    postgres: {url: "postgres://someone:${CANARY_PASSWORD}@127.0.0.1:1/x", table: t}
    allow_private: true
    deadline: 1s
  store:
    s3: {path: "s3://b/k.csv", endpoint: "${CANARY_URL}", access_key: "${CANARY_ACCESS}", secret_key: "${CANARY_SECRET}"}
    allow_private: true
    deadline: 1s
`

// No secret is in anything that any command says or writes, at the most talkative level,
// whether it goes well or not; nor is an address of a customer outside the files that are
// for it. (BATTERY S7, S8)
func TestCanaries(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole project takes seconds")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/ok/"):
			io.WriteString(w, "{}")
		case strings.HasPrefix(r.URL.Path, "/cut"):
			panic(http.ErrAbortHandler)
		default: // a server that repeats what it was told, and refuses
			text, _ := json.Marshal(map[string]any{"status": "error", "message": "not so: " + r.Header.Get("Authorization") + " at " + r.URL.String(), "category": r.Header.Get("Authorization"), "detail": fmt.Sprint(r.Header), "title": r.Header.Get("Authorization")})
			w.WriteHeader(http.StatusBadRequest)
			w.Write(text)
		}
	}))
	defer server.Close()
	canaries := map[string]string{"CANARY_TOKEN": "pat-c4n4ryt0ken-one", "CANARY_KEY": "c4n4rykey-two-us1", "CANARY_PATH": "c4n4rypath-three", "CANARY_PASSWORD": "c4n4rypass-four", "CANARY_ACCESS": "c4n4ryaccess-five", "CANARY_SECRET": "c4n4rysecret/six+"}
	t.Setenv("CANARY_URL", server.URL)
	for name, value := range canaries {
		t.Setenv(name, value)
	}
	hook := "whsec_" + base64.StdEncoding.EncodeToString([]byte("c4n4ryhook-seven-c4n4ryhook-seven"))
	canaries["the file"] = hook
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"segmenta.yaml": canariesConfig, "hook.key": hook} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	do := func(words ...string) {
		fmt.Fprintf(&said, "\n$ %s\n", strings.Join(words, " "))
		code := run(append(words, "--debug"), strings.NewReader(""), &said, &said)
		fmt.Fprintf(&said, "exit %d\n", code)
	}
	do("simulate", "-o", "data", "--customers", "500", "--days", "500")
	do("train")
	do("run")
	for _, one := range [][]string{{"check"}, {"activate", "check"}, {"activate", "plan"}, {"activate", "plan", "--destination", "good"}, {"activate", "apply", "--destination", "good"}, {"activate", "apply"},
		{"activate", "plan", "--json"}, {"activate", "apply", "--json"}, {"activate", "status"}, {"activate", "retry"}, {"segments", "list"}} {
		do(one...)
	}
	os.Unsetenv("CANARY_TOKEN")
	do("activate", "plan", "--destination", "echo")
	if text := said.String(); !strings.Contains(text, "created") || !strings.Contains(text, "not so: ") || !strings.Contains(text, "the environment has no CANARY_TOKEN") {
		t.Fatalf("the commands did not get so far as to say anything:\n%s", text)
	}
	kept := kept(t, "workspace")
	for name, value := range canaries {
		quoted, _ := json.Marshal(value)
		for _, form := range []string{value, url.QueryEscape(value), strings.Trim(string(quoted), `"`), base64.StdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)), base64.StdEncoding.EncodeToString([]byte("anystring:" + value))[12:30]} {
			for where, text := range map[string]string{"what was said": said.String(), "the workspace": kept} {
				if i := strings.Index(text, form); i >= 0 {
					t.Errorf("%s is in %s: …%.80q", name, where, text[max(0, i-40):])
				}
			}
		}
	}
	if i := strings.Index(said.String(), "@example.com"); i >= 0 {
		t.Errorf("an address was said: …%.80q", said.String()[max(0, i-40):])
	}
}

// kept is all that a folder says: its files as they are, and every value of its tables.
func kept(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, _ := os.ReadFile(path)
		b.Write(text)
		if strings.HasSuffix(path, ".parquet") {
			all, err := tables.ReadFile(path)
			if err != nil {
				t.Error(err)
				return nil
			}
			for _, c := range all.Columns {
				for _, word := range c.Dict {
					b.WriteString(word + "\n")
				}
			}
			for k, v := range all.Meta {
				b.WriteString(k + v)
			}
		}
		return nil
	})
	return b.String()
}
