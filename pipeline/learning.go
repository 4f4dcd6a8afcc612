package pipeline

import (
	"context"
	"fmt"
	"time"

	"segmenta/features"
	"segmenta/models"
)

// A learning is what it takes to learn: the workspace for this job alone, its store, and the
// histories up to a moment.
type learning struct {
	job       *Job
	line      *line
	workspace *workspace
	store     *models.Store
	past      *past
	data      []File // what is learned from, where it was asked for

	plans     map[string]plan
	snapshots map[time.Time]*features.Snapshot

	value    *valueModel
	segments *segmentation
	files    map[string][]byte // of the micro-segments
}

// openLearning opens the workspace and reads the histories. hashed says to take down what was
// read, for a card to name what it was learned from.
func (j *Job) openLearning(ctx context.Context, asOf string, hashed bool) (*learning, error) {
	moment, err := j.asOf(asOf)
	if err != nil {
		return nil, err
	}
	w, err := openWorkspace(j.Config.Path(j.Config.Workspace))
	if err != nil {
		return nil, err
	}
	s := &learning{job: j, line: &line{job: j}, workspace: w}
	if s.store, err = w.store(); err == nil {
		err = s.line.do(ctx, "reading", func() error { return s.read(ctx, moment, hashed) })
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *learning) read(ctx context.Context, moment time.Time, hashed bool) error {
	g, err := s.job.gather(ctx, false)
	if err != nil {
		return err
	}
	defer g.close()
	if hashed {
		if s.data, err = g.hashes(); err != nil {
			return err
		}
	}
	s.past, err = s.job.load(ctx, g, moment, reading{})
	return err
}

func (s *learning) close() {
	if s.past != nil {
		s.past.Close()
	}
	s.workspace.close()
}

// look answers the features at every moment of the plans.
func (s *learning) look(ctx context.Context, plans map[string]plan) error {
	s.plans = plans
	return s.line.do(ctx, "features", func() (err error) { s.snapshots, err = s.past.compute(plans, s.job); return })
}

// now is the snapshot at the moment itself.
func (s *learning) now() *features.Snapshot { return s.snapshots[s.past.asOf] }

// learn learns the targets beside value and micro-segments, which ask nothing of one
// another. What they found is kept in one order all the same.
func (s *learning) learn(ctx context.Context, done *Learned) error {
	err := s.line.beside(ctx, func(ctx context.Context, l *line) error { return s.targets(ctx, l, done) }, s.valueAndSegments)
	if err != nil {
		return err
	}
	if err := s.value.keep(s.store, done); err != nil {
		return err
	}
	return s.segments.keep(s.store, s.files, done)
}

func (s *learning) valueAndSegments(ctx context.Context, l *line) error {
	err := l.do(ctx, "learning value", func() (err error) {
		s.value, err = s.job.learnValue(ctx, s.past, s.plans[customerValue], s.snapshots)
		return err
	})
	if err != nil {
		return err
	}
	return l.do(ctx, "micro-segments", func() (err error) {
		s.segments, s.files, err = s.job.learnSegments(s.past, s.now(), s.store)
		return err
	})
}

// targets learns one target after another.
func (s *learning) targets(ctx context.Context, l *line, done *Learned) error {
	for _, name := range s.job.Config.TargetNames() {
		err := l.do(ctx, "learning "+name, func() error {
			learned, err := s.job.learnTarget(ctx, s.past, name, s.plans[name], s.snapshots)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			learned.card.Data = s.data
			return done.keep(s.job, s.store, learned)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// crown stores what was learned under a name, and makes it the champion.
func crown(store *models.Store, name string, files map[string][]byte, asOf string) error {
	version, err := store.Add(name, files, asOf)
	if err != nil {
		return err
	}
	return store.Promote(name, version)
}
