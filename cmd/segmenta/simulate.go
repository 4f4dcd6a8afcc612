package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func simulateCommand(a *app) *cobra.Command {
	var o pipeline.Simulation
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Make the purchases and engagement of a shop that doesn't exist",
		Long: `simulate writes transactions, events and customers of a shop of any size, with the
truth about each customer aside, in truth: what they are like, when they left, and
how likely they were to buy. The same seed makes the same shop.`,
		Example: "  segmenta simulate -o shop --customers 100000 --days 730 --seed 7",
		Args:    exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			done, err := a.bareJob().Simulate(c.Context(), o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.Dir, "output", "o", "shop", "the folder to write")
	f.IntVar(&o.Customers, "customers", 5000, "customers, prospects among them")
	f.IntVar(&o.Days, "days", 730, "days of history")
	f.StringVar(&o.End, "end", "2026-01-01", "the day after the last")
	f.Uint64Var(&o.Seed, "seed", 1, "the same seed makes the same shop")
	f.Float64Var(&o.Dirty, "dirty", 0, "share of rows to spoil: missing ids, bad amounts, future dates, duplicates")
	return c
}
