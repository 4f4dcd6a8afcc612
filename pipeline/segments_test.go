package pipeline_test

import (
	"context"
	"maps"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"segmenta/pipeline"
	"segmenta/table"
)

const peopleShop = `timezone: Europe/Madrid
sources: {transactions: {path: data/transactions}, events: {path: data/events}, customers: {path: data/customers}}
training: {cutoffs: 2, rounds: 10}
clusters: {max: 4}
personas: [{id: ana, en: {name: Ana}, es: {name: Ana}, is: {age: between 25 and 40}}]
market: {customers: 100000, value: 200, reachable: 0.5, niches: {CL: 5000}}
profit: {margin: 0.4, ticket: 6, contacts: {email: 0.01}, offers: {call: {cost: 5, effect: 0.1}, push: {cost: 0.01, effect: 0.01, on: conversion, channel: push}}}
calendar: {autumn: {from: 09-21, to: 12-20}}
segments: [{id: lately, es: {name: Hace poco}, en: {name: Lately}, objective: o, desired_action: a, success_metric: m, trigger: hello, primary: {recency_days: "<= 30d"}}]
`

// simulated is a project with a shop of so many customers, trained as of a day.
func simulated(t *testing.T, config string, customers int, asOf string) *pipeline.Job {
	t.Helper()
	j := project(t, config)
	_, err := j.Simulate(context.Background(), pipeline.Simulation{Dir: j.Config.Path("data"), Customers: customers, Days: 500, End: "2026-01-01", Seed: 5})
	if err == nil {
		_, err = j.Train(context.Background(), asOf)
	}
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func tablesOf(t *testing.T, j *pipeline.Job, asOf string) map[string]*table.Table {
	t.Helper()
	done, err := j.Run(context.Background(), asOf)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(done.Dir, "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]*table.Table)
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".parquet")
		if all[name], err = table.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Over three runs the changes of each, replayed, give its memberships; a trigger is an
// entry and nothing else, and no change has the key of another. Rows 5, 114, 176,
// 180–182.
func TestChangesOverRuns(t *testing.T) {
	j := simulated(t, peopleShop, 600, "2025-11-01")
	in, keys := make(map[string]string), make(map[string]bool)
	var before *table.Table
	for _, day := range []string{"2025-11-01", "2025-11-08", "2025-12-01"} {
		run := tablesOf(t, j, day)
		changes, entered := run["transitions"], 0
		for i := range changes.Rows() {
			key := changes.Column("key").Text(i)
			if keys[key] {
				t.Fatalf("%s: a second change with the key %s", day, key)
			}
			keys[key] = true
			if changes.Column("kind").Text(i) != "rule" {
				continue
			}
			who := changes.Column("customer_id").Text(i) + "/" + changes.Column("segment").Text(i)
			if changes.Column("event").Text(i) == "entered" {
				in[who] = day
				if strings.HasSuffix(who, "/lately") {
					entered++
				}
			} else if _, there := in[who]; !there {
				t.Fatalf("%s: %s left without having been in", day, who)
			} else {
				delete(in, who)
			}
		}
		now, m := make(map[string]string), run["memberships"]
		for i := range m.Rows() {
			now[m.Column("customer_id").Text(i)+"/"+m.Column("segment").Text(i)] = m.Column("entered_at").Format(i)[:10]
		}
		want := make(map[string]string)
		for who, since := range in {
			want[who] = dayBefore[since]
		}
		if !maps.Equal(now, want) {
			t.Errorf("%s: %d memberships, and %d by the changes", day, len(now), len(want))
		}
		hello := 0
		for i := range run["triggers"].Rows() {
			if run["triggers"].Column("trigger").Text(i) == "hello" {
				hello++
			}
		}
		since(t, before, run, map[string]float64{"2025-11-08": 7, "2025-12-01": 23}[day])
		before = m
		if entered == 0 || hello != entered {
			t.Errorf("%s: %d entered and %d triggers", day, entered, hello)
		}
	}
}

// since counts again what the summary says of the members of the run before: how many
// they were, and how many of them bought in the days since.
func since(t *testing.T, before *table.Table, run map[string]*table.Table, days float64) {
	t.Helper()
	members, bought := 0.0, 0.0
	recency := make(map[string]float64)
	s := run["segments"]
	for i := range s.Rows() {
		recency[s.Column("customer_id").Text(i)] = s.Column("recency_days").Number(i)
	}
	for i := 0; before != nil && i < before.Rows(); i++ {
		if before.Column("segment").Text(i) == "lately" {
			members++
			if recency[before.Column("customer_id").Text(i)] <= days {
				bought++
			}
		}
	}
	for i := range run["segment_summary"].Rows() {
		row := func(column string) float64 { return run["segment_summary"].Column(column).Number(i) }
		if run["segment_summary"].Column("segment").Text(i) != "lately" {
			continue
		}
		if row("members_before") != members || members > 0 && (math.Abs(row("bought_since")-bought/members) > 1e-12 || row("bought_since_low") >= row("bought_since") || row("bought_since_high") <= row("bought_since")) {
			t.Errorf("%v of %v bought since, and the summary says %v of %v", bought, members, row("bought_since"), row("members_before"))
		}
	}
}

// Midnight in Madrid is the day before in UTC.
var dayBefore = map[string]string{"2025-11-01": "2025-10-31", "2025-11-08": "2025-11-07", "2025-12-01": "2025-11-30"}

// What a run says of who customers are, what they came for and what they do next.
// Rows 8, 15, 55, 66, 97, 120, 128, 130, 142, 144, 155, 157–159, 164, 165, 167, 168, 215.
func TestPeople(t *testing.T) {
	run := tablesOf(t, simulated(t, peopleShop, 2500, "2025-12-01"), "2025-12-01")
	s := run["segments"]
	for _, column := range []string{"journey_stage", "funnel_stage", "next_segment", "next_segment_probability", "jtbd_intent", "bought_categories", "next_best_category"} {
		if s.Column(column) == nil {
			t.Errorf("there is no column %s", column)
		}
	}
	for i := range s.Rows() {
		if s.Column("journey_stage").IsNull(i) || s.Column("funnel_stage").IsNull(i) {
			t.Fatalf("%s is nowhere on the journey", s.Column("customer_id").Text(i))
		}
		if s.Column("next_segment").IsNull(i) != s.Column("rfm_segment").IsNull(i) {
			t.Fatalf("%s is in %s, and next in %s", s.Column("customer_id").Text(i), s.Column("rfm_segment").Text(i), s.Column("next_segment").Text(i))
		}
	}
	if h := run["hidden_segments"]; h.Rows() < 2 || h.Column("covered").Number(0) > 1 || h.Column("name_es").Text(0) == "" {
		t.Errorf("among the stars there are %d groups", h.Rows())
	}
	by := make(map[string]float64)
	for i := range run["groupings"].Rows() {
		by[run["groupings"].Column("grouped_by").Text(i)] = run["groupings"].Column("explained").Number(i)
	}
	if by["behaviour"] < 0.02 || math.Abs(by["lot"]) > 0.01 || by["behaviour"] < by["demography"] {
		t.Errorf("explained %v: what the shop's customers do drives what they buy, and who they are does not", by)
	}
	if m := run["market"]; m.Rows() != 3 || m.Column("customers").Number(1) != 50000 || !m.Column("measured").Bools[2] || !(m.Column("customers").Number(2) > 0) {
		t.Errorf("market %+v", m.Columns)
	}
	acted(t, run)
	portrayed(t, run)
	whole(t, run)
	summary := run["segment_summary"]
	for i := range summary.Rows() {
		if summary.Column("kind").Text(i) == "rule" && summary.Column("segment").Text(i) == "lately" {
			if !strings.Contains(summary.Column("definition").Text(i), "recency_days <= 30d") || summary.Column("definition_sha256").Text(i) == "" || summary.Column("objective").Text(i) != "o" {
				t.Errorf("row %d does not say how the segment is defined", i)
			}
			return
		}
	}
	t.Error("the summary has no row of the own segment")
}
