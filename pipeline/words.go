package pipeline

import (
	"unicode"
	"unicode/utf8"
)

// words are a sentence in both languages of those who read what comes out.
type words struct {
	En string `json:"en"`
	Es string `json:"es"`
}

func (w words) in(language string) string {
	if language == "es" {
		return w.Es
	}
	return w.En
}

// or is the words, or a name where there are none.
func (w words) or(name string) words {
	if w == (words{}) {
		return words{name, name}
	}
	return w
}

// capital begins a sentence.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
