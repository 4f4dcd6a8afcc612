package drift

import (
	"math"
	"slices"
)

// KS is the largest distance between two samples' distributions, and how likely one as
// large is by chance. Missing values are left out.
//
// Marsaglia, G., Tsang, W. W., Wang, J. (2003). Evaluating Kolmogorov's distribution.
// J. Stat. Softw. 8 (18).
func KS(a, b []float64) (distance, p float64) {
	a, b = present(a), present(b)
	if len(a) == 0 || len(b) == 0 {
		return 0, 1
	}
	walk(a, b, func(fa, fb, _ float64) { distance = max(distance, math.Abs(fa-fb)) })
	n := float64(len(a)) * float64(len(b)) / float64(len(a)+len(b))
	return distance, max(0, 1-kolmogorov(int(math.RoundToEven(n)), distance))
}

// Wasserstein is how far, on average, values have to be moved to make one sample of the
// other. Missing values are left out.
func Wasserstein(a, b []float64) float64 {
	a, b = present(a), present(b)
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	sum := 0.0
	walk(a, b, func(fa, fb, width float64) { sum += math.Abs(fa-fb) * width })
	return sum
}

// walk visits every distinct value of two sorted samples with both distributions there
// and how far the next value is.
func walk(a, b []float64, visit func(fa, fb, width float64)) {
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		at := math.Inf(1)
		if i < len(a) {
			at = a[i]
		}
		if j < len(b) {
			at = min(at, b[j])
		}
		for i < len(a) && a[i] == at {
			i++
		}
		for j < len(b) && b[j] == at {
			j++
		}
		next := at
		if i < len(a) {
			next = a[i]
		}
		if j < len(b) && (i == len(a) || b[j] < next) {
			next = b[j]
		}
		visit(float64(i)/float64(len(a)), float64(j)/float64(len(b)), next-at)
	}
}

// exactRows is up to where Kolmogorov's distribution is computed exactly; beyond, an
// expansion is right to five digits and more.
const exactRows = 140

// kolmogorov is the probability that n uniform values stay within d of their
// distribution.
func kolmogorov(n int, d float64) float64 {
	switch s := float64(n) * d * d; {
	case d >= 1 || s > 18:
		return 1
	case n == 0 || d <= 0:
		return 0
	case n > exactRows && s >= 2.2:
		return 1 - 2*oneSided(float64(n), d)
	case n > exactRows:
		return expansion(float64(n), math.Sqrt(float64(n))*d)
	}
	k := int(float64(n)*d) + 1
	m := 2*k - 1
	h := float64(k) - float64(n)*d
	matrix := make([]float64, m*m)
	for i := range m {
		for j := range m {
			if i-j+1 >= 0 {
				matrix[i*m+j] = 1
			}
		}
	}
	for i := range m {
		matrix[i*m] -= math.Pow(h, float64(i+1))
		matrix[(m-1)*m+i] -= math.Pow(h, float64(m-i))
	}
	if 2*h-1 > 0 {
		matrix[(m-1)*m] += math.Pow(2*h-1, float64(m))
	}
	for i := range m {
		for j := range m {
			for g := 1; g <= i-j+1; g++ {
				matrix[i*m+j] /= float64(g)
			}
		}
	}
	q, exponent := power(matrix, m, n)
	p := q[(k-1)*m+k-1]
	for i := 1; i <= n; i++ {
		p = p * float64(i) / float64(n)
		if p < 1e-140 {
			p, exponent = p*1e140, exponent-140
		}
	}
	return p * math.Pow(10, float64(exponent))
}

// power raises a square matrix; the result is to be multiplied by ten to the exponent.
func power(a []float64, m, n int) (v []float64, exponent int) {
	if n == 1 {
		return slices.Clone(a), 0
	}
	v, exponent = power(a, m, n/2)
	v, exponent = times(v, v, m), 2*exponent
	if n%2 == 1 {
		v = times(a, v, m)
	}
	if v[(m/2)*m+m/2] > 1e140 {
		for i := range v {
			v[i] *= 1e-140
		}
		exponent += 140
	}
	return v, exponent
}

func times(a, b []float64, m int) []float64 {
	c := make([]float64, m*m)
	for i := range m {
		for k := range m {
			for j := range m {
				c[i*m+j] += a[i*m+k] * b[k*m+j]
			}
		}
	}
	return c
}

// oneSided is the probability that n uniform values leave their distribution by more
// than d on one side; in the tail, that on both sides is twice as much.
//
// Birnbaum, Z. W., Tingey, F. H. (1951). One-sided confidence contours for probability
// distribution functions. Ann. Math. Statist. 22.
func oneSided(n, d float64) float64 {
	sum := 0.0
	whole, _ := math.Lgamma(n + 1)
	for j := 0.0; j <= math.Floor(n*(1-d)); j++ {
		rest := 1 - d - j/n
		if rest <= 0 {
			break
		}
		a, _ := math.Lgamma(j + 1)
		b, _ := math.Lgamma(n - j + 1)
		sum += math.Exp(whole - a - b + (j-1)*math.Log(d+j/n) + (n-j)*math.Log(rest))
	}
	return d * sum
}

// expansion is the distribution for more rows, in powers of 1/√n.
//
// Pelz, W., Good, I. J. (1976). Approximating the lower tail-areas of the
// Kolmogorov-Smirnov one-sample statistic. JRSS B 38.
func expansion(n, z float64) float64 {
	const pi2 = math.Pi * math.Pi
	z2 := z * z
	z4, z6, z8 := z2*z2, z2*z2*z2, z2*z2*z2*z2
	var k [4]float64
	last := int(16*z/math.Pi) + 2
	for i := 1; i <= last; i++ {
		m2 := float64((2*i - 1) * (2*i - 1))
		m4, m6 := m2*m2, m2*m2*m2
		e := math.Exp(-m2 * pi2 / (8 * z2))
		k[0] += e
		k[1] += e * (pi2/4*m2 - z2)
		k[2] += e * (6*z6 + 2*z4 + pi2/4*(2*z4-5*z2)*m2 + pi2*pi2/16*(1-2*z2)*m4)
		k[3] += e * (-30*z6 - 90*z8 + pi2/4*(135*z4-96*z6)*m2 + pi2*pi2/16*(212*z4-60*z2)*m4 + pi2*pi2*pi2/64*(5-30*z2)*m6)
	}
	var even, odd float64
	for i := 1; i <= last; i++ {
		i2 := float64(i * i)
		e := i2 * math.Exp(-pi2*i2/(2*z2))
		even += e
		odd += e * (3*z2 - pi2*i2)
	}
	root := math.Sqrt(2 * math.Pi)
	k[0] *= root / z
	k[1] *= root / (6 * z4)
	k[2] = root * (k[2]/(72*z6*z) - pi2*even/(36*z2*z))
	k[3] = root * (k[3]/(6480*z6*z4) + pi2*odd/(216*z6))
	p := k[0] + k[1]/math.Sqrt(n) + k[2]/n + k[3]/(n*math.Sqrt(n))
	return min(1, max(0, p))
}
