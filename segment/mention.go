package segment

import (
	"regexp"

	"segmenta/strict"
)

// A Mention is a column that a rule asks of, and where it first does.
type Mention struct {
	Column string
	At     strict.Node
}

// Mentions lists the columns that the rule asks of, each once, in the order of the text.
func (r *Rule) Mentions() (list []Mention) {
	seen := make(map[string]bool)
	for _, n := range []strict.Node{r.Primary, r.Secondary, r.Exclude} {
		mention(n, func(column string, at strict.Node) {
			if !seen[column] {
				seen[column] = true
				list = append(list, Mention{column, at})
			}
		}, 0)
	}
	return list
}

func mention(n strict.Node, found func(string, strict.Node), depth int) {
	if depth > deepest {
		return
	}
	for _, item := range n.Items() {
		mention(item, found, depth+1)
	}
	for _, p := range n.Pairs() {
		if joins[p.Key.Text()] != "" {
			mention(p.Value, found, depth+1)
			continue
		}
		found(p.Key.Text(), p.Key)
		if m := other.FindStringSubmatch(p.Value.Text()); m != nil {
			found(m[1], p.Value)
		}
	}
}

// other is what follows a sign of order where it is another column, not a number.
var other = regexp.MustCompile(`^\s*[<>]=?\s*([a-z_][a-z0-9_]*)\s*$`)
