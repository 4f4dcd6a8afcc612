package clv

import (
	"math"
	"slices"
)

// A customer who is alive is like a new one with other parameters: those that their
// history leaves likely. What lies ahead of them depends on these alone.
type ahead struct {
	alive    func(p [4]float64, x, tx, t float64) float64  // probability of being one still
	given    func(p [4]float64, x, t float64) [4]float64   // parameters of one who is, at age t
	rate     func(p [4]float64, s float64) float64         // expected purchases a unit of time, s from now
	expected func(p [4]float64, h float64) float64         // expected purchases within h
	silent   func(p [4]float64, h float64) float64         // probability of none within h
	counts   func(p [4]float64, h, tiny float64) []float64 // probabilities of 0, 1, 2, … purchases within h, but for a rest of tiny
	scale    func(p [4]float64) float64                    // the shortest time in which the rate changes
	next     func(p [4]float64, u [3]float64) [3]float64   // times by which shares u of those who buy again have
}

// leavesAfter is BG/NBD ahead of a customer; first is 1 in the modified model.
func leavesAfter(first float64) ahead {
	return ahead{
		alive: func(p [4]float64, x, tx, t float64) float64 {
			if x == 0 && first == 0 {
				return 1
			}
			gone, _ := weigh(math.Log(p[2]/(p[3]+x+first-1)) + (p[0]+x)*math.Log1p((t-tx)/(p[1]+tx)))
			if gone < 0.5 {
				return 1 - gone
			}
			here, _ := weigh(-math.Log(p[2]/(p[3]+x+first-1)) - (p[0]+x)*math.Log1p((t-tx)/(p[1]+tx)))
			return here
		},
		given: func(p [4]float64, x, t float64) [4]float64 {
			return [4]float64{p[0] + x, p[1] + t, p[2], p[3] + x + first}
		},
		rate: geometricRate, expected: geometricExpected, silent: neverBuys, counts: geometricCounts,
		scale: geometricScale,
		next: func(p [4]float64, u [3]float64) (times [3]float64) {
			for k := range u {
				times[k] = p[1] * math.Expm1(-math.Log1p(-u[k])/p[0])
			}
			return times
		},
	}
}

// steepest is how large a logarithm may be before its exponential is kept out of sums.
const steepest = 600

// geometricRate is E[λ e^(−λ p s)] over gamma (r, α) and beta (a, b),
//
//	r/α · (1−z)^(r+1) · 2F1(r+1, b; a+b; z), z = s/(α+s),
//
// which Euler's transformation (Abramowitz and Stegun 15.3.3) makes a sum that neither
// overflows nor loses digits; where so many leave that it would, the sum as it stands.
func geometricRate(p [4]float64, s float64) float64 {
	r, a, c := p[0], p[2], p[2]+p[3]
	z, log := s/(p[1]+s), math.Log1p(s/p[1])
	if a*log < steepest {
		return r / p[1] * math.Exp(-a*log) * sumOfTerms(c-r-1, a, c, z)
	}
	return r / p[1] * math.Exp(-(r+1)*log) * sumOfTerms(r+1, p[3], c, z)
}

// sumOfTerms is Gauss's 2F1(a, b; c; z) for 0 ≤ z < 1, each term from the one before.
func sumOfTerms(a, b, c, z float64) float64 {
	sum, term := 1.0, 1.0
	for n := 0.0; n < 1e6; n++ {
		term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
		if sum += term; math.Abs(term) < 1e-17*math.Abs(sum) && n > -a {
			break
		}
	}
	return sum
}

// geometricExpected is (a+b−1)/(a−1) · [1 − (1−z)^r 2F1(r, b; a+b−1; z)], z = h/(α+h),
// with both singular factors taken out of the transformed sum, so that a = 1 and
// a + b = 1 are points like any other.
func geometricExpected(p [4]float64, h float64) float64 {
	r, a, c := p[0], p[2], p[2]+p[3]-1
	z, log := h/(p[1]+h), -math.Log1p(h/p[1]) // ln(1−z)
	if -(a-1)*log > steepest {
		return integral(geometricRate, p, geometricScale(p), h, 0)
	}
	power := log // ((1−z)^(a−1) − 1) / (a−1)
	if e := (a - 1) * log; e != 0 {
		power = math.Expm1(e) / (a - 1)
	}
	term := (c - r) * z
	sum := term
	for n := 1.0; n < 1e6; n++ {
		term *= (a - 1 + n) * (c - r + n) / ((c + n) * (n + 1)) * z
		if sum += term; math.Abs(term) < 1e-17*math.Abs(sum) && n > r-c {
			break
		}
	}
	return max(0, -c*power-math.Exp((a-1)*log)*sum)
}

func geometricScale(p [4]float64) float64 { return p[1] / max(1, p[2]) }

// neverBuys is (α/(α+h))^r: leaving comes only after a purchase.
func neverBuys(p [4]float64, h float64) float64 { return math.Exp(-p[0] * math.Log1p(h/p[1])) }

// geometricCounts are the probabilities of n purchases: made and stayed, or left after
// the n-th.
func geometricCounts(p [4]float64, h, tiny float64) []float64 {
	a, b := p[2], p[3]
	made := negativeBinomial(nil, p[0], p[1], h, tiny)
	out := make([]float64, len(made))
	stay, beyond := 1.0, tails(made)
	for n := range made {
		x := float64(n)
		out[n] = stay * made[n]
		if n > 0 { // B(a+1, b+n−1)/B(a, b)
			out[n] += stay * a / (b + x - 1) * beyond[n]
		}
		stay *= (b + x) / (a + b + x)
	}
	return out
}

// tails are the sums from each place on.
func tails(p []float64) []float64 {
	out := make([]float64, len(p)+1)
	for n := len(p) - 1; n >= 0; n-- {
		out[n] = out[n+1] + p[n]
	}
	return out
}

// longest is the most purchases that counts go up to.
const longest = 100_000

// negativeBinomial are the probabilities of 0, 1, 2, … purchases within h at a rate
// that is gamma (r, α), up to where the rest is below tiny. Each comes of the one
// before; on logarithms as long as they are too small for a number.
func negativeBinomial(out []float64, r, alpha, h, tiny float64) []float64 {
	z := h / (alpha + h)
	log := -r * math.Log1p(h/alpha)
	v := math.Exp(log)
	out = out[:0]
	for n := 0.0; n < longest; n++ {
		out = append(out, v)
		ratio := (r + n) / (n + 1) * z
		if ratio < 1 && v*ratio/(1-ratio) < tiny && n > 0 {
			break
		}
		if log < -steepest {
			log += math.Log(ratio)
			v = math.Exp(log)
			continue
		}
		v *= ratio
	}
	return out
}

// dies is Pareto/NBD ahead of a customer.
var dies = ahead{
	alive: func(p [4]float64, x, tx, t float64) float64 {
		if t <= tx {
			return 1
		}
		here, _ := weigh(-(p[0]+x)*math.Log(p[1]+t) - p[2]*math.Log(p[3]+t) - deadLog(p, x, tx, t))
		return here
	},
	given: func(p [4]float64, x, t float64) [4]float64 {
		return [4]float64{p[0] + x, p[1] + t, p[2], p[3] + t}
	},
	rate: func(p [4]float64, s float64) float64 {
		return p[0] / p[1] * math.Exp(-p[2]*math.Log1p(s/p[3]))
	},
	expected: func(p [4]float64, h float64) float64 {
		log := -math.Log1p(h / p[3])
		power := log // ((β/(β+h))^(s−1) − 1) / (s−1)
		if e := (p[2] - 1) * log; e != 0 {
			power = math.Expm1(e) / (p[2] - 1)
		}
		return -p[0] / p[1] * p[3] * power
	},
	silent: func(p [4]float64, h float64) float64 {
		never := neverBuys(p, h) * math.Exp(-p[2]*math.Log1p(h/p[3]))
		overLives(p, h, func(life, density float64) { never += density * neverBuys(p, life) })
		return never
	},
	counts: paretoCounts,
	scale:  func(p [4]float64) float64 { return min(p[1], p[3]) },
	next:   paretoNext,
}

// overLives sums over when a customer leaves, if within h: the density of lives is
// s β^s / (β+τ)^(s+1), which ln(β+τ) makes even.
func overLives(p [4]float64, h float64, add func(life, density float64)) {
	m := min(p[1], p[3])
	whole := math.Log1p(h / m)
	panels := max(1, math.Ceil(whole/0.7))
	for k := range int(panels) {
		for i := range nodes {
			for _, node := range [2]float64{(1 - nodes[i]) / 2, (1 + nodes[i]) / 2} {
				u := (float64(k) + node) * whole / panels
				life := m * math.Expm1(u)
				add(life, weights[i]/2*whole/panels*(m+life)*p[2]/(p[3]+life)*math.Exp(-p[2]*math.Log1p(life/p[3])))
			}
		}
	}
}

func paretoCounts(p [4]float64, h, tiny float64) []float64 {
	out := negativeBinomial(nil, p[0], p[1], h, tiny)
	stays := math.Exp(-p[2] * math.Log1p(h/p[3]))
	for n := range out {
		out[n] *= stays
	}
	var made []float64
	overLives(p, h, func(life, density float64) {
		made = negativeBinomial(made, p[0], p[1], life, tiny)
		for n, v := range made[:min(len(made), len(out))] {
			out[n] += density * v
		}
	})
	return out
}

// paretoNext adds up the density of the next purchase, E[λ e^(−λs) e^(−μs)], in even
// steps of ln(m+s), and finds where the shares are reached. Where all buy, or leave, at about
// one rate the density falls within a small part of α or β, and m is no larger.
func paretoNext(p [4]float64, u [3]float64) (times [3]float64) {
	const step, steep = 0.25, 100
	m := min(p[1], p[3], steep*p[1]/(p[0]+1), steep*p[3]/p[2])
	sums := []float64{0}
	for from := 0.0; from < 60; from += step {
		added := 0.0
		for k := range nodes {
			for _, v := range [2]float64{from + step*(1-nodes[k])/2, from + step*(1+nodes[k])/2} {
				s := m * math.Expm1(v)
				added += weights[k] / 2 * step * (m + s) * p[0] / p[1] * math.Exp(-(p[0]+1)*math.Log1p(s/p[1])-p[2]*math.Log1p(s/p[3]))
			}
		}
		all := sums[len(sums)-1] + added
		if sums = append(sums, all); added < 1e-10*all {
			break
		}
	}
	for i := range u {
		want := u[i] * sums[len(sums)-1]
		times[i] = math.Inf(1)
		if k := 1 + slices.IndexFunc(sums[1:], func(sum float64) bool { return sum >= want }); k > 0 {
			times[i] = m * math.Expm1(step*(float64(k-1)+(want-sums[k-1])/(sums[k]-sums[k-1])))
		}
	}
	return times
}
