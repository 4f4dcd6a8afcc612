package pipeline

import (
	"fmt"
	"slices"
	"strings"
)

// A goal is what a business segments for: what it predicts, and whom offers work on.
type goal struct {
	id      string
	targets []string
	on      string // churn or conversion
}

// goals lists them, the first of which stands for no goal in particular. Built-in
// segments name those that they serve.
var goals = []goal{
	{"", []string{"churn", "conversion"}, "churn"},
	{"sell", []string{"conversion", "first_purchase"}, "conversion"},
	{"retain", []string{"churn", "repeat"}, "churn"},
	{"serve", []string{"churn", "conversion"}, "churn"},
	{"deepen", []string{"next_purchase", "repeat"}, "conversion"},
	{"reduce_churn", []string{"churn", "churn_own_rhythm"}, "churn"},
}

func goalOf(id string) (goal, error) {
	var names []string
	for _, g := range goals[1:] {
		names = append(names, g.id)
	}
	k := slices.IndexFunc(goals, func(g goal) bool { return g.id == id })
	if k < 0 {
		return goal{}, fmt.Errorf("there is no goal %q%s; there are %s", id, nearest(id, names), strings.Join(names, ", "))
	}
	return goals[k], nil
}
