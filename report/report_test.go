package report_test

import (
	"bytes"
	"math"
	"regexp"
	"strings"
	"testing"

	"segmenta/report"
)

// page is one with everything on it, and text in every place that data can reach.
func page(language, text string) *report.Page {
	p := &report.Page{Language: language, Name: text, AsOf: "2026-01-01", Currency: "EUR", Version: "dev", Customers: 1234567, Buyers: 1200000, Value: 98765432.1,
		Kinds:  []report.Kind{{Title: text, Segments: []report.Segment{{Name: text, Customers: 10, Share: 0.1, Value: 5, Churn: 0.25}, {Name: "x", Churn: math.NaN()}}}},
		Micro:  []report.Micro{{Name: text, Share: 0.5, Traits: []report.Trait{{Name: text, Effect: -1.5}}}},
		Map:    &report.Map{Shares: [2]float64{0.4, 0.2}, Axes: [2]string{text, ""}, Groups: []report.Spot{{X: 1, Y: 2, Name: text}, {X: 1, Y: 2.01, Group: 9, Name: text}}, Dots: []report.Spot{{X: 0, Y: 3}, {X: 4, Y: -1, Group: 9}, {X: 2, Y: 1, Group: 16}}},
		Curve:  []report.Point{{K: 2, Silhouette: 0.4}, {K: 3, Silhouette: 0.5, Chosen: true}},
		Models: []report.Model{{Title: text, Why: text}, {Title: text, Validated: text, Rows: 7, Figures: []report.Figure{{Name: text, Value: 0.8, Low: 0.7, High: 0.9}}, Bins: []report.Bin{{Predicted: 0.5, Happened: 0.4, Low: 0.3, High: 0.5}}, Causes: []report.Cause{{Name: text, Share: 0.4}}}},
		Data:   []report.Finding{{Source: text, What: text, Rows: 3}},
		Off:    []report.Off{{What: text, Why: text}}}
	for i := range p.Grid {
		for k := range p.Grid[i] {
			p.Grid[i][k] = report.Cell{Name: text, Customers: 3, Share: 0.04, Churn: math.NaN()}
		}
	}
	return p
}

func html(t *testing.T, p *report.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whatever names the data hold, they stay text: the page gains no element, no
// attribute and no address. (BATTERY S6)
func TestNamesStayText(t *testing.T) {
	tags := regexp.MustCompile(`<[a-zA-Z/!][^>]*>`)
	plain := len(tags.FindAllString(html(t, page("en", "plain")), -1))
	for _, name := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title><svg onload=alert(1)>`, `</style><script>alert(1)</script>`,
		`javascript:alert(1)`, `{{.Name}}`, `<!--`, `]]>`, `&lt;script&gt;`, `<iframe src="http://host/">`, `<a href="//host">`, "\x00<b>", `<math><mtext></form><form>`, `</details></ul></main>`,
	} {
		got := html(t, page("en", name))
		if n := len(tags.FindAllString(got, -1)); n != plain {
			t.Errorf("%q: %d tags, want %d", name, n, plain)
		}
		if strings.Contains(got, name) && strings.ContainsAny(name, "<>\"'") {
			t.Errorf("%q stands in the page as it is", name)
		}
	}
}

// The page asks no host and runs no script, and says so to the browser.
func TestAsksNoHost(t *testing.T) {
	got := html(t, page("es", "Tienda"))
	if !strings.Contains(got, `content="default-src 'none'; style-src 'unsafe-inline'"`) {
		t.Error("no Content-Security-Policy")
	}
	if found := regexp.MustCompile(`(?i)<script|src=|href=|url\(|@import|https?://`).FindString(got); found != "" {
		t.Errorf("the page holds %s", found)
	}
	if len(got) > 1<<20 {
		t.Errorf("%d bytes", len(got))
	}
}

// Each language has all its words, and its way of writing numbers.
func TestLanguages(t *testing.T) {
	for _, c := range []struct{ language, has, number, share string }{
		{"en", "Who your customers are", "1,234,567", "25 %"}, {"es", "Quiénes son sus clientes", "1.234.567", "25 %"},
	} {
		got := html(t, page(c.language, "x"))
		for _, want := range []string{`lang="` + c.language + `"`, c.has, c.number, c.share} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the page has no %q", c.language, want)
			}
		}
		for _, never := range []string{"NaN", "<no value>", "<h2></h2>", "<th scope=\"col\"></th>"} {
			if strings.Contains(got, never) {
				t.Errorf("%s: the page has %q", c.language, never)
			}
		}
	}
}
