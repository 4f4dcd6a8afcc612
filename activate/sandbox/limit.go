package sandbox

import (
	"sync"
	"time"
)

// Limits are what a CRM accepts.
type Limits struct {
	Batch    int           // rows a call
	Bytes    int           // a call's body
	RowBytes int           // one row
	Calls    int           // in any window of Per
	Per      time.Duration // 0 with Calls: none
	Steady   int           // in any minute, besides
	Leak     float64       // calls a second that drain from a bucket of Calls; Per is not used then
	Together int           // calls under way at once
	Daily    int           // calls in 24 hours
	Budget   int           // points a minute, where calls cost points
}

// with replaces what other states.
func (l Limits) with(other Limits) Limits {
	for _, pair := range []struct{ to, from *int }{
		{&l.Batch, &other.Batch}, {&l.Bytes, &other.Bytes}, {&l.RowBytes, &other.RowBytes}, {&l.Calls, &other.Calls}, {&l.Steady, &other.Steady},
		{&l.Together, &other.Together}, {&l.Daily, &other.Daily}, {&l.Budget, &other.Budget},
	} {
		if *pair.from != 0 {
			*pair.to = *pair.from
		}
	}
	if other.Per != 0 {
		l.Per = other.Per
	}
	if other.Leak != 0 {
		l.Leak = other.Leak
	}
	return l
}

// A verdict says which limit a call met and when it would pass again.
type verdict struct {
	limit string // "calls", "steady", "together", "daily", "budget", ""
	wait  time.Duration
}

// A gate counts calls against the limits.
type gate struct {
	limits Limits
	now    func() time.Time
	state  *gateState
}

type gateState struct {
	mu       sync.Mutex
	burst    []time.Time // calls of the last Per
	steady   []time.Time // of the last minute
	level    float64     // of the bucket
	leaked   time.Time
	together int
	day      []time.Time // started; daily calls since
	minute   time.Time   // in which points were spent
	points   int
	refused  int
}

func newGate(limits Limits, now func() time.Time) gate {
	return gate{limits, now, &gateState{leaked: now(), minute: now()}}
}

// enter lets a call pass or says which limit stops it. A call let in must leave.
func (g gate) enter(cost int) verdict {
	s, now := g.state, g.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.burst, s.steady, s.day = since(s.burst, now.Add(-g.limits.Per)), since(s.steady, now.Add(-time.Minute)), since(s.day, now.Add(-24*time.Hour))
	s.level = max(0, s.level-now.Sub(s.leaked).Seconds()*g.limits.Leak)
	s.leaked = now
	if now.Sub(s.minute) >= time.Minute {
		s.minute, s.points = now, 0
	}
	v := g.judge(now, cost)
	if v.limit != "" {
		s.refused++
		return v
	}
	s.together++
	s.level++
	s.points += cost
	s.burst, s.steady, s.day = append(s.burst, now), append(s.steady, now), append(s.day, now)
	return v
}

func (g gate) judge(now time.Time, cost int) verdict {
	l, s := g.limits, g.state
	switch {
	case l.Together > 0 && s.together >= l.Together:
		return verdict{"together", 0}
	case l.Daily > 0 && len(s.day) >= l.Daily:
		return verdict{"daily", s.day[len(s.day)-l.Daily].Add(24 * time.Hour).Sub(now)}
	case l.Leak > 0 && s.level+1 > float64(l.Calls):
		return verdict{"calls", time.Duration((s.level + 1 - float64(l.Calls)) / l.Leak * float64(time.Second))}
	case l.Per > 0 && len(s.burst) >= l.Calls:
		return verdict{"calls", s.burst[len(s.burst)-l.Calls].Add(l.Per).Sub(now)}
	case l.Steady > 0 && len(s.steady) >= l.Steady:
		return verdict{"steady", s.steady[len(s.steady)-l.Steady].Add(time.Minute).Sub(now)}
	case l.Budget > 0 && s.points+cost > l.Budget:
		return verdict{"budget", s.minute.Add(time.Minute).Sub(now)}
	}
	return verdict{}
}

// leave ends a call.
func (g gate) leave() {
	g.state.mu.Lock()
	defer g.state.mu.Unlock()
	g.state.together--
}

// left is how many calls the window and the day still allow.
func (g gate) left() (burst, day int) {
	g.state.mu.Lock()
	defer g.state.mu.Unlock()
	return max(0, g.limits.Calls-len(g.state.burst)), max(0, g.limits.Daily-len(g.state.day))
}

// since drops what is not after the moment, in place; the times are sorted.
func since(times []time.Time, moment time.Time) []time.Time {
	from := 0
	for from < len(times) && !times[from].After(moment) {
		from++
	}
	if from == 0 {
		return times
	}
	return append(times[:0], times[from:]...)
}

// Refused counts the calls that a limit stopped.
func (s *Server) Refused() int {
	s.gate.state.mu.Lock()
	defer s.gate.state.mu.Unlock()
	return s.gate.state.refused
}

// Spend leaves so many of the day's calls.
func (s *Server) Spend(left int) {
	g := s.gate
	g.state.mu.Lock()
	defer g.state.mu.Unlock()
	for len(g.state.day) < g.limits.Daily-left {
		g.state.day = append(g.state.day, g.now())
	}
}

// A Clock is virtual: it stands still but for those who sleep on it, so that a
// day's quota takes no time to test. Two who sleep at once wake at the later of their moments.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts a clock at a moment.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now is the moment that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep moves the clock on.
func (c *Clock) Sleep(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
