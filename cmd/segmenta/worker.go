package main

import (
	"time"

	"github.com/spf13/cobra"
)

// heard is how long a worker that failed stays, so that its words are. Spark reads them
// beside waiting for its end, and tells of a failed task what it has read by then.
const heard = 300 * time.Millisecond

func workerCommand(a *app) *cobra.Command {
	var work string
	c := &cobra.Command{
		Use:   "worker",
		Short: "Go over the rows of some customers on a cluster; Spark starts it",
		Long: `worker reads rows from standard input, a line each, those of a customer one after
another, and writes what it finds of each customer to standard output, where a note
closes it: how many rows came and went, and their checksum. What to find is packed into
--work by segmenta features --engine spark, and a worker of another version refuses it.
Nobody but Spark needs to start it.`,
		Example: "  segmenta features --engine spark --print-sql      shows how Spark starts it",
		Args:    exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			err := a.bareJob().Work(c.Context(), work, a.in, a.out)
			if err != nil {
				a.fail(err)
				time.Sleep(heard)
			}
			return said(err)
		},
	}
	c.Flags().StringVar(&work, "work", "", "what to find, as segmenta features packs it")
	c.MarkFlagRequired("work")
	return c
}
