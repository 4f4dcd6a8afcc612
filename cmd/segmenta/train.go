package main

import (
	"github.com/spf13/cobra"
)

func trainCommand(a *app) *cobra.Command {
	var asOf string
	var force bool
	c := &cobra.Command{
		Use:   "train",
		Short: "Learn models, micro-segments and value from the past",
		Long: `train learns from what was known before the as-of moment, and keeps what it
learned in the workspace: a model for each target, calibrated and held against
the last outcomes that it did not see, the micro-segments, and the value model.
Where there is too little data it says so, and trains nothing.`,
		Example: `  segmenta train                       as of the day after the last purchase
  segmenta train --as-of 2026-06-30    as of a day in the past
  segmenta train --json                what was learned, as one JSON object`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			j.Force = force
			learned, err := j.Train(c.Context(), asOf)
			if err != nil {
				return err
			}
			return a.answer(learned, learned.Tell)
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "learn from what was known before this moment (default: as_of of the configuration, else latest)")
	c.Flags().BoolVar(&force, "force", false, "go on although a gate says no; the manifest says so")
	return withChildren(c, trainTableCommand(a))
}
