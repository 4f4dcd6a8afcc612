package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func clvCommand(a *app) *cobra.Command {
	return withChildren(&cobra.Command{Use: "clv", Short: "Estimate lifetime value from frequency, recency and age"},
		clvFitCommand(a), clvPredictCommand(a))
}

func clvFitCommand(a *app) *cobra.Command {
	var o pipeline.Table
	var out string
	c := &cobra.Command{
		Use:     "fit",
		Short:   "Fit BG/NBD, and Gamma-Gamma where there is a column monetary",
		Example: "  segmenta clv fit -i customers.parquet -o value.json --json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().FitValue(o, out)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	table(c, &o)
	return output(c, &out, "value.json")
}

func clvPredictCommand(a *app) *cobra.Command {
	var o pipeline.ModelTable
	c := &cobra.Command{
		Use:     "predict",
		Short:   "Predict who is alive, how often they will buy, and what for",
		Example: "  segmenta clv predict -i customers.parquet -m value.json --horizon 90 -o value.parquet --json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().PredictValue(o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	model(c, &o)
	c.Flags().Float64Var(&o.Horizon, "horizon", 0, "how far ahead, in the unit of recency and T")
	c.MarkFlagRequired("horizon")
	return output(c, &o.Out, "value.parquet")
}
