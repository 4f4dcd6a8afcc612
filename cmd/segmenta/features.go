package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func featuresCommand(a *app) *cobra.Command {
	var asOf []string
	var out string
	c := &cobra.Command{
		Use:   "features",
		Short: "Compute the features of every customer as of one moment or several",
		Example: `  segmenta features --as-of 2026-06-30 -o features.parquet
  segmenta features --as-of 2026-05-31 --as-of 2026-06-30 -o features.parquet --json`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			done, err := j.Features(c.Context(), asOf, out)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	c.Flags().StringArrayVar(&asOf, "as-of", nil, "a moment to compute them at (may be given again)")
	c.Flags().StringVarP(&out, "output", "o", "features.parquet", "the table to write")
	return withChildren(c, featuresListCommand(a))
}

func featuresListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the features, with their units and what they mean",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			list, err := pipeline.ListFeatures()
			if err != nil {
				return err
			}
			return a.answer(list, list.Tell)
		},
	}
}
