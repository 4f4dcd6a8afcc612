package main

import (
	"github.com/spf13/cobra"
)

func featuresCommand(a *app) *cobra.Command {
	var asOf, only []string
	var out, target string
	var spark sparkFlags
	c := &cobra.Command{
		Use:   "features",
		Short: "Compute the features of every customer as of one moment or several",
		Example: `  segmenta features --as-of 2026-06-30 -o features.parquet
  segmenta features --as-of 2026-05-31 --as-of 2026-06-30 -o features.parquet --json
  segmenta features --only 'recency_days,orders_*' -o few.parquet
  segmenta features --target churn -o training.parquet      with what followed, to train elsewhere
  segmenta features --engine spark --spark sc://host:15002 --as-of 2026-06-30 -o features.parquet
  segmenta features --engine spark --print-sql --as-of 2026-06-30 > features.sql`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			if err := spark.apply(j); err != nil {
				return err
			}
			if spark.print {
				return j.PrintSQL(c.Context(), asOf, only, a.out)
			}
			if target != "" {
				done, err := j.TrainingSet(c.Context(), target, asOf, out)
				if err != nil {
					return err
				}
				return a.answer(done, done.Tell)
			}
			done, err := j.Features(c.Context(), asOf, only, out)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	c.Flags().StringArrayVar(&asOf, "as-of", nil, "a moment to compute them at (may be given again)")
	c.Flags().StringSliceVar(&only, "only", nil, "the features to compute, such as recency_days,orders_* (default: all that the sources can give)")
	c.Flags().StringVarP(&out, "output", "o", "features.parquet", "the table to write")
	c.Flags().StringVar(&target, "target", "", "write a training set: with what followed of this target (default moments: those of train)")
	spark.add(c)
	c.Flags().BoolVar(&spark.print, "print-sql", false, "print what Spark is to run, for spark-sql, instead of running it")
	c.Flags().StringVar(&spark.answers, "answers", "", "the folder in which what --print-sql printed left its answers")
	return withChildren(c, featuresListCommand(a), featuresExplainCommand(a))
}

func featuresListCommand(a *app) *cobra.Command {
	var family string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the features, with their units and what they mean",
		Long: `List the built-in features and those of the configuration, if there is one.
What needs a column that the sources don't have is marked.`,
		Example: "  segmenta features list\n  segmenta features list --family rhythm\n  segmenta features list --json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			j, err := a.jobIfThere()
			if err != nil {
				return err
			}
			list, err := j.ListFeatures(family)
			if err != nil {
				return err
			}
			return a.answer(list, list.Tell)
		},
	}
	c.Flags().StringVar(&family, "family", "", "only this family of features")
	return c
}

func featuresExplainCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "explain NAME",
		Short:   "Say everything of one feature: recipe, unit, columns, privacy",
		Example: "  segmenta features explain overdue_ratio",
		Args:    exactly(1),
		RunE: func(_ *cobra.Command, words []string) error {
			j, err := a.jobIfThere()
			if err != nil {
				return err
			}
			e, err := j.ExplainFeature(words[0])
			if err != nil {
				return err
			}
			return a.answer(e, e.Tell)
		},
	}
}
