package pipeline

import (
	"context"
	_ "embed"
	"math/rand/v2"
	"path/filepath"
	"time"

	"segmenta/segment"
	"segmenta/table"
)

//go:embed demos/campaign.yaml
var campaignConfig []byte

// demoMoved is by how much the demo's campaign raises the chance of a purchase in a month:
// a discount works on those who have not bought for two to eight months, novelty on those
// who bought lately, and neither on the others.
func demoMoved(variant string, silent float64) float64 {
	switch {
	case variant == "discount" && silent >= 60 && silent < 240:
		return 0.25
	case variant == "novelty" && silent < 60:
		return 0.15
	}
	return 0.01
}

// writeCampaign simulates a shop that goes on for a month after its campaign, and adds what
// the campaign did.
func writeCampaign(j *Job, dir string) error {
	if err := writeProject(dir, campaignConfig, nil); err != nil {
		return err
	}
	if _, err := j.Simulate(context.Background(), Simulation{Dir: filepath.Join(dir, "data"), Customers: 9000, Days: 560, End: "2026-02-01", Seed: 7}); err != nil {
		return err
	}
	c, err := LoadConfig(filepath.Join(dir, "segmenta.yaml"))
	if err != nil {
		return err
	}
	begin, err := parseMoment(c.AsOf, c.zone)
	if err != nil {
		return err
	}
	bought, err := table.ReadFile(filepath.Join(dir, "data/transactions/part-0000.parquet"))
	if err != nil {
		return err
	}
	rows, sent := (&demoCampaign{c, begin, rand.New(rand.NewPCG(7, 1)), bought}).happens()
	return writeBoth(dir, rows, sent)
}

// A demoCampaign is sent to everybody who has bought and is not left alone.
type demoCampaign struct {
	c      *Config
	begin  time.Time
	random *rand.Rand
	bought *table.Table
}

// happens makes the purchases and the events that the campaign brings. A purchase is the
// customer's last one once more.
func (d *demoCampaign) happens() (rows, events *table.Table) {
	id, at := d.bought.Column("customer_id"), d.bought.Column("time")
	last := make(map[string]int)
	var order []string
	for i := range d.bought.Rows() {
		who := id.Text(i)
		if who == "" || at.IsNull(i) || at.Ints[i] >= d.begin.UnixMicro() {
			continue
		}
		k, known := last[who]
		if !known {
			order = append(order, who)
		}
		if !known || at.Ints[i] > at.Ints[k] {
			last[who] = i
		}
	}
	lot := segment.HoldOut{Share: d.c.Holdout.Share, Salt: d.c.Holdout.Salt}
	var again []int
	var when []time.Time
	e := new(demoEvents)
	for _, who := range order {
		if lot.Holds(who) {
			continue
		}
		variant := d.c.Measure.Campaigns["january"].variant("january", d.c.Holdout.Salt, who)
		silent := d.begin.Sub(time.UnixMicro(at.Ints[last[who]])).Hours() / 24
		day := d.begin.AddDate(0, 0, 1).Add(time.Duration(d.random.IntN(600)) * time.Minute)
		e.add(who, "email_sent", day)
		if d.random.Float64() < 0.35 {
			e.add(who, "email_open", day.Add(3*time.Hour))
			if d.random.Float64() < 0.2 {
				e.add(who, "email_click", day.Add(3*time.Hour+time.Minute))
			}
		}
		if d.random.Float64() < demoMoved(variant, silent) {
			again, when = append(again, last[who]), append(when, day.AddDate(0, 0, d.random.IntN(25)))
		}
	}
	rows = new(table.Table)
	for _, c := range d.bought.Columns {
		switch p := c.Pick(again); c.Name {
		case "time":
			rows.Add(table.Times("time", when))
		case "order_id":
			ids := make([]string, len(again))
			for i := range ids {
				ids[i] = "january-" + id.Text(again[i])
			}
			rows.Add(table.Strings("order_id", ids))
		default:
			rows.Add(p)
		}
	}
	return rows, e.table()
}

// demoEvents are rows like those of the simulated shop.
type demoEvents struct {
	who, kind, channel []string
	at                 []time.Time
}

func (e *demoEvents) add(who, kind string, at time.Time) {
	e.who, e.kind, e.channel, e.at = append(e.who, who), append(e.kind, kind), append(e.channel, "email"), append(e.at, at)
}

func (e *demoEvents) table() *table.Table {
	t, n := new(table.Table), len(e.who)
	t.Add(table.Strings("customer_id", e.who))
	t.Add(table.Times("time", e.at))
	t.Add(table.Strings("type", e.kind))
	t.Add(table.Strings("channel", e.channel))
	t.Add(table.Floats("value", make([]float64, n)))
	t.Add(table.OptionalStrings("category", make([]string, n)))
	return t
}

func writeBoth(dir string, rows, events *table.Table) error {
	if err := table.WriteFile(filepath.Join(dir, "data/transactions/campaign.parquet"), rows); err != nil {
		return err
	}
	return table.WriteFile(filepath.Join(dir, "data/events/campaign.parquet"), events)
}
