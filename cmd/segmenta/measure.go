package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func measureCommand(a *app) *cobra.Command {
	var q pipeline.Measuring
	c := &cobra.Command{
		Use:   "measure",
		Short: "Say what came of a run and of campaigns, against those who were left alone",
		Long: `measure joins what customers did after a run to the segments in which it placed them, and
holds those who were reached against those whom holdout: left alone: conversion, revenue,
orders, retention, reactivation, use, NPS and unsubscribes, each with its interval; before
and after; in every segment, with chances adjusted for how many there are; and a verdict
for each: keep, adjust, drop, or too_small with the sizes that it takes. Opens and clicks
are told by segment. Where the groups allow, a model says whom it moves.

Campaigns and their variants stand under measure: in the configuration. The tables and a
page are written to WORKSPACE/measures.`,
		Example: `  segmenta measure                                the latest run whose window is over
  segmenta measure --run 2026-01-01 --window 60d
  segmenta measure --campaign winter --json
  segmenta measure table -i trial.parquet --treatment group --outcome bought`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			done, err := j.Measure(c.Context(), q)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	c.Flags().StringVar(&q.Run, "run", "", "the run to measure, by its date (default: the latest whose window is over)")
	c.Flags().StringVar(&q.Window, "window", "", "how long what customers do counts (default: measure.window, 30d)")
	c.Flags().StringVar(&q.Campaign, "campaign", "", "one campaign of measure.campaigns")
	return withChildren(c, measureTableCommand(a))
}
