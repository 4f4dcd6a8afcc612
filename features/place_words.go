package features

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// countries finds a country by its name in English or Spanish, in small letters.
var countries = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			r, err := language.ParseRegion(code)
			if err != nil || !r.IsCountry() || r.String() != code {
				continue
			}
			for _, in := range []display.Namer{display.English.Regions(), display.Spanish.Regions()} {
				names[strings.ToLower(in.Name(r))] = code
			}
		}
	}
	names["usa"], names["uk"], names["england"], names["méjico"] = "US", "GB", "GB", "MX"
	return names
})

// country is the code of ISO 3166-1 for a code of two or three letters, or for a name
// in English or Spanish; "" for what is none.
func country(s string) string {
	if code, ok := countries()[strings.ToLower(s)]; ok {
		return code
	}
	if r, err := language.ParseRegion(s); err == nil && r.IsCountry() && len(s) <= 3 {
		return r.String()
	}
	return ""
}

// tongue writes a language as BCP 47 does: es, es-MX; "" for what is none.
func tongue(s string) string {
	t, err := language.Parse(strings.ReplaceAll(s, "_", "-"))
	if err != nil || t == language.Und {
		return ""
	}
	return t.String()
}
