package gbdt

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// ErrNothing reports rows from which nothing can be learnt: none at all, or
// rows of one class only.
var ErrNothing = errors.New("nothing to learn")

// maxRows keeps row numbers and sums of packed gradients within 31 bits.
const maxRows = 1 << 30

// check reports what makes the rows unfit to learn from.
func (d *Data) check(o Objective) error {
	if err := d.checkShape(); err != nil {
		return err
	}
	total, sum := 0.0, 0.0
	for i, y := range d.Label {
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("row %d: label is %v", i+1, y)
		}
		if err := o.check(y); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
		w := 1.0
		if d.Weight != nil {
			w = d.Weight[i]
		}
		if !(w >= 0) || math.IsInf(w, 0) {
			return fmt.Errorf("row %d: weight is %v, want 0 or more", i+1, w)
		}
		total, sum = total+w, sum+w*y
	}
	if total <= 0 {
		return fmt.Errorf("%w: no row has a weight", ErrNothing)
	}
	if o.mean != nil {
		return o.mean(sum / total)
	}
	return nil
}

func (d *Data) checkShape() error {
	n := d.rows()
	if n == 0 {
		return fmt.Errorf("%w: no rows", ErrNothing)
	}
	if n > maxRows {
		return fmt.Errorf("%d rows, want at most %d", n, maxRows)
	}
	if len(d.Columns) == 0 {
		return fmt.Errorf("%w: no columns", ErrNothing)
	}
	if d.Init != nil && len(d.Init) != n {
		return fmt.Errorf("%d first scores for %d rows", len(d.Init), n)
	}
	if d.Names != nil && len(d.Names) != len(d.Columns) {
		return fmt.Errorf("%d names for %d columns", len(d.Names), len(d.Columns))
	}
	if d.Categorical != nil && len(d.Categorical) != len(d.Columns) {
		return fmt.Errorf("categorical says %d columns, there are %d", len(d.Categorical), len(d.Columns))
	}
	if d.Weight != nil && len(d.Weight) != n {
		return fmt.Errorf("%d weights for %d labels", len(d.Weight), n)
	}
	seen := map[string]bool{}
	for i, name := range d.names() {
		if len(d.Columns[i]) != n {
			return fmt.Errorf("column %s has %d rows, the label %d", name, len(d.Columns[i]), n)
		}
		if name == "" || strings.ContainsFunc(name, unfit) {
			return fmt.Errorf("column name %q: LightGBM's text cannot hold it", name)
		}
		if seen[name] {
			return fmt.Errorf("column name %s appears twice", name)
		}
		seen[name] = true
	}
	return nil
}

// checkAgainst is check for validation rows, which may be of one class.
func (d *Data) checkAgainst(train *Data, o Objective) error {
	if len(d.Columns) != len(train.Columns) {
		return fmt.Errorf("%d columns, the training rows have %d", len(d.Columns), len(train.Columns))
	}
	o.mean = nil
	return d.check(o)
}

// unfit tells the characters that would break a name in the text.
func unfit(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune(`=",:[]{}`, r)
}
