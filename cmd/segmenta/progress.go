package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// A bar shows how far a job is, on one line of a terminal. What is written through
// it, such as the log, comes out above that line.
type bar struct {
	w     io.Writer
	on    bool
	stage string
	now   *progressbar.ProgressBar
}

func newBar(w io.Writer, on bool) *bar { return &bar{w: w, on: on} }

// show moves the bar. A total of 0 means that nobody knows how long it will take.
func (b *bar) show(stage string, done, total int64) {
	if !b.on {
		return
	}
	if total <= 0 {
		total = -1
	}
	if b.now == nil || stage != b.stage || b.now.GetMax64() != total {
		b.end()
		b.stage = stage
		b.now = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(b.w),
			progressbar.OptionSetDescription(stage),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(80*time.Millisecond),
			progressbar.OptionSpinnerType(14),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(total > 0))
		b.now.RenderBlank()
	}
	b.now.Set64(done)
}

// end clears the line.
func (b *bar) end() {
	if b.now != nil {
		b.now.Clear()
		b.now = nil
	}
}

// Write clears the line and writes above it.
func (b *bar) Write(p []byte) (int, error) {
	b.end()
	return b.w.Write(p)
}
