package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func trainTableCommand(a *app) *cobra.Command {
	var o pipeline.TrainTable
	c := &cobra.Command{
		Use:     "table",
		Short:   "Train a model on a plain table",
		Example: "  segmenta train table -i train.parquet --valid valid.parquet --label y -o model.txt --json",
		Args:    exactly(0),
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
	f.StringVar(&o.Label, "label", "", "the column to predict: 0 or 1")
	f.StringVar(&o.Valid, "valid", "", "a table to judge the model on")
	f.StringSliceVar(&o.Categorical, "categorical", nil, "columns whose numbers are names")
	f.IntVar(&o.Rounds, "rounds", 100, "trees")
	f.IntVar(&o.Leaves, "leaves", 31, "leaves a tree")
	f.Float64Var(&o.Rate, "learning-rate", 0.1, "learning rate")
	f.IntVar(&o.MaxBin, "max-bin", 255, "bins a feature")
	f.IntVar(&o.MinLeaf, "min-leaf", 20, "rows a leaf at least")
	f.Uint64Var(&o.Seed, "seed", 0, "of the sampling")
	c.MarkFlagRequired("label")
	return output(c, &o.Out, "model.txt")
}
