package pipeline

import "time"

// A split says at which moments a target's model learns, and at which it is judged.
//
// Outcomes of a training moment must be over when the judging moment begins: nothing
// that the model learned from happens in the window it is judged on. Where the history
// is too short for that, the model learns and is judged around the same time on
// different customers, and the card says so.
type split struct {
	Train       []time.Time
	Holdout     time.Time
	ByCustomers bool // too short for a split in time
}

// minHistory is how many days of history a training moment needs before it: a
// customer with a few weeks behind them has no rhythm yet.
const minHistory = 90

// splitTime plans the moments for outcomes known before asOf, in a history that
// began at first. It reports false where not even one outcome is over.
func splitTime(t Target, tr Training, first, asOf time.Time) (split, bool) {
	window := int(t.Gap + t.Horizon)
	holdout := asOf.AddDate(0, 0, -window)
	earliest := first.AddDate(0, 0, min(minHistory, int(t.Horizon)))
	if holdout.Before(earliest) {
		return split{}, false
	}
	s := split{Holdout: holdout}
	for at := holdout.AddDate(0, 0, -window); !at.Before(earliest) && len(s.Train) < tr.Cutoffs; at = at.AddDate(0, 0, -int(tr.Every)) {
		s.Train = append(s.Train, at)
	}
	if len(s.Train) > 0 {
		return s, true
	}
	s.ByCustomers = true
	for at := holdout; !at.Before(earliest) && len(s.Train) < tr.Cutoffs; at = at.AddDate(0, 0, -int(tr.Every)) {
		s.Train = append(s.Train, at)
	}
	return s, true
}

// moments lists the split's moments, the judging one last.
func (s split) moments() []time.Time {
	at := append([]time.Time{}, s.Train...)
	if len(at) == 0 || !at[0].Equal(s.Holdout) {
		at = append(at, s.Holdout)
	}
	return at
}
