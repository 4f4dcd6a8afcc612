package main

import "github.com/spf13/cobra"

func checkCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Read the configuration and the data, and say what is found",
		Long: `check reads everything that train and run would read, and writes nothing: the
configuration, the columns, every row. It counts what it would reject, shows where,
and lists what the data can't support and which column is missing for it.`,
		Example: "  segmenta check\n  segmenta check -c other.yaml --json",
		Args:    exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			found, err := j.Check(c.Context())
			if err != nil {
				return err
			}
			return a.answer(found, found.Tell)
		},
	}
}
