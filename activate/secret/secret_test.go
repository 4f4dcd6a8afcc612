package secret_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/activate/secret"
	"segmenta/strict"
)

const canary = `c4n4ry "p@ss/word`

type part struct {
	Format string `yaml:"format"`
}

type settings struct {
	Plain string `yaml:"plain"`
	part  `yaml:",inline"`

	Token secret.Text   `yaml:"token"`
	URL   secret.Open   `yaml:"url"`
	File  secret.Text   `yaml:"file"`
	Two   []secret.Text `yaml:"two"`
}

func env(name string) (string, bool) { return canary, name == "TOKEN" }

// A secret shows in no form of printing, and comes from the environment or a file only.
// (BATTERY S7)
func TestHidden(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "t"), []byte(canary+"\n"), 0o600)
	var s settings
	if err := strict.Decode("x.yaml", []byte("token: ${TOKEN}\nurl: https://example.org/$(TOKEN)/hook\nfile: file:t\ntwo: ['${TOKEN}', 'file:t']\nplain: a$(TOKEN)b\nformat: $(TOKEN)\n"), &s); err != nil {
		t.Fatal(err)
	}
	values, err := secret.Reveal(&s, env, dir)
	if err != nil || s.Token.Reveal() != canary || s.File.Reveal() != canary || s.URL.Reveal() != "https://example.org/"+canary+"/hook" || s.Two[1].Reveal() != canary {
		t.Fatalf("%v, %v", err, len(values))
	}
	if s.Plain != "a"+canary+"b" || s.Format != canary {
		t.Errorf("other texts: %q, %q", s.Plain, s.Format)
	}
	s.Plain, s.Format = "", ""
	js, _ := json.Marshal(s)
	for _, said := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %q %x", s, s, s, s.Token, s.Token), fmt.Sprintf("%v %s %q %#v", s.Token, s.URL, s.File, &s.Two), string(js)} {
		if strings.Contains(said, "c4n4ry") || strings.Contains(said, fmt.Sprintf("%x", "c4n4ry")) {
			t.Errorf("it shows in %s", said)
		}
	}
	quoted, _ := json.Marshal(canary)
	for _, user := range []string{"", "a", "ab", "abc", "somebody"} { // as Basic authentication has it
		basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + canary))
		clean := secret.NewScrubber(values...).Clean(basic)
		if left := len(strings.ReplaceAll(clean, "•••", "")); left > len(user)*4/3+8 {
			t.Errorf("scrubbed behind %q: %s", user, clean)
		}
	}
	said := strings.Join([]string{canary, url.QueryEscape(canary), url.PathEscape(canary), string(quoted), base64.StdEncoding.EncodeToString([]byte(canary)), base64.RawURLEncoding.EncodeToString([]byte(canary))}, "; ")
	if clean := secret.NewScrubber(values...).Clean(said); strings.Contains(clean, "c4n4ry") || strings.Contains(clean, base64.StdEncoding.EncodeToString([]byte("c4n4ry"))) {
		t.Errorf("scrubbed: %s", clean)
	}
}

func TestReferences(t *testing.T) {
	for text, says := range map[string]string{
		"token: hunter22":          "x.yaml:1:8: a secret stands in no configuration: write ${NAME}",
		"token: pre${TOKEN}":       "a secret stands in no configuration",
		"token: ${NOBODY}":         "token: the environment has no NOBODY",
		"token: file:not-there":    "not-there: no such file",
		"url: https://x/${NOBODY}": "url: the environment has no NOBODY",
	} {
		var s settings
		err := strict.Decode("x.yaml", []byte(text), &s)
		if err == nil {
			_, err = secret.Reveal(&s, env, t.TempDir())
		}
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
