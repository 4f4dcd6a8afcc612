package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func demoCommand(a *app) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "demo [cdnow|shop|campaign]",
		Short: "Run the whole job on data that ships with segmenta",
		Long: `demo writes a project with its data, trains, and scores.

  cdnow     real purchases of 23,570 customers of a CD shop in 1997 and 1998
  shop      a simulated shop with engagement, prospects and a customer table
  campaign  a simulated shop, a campaign that left three in ten alone, and what it did`,
		Example: `  segmenta demo
  segmenta demo shop --dir my-shop`,
		Args:      atMost(1),
		ValidArgs: pipeline.Demos(),
		RunE: func(c *cobra.Command, words []string) error {
			name := "cdnow"
			if len(words) == 1 {
				name = words[0]
			}
			if dir == "" {
				dir = "demo/" + name
			}
			shown, err := a.bareJob().Demo(c.Context(), name, dir)
			if err != nil {
				return err
			}
			return a.answer(shown, shown.Tell)
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "the folder to write (default demo/NAME)")
	return c
}
