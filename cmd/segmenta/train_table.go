package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func trainTableCommand(a *app) *cobra.Command {
	var o pipeline.TrainTable
	c := &cobra.Command{
		Use:   "table",
		Short: "Train a model on a plain table",
		Long: `Train gradient-boosted trees on a plain table and write them as LightGBM text.

Every column of numbers is an input but the id, the label, the weight and the time. An
empty value is missing: each cut learns which way missing values go.

--early-stop N ends training when the loss has not fallen for N rounds: on the --valid
table if there is one (whose figures are then a little too good); else on the latest
fifth of the rows by --time, or on a fifth of the customers, and all rows are learned
from again with the rounds that were best there.

--tune N tries N sets of parameters, the given ones first, on three folds: by --time,
always later rows than were learned from, else by customers. What is not better than the
given ones by more than a standard error is not taken. The same N, table and seed give the same model;
with a time, as in --tune 90s, the outcome depends on the machine. The --valid table
takes no part.`,
		Example: `  segmenta train table -i train.parquet --valid valid.parquet --label y -o model.txt --json
  segmenta train table -i train.csv --label y --categorical country,plan --time as_of --early-stop 20
  segmenta train table -i train.csv --label spend --objective tweedie --monotone orders=1,recency=-1
  segmenta train table -i train.parquet --label y --time as_of --tune 20`,
		Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().TrainTable(o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	f := c.Flags()
	table(c, &o.Table)
	f.StringVar(&o.Label, "label", "", "the column to predict: 0 or 1, or an amount or a count with another objective")
	f.StringVar(&o.Valid, "valid", "", "a table to judge the model on")
	f.StringVar(&o.Weight, "weight", "", "the column of weights")
	f.StringVar(&o.Time, "time", "", "the column that says which rows are later, for --early-stop and --tune")
	f.StringSliceVar(&o.Categorical, "categorical", nil, "columns whose numbers are names")
	f.StringToIntVar(&o.Monotone, "monotone", nil, "columns with which the score may only rise (1) or fall (-1)")
	f.StringVar(&o.Tune, "tune", "", "sets of parameters to try, or for how long, as in 90s")
	treeFlags(c, &o)
	c.MarkFlagRequired("label")
	return output(c, &o.Out, "model.txt")
}

// treeFlags are LightGBM's parameters, and so are their defaults.
func treeFlags(c *cobra.Command, o *pipeline.TrainTable) {
	f, p := c.Flags(), &o.Trees
	f.StringVar(&p.Objective, "objective", "binary", "what is learned: binary, regression (squares), poisson (counts), tweedie (amounts, many of them 0)")
	f.Float64Var(&p.TweediePower, "tweedie-power", 1.5, "between 1 (counts) and 2 (amounts)")
	f.IntVar(&p.Rounds, "rounds", 100, "trees at most")
	f.IntVar(&p.EarlyStop, "early-stop", 0, "rounds without a better loss that end training; 0: none do")
	f.IntVar(&p.Leaves, "leaves", 31, "leaves a tree")
	f.IntVar(&p.Depth, "depth", 0, "cuts from the root to a leaf at most; 0: any")
	f.Float64Var(&p.LearningRate, "learning-rate", 0.1, "share of its answer that a tree adds")
	f.IntVar(&p.MaxBin, "max-bin", 255, "bins a feature")
	f.IntVar(&p.MinLeaf, "min-leaf", 20, "rows a leaf at least")
	f.Float64Var(&p.MinHessian, "min-hessian", 0.001, "sum of hessians a leaf at least")
	f.Float64Var(&p.MinGain, "min-gain", 0, "gain of a cut at least")
	f.Float64Var(&p.L1, "l1", 0, "pull of leaves to 0, by size")
	f.Float64Var(&p.L2, "l2", 0, "pull of leaves to 0, by square")
	f.Float64Var(&p.FeatureFraction, "feature-fraction", 1, "share of the features that a tree sees")
	f.Float64Var(&p.BaggingFraction, "bagging-fraction", 1, "share of the rows that a tree sees")
	f.Float64Var(&p.TopRate, "goss", 0, "share of the rows with the largest gradients that a tree sees, beside a tenth of all; 0: all rows")
	f.Float64Var(&p.PositiveWeight, "positive-weight", 1, "weight of label 1")
	f.Uint64Var(&p.Seed, "seed", 0, "of the sampling")
}
