package segment

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"segmenta/table"
)

// A Preview is what a segment would hold, before anything is saved.
type Preview struct {
	Segment    string             `json:"segment"`
	Definition string             `json:"definition"`
	Customers  int                `json:"customers"`
	Of         int                `json:"of"`
	Share      float64            `json:"share"`
	Value      *float64           `json:"value"`                  // what they spent so far
	ValueShare *float64           `json:"value_share"`            // of what all spent
	Churn      *float64           `json:"mean_churn_probability"` // of those who have one
	Funnel     []Narrowed         `json:"funnel"`
	Reach      []Reach            `json:"reach"`
	Overlap    []Overlap          `json:"overlap"`
	Frozen     map[string]float64 `json:"thresholds,omitempty"` // what relative ones came to
}

// Narrowed is how many are left after a block.
type Narrowed struct {
	After     string `json:"after"` // everyone, primary, secondary or exclude
	Customers int    `json:"customers"`
}

// Reach is how many can be written to over a channel: they agreed to it, and where to
// write is known.
type Reach struct {
	Channel   string `json:"channel"`
	Customers *int   `json:"customers"`       // null where nothing says who agreed
	Lacks     string `json:"lacks,omitempty"` // the column that would say it
}

// Overlap is how many belong to another segment too.
type Overlap struct {
	Segment string  `json:"segment"`
	Both    int     `json:"both"`
	Jaccard float64 `json:"jaccard"` // both over either
}

// Columns that a preview reads besides those that the rule asks of.
const (
	valueColumn    = "amount_all"
	churnColumn    = "churn_probability"
	segmentsColumn = "segments"
)

// A Channel is a way to write to somebody.
type Channel struct {
	Name    string
	Consent []string // the columns that may say who agreed to it; the first that is there does
	Address string   // the column that says that there is somewhere to write to
}

// Channels lists the channels.
var Channels = []Channel{
	{"email", []string{"consents_email", "consent_email"}, "email_ok"}, {"sms", []string{"consents_sms", "consent_sms"}, "phone_ok"}, {"push", []string{"consents_push", "consent_push"}, ""},
	{"phone", []string{"consents_phone", "consent_phone"}, "phone_ok"},
}

// PreviewReads lists the columns that a preview takes where they are there.
func PreviewReads() []string {
	names := []string{valueColumn, churnColumn, segmentsColumn}
	for _, c := range Channels {
		names = append(names, c.Consent...)
		if c.Address != "" {
			names = append(names, c.Address)
		}
	}
	return names
}

// Preview says what the rule would hold among the rows of a table.
func (r *Rule) Preview(t *table.Table) (*Preview, error) {
	m, err := r.Evaluate(t)
	if err != nil {
		return nil, err
	}
	n := count(m.In)
	p := &Preview{Segment: r.ID, Definition: m.Definition, Customers: n, Of: len(m.In), Share: float64(n) / float64(max(1, len(m.In))), Frozen: m.Frozen}
	for k, after := range []string{"everyone", "primary", "secondary", "exclude"} {
		p.Funnel = append(p.Funnel, Narrowed{after, m.Funnel[k]})
	}
	if c := t.Column(valueColumn); c != nil {
		all, _ := sums(c, nil)
		mine, _ := sums(c, m.In)
		p.Value = &mine
		if all > 0 {
			share := mine / all
			p.ValueShare = &share
		}
	}
	if c := t.Column(churnColumn); c != nil {
		if sum, known := sums(c, m.In); known > 0 {
			mean := sum / float64(known)
			p.Churn = &mean
		}
	}
	p.Reach, p.Overlap = reach(t, m.In), overlaps(t.Column(segmentsColumn), m.In, r.ID)
	return p, nil
}

// sums adds up the known values of some rows, of all where in is nil.
func sums(c *table.Column, in []bool) (sum float64, known int) {
	for i := range c.Len() {
		if v := c.Number(i); (in == nil || in[i]) && !math.IsNaN(v) {
			sum, known = sum+v, known+1
		}
	}
	return sum, known
}

// Reached marks the rows who agreed to be written to over the channel and can be; nil
// where no column says who agreed.
func (ch Channel) Reached(t *table.Table) []bool {
	var consent *table.Column
	for _, name := range ch.Consent {
		if consent == nil {
			consent = t.Column(name)
		}
	}
	if consent == nil {
		return nil
	}
	address := t.Column(ch.Address)
	reached := make([]bool, t.Rows())
	for i := range reached {
		reached[i] = consent.Number(i) == 1 && (address == nil || address.Number(i) == 1)
	}
	return reached
}

func reach(t *table.Table, in []bool) (list []Reach) {
	for _, ch := range Channels {
		reached := ch.Reached(t)
		if reached == nil {
			list = append(list, Reach{Channel: ch.Name, Lacks: ch.Consent[0]})
			continue
		}
		n := 0
		for i := range in {
			if in[i] && reached[i] {
				n++
			}
		}
		list = append(list, Reach{Channel: ch.Name, Customers: &n})
	}
	return list
}

// overlaps counts who belongs to the other segments too, the nearest first.
func overlaps(c *table.Column, in []bool, own string) (list []Overlap) {
	if c == nil || c.Kind != table.String {
		return nil
	}
	both, all := make([]int, len(c.Dict)), make([]int, len(c.Dict))
	for i, k := range c.Codes {
		if !c.IsNull(i) {
			all[k]++
			if in[i] {
				both[k]++
			}
		}
	}
	size, shared := make(map[string]int), make(map[string]int)
	for k, word := range c.Dict {
		for _, id := range strings.Split(word, ",") {
			size[id], shared[id] = size[id]+all[k], shared[id]+both[k]
		}
	}
	mine := count(in)
	for id, n := range shared {
		if n > 0 && id != own && id != "" {
			list = append(list, Overlap{id, n, float64(n) / float64(mine+size[id]-n)})
		}
	}
	slices.SortFunc(list, func(a, b Overlap) int {
		return cmp.Or(cmp.Compare(b.Jaccard, a.Jaccard), cmp.Compare(a.Segment, b.Segment))
	})
	return list
}
