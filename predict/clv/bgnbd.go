package clv

import "math"

// While alive, a customer buys at a rate that is gamma distributed (r, α) over
// customers, and after each purchase leaves with a probability that is beta
// distributed (a, b). In the modified model they may leave after the first as well.
//
// Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting Your Customers" the
// Easy Way: An Alternative to the Pareto/NBD Model. Marketing Science 24 (2).
// Batislam, E. P., Denizel, M. and Filiztekin, A. (2007). Empirical validation and
// comparison of models for customer base analysis. Int. J. Research in Marketing 24.

// geometric is the log-likelihood of BG/NBD, or with first = 1 of the modified model,
// in which the first purchase may be the last.
func geometric(first int) func(s *stats, p [4]float64, threads int) sums {
	return func(s *stats, p [4]float64, threads int) sums {
		r, alpha, a, b := p[0], p[1], p[2], p[3]
		all := byFrequency(s, p, first)
		logs, inverse := shifted(s.times, alpha, threads)
		odds := make([]float64, len(s.byX)) // of leaving after the last purchase, as a logarithm
		for x := range odds {
			odds[x] = math.Log(a) - math.Log(b+float64(x+first-1))
		}
		add := func(out *sums, g *alike) {
			x := float64(g.x)
			out.leaving(g.n, r+x, logs[g.t], inverse[g.t], logs[g.tx], inverse[g.tx], odds[g.x], 1/a, 1/(b+x+float64(first)-1))
		}
		part := sumOver(s.returned, threads, add)
		all.plus(&part)
		if first == 0 {
			add = func(out *sums, g *alike) { out.staying(g.n, r, logs[g.t], inverse[g.t]) }
		}
		part = sumOver(s.silent, 1, add)
		all.plus(&part)
		return all
	}
}

// byFrequency is the part of the likelihood that depends on the frequency alone.
func byFrequency(s *stats, p [4]float64, first int) (all sums) {
	r, alpha, a, b := p[0], p[1], p[2], p[3]
	most := len(s.byX) - 1
	lr, dr, tr := rise(r, most)
	lb, db, tb := rise(b, most+first)
	lc, dc, tc := rise(a+b, most+first)
	for x, n := range s.byX {
		k := x + first
		all.f += n * (lr[x] + lb[k] - lc[k])
		all.g[0] += n * dr[x]
		all.g[2] -= n * dc[k]
		all.g[3] += n * (db[k] - dc[k])
		all.h[0] += n * tr[x]
		all.h[7] -= n * tc[k]
		all.h[8] -= n * tc[k]
		all.h[9] += n * (tb[k] - tc[k])
	}
	all.f += s.n * r * math.Log(alpha)
	all.g[0] += s.n * math.Log(alpha)
	all.g[1] += s.n * r / alpha
	all.h[1] += s.n / alpha
	all.h[4] -= s.n * r / (alpha * alpha)
	return all
}

// shifted is the logarithm, and the inverse, of each time plus a constant.
func shifted(times []float64, by float64, threads int) (logs, inverse []float64) {
	logs, inverse = make([]float64, len(times)), make([]float64, len(times))
	spread(pieces, threads, func(k int) {
		for i := len(times) * k / pieces; i < len(times)*(k+1)/pieces; i++ {
			logs[i], inverse[i] = math.Log(by+times[i]), 1/(by+times[i])
		}
	})
	return logs, inverse
}

// staying adds n times −R ln(α+T): those who can't have left.
func (s *sums) staying(n, rx, lt, it float64) {
	s.f -= n * rx * lt
	s.g[0] -= n * lt
	s.g[1] -= n * rx * it
	s.h[1] -= n * it
	s.h[4] += n * rx * it * it
}

// leaving adds n times ln((α+T)^−R + odds · (α+t_x)^−R): still here, or gone after the
// last purchase. lt and it are the logarithm and the inverse of α+T, ltx and itx of
// α+t_x, ia and ib the inverses of a and of b+x−1.
func (s *sums) leaving(n, rx, lt, it, ltx, itx, odds, ia, ib float64) {
	gone, log := weigh(odds + rx*(lt-ltx))
	here := 1 - gone
	mean := here*it + gone*itx
	s.f += n * (log - rx*lt)
	s.g[0] -= n * (here*lt + gone*ltx)
	s.g[1] -= n * rx * mean
	s.g[2] += n * gone * ia
	s.g[3] -= n * gone * ib
	both, dl, di := n*here*gone, lt-ltx, rx*(it-itx)
	s.h[0] += both * dl * dl
	s.h[1] += both*dl*di - n*mean
	s.h[2] += both * dl * ia
	s.h[3] -= both * dl * ib
	s.h[4] += both*di*di + n*rx*(here*it*it+gone*itx*itx)
	s.h[5] += both * di * ia
	s.h[6] -= both * di * ib
	s.h[7] += (both - n*gone) * ia * ia
	s.h[8] -= both * ia * ib
	s.h[9] += (both + n*gone) * ib * ib
}

// weigh is the share e^d / (1 + e^d) and ln(1 + e^d).
func weigh(d float64) (share, log float64) {
	e := math.Exp(-math.Abs(d))
	if log = math.Log1p(e); d > 0 {
		return 1 / (1 + e), d + log
	}
	return e / (1 + e), log
}
