package pipeline

import (
	"fmt"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/table"
)

// guards are the limits of the configuration, and what the run itself must hold.
func (d *Destination) guards(t *table.Table) delivery.Guards {
	g := delivery.Guards{MaxChangePct: usualMaxChangePct, MaxMovesPct: usualMaxMovesPct, MaxDeletes: -1, MaxDeletePct: usualMaxDeletePct}
	for _, set := range []struct{ to, from *float64 }{{&g.MaxChangePct, d.MaxChangePct}, {&g.MaxMovesPct, d.MaxMovesPct}, {&g.MaxDeletePct, d.MaxDeletePct}} {
		if set.from != nil {
			*set.to = *set.from
		}
	}
	if d.MaxDeletes != nil {
		g.MaxDeletes = *d.MaxDeletes
	}
	if channel := d.channel(); channel != "" {
		g.Extra = append(g.Extra, d.consentVerdict(t, channel))
	}
	if d.email() {
		g.Extra = append(g.Extra, d.qualifiedVerdict(t))
	}
	return g
}

// consentVerdict says whether the run knows who has agreed.
func (d *Destination) consentVerdict(t *table.Table, channel string) delivery.Verdict {
	v := delivery.Verdict{Guard: "consent", Passed: t.Column("consent_"+channel) != nil || d.Consent == "not_recorded", Seen: "no column consent_" + channel, Limit: "consent_" + channel, Setting: "consent",
		Says: activate.Words{En: "nothing says who has agreed to be written to: map consent_" + channel + " in sources.customers.columns", Es: "nada dice quién ha consentido: asigne consent_" + channel + " en sources.customers.columns"}}
	if v.Passed {
		v.Seen = d.Consent
	}
	return v
}

// qualifiedVerdict says whether anybody who isn't qualified would be written to: they are
// held back, so that it is nobody, unless the run can't tell who they are.
func (d *Destination) qualifiedVerdict(t *table.Table) delivery.Verdict {
	v := delivery.Verdict{Guard: "not_qualified", Passed: t.Column("lifecycle_stage") != nil, Seen: "no column lifecycle_stage", Limit: "0",
		Says: activate.Words{En: "who is not qualified must be in no e-mail audience", Es: "nadie no cualificado puede estar en una audiencia de correo"}}
	if !v.Passed {
		return v
	}
	n := 0
	for i := range t.Rows() {
		if status, _ := d.held(t, i); status == "" && t.Column("lifecycle_stage").Text(i) == "not_qualified" {
			n++
		}
	}
	v.Passed, v.Seen = n == 0, fmt.Sprint(n)
	return v
}
