package pipeline

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"segmenta/testdata"
)

//go:embed demos/cdnow.yaml
var cdnowConfig []byte

//go:embed demos/shop.yaml
var shopConfig []byte

// demos lists the demonstrations: each writes a project into a folder.
var demos = map[string]func(j *Job, dir string) error{
	"cdnow":    writeCDNOW,
	"shop":     writeShop,
	"campaign": writeCampaign,
}

// Demos names the demonstrations.
func Demos() []string { return slices.Sorted(maps.Keys(demos)) }

// A Shown demonstration is what was learned and what came out.
type Shown struct {
	Project string   `json:"project"`
	Learned *Learned `json:"learned"`
	Done    *Done    `json:"run"`
	Effects *Effects `json:"measured,omitempty"`
}

// Demo writes a project with its data, trains and runs.
func (j *Job) Demo(ctx context.Context, name, dir string) (*Shown, error) {
	write, ok := demos[name]
	if !ok {
		return nil, mark(ErrConfig, fmt.Errorf("there is no demo %q; there are %v", name, Demos()))
	}
	if err := write(j, dir); err != nil {
		return nil, err
	}
	c, err := LoadConfig(filepath.Join(dir, "segmenta.yaml"))
	if err != nil {
		return nil, err
	}
	j.Config = c
	shown := &Shown{Project: dir}
	if shown.Learned, err = j.Train(ctx, ""); err != nil {
		return nil, err
	}
	if shown.Done, err = j.Run(ctx, ""); err != nil {
		return nil, err
	}
	if len(c.Measure.Campaigns) > 0 {
		shown.Effects, err = j.Measure(ctx, Measuring{})
	}
	return shown, err
}

func writeCDNOW(_ *Job, dir string) error {
	return writeProject(dir, cdnowConfig, map[string][]byte{"data/transactions.parquet": testdata.CDNOW})
}

// writeProject writes a demo's own files anew each time.
func writeProject(dir string, config []byte, files map[string][]byte) error {
	all := map[string][]byte{"segmenta.yaml": config}
	maps.Copy(all, files)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, all[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Tell says to people what the demo found and what to try next.
func (s *Shown) Tell(w io.Writer) {
	for _, m := range s.Learned.Models {
		m.Card.tell(w, m.Version, s.Done.language)
	}
	s.Learned.Value.tell(w, s.Done.language)
	s.Done.Tell(w)
	if s.Effects != nil {
		fmt.Fprintln(w)
		s.Effects.Tell(w)
	}
	fmt.Fprintf(w, words{`
Next
  segmenta demo shop                       a shop with engagement, prospects and a customer table
  segmenta demo campaign                   what a campaign did, against those left alone
  segmenta init shop --data FILE           a project on your own purchases (Parquet or CSV)
  segmenta models show churn -c %s
`, `
Después
  segmenta demo                            compras reales de una tienda de discos
  segmenta demo campaign                   qué hizo una campaña, frente a quienes quedaron fuera
  segmenta init tienda --data FICHERO      un proyecto con sus propias compras (Parquet o CSV)
  segmenta models show churn -c %s
`}.in(s.Done.language), filepath.Join(s.Project, "segmenta.yaml"))
}
