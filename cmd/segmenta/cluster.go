package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func clusterCommand(a *app) *cobra.Command {
	return withChildren(&cobra.Command{Use: "cluster", Short: "Find micro-segments in a plain table, and assign rows to them"},
		clusterFitCommand(a), clusterAssignCommand(a))
}

func clusterFitCommand(a *app) *cobra.Command {
	var o pipeline.ClusterFit
	c := &cobra.Command{
		Use:     "fit",
		Short:   "Find k groups of rows with k-means",
		Example: "  segmenta cluster fit -i rows.parquet -k 8 --seed 1 -o model.json --json\n  segmenta cluster fit -i rows.parquet --sample 0.1 -o model.json\n  segmenta cluster fit -i rows.parquet --by lifecycle_stage -o model.json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().FitClusters(o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	f := c.Flags()
	table(c, &o.Table)
	f.IntVarP(&o.K, "k", "k", 0, "how many groups (default: chosen)")
	f.Uint64Var(&o.Seed, "seed", 0, "of the first centers")
	f.StringVar(&o.Init, "init", "", "a table of first centers")
	f.IntVar(&o.MaxIter, "max-iter", 300, "rounds at most")
	f.Float64Var(&o.Tol, "tol", 1e-4, "stop when the centers move less than this, relative to the variance")
	f.StringVar(&o.Transform, "transform", "robust", "robust (bend what is skewed, winsorise, standardise), none, or bend all: log1p, yeo_johnson, quantile")
	f.StringVar(&o.Criterion, "criterion", "", "what k is chosen by: stable_gap, silhouette, davies_bouldin, calinski_harabasz, stability, stable_silhouette, gap")
	f.StringVar(&o.By, "by", "", "look for groups within each value of this column, such as lifecycle_stage")
	f.Float64Var(&o.Sample, "sample", 0, "fit this share of the rows, of more than memory holds, and measure what that loses (default: all)")
	return output(c, &o.Out, "model.json")
}

func clusterAssignCommand(a *app) *cobra.Command {
	var o pipeline.ModelTable
	c := &cobra.Command{
		Use:     "assign",
		Short:   "Assign every row of a table to its nearest center",
		Example: "  segmenta cluster assign -i rows.parquet -m model.json -o clusters.parquet --json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			done, err := a.bareJob().AssignClusters(o)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	model(c, &o)
	return output(c, &o.Out, "clusters.parquet")
}
