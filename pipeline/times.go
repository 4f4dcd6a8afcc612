package pipeline

import (
	"slices"
	"time"
)

func sortedTimes(set map[time.Time]bool) (sorted []time.Time) {
	for t := range set {
		sorted = append(sorted, t)
	}
	slices.SortFunc(sorted, time.Time.Compare)
	return sorted
}
