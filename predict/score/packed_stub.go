package score

import "segmenta/predict/forest"

type packed struct{}
type packedRoom struct{}

func (p *packed) room(*room)                                            {}
func (s *Scorer) choose(*forest.Forest, float64)                        {}
func (s *Scorer) packedChunk(*room, [][]float64, [][]float64, int, int) {}
func fast() []string                                                    { return nil }
