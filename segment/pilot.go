package segment

import (
	"crypto/sha256"
	"encoding/binary"
)

// Lot puts a customer between 0 and 1 for a purpose: the same at each call and on
// each machine, evenly spread, and of one purpose without regard to another.
func Lot(customer, purpose string) float64 {
	sum := sha256.Sum256([]byte(purpose + "\x00" + customer))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// InPilot reports whether a segment is tried on a customer first.
func (r *Rule) InPilot(customer string) bool {
	return r.Pilot == 0 || Lot(customer, "pilot "+r.ID) < r.Pilot
}
