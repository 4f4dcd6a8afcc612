package pipeline

import (
	"fmt"
	"strings"

	"segmenta/segment"
)

// untold says which stages these data can't tell, and which column would.
func (p *placing) untold() {
	all := p.everything()
	for _, need := range segment.Needs {
		there := false
		for _, name := range need.Columns {
			there = there || all.Column(name) != nil
		}
		if !there {
			p.r.off(words{fmt.Sprintf("%s stage %s", need.Kind, need.Stage.ID), fmt.Sprintf("etapa %s (%s)", need.Stage.ID, need.Kind)},
				words{"there is no column " + strings.Join(need.Columns, " or "), "no hay columna " + strings.Join(need.Columns, " o ")})
		}
	}
}
