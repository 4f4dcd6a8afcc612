package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func checkCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Read the configuration and the data, and say what is found",
		Long: `check reads everything that train and run would read, and writes nothing: the
configuration, the columns, every row. It counts what it would reject, shows where,
asks whether the data are as they were in the run before and as the configuration
expects, and lists what they can't support and which column is missing for it. It
ends with 3 where a gate would stop train and run.`,
		Example: "  segmenta check\n  segmenta check -c other.yaml --json",
		Args:    exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			found, err := j.Check(c.Context())
			if found == nil {
				return err
			}
			return errors.Join(a.answer(found, found.Tell), err)
		},
	}
}
