package pipeline_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/pipeline"
	"segmenta/table"
	"segmenta/testdata"
)

// cdnowProject is the CDNOW cohort with a section on value.
func cdnowProject(t *testing.T, asOf, value string) *pipeline.Job {
	t.Helper()
	j := project(t, `
as_of: `+asOf+`
timezone: America/New_York
sources:
  transactions:
    path: data.parquet
    columns: {customer_id: customer_id, time: date, amount: dollar_value}
targets:
  churn: {horizon: 180d}
training: {rounds: 60}
value: `+value+`
`)
	if err := os.WriteFile(j.Config.Path("data.parquet"), testdata.CDNOW, 0o600); err != nil {
		t.Fatal(err)
	}
	return j
}

// Weeks 40 to 78 of CDNOW, foretold from the 39 weeks before: every way of foretelling
// value beside a naive rule, on the same customers.
func TestValueHoldout(t *testing.T) {
	if testing.Short() {
		t.Skip("trains on the whole of CDNOW")
	}
	j := cdnowProject(t, "1998-07-01", "{horizon: 273d, discount: 0}")
	l, err := j.Train(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	held := l.Value.Held
	if held == nil || held.Moment != "1997-10-01" {
		t.Fatalf("%+v", l.Value)
	}
	t.Logf("uses %s: %s", l.Value.Uses, l.Value.Why.En)
	ranking, loss := make(map[string]float64), make(map[string]float64)
	for _, w := range held.Ways {
		g := w.Good
		t.Logf("%-8s deviance %6.2f  MAE %6.2f [%.2f, %.2f]  RMSE %6.2f  bias %.2f  ranking %.3f [%.3f, %.3f]  Spearman %.3f  top tenth %.3f",
			w.Way, g.Deviance.Value, g.MAE.Value, g.MAE.Low, g.MAE.High, g.RMSE.Value, g.Bias, g.Gini.Value, g.Gini.Low, g.Gini.High, g.Spearman, g.Top10.Value)
		ranking[w.Way], loss[w.Way] = g.Gini.Value, g.Deviance.Value
		if g.Rows != held.Customers {
			t.Errorf("%s is judged on %d customers of %d", w.Way, g.Rows, held.Customers)
		}
	}
	for _, way := range []string{"bgnbd", "mbgnbd", "pareto", "trees", "hybrid"} {
		if loss[way] >= loss["naive"] {
			t.Errorf("%s is off by more (%.3f) than the naive rule (%.3f)", way, loss[way], loss["naive"])
		}
	}
	for _, way := range []string{"trees", "hybrid"} {
		if ranking[way] <= ranking["naive"] {
			t.Errorf("%s ranks no better (%.3f) than the naive rule (%.3f)", way, ranking[way], ranking["naive"])
		}
	}
	if loss[l.Value.Uses] > loss["bgnbd"] {
		t.Errorf("%s is used, whose deviance is %.3f, and that of BG/NBD %.3f", l.Value.Uses, loss[l.Value.Uses], loss["bgnbd"])
	}
	c := held.Interval
	t.Logf("intervals of %.2f held %.4f [%.4f, %.4f]; %.3f are nothing, of the others %.4f", c.Nominal, c.Covered, c.Low, c.High, c.Nothing, c.Wider)
	if math.Abs(c.Covered-c.Nominal) > 0.03 {
		t.Errorf("intervals of %v held %v", c.Nominal, c.Covered)
	}
}

// What a run says of value holds together: parts add up, ends are in order, marks are as
// rare as they were asked to be, and a second run scores by the same cuts.
func TestValueColumns(t *testing.T) {
	if testing.Short() {
		t.Skip("trains on the whole of CDNOW")
	}
	j := cdnowProject(t, "1998-06-30", "{horizon: 90d, trees: false, vip: 0.05, level: 0.9}")
	_, s := trainAndRun(t, j)
	n := func(name string, i int) float64 { return s.Column(name).Number(i) }
	vip, star, premium, sum, worth := 0.0, 0.0, 0.0, 0.0, 0.0
	for i := range s.Rows() {
		if !(n("clv_low", i) <= n("clv_high", i) && n("clv_low", i) >= 0 && n("expected_purchases_low", i) <= n("expected_purchases_high", i)) {
			t.Fatalf("row %d: clv from %v to %v", i, n("clv_low", i), n("clv_high", i))
		}
		if math.Abs(n("clv_total", i)-n("clv_hist", i)-n("clv", i)) > 1e-9*n("clv_total", i) {
			t.Fatalf("row %d: %v and %v make %v", i, n("clv_hist", i), n("clv", i), n("clv_total", i))
		}
		if cell := s.Column("rfm_cell").Text(i); len(cell) != 3 || cell[0] != byte('0'+int(n("rfm_recency", i))) {
			t.Fatalf("row %d: cell %q", i, cell)
		}
		if !s.Column("next_order_date").IsNull(i) && s.Column("next_order_date").Format(i) < "1998-06-30" {
			t.Fatalf("row %d: the next order on %s", i, s.Column("next_order_date").Format(i))
		}
		vip, star, premium = vip+n("vip", i), star+n("star", i), premium+n("premium", i)
		sum, worth = sum+n("clv_total", i), worth+n("clv", i)
	}
	rows := float64(s.Rows())
	if vip == 0 || vip > 0.05*rows || star == 0 || star > 0.1*rows || premium == 0 || premium > rows/2 {
		t.Errorf("of %v customers %v are VIPs, %v stars, %v premium", rows, vip, star, premium)
	}
	mean := sum / rows
	for i := range s.Rows() {
		if (n("clv_total", i) > mean*(1+1e-9)) != (n("premium", i) == 1) && math.Abs(n("clv_total", i)-mean) > 1e-9*mean {
			t.Fatalf("row %d: %v of a mean of %v, premium %v", i, n("clv_total", i), mean, n("premium", i))
		}
	}
	grid, err := table.ReadFile(filepath.Join(j.Config.Path("workspace"), "runs", "1998-06-30", "rfm_grid.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	customers, inGrid := 0.0, 0.0
	for i := range grid.Rows() {
		customers += grid.Column("customers").Number(i)
		if v := grid.Column("mean_clv").Number(i); !math.IsNaN(v) {
			inGrid += v * grid.Column("customers").Number(i)
		}
	}
	if customers != rows || math.Abs(inGrid-worth) > 1e-6*worth {
		t.Errorf("the grid holds %v customers of %v and a value of %v of %v", customers, rows, inGrid, worth)
	}
}

func TestValueConfig(t *testing.T) {
	for value, want := range map[string]string{
		"{discount: 3}": "value.discount is 3", "{vip: 1}": "value.vip is 1", "{level: 0}": "", "{rfm: {weights: [1, 2]}}": "want three numbers",
		"{rfm: {weights: [0, 0, 0]}}": "not all 0", "{stars: -0.1}": "value.stars is -0.1", "{rfm: {weights: [2, 1, 1], window: 365d}}": "",
	} {
		file := filepath.Join(t.TempDir(), "segmenta.yaml")
		text := "sources: {transactions: {path: a.csv}}\nvalue: " + value + "\n"
		_, err := pipeline.ParseConfig(file, []byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", value, err, want)
		}
	}
}

// A window that the catalogue doesn't have is named, and a model that was learned for
// another question is not used.
func TestValueRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("trains on the whole of CDNOW")
	}
	if _, err := cdnowProject(t, "1998-06-30", "{trees: false, rfm: {window: 17d}}").Train(context.Background(), ""); err == nil || !strings.Contains(err.Error(), "orders_17d") {
		t.Errorf("%v, want an error that names orders_17d", err)
	}
	j := cdnowProject(t, "1998-06-30", "{trees: false, rfm: {window: 365d}}")
	if _, err := j.Train(context.Background(), ""); err != nil {
		t.Fatal(err)
	}
	j.Config.Value.Horizon = 90
	if _, err := j.Run(context.Background(), ""); err == nil || !strings.Contains(err.Error(), "train again") {
		t.Errorf("%v, want an error that asks to train again", err)
	}
}
