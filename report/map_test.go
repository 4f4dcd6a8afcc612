package report_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"segmenta/report"
)

// The map says how much of the differences it shows, in either language, names every
// group where it stands, and puts no name on another.
func TestMap(t *testing.T) {
	p := page("en", "plain")
	p.Map.Groups = nil
	for g := range 9 {
		p.Map.Groups = append(p.Map.Groups, report.Spot{X: 1 + float64(g)/100, Y: 2, Group: g, Name: "group number " + strconv.Itoa(g)})
	}
	en := html(t, p)
	p.Language = "es"
	if es := html(t, p); !strings.Contains(en, "60 %. What overlaps") || !strings.Contains(es, "60 %. Lo que aquí") {
		t.Error("the map doesn't say that it shows 60 % of the differences")
	}
	names := regexp.MustCompile(`class="name" x="([\d.]+)" y="([\d.]+)" text-anchor="middle">(group number \d)`).FindAllStringSubmatch(en, -1)
	if len(names) != 9 {
		t.Fatalf("%d names", len(names))
	}
	for i, a := range names {
		for _, b := range names[:i] {
			ya, _ := strconv.ParseFloat(a[2], 64)
			yb, _ := strconv.ParseFloat(b[2], 64)
			if ya-yb < 12 && yb-ya < 12 {
				t.Errorf("%q at %s, %q at %s", a[3], a[2], b[3], b[2])
			}
		}
	}
	for _, shape := range []string{"<circle class=\"pt\"", "<rect class=\"pt\"", "rotate(45)"} {
		if !strings.Contains(en, shape) {
			t.Errorf("no %s: groups beyond the colours look like others", shape)
		}
	}
	if p.Map = nil; strings.Contains(html(t, p), "class=\"map\"") {
		t.Error("a map of nothing")
	}
}
