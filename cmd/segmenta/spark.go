package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

// sparkFlags say where histories are gone over, in place of the configuration.
type sparkFlags struct {
	engine, remote, dir string
	print               bool
	answers             string
}

func (f *sparkFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.engine, "engine", "", "where histories are gone over: local or spark (default: engine of the configuration, else local)")
	c.Flags().StringVar(&f.remote, "spark", "", "the address of Spark Connect, such as sc://host:15002")
	c.Flags().StringVar(&f.dir, "spark-dir", "", "a folder that the cluster writes and this machine reads (default: spark in the workspace)")
}

// apply changes the configuration by the flags.
func (f *sparkFlags) apply(j *pipeline.Job) error {
	switch f.engine {
	case "":
	case "local", "spark":
		j.Config.Engine = f.engine
	default:
		return usageError{fmt.Errorf("--engine is %q, want local or spark", f.engine)}
	}
	if j.Config.Engine != "spark" {
		if f.remote+f.dir+f.answers != "" || f.print {
			return usageError{fmt.Errorf("--spark, --spark-dir, --print-sql and --answers go with --engine spark")}
		}
		return nil
	}
	j.SparkAnswers = f.answers
	return j.Config.OnSpark(f.remote, f.dir)
}
