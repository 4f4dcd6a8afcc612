package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func scoreCommand(a *app) *cobra.Command {
	return withChildren(&cobra.Command{Use: "score", Short: "Score a plain table with a model, or explain its scores"},
		scoreTableCommand(a), scoreExplainCommand(a))
}

func scoreTableCommand(a *app) *cobra.Command {
	var o pipeline.ModelTable
	c := &cobra.Command{
		Use:     "table",
		Short:   "Score every row of a table with a model of LightGBM, XGBoost, CatBoost or scikit-learn",
		Example: "  segmenta score table -i rows.parquet -m model.txt -o scores.parquet --json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().ScoreTable(o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	model(c, &o)
	c.Flags().BoolVar(&o.Raw, "raw", false, "raw scores instead of probabilities")
	c.Flags().StringVar(&o.Engine, "engine", "auto", "auto: compiled where that gives the bits of leaves; or leaves")
	return output(c, &o.Out, "scores.parquet")
}

func scoreExplainCommand(a *app) *cobra.Command {
	var o pipeline.ModelTable
	c := &cobra.Command{
		Use:     "explain",
		Short:   "Say how much each feature contributed to each row's score",
		Example: "  segmenta score explain -i rows.parquet -m model.txt -o contributions.parquet --json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().ExplainTable(o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	model(c, &o)
	return output(c, &o.Out, "contributions.parquet")
}
