package segment

import "segmenta/strict"

// Mentions lists the columns that the rule asks of, each once and where it first
// stands, in the order of the text.
func (r *Rule) Mentions() (list []strict.Node) {
	seen := make(map[string]bool)
	for _, n := range []strict.Node{r.Primary, r.Secondary, r.Exclude} {
		mention(n, func(key strict.Node) {
			if !seen[key.Text()] {
				seen[key.Text()] = true
				list = append(list, key)
			}
		}, 0)
	}
	return list
}

func mention(n strict.Node, found func(strict.Node), depth int) {
	if depth > deepest {
		return
	}
	for _, item := range n.Items() {
		mention(item, found, depth+1)
	}
	for _, p := range n.Pairs() {
		if joins[p.Key.Text()] != "" {
			mention(p.Value, found, depth+1)
		} else {
			found(p.Key)
		}
	}
}
