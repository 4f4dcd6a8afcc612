package activate

import (
	"crypto/sha256"
	"regexp"
	"strings"
)

var (
	email  = regexp.MustCompile(`[^\s"'<>:,;()\[\]{}]+@[^\s"'<>:,;()\[\]{}]+`)
	digits = regexp.MustCompile(`\+?\d[\d -]{5,}\d`)
)

// plain is a CRM's text without what it says of a customer: CRMs like to quote the value
// that they refuse.
func plain(text string, o *Operation) string {
	if o != nil {
		text = hide(text, o.ID)
		for _, v := range o.Values {
			if v.Field.Type != Number && v.Field.Type != Bool {
				text = hide(text, v.Field.Format(v.New))
			}
		}
	}
	text = digits.ReplaceAllString(email.ReplaceAllString(text, "…"), "…")
	if short := []rune(text); len(short) > 300 {
		text = string(short[:300]) + "…"
	}
	return text
}

func hide(text, value string) string {
	if len(value) < 2 {
		return text
	}
	return strings.ReplaceAll(text, value, "…")
}

// both is a text in both languages, for those that hold one.
func (w Words) both() string {
	switch {
	case w.Es == "" || w.Es == w.En:
		return w.En
	case w.En == "":
		return w.Es
	}
	return w.Es + " / " + w.En
}

// cut keeps the first n runes of a text.
func cut(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n])
	}
	return text
}

// short is a name of at most n characters: ours begin with sg_ where they don't fit, and
// what is still too long keeps its head and gets four letters that tell it from others.
func short(name string, n int) string {
	if len(name) <= n {
		return name
	}
	s := strings.Replace(name, "segmenta_", "sg_", 1)
	if len(s) <= n {
		return s
	}
	return s[:n-5] + "_" + letters(name)
}

// letters are four that are made of a name.
func letters(name string) string {
	sum := sha256.Sum256([]byte(name))
	var out [4]byte
	for i := range out {
		out[i] = 'a' + sum[i]%26
	}
	return string(out[:])
}
