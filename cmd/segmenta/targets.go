package main

import (
	"os"

	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func targetsCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "targets",
		Short: "List what can be predicted, and what this configuration asks for",
		Long: `List the built-in targets, and those of the configuration if there is one.

A target of your own is a few lines of segmenta.yaml:

  targets:
    churn: {horizon: 180d}                                # a built-in one
    toys:  {kind: category_purchase, where: {category: toys}, horizon: 30d}
    call:  {outcome: some, of: {types: [call]}, population: customers, horizon: 14d}`,
		Example: "  segmenta targets\n  segmenta targets --json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			c, err := a.configIfThere()
			if err != nil {
				return err
			}
			list, err := pipeline.ListTargets(c)
			if err != nil {
				return err
			}
			return a.answer(list, list.Tell)
		},
	}
}

// configIfThere reads the configuration; without one in the usual place there is none.
func (a *app) configIfThere() (*pipeline.Config, error) {
	if _, err := os.Stat(a.config); os.IsNotExist(err) && a.config == usualConfig {
		return nil, nil
	}
	return pipeline.LoadConfig(a.config)
}

// jobIfThere makes a job with the configuration, if there is one.
func (a *app) jobIfThere() (*pipeline.Job, error) {
	c, err := a.configIfThere()
	if err != nil {
		return nil, err
	}
	j := a.bareJob()
	j.Config = c
	return j, nil
}
