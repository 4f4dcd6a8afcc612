package pipeline

import (
	"context"
	"io"
)

type Simulation struct {
	Dir             string
	Customers, Days int
	End             string
	Seed            uint64
	Dirty           float64
}
type Simulated struct{}

func (s *Simulated) Tell(io.Writer) {}
func (j *Job) Simulate(ctx context.Context, o Simulation) (*Simulated, error) { return nil, nil }
func writeShop(j *Job, dir string) error                                      { return nil }
