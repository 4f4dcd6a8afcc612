package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func versionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			v := map[string]string{"version": pipeline.Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH}
			return a.answer(v, func(w io.Writer) {
				fmt.Fprintf(w, "segmenta %s (%s, %s/%s)\n", pipeline.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			})
		},
	}
}

func schemaCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON schema of segmenta.yaml, for editors",
		Example: "  segmenta schema > segmenta.schema.json",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			text, err := pipeline.Schema()
			if err != nil {
				return err
			}
			_, err = a.out.Write(text)
			return err
		},
	}
}

// unknownChild says which words a command with children takes.
func unknownChild(c *cobra.Command, words []string) error {
	var known []string
	for _, child := range c.Commands() {
		known = append(known, child.Name())
	}
	if len(words) == 0 {
		return fmt.Errorf("%s: say which: %s", c.CommandPath(), strings.Join(known, ", "))
	}
	return fmt.Errorf("%s has no %q; it has %s", c.CommandPath(), words[0], strings.Join(known, ", "))
}
