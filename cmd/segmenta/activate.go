package main

import (
	"context"

	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func activateCommand(a *app) *cobra.Command {
	return withChildren(&cobra.Command{Use: "activate", Short: "Send predictions to CRMs, databases and files: plan first, then apply",
		Long: `activate sends what a run found to the destinations of segmenta.yaml. A plan holds
every customer against what the destination holds now and changes nothing; apply
does exactly that plan, or refuses because the destination has moved on. Whoever
is left alone for measuring, has not agreed or can't be reached is not sent.`,
		Example: `  segmenta activate check              can they be written to?
  segmenta activate plan               what would change, field by field
  segmenta activate apply              does it, once; after any end, call it again
  segmenta activate status             what was done, refused, begun
  segmenta activate retry              sends again what was refused`},
		activateCheckCommand(a), activatePlanCommand(a), activateApplyCommand(a), activateStatusCommand(a), activateRetryCommand(a))
}

// activation is what the subcommands of activate have in common.
type activation struct {
	destination, run string
	lang             string
	dry, force       bool
}

func (o *activation) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.destination, "destination", "", "one destination only (default: all)")
	c.Flags().StringVar(&o.lang, "lang", "", "es or en (default: as the configuration says)")
}

// job reads the configuration, in the language that was asked for.
func (o *activation) job(a *app) (*pipeline.Job, error) {
	j, err := a.job()
	if err != nil {
		return nil, err
	}
	if o.lang != "" {
		if err := j.Config.Speak(o.lang); err != nil {
			return nil, usageError{err}
		}
	}
	j.Force = o.force
	return j, nil
}

func activateCheckCommand(a *app) *cobra.Command {
	o := new(activation)
	c := &cobra.Command{
		Use:   "check",
		Short: "Ask every destination whether credentials and fields are as they must be; nothing is written",
		Args:  exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := o.job(a)
			if err != nil {
				return err
			}
			r, err := j.CheckActivation(c.Context(), o.destination, o.run)
			if err != nil {
				return err
			}
			if err := a.answer(r, r.Tell); err != nil {
				return err
			}
			return said(r.Failed())
		},
	}
	o.flags(c)
	c.Flags().StringVar(&o.run, "run", "", "the run to send, by its moment (default: the latest)")
	return c
}

func activatePlanCommand(a *app) *cobra.Command {
	o := new(activation)
	c := &cobra.Command{
		Use:   "plan",
		Short: "Say what would change at the destinations, old and new; nothing is sent",
		Long: `plan reads a run and what each destination holds now, compares field by field, and
writes WORKSPACE/activation/DESTINATION/plan.parquet. Exit code 3 where a guard says
no: too many rows change, too many customers move or leave, consent is not known.`,
		Example: `  segmenta activate plan
  segmenta activate plan --destination crm --run 2026-06-30`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := o.job(a)
			if err != nil {
				return err
			}
			p, err := j.PlanActivation(c.Context(), o.destination, o.run, false)
			if err != nil {
				return err
			}
			if err := a.answer(p, p.Tell); err != nil {
				return err
			}
			return a.unsaid(p.Failed())
		},
	}
	o.flags(c)
	c.Flags().StringVar(&o.run, "run", "", "the run to send, by its moment (default: the latest)")
	c.Flags().BoolVar(&o.force, "force", false, "plan so that apply goes on although a guard says no; the plan says so")
	return c
}

func activateApplyCommand(a *app) *cobra.Command {
	o := new(activation)
	c := &cobra.Command{
		Use:   "apply",
		Short: "Carry out the plans: exactly them, each row once",
		Long: `apply does what plan wrote down, or refuses because the destination or the run has
moved on since. It may be stopped at any moment, and called again: it goes on where
it stopped, and sends nothing twice. Exit code 4 where not everything was delivered:
rows were refused (they wait in dead_letters.parquet), or the day's quota is spent.`,
		Example: `  segmenta activate apply
  segmenta activate apply --dry-run    do the plans still hold?`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := o.job(a)
			if err != nil {
				return err
			}
			r, err := j.ApplyActivation(c.Context(), o.destination, o.dry)
			if err != nil {
				return err
			}
			if err := a.answer(r, r.Tell); err != nil {
				return err
			}
			return a.unsaid(r.Failed())
		},
	}
	o.flags(c)
	c.Flags().BoolVar(&o.dry, "dry-run", false, "look whether the plans still hold, and send nothing")
	c.Flags().BoolVar(&o.force, "force", false, "deliver although a guard says no; the log says so")
	return c
}

func activateStatusCommand(a *app) *cobra.Command {
	o := new(activation)
	c := &cobra.Command{
		Use:   "status",
		Short: "Say what was delivered, refused and begun; no destination is asked",
		Args:  exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := o.job(a)
			if err != nil {
				return err
			}
			s, err := j.ActivationStatus(o.destination)
			if err != nil {
				return err
			}
			return a.answer(s, s.Tell)
		},
	}
	o.flags(c)
	return c
}

func activateRetryCommand(a *app) *cobra.Command {
	o := new(activation)
	c := &cobra.Command{
		Use:   "retry",
		Short: "Send again what was refused before, and nothing else",
		Args:  exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			j, err := o.job(a)
			if err != nil {
				return err
			}
			return o.retry(c.Context(), a, j)
		},
	}
	o.flags(c)
	c.Flags().BoolVar(&o.dry, "dry-run", false, "say what would be sent, and send nothing")
	return c
}

func (o *activation) retry(ctx context.Context, a *app, j *pipeline.Job) error {
	p, done, err := j.RetryActivation(ctx, o.destination, o.dry)
	if err != nil {
		return err
	}
	if done == nil {
		if err := a.answer(p, p.Tell); err != nil {
			return err
		}
		return a.unsaid(p.Failed())
	}
	if err := a.answer(done, done.Tell); err != nil {
		return err
	}
	return a.unsaid(done.Failed())
}

// unsaid prints what went wrong beside an answer that people read; in JSON it is in the
// answer already.
func (a *app) unsaid(err error) error {
	if a.json {
		return said(err)
	}
	return err
}
