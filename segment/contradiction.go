package segment

import "fmt"

// contradictory finds tests of one column that nobody can pass together.
func contradictory(l *linting, h *held) {
	var must []*Condition
	for _, b := range h.blocks {
		if b.Condition != nil && b.Name != "exclude" {
			must = append(must, needed(b.Condition)...)
		}
	}
	for i, a := range must {
		for _, b := range must[:i] {
			if a.Column == b.Column && a.test.apart(&b.test) {
				l.find("contradiction", "error", h.Rule.ID, fmt.Sprintf("nobody can be both %s and %s", b, a), fmt.Sprintf("nadie puede cumplir a la vez %s y %s", b, a))
			}
		}
	}
}

// needed lists the tests that must all hold for the condition to hold.
func needed(c *Condition) (list []*Condition) {
	switch c.Join {
	case "":
		return []*Condition{c}
	case "all":
		for _, p := range c.Parts {
			list = append(list, needed(p)...)
		}
	}
	return list
}

// apart reports whether no value passes both tests of one column.
func (t *test) apart(o *test) bool {
	if t.other != nil || o.other != nil {
		return false
	}
	if t.null != unknown || o.null != unknown {
		return t.null == yes && o.null != yes || o.null == yes && t.null != yes
	}
	for k, passes := range t.words {
		if passes && o.words[k] {
			return false
		}
	}
	for _, a := range t.spans {
		for _, b := range o.spans {
			if max(a.low, b.low) <= min(a.high, b.high) {
				return false
			}
		}
	}
	return true
}
