package main

import "github.com/spf13/cobra"

func segmentsCommand(a *app) *cobra.Command {
	return withChildren(&cobra.Command{Use: "segments", Short: "Look at rule segments before and after they are used",
		Long: `A segment is a rule over the columns of the segment table and all features. The
built-in ones and those of segmenta.yaml are listed, tried out before anything is
saved, checked for what they could do better, and explained customer by customer.`},
		segmentsListCommand(a), segmentsPreviewCommand(a), segmentsLintCommand(a), segmentsExplainCommand(a), segmentsSuggestCommand(a))
}

func segmentsListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the segments and what they came to in the latest run, or which column they lack",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			list, err := j.ListSegments()
			if err != nil {
				return err
			}
			return a.answer(list, list.Tell)
		},
	}
}

func segmentsPreviewCommand(a *app) *cobra.Command {
	var run, input string
	c := &cobra.Command{
		Use:   "preview SEGMENT|FILE",
		Short: "Say whom a segment would hold: size, value, reach, overlap and the funnel; nothing is written",
		Example: `  segmenta segments preview reactivar_90d
  segmenta segments preview new-segment.yaml
  segmenta segments preview new-segment.yaml -i customers.parquet`,
		Args: exactly(1),
		RunE: func(_ *cobra.Command, words []string) error {
			j := a.bareJob()
			if input == "" {
				var err error
				if j, err = a.job(); err != nil {
					return err
				}
			}
			p, err := j.PreviewSegment(words[0], run, input)
			if err != nil {
				return err
			}
			return a.answer(p, p.Tell)
		},
	}
	c.Flags().StringVar(&run, "run", "", "the run to look in, by its moment (default: the latest)")
	c.Flags().StringVarP(&input, "input", "i", "", "a table to look in instead of a run")
	return c
}

func segmentsLintCommand(a *app) *cobra.Command {
	var run string
	c := &cobra.Command{
		Use:   "lint",
		Short: "Say what the segments' definitions could do better; exit code 3 where one is wrong",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			l, err := j.LintSegments(run)
			if err != nil {
				return err
			}
			if err := a.answer(l, l.Tell); err != nil {
				return err
			}
			return said(l.Failed())
		},
	}
	c.Flags().StringVar(&run, "run", "", "the run to look in, by its moment (default: the latest)")
	return c
}

func segmentsExplainCommand(a *app) *cobra.Command {
	var run, only string
	c := &cobra.Command{
		Use:   "explain CUSTOMER",
		Short: "Say why a customer is in each segment or not, rule by rule",
		Example: `  segmenta segments explain 00042
  segmenta segments explain 00042 --segment reactivar_90d`,
		Args: exactly(1),
		RunE: func(_ *cobra.Command, words []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			e, err := j.ExplainSegments(words[0], only, run)
			if err != nil {
				return err
			}
			return a.answer(e, e.Tell)
		},
	}
	c.Flags().StringVar(&run, "run", "", "the run to look in, by its moment (default: the latest)")
	c.Flags().StringVar(&only, "segment", "", "one segment only")
	return c
}
