package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func modelsImportCommand(a *app) *cobra.Command {
	var o pipeline.Import
	var names string
	var exporter bool
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Take in a model that another program trained",
		Long: `import takes in a model that LightGBM, XGBoost, CatBoost or scikit-learn trained,
judges it on known outcomes as it does its own, and stores it as a version:

  LightGBM      booster.save_model("model.txt")
  XGBoost       booster.save_model("model.json") or ("model.ubj")
  CatBoost      model.save_model("model.json", format="json"), numeric features
  scikit-learn  HistGradientBoosting, numeric features, through a few lines of Python:
                segmenta models import --exporter > export_sklearn.py

Every row reaches the leaf that it reaches in the program that trained the model; what
can't be said exactly is refused by name. --predictions proves it: a table of the
model's features with what its own program predicted, in a column prediction (or raw,
before the link). --features names the features after columns of segmenta features,
in the model's order, where the model calls them otherwise.`,
		Example: `  segmenta models import model.ubj --target churn --predictions scored.parquet
  segmenta models import model.json --target churn --features recency_days,orders_365d,amount_365d`,
		Args: func(c *cobra.Command, words []string) error {
			if exporter {
				return exactly(0)(c, words)
			}
			return exactly(1)(c, words)
		},
		RunE: func(c *cobra.Command, words []string) error {
			if exporter {
				_, err := fmt.Fprint(a.out, pipeline.SklearnExporter)
				return err
			}
			if o.File = words[0]; names != "" {
				o.Features = strings.Split(names, ",")
			}
			if o.Target == "" {
				return usageError{fmt.Errorf("--target is missing: which target is the model for?")}
			}
			j, err := a.job()
			if err != nil {
				return err
			}
			done, err := j.ImportModel(c.Context(), o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Target, "target", "", "the target that the model predicts")
	f.StringVar(&names, "features", "", "the features' names, in the model's order, parted by commas")
	f.StringVar(&o.Predictions.File, "predictions", "", "a table of features and of what the model's own program predicted")
	f.StringVar(&o.Predictions.ID, "id", "customer_id", "the column of that table that names the row")
	f.StringVar(&o.AsOf, "as-of", "", "judge with what was known before this moment (default: as_of of the configuration, else latest)")
	f.BoolVar(&exporter, "exporter", false, "print the Python that exports a scikit-learn model")
	return c
}
