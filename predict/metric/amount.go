package metric

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Amounts is how good predicted amounts are: of each customer what they spent, and what
// was foretold.
type Amounts struct {
	Rows      int      `json:"rows"`
	Mean      float64  `json:"mean"`
	Bias      float64  `json:"bias"` // predicted over happened, 1 is none
	MAE       Interval `json:"mae"`
	RMSE      Interval `json:"rmse"`
	Deviance  Interval `json:"deviance"` // Tweedie, power 1.5: fair to means, not ruled by the largest
	Gini      Interval `json:"gini"`     // of the ranking, 1 is perfect; equal predictions count in proportion
	Top10     Interval `json:"top_10"`   // share of all spending in the tenth predicted highest
	Spearman  float64  `json:"spearman"`
	Kendall   float64  `json:"kendall"`
	OneAmount bool     `json:"one_amount,omitempty"` // all predictions are equal: nothing is ranked
}

// CheckAmounts refuses what no figure can be computed from.
func CheckAmounts(y, p []float64) error {
	if len(y) != len(p) || len(y) == 0 {
		return fmt.Errorf("%d amounts and %d predictions", len(y), len(p))
	}
	sum := 0.0
	for i := range y {
		if !(y[i] >= 0) || math.IsInf(y[i], 0) || math.IsNaN(p[i]) || math.IsInf(p[i], 0) {
			return fmt.Errorf("row %d: the amount is %v and the prediction %v", i+1, y[i], p[i])
		}
		sum += y[i]
	}
	if sum == 0 {
		return errors.New("nobody spent anything")
	}
	return nil
}

// JudgeAmounts computes every figure, with bootstrap intervals.
func JudgeAmounts(y, p []float64, seed uint64) (*Amounts, error) {
	judged, _, err := JudgeRivals(y, [][]float64{p}, seed)
	if err != nil {
		return nil, err
	}
	return judged[0], nil
}

// LessDeviance is how much lower the deviance of a is than that of b on the same rows,
// as a share of b's, with the interval of a paired bootstrap.
func LessDeviance(y, a, b []float64, seed uint64) (Interval, error) {
	if err := errors.Join(CheckAmounts(y, a), CheckAmounts(y, b)); err != nil {
		return Interval{}, err
	}
	least := leastForetold * mean(y)
	lossA, lossB := deviances(y, a, least), deviances(y, b, least)
	gain := func(times []float64) float64 { return 1 - weighted(lossA, times)/weighted(lossB, times) }
	random := rand.New(rand.NewPCG(seed, 0x616d6f756e74))
	times := make([]float64, len(y))
	var samples []float64
	for range draws(len(y)) / 2 {
		resample(times, random)
		samples = append(samples, gain(times))
	}
	return compared(gain(nil), samples)
}

func compared(gain float64, samples []float64) (Interval, error) {
	if i := interval(gain, samples); i != nil {
		return *i, nil
	}
	return Interval{}, errors.New("nothing to compare")
}

func resample(times []float64, random *rand.Rand) {
	clear(times)
	for range times {
		times[random.IntN(len(times))]++
	}
}

// leastForetold is the share of the mean amount below which a prediction counts as this
// much: a deviance from nothing would be infinite, and rule all others.
const leastForetold = 0.01

// deviance is the unit deviance of a Tweedie distribution with power 1.5, from a
// prediction of least or more.
func deviance(y, p, least float64) float64 {
	m := math.Sqrt(max(p, least))
	return 4 * (y/m - 2*math.Sqrt(y) + m)
}

func deviances(y, p []float64, least float64) []float64 {
	out := make([]float64, len(y))
	for i := range y {
		out[i] = deviance(y[i], p[i], least)
	}
	return out
}

// weighted adds up values that count times often, once where times is nil.
func weighted(values, times []float64) (sum float64) {
	if times == nil {
		for _, v := range values {
			sum += v
		}
		return sum
	}
	for i, v := range values {
		sum += times[i] * v
	}
	return sum
}

// Concentration is the area between the curve of amounts gathered from the highest
// prediction down and the diagonal. Equal predictions stand in the order of the rows.
func Concentration(y, p []float64) float64 {
	sum, total, area := 0.0, 0.0, 0.0
	for _, v := range y {
		total += v
	}
	n := float64(len(y))
	for _, i := range descending(p) {
		sum += y[i]
		area += sum / total
	}
	return area/n - (n+1)/(2*n)
}

// Gathered is the share of all amounts in the first rows by prediction, as Concentration
// orders them.
func Gathered(y, p []float64, share float64) float64 {
	sum, total := 0.0, 0.0
	for k, i := range descending(p) {
		if total += y[i]; float64(k) < math.Ceil(share*float64(len(y))) {
			sum += y[i]
		}
	}
	return sum / total
}

// Spearman is the correlation of ranks, those of equal values being the mean of theirs.
func Spearman(a, b []float64) float64 { return pearson(ranks(a), ranks(b)) }

func ranks(v []float64) []float64 {
	at := descending(v)
	out := make([]float64, len(v))
	for from := 0; from < len(at); {
		to := from
		for to < len(at) && v[at[to]] == v[at[from]] {
			to++
		}
		for _, i := range at[from:to] {
			out[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return out
}

func pearson(a, b []float64) float64 {
	ma, mb := mean(a), mean(b)
	var ab, aa, bb float64
	for i := range a {
		ab += (a[i] - ma) * (b[i] - mb)
		aa += (a[i] - ma) * (a[i] - ma)
		bb += (b[i] - mb) * (b[i] - mb)
	}
	return ab / math.Sqrt(aa*bb)
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// Kendall is tau-b: pairs in the same order less pairs in the other, over what there
// could be without those that tie.
//
// Knight, W. R. (1966). A computer method for calculating Kendall's tau with ungrouped
// data. JASA 61.
func Kendall(a, b []float64) float64 {
	at := make([]int, len(a))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(i, j int) int { return cmp.Or(cmp.Compare(a[i], a[j]), cmp.Compare(b[i], b[j])) })
	tied := func(same func(i, j int) bool) (pairs float64) {
		run := 1.0
		for k := 1; k < len(at); k++ {
			if !same(at[k], at[k-1]) {
				pairs, run = pairs+run*(run-1)/2, 0
			}
			run++
		}
		return pairs + run*(run-1)/2
	}
	inA := tied(func(i, j int) bool { return a[i] == a[j] })
	both := tied(func(i, j int) bool { return a[i] == a[j] && b[i] == b[j] })
	values := make([]float64, len(b))
	for k, i := range at {
		values[k] = b[i]
	}
	swaps := inversions(values, make([]float64, len(values)))
	slices.SortFunc(at, func(i, j int) int { return cmp.Compare(b[i], b[j]) })
	inB := tied(func(i, j int) bool { return b[i] == b[j] })
	all := float64(len(a)) * float64(len(a)-1) / 2
	return (all - inA - inB + both - 2*swaps) / math.Sqrt(all-inA) / math.Sqrt(all-inB)
}

// inversions counts the pairs in falling order, and sorts.
func inversions(v, room []float64) (n float64) {
	if len(v) < 2 {
		return 0
	}
	half := len(v) / 2
	n = inversions(v[:half], room[:half]) + inversions(v[half:], room[half:])
	i, j := 0, half
	for k := range room {
		if j == len(v) || i < half && v[i] <= v[j] {
			room[k] = v[i]
			i++
			continue
		}
		room[k] = v[j]
		n += float64(half - i)
		j++
	}
	copy(v, room)
	return n
}
