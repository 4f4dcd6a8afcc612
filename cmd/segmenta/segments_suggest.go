package main

import "github.com/spf13/cobra"

func segmentsSuggestCommand(a *app) *cobra.Command {
	var target string
	var tests, top int
	c := &cobra.Command{
		Use:   "suggest",
		Short: "Look for rules that set apart who churns or buys, and check them on later outcomes",
		Example: `  segmenta segments suggest
  segmenta segments suggest --target conversion --conditions 2 --top 10`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			s, err := j.SuggestSegments(c.Context(), target, tests, top)
			if err != nil {
				return err
			}
			return a.answer(s, s.Tell)
		},
	}
	c.Flags().StringVar(&target, "target", "churn", "the target whose outcome is to be set apart")
	c.Flags().IntVar(&tests, "conditions", 3, "conditions a rule at most")
	c.Flags().IntVar(&top, "top", 5, "rules at most")
	return c
}
