package main

import (
	"github.com/spf13/cobra"

	"segmenta/pipeline"
)

func modelsCommand(a *app) *cobra.Command {
	return withChildren(&cobra.Command{Use: "models", Short: "Look at what was learned, and say which version is used"},
		modelsListCommand(a), modelsShowCommand(a), modelsImportCommand(a), modelsPromoteCommand(a), modelsRollbackCommand(a))
}

func modelsListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List every version of every model; a star marks the champion",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			list, err := j.ListModels()
			if err != nil {
				return err
			}
			return a.answer(list, list.Tell)
		},
	}
}

func modelsShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "show TARGET [VERSION]",
		Short:   "Show a model's card: data, features, figures with intervals",
		Example: "  segmenta models show churn",
		Args:    usage(cobra.RangeArgs(1, 2)),
		RunE: func(_ *cobra.Command, words []string) error {
			j, err := a.job()
			if err != nil {
				return err
			}
			card, err := j.ShowModel(words[0], second(words))
			if err != nil {
				return err
			}
			return a.answer(card, card.Tell)
		},
	}
}

func modelsPromoteCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "promote TARGET VERSION",
		Short: "Make a version the champion",
		Args:  exactly(2),
		RunE: func(_ *cobra.Command, words []string) error {
			return a.champion(func(j *pipeline.Job) (*pipeline.Champion, error) { return j.Promote(words[0], words[1]) })
		},
	}
}

func modelsRollbackCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rollback TARGET",
		Short: "Go back to the champion before this one",
		Args:  exactly(1),
		RunE: func(_ *cobra.Command, words []string) error {
			return a.champion(func(j *pipeline.Job) (*pipeline.Champion, error) { return j.Rollback(words[0]) })
		},
	}
}

func (a *app) champion(change func(*pipeline.Job) (*pipeline.Champion, error)) error {
	j, err := a.job()
	if err != nil {
		return err
	}
	now, err := change(j)
	if err != nil {
		return err
	}
	return a.answer(now, now.Tell)
}

func second(words []string) string {
	if len(words) < 2 {
		return ""
	}
	return words[1]
}
