package features

import "math"

// A Check is one question that the data were asked, and the answer.
type Check struct {
	Source   string
	Column   string // theirs; empty where it is about rows
	Name     string
	Severity string  // warn or fail: what it does when it says no
	Observed float64 // NaN where it is no number
	Limit    float64 // NaN where there is none
	Rows     int64   // that offend
	Passed   bool
	En, Es   string
	Samples  []Sample // the first offending rows
}

// Verdict is what a check says, in a word.
func (c *Check) Verdict() string {
	switch {
	case c.Passed:
		return "passed"
	case c.Severity == "fail":
		return "failed"
	}
	return "warned"
}

// Subject is what a check is about, such as transactions.amount.
func (c *Check) Subject() string {
	if c.Column == "" {
		return c.Source
	}
	return c.Source + "." + c.Column
}

// Failed reports whether a check stops the job.
func (c *Check) Failed() bool { return c.Verdict() == "failed" }

// none stands for no number.
var none = math.NaN()
