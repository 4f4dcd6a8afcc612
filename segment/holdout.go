package segment

// A HoldOut draws who is left alone, so that what a campaign does can be told from what
// would have happened anyway. The draw needs no memory: the same customer, salt and name
// give the same answer at each run and on each machine, and a larger share holds the
// smaller one.
type HoldOut struct {
	Share float64 // of those it is drawn among
	Salt  string  // another salt, another draw
	Name  string  // of the segment or campaign; empty for the one that all campaigns leave alone
}

// Holds reports whether the customer is left alone.
func (h HoldOut) Holds(customer string) bool {
	purpose := "holdout " + h.Salt
	if h.Name != "" {
		purpose += "\x00" + h.Name
	}
	return h.Share > 0 && Lot(customer, purpose) < h.Share
}
