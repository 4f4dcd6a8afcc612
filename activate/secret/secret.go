// Package secret holds what nobody may see: it is read where it is used, and prints as
// stars wherever else it goes.
package secret

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// hidden stands wherever a secret would.
const hidden = "•••"

// A Text is a secret: in the configuration a reference, ${NAME} or file:path, and never
// the secret itself. The zero Text is none.
type Text struct{ ref, value string }

// An Open is a text that may hold a secret but need not, such as an address: words of
// its own, in which ${NAME} stands for a secret.
type Open struct{ Text }

// reference is ${NAME}; a configuration is read with $(NAME) in its place, which no
// bracket of YAML is mistaken for.
var reference = regexp.MustCompile(`\$[{(]([A-Za-z_][A-Za-z0-9_]*)[})]`)

// UnmarshalText reads a reference.
func (t *Text) UnmarshalText(b []byte) error {
	s := string(b)
	if whole := reference.FindString(s); s != "" && whole != s && !strings.HasPrefix(s, "file:") {
		return errors.New("a secret stands in no configuration: write ${NAME} for the environment's, or file:path")
	}
	t.ref = s
	return nil
}

// UnmarshalText reads words.
func (o *Open) UnmarshalText(b []byte) error {
	o.ref = string(b)
	return nil
}

// Of is a secret that is known already, for tests and for tokens that a destination
// hands out.
func Of(value string) Text { return Text{"given", value} }

// OpenOf is an open text that is known already.
func OpenOf(value string) Open { return Open{Of(value)} }

// Reveal is the secret itself. It goes to the destination and nowhere else.
func (t Text) Reveal() string { return t.value }

// IsZero reports that there is none.
func (t Text) IsZero() bool { return t.ref == "" }

func (t Text) String() string               { return stars(t.ref) }
func (t Text) GoString() string             { return stars(t.ref) }
func (t Text) Format(f fmt.State, _ rune)   { f.Write([]byte(stars(t.ref))) }
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(stars(t.ref)) }
func (t Text) MarshalText() ([]byte, error) { return []byte(stars(t.ref)), nil }
func (t Text) MarshalYAML() (any, error)    { return stars(t.ref), nil }

func stars(ref string) string {
	if ref == "" {
		return ""
	}
	return hidden
}

// A Lookup answers what the environment holds under a name.
type Lookup func(name string) (string, bool)

// reveal looks the secret up. Its errors name the reference, never the value.
func (t *Text) reveal(env Lookup, dir string, words bool) (secrets []string, err error) {
	if t.ref == "given" || t.ref == "" {
		return []string{t.value}[:map[bool]int{false: 1}[words]], nil
	}
	if path, ok := strings.CutPrefix(t.ref, "file:"); ok && !words {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		t.value = strings.TrimRight(string(b), "\r\n")
		return []string{t.value}, nil
	}
	t.value = reference.ReplaceAllStringFunc(t.ref, func(found string) string {
		name := reference.FindStringSubmatch(found)[1]
		value, ok := env(name)
		if !ok || value == "" {
			err = errors.Join(err, fmt.Errorf("the environment has no %s", name))
		}
		secrets = append(secrets, value)
		return value
	})
	return secrets, err
}

// Reveal looks up every secret in what settings points to, a struct, and every ${NAME} in
// its other texts, and lists their values so that they can be kept out of every message. dir is where relative paths of
// files begin.
func Reveal(settings any, env Lookup, dir string) (values []string, err error) {
	v := reflect.ValueOf(settings)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil, nil
	}
	v = v.Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous && v.Field(i).Kind() == reflect.Struct {
			more, e := revealEmbedded(v.Field(i), env, dir)
			values, err = append(values, more...), errors.Join(err, e)
			continue
		}
		if !v.Type().Field(i).IsExported() {
			continue
		}
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		var found []string
		var e error
		switch t := v.Field(i).Addr().Interface().(type) {
		case *Text:
			found, e = t.reveal(env, dir, false)
		case *Open:
			found, e = t.reveal(env, dir, true)
		case *string: // an address or a name: it may come from the environment too
			words := Text{ref: *t}
			if reference.MatchString(*t) {
				found, e = words.reveal(env, dir, true)
				*t = words.value
			}
		case *[]Text:
			for k := range *t {
				more, err := (*t)[k].reveal(env, dir, false)
				found, e = append(found, more...), errors.Join(e, err)
			}
		}
		if e != nil {
			if err == nil {
				err = fmt.Errorf("%s: %w", key, e)
			} else {
				err = fmt.Errorf("%w; %s: %w", err, key, e)
			}
		}
		values = append(values, found...)
	}
	return values, err
}

// revealEmbedded fills the texts of a struct that is part of another.
func revealEmbedded(v reflect.Value, env Lookup, dir string) (values []string, err error) {
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Kind() == reflect.String && f.CanSet() && reference.MatchString(f.String()) {
			words := Text{ref: f.String()}
			found, e := words.reveal(env, dir, true)
			f.SetString(words.value)
			values, err = append(values, found...), errors.Join(err, e)
		}
	}
	return values, err
}

// A Scrubber takes secrets out of texts, in every form in which they travel.
// It may be used, and added to, by several goroutines.
type Scrubber struct {
	mu    sync.RWMutex
	forms []string
}

// shortest is the length under which a value is no secret: scrubbing it would spoil
// words.
const shortest = 4

// NewScrubber makes one for these values.
func NewScrubber(values ...string) *Scrubber {
	s := new(Scrubber)
	s.Add(values...)
	return s
}

// Add takes up more secrets, such as a token that was just handed out.
func (s *Scrubber) Add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		if len(v) < shortest {
			continue
		}
		quoted, _ := json.Marshal(v)
		forms := append(inBase64(v), v, url.QueryEscape(v), url.PathEscape(v), strings.Trim(string(quoted), `"`))
		for _, form := range forms {
			if !slices.Contains(s.forms, form) {
				s.forms = append(s.forms, form)
			}
		}
	}
	slices.SortFunc(s.forms, func(a, b string) int { return len(b) - len(a) })
}

// inBase64 is a secret in Base64, alone and behind other text, such as a user's name
// before a password: the letters that only the secret decides, for each of the three ways
// in which it can lie.
func inBase64(v string) (forms []string) {
	forms = []string{base64.StdEncoding.EncodeToString([]byte(v)), base64.URLEncoding.EncodeToString([]byte(v))}
	for before, first := range []int{0, 2, 3} {
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := e.EncodeToString(append(make([]byte, before), v...))
			if part := text[first : (before+len(v))*8/6]; len(part) >= 8 {
				forms = append(forms, part)
			}
		}
	}
	return forms
}

// Clean puts stars where secrets are.
func (s *Scrubber) Clean(text string) string {
	if s == nil {
		return text
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, form := range s.forms {
		text = strings.ReplaceAll(text, form, hidden)
	}
	return text
}
