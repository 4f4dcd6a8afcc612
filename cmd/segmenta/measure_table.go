package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func measureTableCommand(a *app) *cobra.Command {
	var o pipeline.MeasuredTable
	c := &cobra.Command{
		Use:   "table",
		Short: "Say what a treatment did, from one table with treatment and outcomes",
		Long: `Holds whoever was treated against whoever was left alone: every rate and mean with its
interval, the difference (Newcombe for rates, Welch for amounts), narrowed by a figure
from before where that helps (CUPED), in every segment, with chances adjusted for how many
comparisons there are, and a verdict: keep, adjust, drop or too_small.

With --score it says how well that score orders customers by what the treatment does to
them (Qini, AUUC, uplift at the top); with --learn it learns such a score and judges it on
the half that it has not seen.`,
		Example: `  segmenta measure table -i trial.parquet --treatment group --control none --outcome visit,conversion,spend
  segmenta measure table -i trial.csv --treatment treated --outcome bought --segment rfm_segment --json
  segmenta measure table -i trial.parquet --treatment t --outcome spend --covariate history --margin 0.4 --cost 0.1
  segmenta measure table -i trial.parquet --treatment t --outcome bought --learn all --scores uplift.parquet`,
		Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().MeasureTable(o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	table(c, &o.Table)
	f := c.Flags()
	f.StringVar(&o.Treatment, "treatment", "", "the column that says who got what")
	f.StringVar(&o.Control, "control", "", "its value for whoever was left alone (default: 0, false, control, none or holdout)")
	f.StringSliceVar(&o.Outcomes, "outcome", nil, "what came of it: 0 and 1, or an amount; several with commas between")
	f.StringSliceVar(&o.Segments, "segment", nil, "columns whose values are judged apart")
	f.StringVar(&o.Covariate, "covariate", "", "a figure from before the draw, which narrows the intervals")
	f.StringSliceVar(&o.Before, "before", nil, "for each outcome the same figure from before, for differences in differences")
	f.StringVar(&o.Score, "score", "", "a score to order by")
	f.StringSliceVar(&o.Learn, "learn", nil, "columns to learn uplift from, or all")
	f.Float64SliceVar(&o.Shares, "shares", nil, "of the arms as they were meant to be drawn, whoever was left alone first")
	f.Float64Var(&o.Cost, "cost", 0, "of treating one customer")
	f.Float64Var(&o.Margin, "margin", 0, "share of an amount that is earned")
	f.Float64Var(&o.Worthwhile, "worthwhile", 0, "the least rise worth having, as a share of what those left alone do (default 0.1)")
	f.Uint64Var(&o.Seed, "seed", 1, "of the bootstrap and of learning")
	f.StringVar(&o.Language, "lang", "en", "of what is printed: en or es")
	f.StringVarP(&o.Out, "output", "o", "", "write the effects to this file")
	f.StringVar(&o.Scores, "scores", "", "write the learned scores to this file")
	c.MarkFlagRequired("treatment")
	c.MarkFlagRequired("outcome")
	return c
}
