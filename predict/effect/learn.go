package effect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"segmenta/predict/gbdt"
)

// Data is a trial with what was known of everybody before it.
type Data struct {
	Names       []string
	Columns     [][]float64 // one value a customer; NaN is missing
	Categorical []bool      // columns of category codes; nil: none
	Outcome     []float64
	Treated     []bool
}

// A way to learn who is moved by the treatment.
type way struct {
	name  string
	learn func(d *gbdt.Data, treated []bool, share float64, binary bool, p gbdt.Params) (func(row []float64) float64, error)
}

// ways lists them; the first is taken where none is better out of sample.
//
// Athey, S. and Imbens, G. (2016). Recursive partitioning for heterogeneous causal
// effects. PNAS 113, for the transformed outcome.
var ways = []way{{"two_model", twoModel}, {"transformed_outcome", transformed}}

// twoModel learns the outcome of the treated and of the others apart.
func twoModel(d *gbdt.Data, treated []bool, _ float64, binary bool, p gbdt.Params) (func(row []float64) float64, error) {
	var rows [2][]int
	for i, t := range treated {
		rows[map[bool]int{true: 1}[t]] = append(rows[map[bool]int{true: 1}[t]], i)
	}
	if p.Objective = "regression"; binary {
		p.Objective = "binary"
	}
	var forests [2]*gbdt.Forest
	for arm := range forests {
		var err error
		if forests[arm], err = gbdt.Train(d.Where(rows[arm]), nil, p); err != nil {
			return nil, err
		}
	}
	return func(row []float64) float64 {
		a, b := forests[1].Raw(row), forests[0].Raw(row)
		if binary {
			a, b = 1/(1+math.Exp(-a)), 1/(1+math.Exp(-b))
		}
		return a - b
	}, nil
}

// transformed learns one figure whose mean is the effect: the outcome over the chance of
// the arm, less for those left alone.
func transformed(d *gbdt.Data, treated []bool, share float64, _ bool, p gbdt.Params) (func(row []float64) float64, error) {
	moved := *d
	moved.Label = make([]float64, len(d.Label))
	for i, y := range d.Label {
		if moved.Label[i] = -y / (1 - share); treated[i] {
			moved.Label[i] = y / share
		}
	}
	p.Objective = "regression"
	f, err := gbdt.Train(&moved, nil, p)
	if err != nil {
		return nil, err
	}
	return f.Raw, nil
}

// folds is how many parts of the half to learn from are each scored by models of the
// others, to choose the way.
const folds = 5

// A Learned uplift is everybody's score by a model that has not seen them.
type Learned struct {
	Score  []float64    // the change that the treatment is expected to make
	Judged []bool       // the half whose model was chosen and learned without them: judge on it alone
	Ways   []LearnedWay // how each way did among the half that chose
	Way    string       // that was chosen
}

// A LearnedWay is how one way did on customers that its models had not seen.
type LearnedWay struct {
	Name string  `json:"way"`
	Qini float64 `json:"qini"`
}

// fewestLearned is how many customers an arm must hold.
const fewestLearned = 500

// Learn scores everybody by a model that has not seen them. One half chooses the way, by
// how its models of four fifths order the last fifth, and learns; the other half is
// scored and is what to judge by. That half then scores the first one. Judging by both
// together would make much of chance: in simulated trials with nothing to find, one of
// four such intervals left 0 out.
func Learn(d *Data, seed uint64, threads int) (*Learned, error) {
	n, ones := len(d.Outcome), 0
	for _, t := range d.Treated {
		if t {
			ones++
		}
	}
	if ones < fewestLearned || n-ones < fewestLearned {
		return nil, fmt.Errorf("%d were treated and %d left alone; an uplift model needs %d of each", ones, n-ones, fewestLearned)
	}
	half := d.deal(nil, 2, seed)
	l := &Learned{Score: make([]float64, n), Judged: make([]bool, n)}
	way, err := d.choose(l, half, seed, threads)
	if err != nil {
		return nil, err
	}
	for k := range 2 {
		if err := d.scorePart(way, half, k, l.Score, seed, threads); err != nil {
			return nil, fmt.Errorf("%s: %w", way.name, err)
		}
	}
	for i, k := range half {
		l.Judged[i] = k == 1
	}
	return l, nil
}

// choose finds the way whose models order best whom they have not seen, within half 0.
func (d *Data) choose(l *Learned, half []int, seed uint64, threads int) (best way, err error) {
	fold, top := d.deal(half, folds, seed+1), math.Inf(-1)
	for _, w := range ways {
		score := make([]float64, len(half))
		for k := range folds {
			if err := d.scorePart(w, fold, k, score, seed, threads); err != nil {
				return best, fmt.Errorf("%s: %w", w.name, err)
			}
		}
		var s, y []float64
		var t []bool
		for i, place := range placesOf(fold, score) {
			if fold[i] >= 0 {
				s, y, t = append(s, place), append(y, d.Outcome[i]), append(t, d.Treated[i])
			}
		}
		r, err := Rank(s, y, t)
		if err != nil {
			return best, err
		}
		q := r.share(qini, nil)
		l.Ways = append(l.Ways, LearnedWay{w.name, q})
		if q > top {
			top, best, l.Way = q, w, w.name
		}
	}
	if l.Way == "" { // nobody has an outcome
		best, l.Way = ways[0], ways[0].name
	}
	return best, nil
}

// deal gives the customers of either arm, with an outcome and without, evenly to parts: a
// part with a small effect would leave a large one to learn from. Where half is given,
// those of its half 0 are dealt and the others belong to part −1.
func (d *Data) deal(half []int, parts int, seed uint64) []int {
	r := rand.New(rand.NewPCG(seed, 0xf01d))
	part, dealt := make([]int, len(d.Outcome)), [2][2]int{}
	for _, i := range r.Perm(len(part)) {
		if part[i] = -1; half != nil && half[i] != 0 {
			continue
		}
		next := &dealt[map[bool]int{true: 1}[d.Treated[i]]][map[bool]int{true: 1}[d.Outcome[i] > 0]]
		part[i] = *next % parts
		*next++
	}
	return part
}

// placesOf turns scores into places among those of the same part: models of different
// parts are not quite on one scale.
func placesOf(part []int, score []float64) []float64 {
	of := make([][]float64, slices.Max(part)+1)
	for i, k := range part {
		if k >= 0 {
			of[k] = append(of[k], score[i])
		}
	}
	for k := range of {
		slices.Sort(of[k])
	}
	place := make([]float64, len(score))
	for i, k := range part {
		if k >= 0 {
			at, _ := slices.BinarySearch(of[k], score[i])
			place[i] = float64(at) / float64(len(of[k]))
		}
	}
	return place
}

// scorePart learns from the other parts and scores this one.
func (d *Data) scorePart(w way, part []int, k int, to []float64, seed uint64, threads int) error {
	var rest []int
	var treated []bool
	ones, binary := 0.0, true
	for i, p := range part {
		binary = binary && (d.Outcome[i] == 0 || d.Outcome[i] == 1)
		if p >= 0 && p != k {
			rest, treated = append(rest, i), append(treated, d.Treated[i])
			if d.Treated[i] {
				ones++
			}
		}
	}
	all := &gbdt.Data{Names: d.Names, Columns: d.Columns, Categorical: d.Categorical, Label: d.Outcome}
	// Effects are small beside outcomes: shallow trees of many customers each, slowly.
	p := gbdt.Params{Rounds: 100, Leaves: 4, LearningRate: 0.05, MinLeaf: max(20, len(rest)/200), Seed: seed, Threads: threads}
	score, err := w.learn(all.Where(rest), treated, ones/float64(len(rest)), binary, p)
	if err != nil {
		return err
	}
	row := make([]float64, len(d.Columns))
	for i, p := range part {
		if p == k {
			for c := range row {
				row[c] = d.Columns[c][i]
			}
			to[i] = score(row)
		}
	}
	return nil
}

// Ranking orders those to judge by.
func (l *Learned) Ranking(d *Data) (*Ranking, error) {
	var s, y []float64
	var t []bool
	for i, judged := range l.Judged {
		if judged {
			s, y, t = append(s, l.Score[i]), append(y, d.Outcome[i]), append(t, d.Treated[i])
		}
	}
	return Rank(s, y, t)
}
