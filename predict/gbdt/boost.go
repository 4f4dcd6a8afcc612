package gbdt

// booster holds what lasts from round to round.
type booster struct {
	p          Params
	objective  Objective
	m          *matrix
	train      *Data
	valid      *Data
	validCodes []codes
	score      []float64 // of the training rows so far
	validScore []float64
	losses     []float64 // of each validation row
	bestLosses []float64 // the same at the best round
	least      float64   // validation loss at the best round
	bestRound  int
	grad       []int64
	grower     *grower
	sampler    *sampler
	forest     *Forest
}

func newBooster(m *matrix, train, valid *Data, p Params) *booster {
	b := &booster{p: p, objective: Objectives[p.Objective], m: m, train: train, valid: valid,
		score: make([]float64, m.rows), grad: make([]int64, m.rows)}
	if valid != nil {
		b.validCodes = m.encode(valid, p.Threads)
		b.validScore, b.losses = make([]float64, valid.rows()), make([]float64, valid.rows())
		b.bestLosses = make([]float64, valid.rows())
	}
	b.grower = newGrower(m, &b.p)
	b.sampler = newSampler(m, &b.p)
	b.forest = newForest(m, train, p)
	return b
}

// run adds trees until the rounds are over, nothing gains, or the validation
// loss has stopped falling.
func (b *booster) run() (*Forest, error) {
	start := b.start()
	for round := range b.p.Rounds {
		if b.p.Stop != nil {
			if err := b.p.Stop(); err != nil {
				return nil, err
			}
		}
		t := b.round(round)
		if t == nil && round > 0 || t == nil && b.stumped(start) {
			break
		}
		if round == 0 {
			t.shift(start)
		}
		b.forest.trees = append(b.forest.trees, t)
		if b.p.Progress != nil {
			b.p.Progress(round+1, b.p.Rounds)
		}
		if b.judged() {
			break
		}
	}
	b.keepBest()
	return b.forest, nil
}

// start is the constant that fits best, where all scores begin; 0 where each row has
// a beginning of its own, which the trees don't hold.
func (b *booster) start() float64 {
	if b.train.Init != nil {
		copy(b.score, b.train.Init)
		if b.valid != nil {
			copy(b.validScore, b.valid.Init)
		}
		return 0
	}
	sum, weight := sumBlocks(b.p.Threads, b.m.rows, func(from, to int) (s, w float64) {
		for i := from; i < to; i++ {
			k := b.weight(b.train, i)
			s, w = s+k*b.train.Label[i], w+k
		}
		return s, w
	})
	start := b.objective.start(sum / weight)
	for i := range b.score {
		b.score[i] = start
	}
	for i := range b.validScore {
		b.validScore[i] = start
	}
	return start
}

// weight is the weight of a row, with that of its class.
func (b *booster) weight(d *Data, i int) float64 {
	w := 1.0
	if d.Weight != nil {
		w = d.Weight[i]
	}
	if b.p.Objective == "binary" && d.Label[i] == 1 {
		w *= b.p.PositiveWeight
	}
	return w
}

// stumped keeps a constant when not even the first tree can make a cut.
func (b *booster) stumped(start float64) bool {
	b.forest.trees = append(b.forest.trees, constant(start, b.m.rows))
	b.judged()
	return true
}

// round grows one tree and moves the scores; nil when nothing gains.
func (b *booster) round(round int) *tree {
	if len(b.m.columns) == 0 {
		return nil
	}
	b.gradients()
	rows := b.sampler.rows(round, b.grad)
	unit := quantise(b.p.Threads, b.grad, stream(b.p.Seed, streamQuantise, round))
	b.sampler.columns(round, b.grower.inPlay)
	t := b.grower.grow(rows, b.grad, unit)
	if t == nil {
		return nil
	}
	t.scale(b.p.LearningRate)
	b.move(t, rows)
	return t
}

// gradients writes the gradients of all rows, times their weights.
func (b *booster) gradients() {
	blocks(b.p.Threads, b.m.rows, func(_, from, to int) {
		b.objective.gradients(b.grad[from:to], b.score[from:to], b.train.Label[from:to], b.p)
		if b.train.Weight == nil {
			return
		}
		for i := from; i < to; i++ {
			g, h := unpackFloats(b.grad[i])
			b.grad[i] = packFloats(g*b.train.Weight[i], h*b.train.Weight[i])
		}
	})
}

// move adds the tree's values to the scores: by leaf for the rows that grew it,
// by walking for the others.
func (b *booster) move(t *tree, rows []int32) {
	leaves := b.grower.leaves
	if len(rows) == b.m.rows {
		each(b.p.Threads, len(leaves), func(_, i int) {
			v := t.leafValue[i]
			for _, row := range rows[leaves[i].from:leaves[i].to] {
				b.score[row] += v
			}
		})
	} else {
		b.walk(t, b.m.codes(), b.score)
	}
	b.walk(t, b.validCodes, b.validScore)
}

func (b *booster) walk(t *tree, c []codes, score []float64) {
	blocks(b.p.Threads, len(score), func(_, from, to int) {
		for i := from; i < to; i++ {
			score[i] += t.leafValue[t.leafOf(c, i)]
		}
	})
}

// judged notes the validation loss and tells whether to stop.
func (b *booster) judged() bool {
	f := b.forest
	f.Best = len(f.trees)
	if b.valid == nil {
		return false
	}
	loss, weight := sumBlocks(b.p.Threads, b.valid.rows(), func(from, to int) (s, w float64) {
		for i := from; i < to; i++ {
			k := b.weight(b.valid, i)
			b.losses[i] = k * b.objective.loss(b.validScore[i], b.valid.Label[i], b.p)
			s, w = s+b.losses[i], w+k
		}
		return s, w
	})
	f.Losses = append(f.Losses, loss/weight)
	if b.p.EarlyStop == 0 || len(f.Losses) == 1 || loss/weight < b.least {
		b.least = loss / weight
		b.bestRound = len(f.trees)
		copy(b.bestLosses, b.losses)
	}
	f.Best = b.bestRound
	return b.p.EarlyStop > 0 && len(f.trees)-f.Best >= b.p.EarlyStop
}

// keepBest drops the trees after the best round.
func (b *booster) keepBest() {
	b.forest.trees = b.forest.trees[:b.forest.Best]
}
