package metric

import (
	"fmt"
	"math"

	"github.com/sjwhitworth/golearn/base"
	"github.com/sjwhitworth/golearn/evaluation"
)

// A Confusion is what was said and what happened at one threshold. Two programs count
// it, ours and golearn; Evaluate is an error where they don't agree.
type Confusion struct {
	Threshold      float64 `json:"threshold"`
	TruePositives  int     `json:"true_positives"`
	FalsePositives int     `json:"false_positives"`
	TrueNegatives  int     `json:"true_negatives"`
	FalseNegatives int     `json:"false_negatives"`
	Precision      float64 `json:"precision"` // by golearn, as are the two below; 0 where nobody was named
	Recall         float64 `json:"recall"`
	F1             float64 `json:"f1"`
}

func confusion(y, p []float64, threshold float64) (*Confusion, error) {
	c := &Confusion{Threshold: threshold}
	for i := range y {
		switch said := p[i] >= threshold; {
		case said && y[i] == 1:
			c.TruePositives++
		case said:
			c.FalsePositives++
		case y[i] == 1:
			c.FalseNegatives++
		default:
			c.TrueNegatives++
		}
	}
	return c, c.confirm(y, p)
}

// confirm has golearn count the same rows.
func (c *Confusion) confirm(y, p []float64) error {
	matrix, err := evaluation.GetConfusionMatrix(instances(y, 1), instances(p, c.Threshold))
	if err != nil {
		return fmt.Errorf("golearn: %w", err)
	}
	theirs := [4]int{matrix["yes"]["yes"], matrix["no"]["yes"], matrix["no"]["no"], matrix["yes"]["no"]}
	if ours := [4]int{c.TruePositives, c.FalsePositives, c.TrueNegatives, c.FalseNegatives}; ours != theirs {
		return fmt.Errorf("golearn counts %v where we count %v (true and false positives, true and false negatives)", theirs, ours)
	}
	c.Precision = known(evaluation.GetPrecision("yes", matrix))
	c.Recall = known(evaluation.GetRecall("yes", matrix))
	c.F1 = known(evaluation.GetF1Score("yes", matrix))
	return nil
}

func known(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// instances makes golearn's rows of a yes or no: whether a value reaches a threshold.
func instances(values []float64, threshold float64) base.FixedDataGrid {
	class := base.NewCategoricalAttribute()
	class.SetName("outcome")
	no, yes := class.GetSysValFromString("no"), class.GetSysValFromString("yes")
	d := base.NewDenseInstances()
	at := d.AddAttribute(class)
	d.AddClassAttribute(class)
	d.Extend(len(values))
	for i, v := range values {
		if v >= threshold {
			d.Set(at, i, yes)
		} else {
			d.Set(at, i, no)
		}
	}
	return d
}
