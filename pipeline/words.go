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

// targetWords are what a target is called; one of the user's own keeps its name.
func targetWords(target string) words {
	if es, ok := map[string]string{"churn": "abandono", "conversion": "conversión"}[target]; ok {
		return words{target, es}
	}
	return words{target, target}
}

// capital begins a sentence.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
