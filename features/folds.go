package features

import (
	"hash/fnv"
	"slices"
	"time"
)

// A Fold is one turn of a cross-validation: rows to learn from, and rows to judge on.
type Fold struct {
	At           time.Time // the moment that is judged
	Group        int       // the customers that are judged
	Train, Valid []int     // rows
}

// Folds deals rows out for a cross-validation that looks into no future: each row
// is a customer at a moment, whose outcome is over by until. A fold judges one
// moment on one group of customers. It learns from other customers only, and only
// from outcomes that were over when the judged moment began: they are purged
// otherwise. Folds without rows on either side are left out; the others come in
// order of time, then of group.
//
// López de Prado, M. (2018). Advances in Financial Machine Learning, ch. 7: purging
// of overlapping outcomes in cross-validation.
func Folds(customers []string, at, until []time.Time, groups int) []Fold {
	moments := slices.Clone(at)
	slices.SortFunc(moments, time.Time.Compare)
	moments = slices.CompactFunc(moments, time.Time.Equal)
	group := make([]int, len(customers))
	for i, c := range customers {
		group[i] = Group(c, groups)
	}
	var folds []Fold
	for _, m := range moments {
		for g := range groups {
			f := Fold{At: m, Group: g}
			for i := range customers {
				switch {
				case group[i] == g && at[i].Equal(m):
					f.Valid = append(f.Valid, i)
				case group[i] != g && !until[i].After(m):
					f.Train = append(f.Train, i)
				}
			}
			if len(f.Train) > 0 && len(f.Valid) > 0 {
				folds = append(folds, f)
			}
		}
	}
	return folds
}

// Group puts a customer into one of so many groups, the same one at every moment and
// on every machine.
func Group(customer string, groups int) int {
	h := fnv.New64a()
	h.Write([]byte(customer))
	return int(h.Sum64() >> 8 % uint64(groups))
}

// Ends is when a target's outcome is over for a snapshot.
func (h *History) Ends(t Target, s *Snapshot) time.Time {
	return after(after(s.AsOf.In(h.zone), t.Gap), t.Horizon)
}
