package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

// Each stage also works alone on plain tables, as a tool of its own, so that anyone
// can hold it against its peers. These are the flags that such commands share.

func table(c *cobra.Command, t *pipeline.Table) {
	c.Flags().StringVarP(&t.File, "input", "i", "", "the table to read")
	c.Flags().StringVar(&t.ID, "id", "customer_id", "the column that names the row, never an input")
	c.MarkFlagRequired("input")
}

func model(c *cobra.Command, m *pipeline.ModelTable) {
	table(c, &m.Table)
	c.Flags().StringVarP(&m.Model, "model", "m", "", "the model")
	c.MarkFlagRequired("model")
}

func output(c *cobra.Command, file *string, usual string) *cobra.Command {
	c.Flags().StringVarP(file, "output", "o", usual, "the file to write")
	return c
}

func withChildren(c *cobra.Command, children ...*cobra.Command) *cobra.Command {
	c.AddCommand(children...)
	if c.RunE == nil {
		c.RunE = func(c *cobra.Command, words []string) error { return usageError{unknownChild(c, words)} }
	}
	return c
}
