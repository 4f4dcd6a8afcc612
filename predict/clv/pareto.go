package clv

import "math"

// While alive, a customer buys at a rate that is gamma distributed (r, α) over
// customers, and leaves at a rate that is gamma distributed (s, β).
//
// Schmittlein, D. C., Morrison, D. G. and Colombo, R. (1987). Counting Your Customers:
// Who Are They and What Will They Do Next? Management Science 33 (1). The likelihood
// holds an integral where the published form has hypergeometric functions, which
// overflow:
//
//	α^r β^s Γ(r+x)/Γ(r) [ (α+T)^−(r+x) (β+T)^−s + s ∫ (α+y)^−(r+x) (β+y)^−(s+1) dy, y from t_x to T ]

// pareto is the log-likelihood of Pareto/NBD.
func pareto(s *stats, p [4]float64, threads int) sums {
	r, alpha, d, beta := p[0], p[1], p[2], p[3]
	var all sums
	lr, dr, tr := rise(r, len(s.byX)-1)
	for x, n := range s.byX {
		all.f += n * lr[x]
		all.g[0] += n * dr[x]
		all.h[0] += n * tr[x]
	}
	all.f += s.n * (r*math.Log(alpha) + d*math.Log(beta))
	all.g[0] += s.n * math.Log(alpha)
	all.g[1] += s.n * r / alpha
	all.g[2] += s.n * math.Log(beta)
	all.g[3] += s.n * d / beta
	all.h[1] += s.n / alpha
	all.h[4] -= s.n * r / (alpha * alpha)
	all.h[8] += s.n / beta
	all.h[9] -= s.n * d / (beta * beta)
	add := func(out *sums, g *alike) { out.died(g.n, p, float64(g.x), s.times[g.tx], s.times[g.t]) }
	for _, groups := range [][]alike{s.silent, s.returned} {
		part := sumOver(groups, threads, add)
		all.plus(&part)
	}
	return all
}

// A branch is one of the two ways in which a history came about: its logarithm and the
// derivatives of that.
type branch struct {
	f float64
	g [4]float64
	h [10]float64
}

// died adds n times the logarithm of the bracket above.
func (s *sums) died(n float64, p [4]float64, x, tx, t float64) {
	here := alive(p, x, t)
	if t <= tx {
		s.f += n * here.f
		for i := range s.g {
			s.g[i] += n * here.g[i]
		}
		for i := range s.h {
			s.h[i] += n * here.h[i]
		}
		return
	}
	gone := dead(p, x, tx, t)
	w, log := weigh(gone.f - here.f)
	s.f += n * (here.f + log)
	for i := range 4 {
		s.g[i] += n * ((1-w)*here.g[i] + w*gone.g[i])
		for j := i; j < 4; j++ {
			k := place[i][j]
			s.h[k] += n * ((1-w)*here.h[k] + w*gone.h[k] + w*(1-w)*(gone.g[i]-here.g[i])*(gone.g[j]-here.g[j]))
		}
	}
}

// alive is (α+T)^−(r+x) (β+T)^−s.
func alive(p [4]float64, x, t float64) branch {
	rx, d := p[0]+x, p[2]
	la, lb, ia, ib := math.Log(p[1]+t), math.Log(p[3]+t), 1/(p[1]+t), 1/(p[3]+t)
	return branch{-rx*la - d*lb, [4]float64{-la, -rx * ia, -lb, -d * ib},
		[10]float64{0, -ia, 0, 0, rx * ia * ia, 0, 0, 0, -ib, d * ib * ib}}
}

// dead is s times the integral, with its derivatives.
func dead(p [4]float64, x, tx, t float64) branch {
	rx, d1 := p[0]+x, p[2]+1
	var e moments
	top := overDeaths(p, x, tx, t, func(v, y, da, db, la, lb float64) {
		e.add(v, la, 1/(y+da), lb, 1/(y+db))
	})
	return e.branch(p, rx, d1, top)
}

// deadLog is the logarithm of s times the integral.
func deadLog(p [4]float64, x, tx, t float64) float64 {
	sum := 0.0
	top := overDeaths(p, x, tx, t, func(v, _, _, _, _, _ float64) { sum += v })
	return math.Log(p[2]) + math.Log(sum) + top
}

// overDeaths sums over when a customer left: the integrand over e^top, with y = m+time,
// m the smaller of α and β, α+time = y+da, β+time = y+db and their logarithms.
//
// The integrand falls like a power, so the panels are even steps of ln y, none so wide
// that the logarithm of the integrand falls by more than 9: 16 nodes then give 13 digits.
// Panels that no longer count are left out.
func overDeaths(p [4]float64, x, tx, t float64, add func(v, y, da, db, la, lb float64)) (top float64) {
	rx, d1 := p[0]+x, p[2]+1
	m := min(p[1], p[3])
	da, db := p[1]-m, p[3]-m
	base := m + tx
	log, whole := math.Log(base), math.Log1p((t-tx)/base)
	top = -rx*math.Log(p[1]+tx) - d1*math.Log(p[3]+tx)
	sum := 0.0
	for from := 0.0; from < whole; {
		y := base * math.Exp(from)
		slope := 1 + rx*y/(y+da) + d1*y/(y+db)
		width := min(0.7, 9/slope, whole-from)
		added := 0.0
		for k := range nodes {
			for _, node := range [2]float64{(1 - nodes[k]) / 2, (1 + nodes[k]) / 2} {
				u := from + node*width
				y := base * math.Exp(u)
				la, lb := log+u, log+u
				if da > 0 {
					la = math.Log(y + da)
				}
				if db > 0 {
					lb = math.Log(y + db)
				}
				v := weights[k] / 2 * width * y * math.Exp(-rx*la-d1*lb-top)
				added += v
				add(v, y, da, db, la, lb)
			}
		}
		sum += added
		if from += width; added*(whole-from)/width < 1e-17*sum && slope > 3 {
			break
		}
	}
	return top
}

// moments are integrals of the integrand times ln(α+y), 1/(α+y), ln(β+y), 1/(β+y) and
// their products.
type moments struct {
	all, la, ia, lb, ib                      float64
	lala, laia, lalb, laib, iaia, ialb, iaib float64
	lblb, lbib, ibib                         float64
}

func (e *moments) add(v, la, ia, lb, ib float64) {
	e.all += v
	e.la += v * la
	e.ia += v * ia
	e.lb += v * lb
	e.ib += v * ib
	e.lala += v * la * la
	e.laia += v * la * ia
	e.lalb += v * la * lb
	e.laib += v * la * ib
	e.iaia += v * ia * ia
	e.ialb += v * ia * lb
	e.iaib += v * ia * ib
	e.lblb += v * lb * lb
	e.lbib += v * lb * ib
	e.ibib += v * ib * ib
}

// branch is the logarithm of s times the integral: its second derivatives are
// covariances under the integrand.
func (e *moments) branch(p [4]float64, rx, d1, top float64) branch {
	n := 1 / e.all
	la, ia, lb, ib := e.la*n, e.ia*n, e.lb*n, e.ib*n
	return branch{math.Log(p[2]) + math.Log(e.all) + top,
		[4]float64{-la, -rx * ia, 1/p[2] - lb, -d1 * ib},
		[10]float64{
			e.lala*n - la*la, rx*(e.laia*n-la*ia) - ia, e.lalb*n - la*lb, d1 * (e.laib*n - la*ib),
			rx*rx*(e.iaia*n-ia*ia) + rx*e.iaia*n, rx * (e.ialb*n - ia*lb), rx * d1 * (e.iaib*n - ia*ib),
			e.lblb*n - lb*lb - 1/(p[2]*p[2]), d1*(e.lbib*n-lb*ib) - ib,
			d1*d1*(e.ibib*n-ib*ib) + d1*e.ibib*n,
		}}
}

// nodes and weights are the Gauss-Legendre rule of 16 points on [−1, 1], its positive
// half (Abramowitz and Stegun, table 25.4).
var (
	nodes   = [8]float64{0.0950125098376374401853, 0.2816035507792589132305, 0.4580167776572273863424, 0.6178762444026437484467, 0.7554044083550030338951, 0.8656312023878317438805, 0.9445750230732325760779, 0.9894009349916499325962}
	weights = [8]float64{0.1894506104550684962854, 0.1826034150449235888668, 0.1691565193950025381893, 0.1495959888165767320815, 0.1246289712555338720525, 0.0951585116824927848099, 0.0622535239386478928628, 0.0271524594117540948518}
)
