package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func metricCommand(a *app) *cobra.Command {
	var o pipeline.Table
	var label, score string
	c := &cobra.Command{
		Use:     "metric",
		Short:   "Say how good a column of scores is, with intervals",
		Example: "  segmenta metric -i scored.parquet --label churned --score churn_probability --json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().Metric(o, label, score)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	table(c, &o)
	c.Flags().StringVar(&label, "label", "", "what happened: 0 or 1")
	c.Flags().StringVar(&score, "score", "", "what was predicted")
	c.MarkFlagRequired("label")
	c.MarkFlagRequired("score")
	return c
}
