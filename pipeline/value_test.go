package pipeline_test

import (
	"context"
	"encoding/json"
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
profit:
  margin: 0.3
  acquisition: 4
  budget: 3000
  actions:
    vip_active: {cost: 1, effect: 0.2}
    at_risk: {cost: 1, effect: 0.1, range: [0.02, 0.2]}
    dormant_high: {cost: 2}
    dormant_low: {cost: 2, effect: 0.01}
value: `+value+`
`)
	if err := os.WriteFile(j.Config.Path("data.parquet"), testdata.CDNOW, 0o600); err != nil {
		t.Fatal(err)
	}
	return j
}

// Weeks 40 to 78 of CDNOW, foretold from the 39 weeks before: every way of foretelling
// value beside a naive rule, on the same customers. Row 77.
func TestValueHoldout(t *testing.T) {
	if testing.Short() {
		t.Skip("trains on the whole of CDNOW")
	}
	j := cdnowProject(t, "1998-07-01", "{horizon: 273d, discount: 0}")
	l, s := trainAndRun(t, j)
	if l.Value.Uses != "trees" && l.Value.Uses != "hybrid" {
		t.Errorf("%s is used, where trees are better by more than chance", l.Value.Uses)
	}
	foretold := 0.0
	for i := range s.Rows() {
		value, low, high := s.Column("clv").Number(i), s.Column("clv_low").Number(i), s.Column("clv_high").Number(i)
		if !(value > 0 && low >= 0 && low <= high) {
			t.Fatalf("row %d: value %v, interval [%v, %v]", i, value, low, high)
		}
		foretold += value / float64(s.Rows())
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
	if mean := held.Ways[0].Good.Mean; foretold < mean/4 || foretold > 4*mean {
		t.Errorf("the run foretells %v a customer, where %v were spent in the hold-out", foretold, mean)
	}
	c := held.Interval
	t.Logf("intervals of %.2f held %.4f [%.4f, %.4f]; %.3f are nothing, of the others %.4f", c.Nominal, c.Covered, c.Low, c.High, c.Nothing, c.Wider)
	if math.Abs(c.Covered-c.Nominal) > 0.03 {
		t.Errorf("intervals of %v held %v", c.Nominal, c.Covered)
	}
}

// What a run says of value holds together: parts add up, ends are in order, marks are as
// rare as they were asked to be. Rows 76–82, 147–152, 160–162.
func TestValueColumns(t *testing.T) {
	if testing.Short() {
		t.Skip("trains on the whole of CDNOW")
	}
	j := cdnowProject(t, "1998-06-30", "{horizon: 90d, trees: false, vip: 0.05, level: 0.9}")
	_, s := trainAndRun(t, j)
	n := func(name string, i int) float64 { return s.Column(name).Number(i) }
	vip, star, premium, ticket, sum, worth, spent, spentByVIPs := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
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
		if want := s.Column("value_band").Text(i) + "/" + s.Column("churn_band").Text(i); s.Column("value_churn").Text(i) != want {
			t.Fatalf("row %d: %q, want %q", i, s.Column("value_churn").Text(i), want)
		}
		ticket, spent, spentByVIPs = ticket+n("high_ticket", i), spent+n("clv_hist", i), spentByVIPs+n("vip", i)*n("clv_hist", i)
		vip, star, premium = vip+n("vip", i), star+n("star", i), premium+n("premium", i)
		sum, worth = sum+n("clv_total", i), worth+n("clv", i)
	}
	rows := float64(s.Rows())
	if share := frozen(t, j)["revenue_share_vip"].(float64); math.Abs(share-spentByVIPs/spent) > 1e-9 || share < 3*vip/rows {
		t.Errorf("VIPs, %v of %v customers, spent %v of everything, the manifest has %v", vip, rows, spentByVIPs/spent, share)
	}
	if ticket == 0 || ticket > 0.1*rows || vip == 0 || vip > 0.05*rows || star == 0 || star > 0.1*rows || premium == 0 || premium > rows/2 {
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
	profitHolds(t, j, s)
	waysHold(t, j)
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

// frozen are the thresholds and shares of the run that its manifest holds.
func frozen(t *testing.T, j *pipeline.Job) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(j.Config.Path("workspace"), "runs", "1998-06-30", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Frozen map[string]any }
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m.Frozen
}

func runTable(t *testing.T, j *pipeline.Job, name string) *table.Table {
	t.Helper()
	d, err := table.ReadFile(filepath.Join(j.Config.Path("workspace"), "runs", "1998-06-30", name+".parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The books of the segments of one kind add up to everyone's, and the matrix holds the
// figures to start from beside those of the user's own costs.
func profitHolds(t *testing.T, j *pipeline.Job, s *table.Table) {
	t.Helper()
	net, rows := 0.0, float64(s.Rows())
	for i := range s.Rows() {
		net += s.Column("net_profit").Number(i)
		if d := s.Column("net_profit").Number(i) - s.Column("margin_365d").Number(i) + s.Column("cost_to_serve").Number(i) + s.Column("acquisition_cost").Number(i); math.Abs(d) > 1e-9 {
			t.Fatalf("row %d: the parts of the profit don't add up", i)
		}
	}
	books := runTable(t, j, "profit")
	inBooks, customers := 0.0, 0.0
	for i := range books.Rows() {
		at := func(name string) float64 { return books.Column(name).Number(i) }
		if books.Column("kind").Text(i) == "rfm" {
			inBooks, customers = inBooks+at("net_profit"), customers+at("customers")
		}
		if at("mean_net_profit_low") > at("mean_net_profit") || at("stop_attracting") == 1 && at("mean_net_profit_high") >= 0 {
			t.Errorf("%s: %v [%v, %v]", books.Column("segment").Text(i), at("mean_net_profit"), at("mean_net_profit_low"), at("mean_net_profit_high"))
		}
	}
	if customers != rows || math.Abs(inBooks-net) > 1e-6*math.Abs(net) {
		t.Errorf("the books hold %v customers and %v, everyone is %v and %v", customers, inBooks, rows, net)
	}
	matrix := runTable(t, j, "priority")
	spent := 0.0
	for i, want := range []struct {
		id, decided string
		roi         float64
		known       bool
	}{{"vip_active", "", 3, true}, {"at_risk", "", 2, true}, {"dormant_high", "", 1.5, false}, {"dormant_low", "let_go", 0.5, true}} {
		at := func(name string) float64 { return matrix.Column(name).Number(i) }
		t.Logf("%-13s %5.0f customers, default %.1f, expected %.2f [%.2f, %.2f], pays from %.4f, %s, budget %v for %v", want.id, at("customers"), at("default_roi"), at("roi_expected"), at("roi_low"), at("roi_high"),
			at("effect_to_break_even"), matrix.Column("decision").Text(i), at("budget_spent"), at("budget_customers"))
		if matrix.Column("priority").Text(i) != want.id || at("default_roi") != want.roi || at("default_rank") != float64(i+1) || math.IsNaN(at("roi_expected")) == want.known {
			t.Errorf("row %d is %s, default %v, expected %v", i, matrix.Column("priority").Text(i), at("default_roi"), at("roi_expected"))
		}
		if want.known && !(at("roi_low") <= at("roi_expected") && at("roi_expected") <= at("roi_high")) || want.decided != "" && matrix.Column("decision").Text(i) != want.decided {
			t.Errorf("%s: %v [%v, %v], decided %s", want.id, at("roi_expected"), at("roi_low"), at("roi_high"), matrix.Column("decision").Text(i))
		}
		spent += at("budget_spent")
	}
	if spent <= 0 || spent > 3000 {
		t.Errorf("of a budget of 3000 %v is spent", spent)
	}
}

// The tables of the hold-out and of the fit name each way once, the one in use, and every
// customer.
func waysHold(t *testing.T, j *pipeline.Job) {
	t.Helper()
	ways, used := runTable(t, j, "value_holdout"), 0.0
	if ways.Rows() != 4 {
		t.Errorf("%d ways, want naive and three models of purchases", ways.Rows())
	}
	for i := range ways.Rows() {
		used += ways.Column("used").Number(i)
		if ways.Column("used").Number(i) == 1 && math.Abs(ways.Column("interval_covered").Number(i)-0.9) > 0.05 {
			t.Errorf("intervals of .9 held %v", ways.Column("interval_covered").Number(i))
		}
	}
	shown, err := j.ShowModel("customer_value", "")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if shown.Tell(&said); !strings.Contains(said.String(), "naive rule") || !strings.Contains(said.String(), "intervals of 90 % held") {
		t.Errorf("models show says\n%s", said.String())
	}
	fit, have, expected := runTable(t, j, "value_fit"), 0.0, 0.0
	for i := range fit.Rows() {
		have, expected = have+fit.Column("customers").Number(i), expected+fit.Column("expected").Number(i)
	}
	if used != 1 || have != 23570 || math.Abs(expected-have) > 1 {
		t.Errorf("%v ways in use; the fit holds %v customers and expects %v", used, have, expected)
	}
}

func TestProfitConfig(t *testing.T) {
	for profit, want := range map[string]string{
		"{margin: 1.2}": "profit.margin is 1.2", "{ticket: -1}": "profit.ticket is -1", "{margin: 0.4, actions: {vip: {cost: 1}}}": `there is no row "vip"`,
		"{actions: {at_risk: {cost: 1, effect: 0.3, range: [0.4, 0.5]}}}": "an effect from 0 to 1 within its range", "{margin: 0.4, actions: {at_risk: {cost: 1, effect: 0.9}}}": "",
	} {
		_, err := pipeline.ParseConfig("segmenta.yaml", []byte("sources: {transactions: {path: a.csv}}\nprofit: "+profit+"\n"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", profit, err, want)
		}
	}
}
