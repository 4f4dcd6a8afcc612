package main

import (
	"github.com/spf13/cobra"
)

func runCommand(a *app) *cobra.Command {
	var asOf string
	var force bool
	c := &cobra.Command{
		Use:   "run",
		Short: "Place every customer, with what was learned, and publish the tables",
		Long: `run computes every customer's features as of a moment, scores them with the
champion of each model, places them in their segments, and publishes the segment
tables and the report in WORKSPACE/runs/AS_OF. The run appears whole or not at all.
A run whose inputs, configuration and models have not changed writes nothing.`,
		Example: `  segmenta run                         as of the day after the last purchase
  segmenta run --as-of 2026-06-30      as of a day in the past
  segmenta run --json                  what came out, as one JSON object`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			j.Force = force
			done, err := j.Run(c.Context(), asOf)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "the moment to score at (default: as_of of the configuration, else latest)")
	c.Flags().BoolVar(&force, "force", false, "go on although a gate says no; the manifest says so")
	return c
}
