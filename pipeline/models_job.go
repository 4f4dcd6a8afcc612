package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"segmenta/models"
)

// ModelList is every version in the store.
type ModelList struct {
	Models []models.Entry `json:"models"`
}

// Tell says it to people; a star marks the champion.
func (l *ModelList) Tell(w io.Writer) {
	if len(l.Models) == 0 {
		fmt.Fprintln(w, "No models yet: segmenta train learns them.")
	}
	for _, e := range l.Models {
		star := " "
		if e.Champion {
			star = "*"
		}
		fmt.Fprintf(w, "%s %-16s %s\n", star, e.Target, e.Version)
	}
}

// ListModels lists every version of every model.
func (j *Job) ListModels() (*ModelList, error) {
	s, err := j.store()
	if err != nil {
		return nil, err
	}
	list, err := s.List()
	return &ModelList{list}, err
}

// A ShownModel is a version's card.
type ShownModel struct {
	Version string   `json:"version"`
	Verdict *Verdict `json:"verdict,omitempty"` // whether it took the champion's place, and why
	Card    Card     `json:"card"`

	Value *valueModel `json:"value,omitempty"` // of customer_value

	language string
}

// Tell says it to people.
func (m *ShownModel) Tell(w io.Writer) {
	if m.Value != nil {
		tell(w, m.Card.Target, m.Version)
		m.Value.tell(w, m.language)
		return
	}
	m.Card.tell(w, m.Version, m.language)
	if m.Verdict != nil {
		fmt.Fprintf(w, "  %s\n", m.Verdict.Why.in(m.language))
	}
}

// ShowModel reads a version's card, the champion's where no version is given.
func (j *Job) ShowModel(target, version string) (*ShownModel, error) {
	s, err := j.store()
	if err != nil {
		return nil, err
	}
	if version == "" {
		if version, err = champion(s, target); err != nil {
			return nil, err
		}
	}
	files, err := s.Get(target, version)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	shown := &ShownModel{Version: version, Card: Card{Target: target}, language: j.Config.Language}
	if shown.Verdict, err = verdictOf(s, target, version); err != nil {
		return nil, err
	}
	if text, ok := files["card.json"]; ok {
		err = json.Unmarshal(text, &shown.Card)
	}
	if text, ok := files["value.json"]; ok {
		shown.Value = new(valueModel)
		err = json.Unmarshal(text, shown.Value)
	}
	return shown, err
}

// A Champion is the version that run scores with.
type Champion struct {
	Target  string `json:"target"`
	Version string `json:"version"`
}

// Tell says it to people.
func (c *Champion) Tell(w io.Writer) { fmt.Fprintf(w, "%s: %s is the champion\n", c.Target, c.Version) }

// Promote makes a version the champion.
func (j *Job) Promote(target, version string) (*Champion, error) {
	return j.change(target, func(s *models.Store) error { return s.Promote(target, version) })
}

// Rollback goes back to the champion before this one.
func (j *Job) Rollback(target string) (*Champion, error) {
	return j.change(target, func(s *models.Store) error { return s.Rollback(target) })
}

func (j *Job) change(target string, how func(*models.Store) error) (*Champion, error) {
	w, err := openWorkspace(j.Config.Path(j.Config.Workspace))
	if err != nil {
		return nil, err
	}
	defer w.close()
	s, err := w.store()
	if err != nil {
		return nil, err
	}
	if err := how(s); err != nil {
		return nil, mark(ErrConfig, err)
	}
	version, err := champion(s, target)
	return &Champion{target, version}, err
}

func (j *Job) store() (*models.Store, error) {
	return models.Open(filepath.Join(j.Config.Path(j.Config.Workspace), "models"))
}

// champion is the version to score with. Without one a run has nothing to say.
func champion(s *models.Store, target string) (string, error) {
	version, err := s.Champion(target)
	if errors.Is(err, models.ErrNone) {
		return "", mark(ErrGate, fmt.Errorf("%s: %w; segmenta train learns it", target, errNoModel))
	}
	return version, err
}
