package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"segmenta/pipeline"
)

// app is the world of one call: where words come from and go to, and the flags that
// every subcommand takes.
type app struct {
	in        io.Reader
	out, errs io.Writer

	config  string
	threads int
	memory  pipeline.Size
	json    bool
	quiet   bool
	debug   bool

	bar *bar
}

// usualConfig is where the configuration is unless a flag says otherwise.
const usualConfig = "segmenta.yaml"

// errUsage marks words that the command line can't take.
var errUsage = errors.New("usage")

type usageError struct{ error }

func (usageError) Is(target error) bool { return target == errUsage }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "segmenta",
		Short:         "Predictive customer segments from what customers did",
		Long:          "segmenta turns customers' purchases and engagement into predictive segments:\nwho they are, what they will do next, and what to do about it.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       pipeline.Version,
		Example: `  segmenta demo                        the whole job on real data, in seconds
  segmenta init shop && cd shop        a project of your own to start from
  segmenta check                       reads it all, and says what it finds
  segmenta train && segmenta run       learns, then places every customer`,
	}
	root.Args = cobra.ArbitraryArgs
	root.RunE = func(c *cobra.Command, words []string) error {
		if len(words) == 0 {
			return c.Help()
		}
		return usageError{unknownChild(c, words)}
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.errs)
	root.SetVersionTemplate("segmenta {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	})
	f := root.PersistentFlags()
	f.StringVarP(&a.config, "config", "c", usualConfig, "the configuration")
	f.IntVar(&a.threads, "threads", 0, "threads to work with (default: one a processor)")
	f.Var(&a.memory, "memory", "memory to work in, such as 4GB; past it, rows go to disk (default: half of what there is)")
	f.BoolVar(&a.json, "json", false, "print one JSON object, and nothing else, on standard output")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no log below warnings")
	f.BoolVar(&a.debug, "debug", false, "log every stage")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if a.threads < 0 {
			return usageError{fmt.Errorf("--threads is %d, want 1 or more", a.threads)}
		}
		if a.threads > 0 {
			runtime.GOMAXPROCS(a.threads)
		}
		return nil
	}
	for _, command := range commands {
		root.AddCommand(command(a))
	}
	return root
}

// commands lists the subcommands in the order in which help shows them.
var commands = []func(*app) *cobra.Command{
	demoCommand, initCommand, checkCommand, trainCommand, runCommand, activateCommand, segmentsCommand, modelsCommand,
	featuresCommand, targetsCommand, clusterCommand, scoreCommand, clvCommand, metricCommand, measureCommand, forgetCommand,
	simulateCommand, workerCommand, schemaCommand, versionCommand,
}

// job makes a job from the flags, with the configuration read.
func (a *app) job() (*pipeline.Job, error) {
	c, err := pipeline.LoadConfig(a.config)
	if err != nil {
		return nil, err
	}
	j := a.bareJob()
	j.Config = c
	return j, nil
}

// bareJob makes a job that needs no configuration.
func (a *app) bareJob() *pipeline.Job {
	people := a.onTerminal()
	a.bar = newBar(a.errs, people && !a.quiet)
	log := pipeline.NewLog(a.bar, people, a.debug)
	if a.quiet || people && !a.debug {
		log = log.Level(pipeline.Warn)
	}
	return &pipeline.Job{Threads: runtime.GOMAXPROCS(0), Memory: a.memory, Log: log, Progress: a.bar.show, Now: time.Now}
}

// onTerminal reports whether a person watches: standard error is a terminal.
func (a *app) onTerminal() bool {
	f, ok := a.errs.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (a *app) endProgress() {
	if a.bar != nil {
		a.bar.end()
	}
}

// answer prints a result: as JSON, or as tell writes it for people.
func (a *app) answer(result any, tell func(w io.Writer)) error {
	a.endProgress()
	if !a.json {
		tell(a.out)
		return nil
	}
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(result)
}

// fail prints an error; with --json also as the one object on standard output.
func (a *app) fail(err error) {
	fmt.Fprintln(a.errs, "segmenta:", err)
	if a.json {
		json.NewEncoder(a.out).Encode(map[string]any{"error": err.Error(), "exit_code": exitCode(err)})
	}
}

// exactly refuses any other number of arguments, as wrong usage.
func exactly(n int) cobra.PositionalArgs { return usage(cobra.ExactArgs(n)) }

// atMost refuses more arguments, as wrong usage.
func atMost(n int) cobra.PositionalArgs { return usage(cobra.MaximumNArgs(n)) }

func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, words []string) error {
		if err := check(c, words); err != nil {
			return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
		}
		return nil
	}
}
