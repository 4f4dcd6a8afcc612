package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func forgetCommand(a *app) *cobra.Command {
	var q pipeline.Forgetting
	var file string
	c := &cobra.Command{
		Use:   "forget [ID...]",
		Short: "Erase people from everything in the workspace, and prove it",
		Long: `forget takes people out of every table of every run, out of the plans, logs and dead
letters of activations, and out of every other file of the workspace; it also looks for
the ids that were joined with theirs, their e-mail and their telephone. Each run is
published anew without them, whole or not at all, with new hashes in its manifest.

A salted hash stays in forgotten.json, so that no later run brings them back although your
own data still hold them; forget says where they do. Then everything is read again to
prove that nobody is left. Cut short, it is ended by asking again. Without ids, those who
were to be forgotten before are looked for again.`,
		Example: `  segmenta forget C0000042 --dry-run     what would go
  segmenta forget C0000042               erases, and proves it
  segmenta forget --file ids.txt --json  many, one a line`,
		RunE: func(c *cobra.Command, words []string) error {
			q.IDs = words
			if file != "" {
				more, err := lines(file)
				if err != nil {
					return usageError{err}
				}
				q.IDs = append(q.IDs, more...)
			}
			j, err := a.job()
			if err != nil {
				return err
			}
			done, err := j.Forget(c.Context(), q)
			if err != nil {
				return err
			}
			return a.answer(done, done.Tell)
		},
	}
	c.Flags().BoolVar(&q.DryRun, "dry-run", false, "say what would go, and change nothing")
	c.Flags().StringVar(&file, "file", "", "a file with an id on each line")
	return c
}

// lines reads what stands on the lines of a file.
func lines(path string) (all []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		if line := strings.TrimSpace(s.Text()); line != "" {
			all = append(all, line)
		}
	}
	if len(all) == 0 && s.Err() == nil {
		return nil, fmt.Errorf("%s holds no id", path)
	}
	return all, s.Err()
}
