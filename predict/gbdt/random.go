package gbdt

// mix is splitmix64's finaliser: close inputs give unrelated outputs.
//
// Steele, G., Lea, D., Flood, C. (2014). Fast splittable pseudorandom number
// generators. OOPSLA.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// The streams of random numbers, so that no two uses share one.
const (
	streamBins = iota + 1
	streamQuantise
	streamBagging
	streamColumns
	streamGOSS
	streamSearch
)

// stream is a key for one use of the seed in one round.
func stream(seed uint64, use, round int) uint64 {
	return mix(mix(seed^uint64(use)<<56) + uint64(round))
}

// chance is uniform in [0, 1).
func chance(key uint64, i int) float64 {
	return float64(mix(key+uint64(i))>>11) * 0x1p-53
}
