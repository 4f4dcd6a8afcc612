package main

import (
	"strings"

	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func initCommand(a *app) *cobra.Command {
	var o pipeline.Starter
	c := &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Write a project to start from, with five documented segments",
		Long: `init writes segmenta.yaml, its schema for editors and a .gitignore. With --data it
looks at your file or folder (Parquet, CSV, JSON lines) and proposes which of its columns are the customer, the time and
the amount. With --crm it begins with the CRM: which information it must hold of everybody, and how predictions get
there. It never overwrites a file.`,
		Example: `  segmenta init
  segmenta init shop --data purchases.csv --language es
  segmenta init shop --data exports/orders/ --crm hubspot`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, words []string) error {
			o.Dir = "."
			if len(words) == 1 {
				o.Dir = words[0]
			}
			written, err := pipeline.Start(o)
			if err != nil {
				return err
			}
			return a.answer(written, written.Tell)
		},
	}
	c.Flags().StringVar(&o.Data, "data", "", "your purchases, a file or a folder, to propose the columns from")
	c.Flags().StringVar(&o.Language, "language", "en", "of the report: es or en")
	c.Flags().StringVar(&o.Currency, "currency", "EUR", "of the amounts")
	c.Flags().StringVar(&o.CRM, "crm", "", "where predictions go: "+strings.Join(pipeline.CRMs(), ", "))
	c.Flags().StringVar(&o.Timezone, "timezone", "UTC", "in which days begin and end")
	return c
}
