package main

import (
	"strings"

	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func clvCommand(a *app) *cobra.Command {
	return withChildren(&cobra.Command{Use: "clv", Short: "Estimate lifetime value from frequency, recency and age"},
		clvFitCommand(a), clvPredictCommand(a))
}

func clvFitCommand(a *app) *cobra.Command {
	var o pipeline.ValueTable
	c := &cobra.Command{
		Use:   "fit",
		Short: "Fit a model of purchases, and of spending where there is a column monetary",
		Long: `Fits when customers buy (BG/NBD unless --model says otherwise) to the columns frequency
(further purchases after the first), recency (when the last was) and T (age), both since
the first purchase in any one unit of time; and what for (Gamma-Gamma) to the column
monetary, the mean amount of further purchases, where there is one.

Rows that can't be are counted and left out; more than 5 % of them stop the fit.`,
		Example: `  segmenta clv fit -i customers.parquet -o value.json --json
  segmenta clv fit -i customers.parquet --model pareto -o value.json`,
		Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().FitValue(o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	table(c, &o.Table)
	c.Flags().StringVar(&o.Kind, "model", "bgnbd", "the model of purchases: "+strings.Join(pipeline.ValueModels(), ", "))
	return output(c, &o.Out, "value.json")
}

func clvPredictCommand(a *app) *cobra.Command {
	var o pipeline.ValueTable
	c := &cobra.Command{
		Use:   "predict",
		Short: "Predict who is alive, how often they will buy, when next, and what for",
		Example: `  segmenta clv predict -i customers.parquet -m value.json --horizon 90 -o value.parquet --json
  segmenta clv predict -i customers.parquet -m value.json --horizon 365 --discount 0.0003 --level 0.9`,
		Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().PredictValue(o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	table(c, &o.Table)
	c.Flags().StringVarP(&o.Model, "model", "m", "", "the model that clv fit wrote")
	c.MarkFlagRequired("model")
	c.Flags().Float64Var(&o.Horizon, "horizon", 0, "how far ahead, in the unit of recency and T")
	c.MarkFlagRequired("horizon")
	c.Flags().Float64Var(&o.Discount, "discount", 0, "discount a unit of time, as a share")
	c.Flags().Float64Var(&o.Level, "level", 0.95, "of the intervals")
	return output(c, &o.Out, "value.parquet")
}
