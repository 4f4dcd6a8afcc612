package delivery

import (
	"encoding/json"
	"maps"
	"time"

	"segmenta/activate"
)

// remember takes what became of the rows into what is remembered.
func (a *applying) remember(s *state, ends []activate.Outcome) {
	at := a.past.at
	if at.IsZero() {
		at = a.d.now().Truncate(time.Microsecond)
	}
	wanted := make(map[letterKey]bool)
	for i := range a.p.Rows {
		r, o := &a.p.Rows[i], ends[i]
		key := r.letterKey()
		wanted[key] = true
		switch o.Status {
		case activate.Created, activate.Updated, activate.Unchanged, activate.Unsure:
			if o.Status != activate.Unsure && a.settled(r) {
				delete(s.dead, key)
			}
			a.deliveredTo(s, r, o, at)
		case activate.Rejected:
			if r.writes() {
				a.refuse(s, key, r, o, at)
			}
		case activate.HeldBack, activate.HeldOut:
			delete(s.dead, key)
		}
	}
	maps.DeleteFunc(s.dead, func(key letterKey, _ letter) bool { // what nobody wants any more; an event stays wanted
		return key.action != activate.Notify && !wanted[key]
	})
}

// settled reports that a row's status says something of what was refused before.
func (a *applying) settled(r *Row) bool { return r.writes() || r.Status == activate.Unchanged }

func (a *applying) deliveredTo(s *state, r *Row, o activate.Outcome, at time.Time) {
	if r.Action == activate.Notify {
		if s.told[r.Key] == "" {
			s.toldAt[r.Key] = at
		}
		if o.Status != activate.Unsure || !a.limits.EventsKeyed {
			s.told[r.Key] = o.Status
		}
		return
	}
	if r.Reason == "left_kept" {
		return
	}
	one, before := s.delivered[r.ID]
	if !before && o.Status == activate.Unsure && !a.limits.Blind {
		return
	}
	one.customer, one.id, one.doubt = r.Customer, r.ID, o.Status == activate.Unsure
	one.cleared = r.Action == activate.Clear
	if a.limits.Blind && !one.doubt {
		one.values = a.merged(one.values, r)
	}
	s.delivered[r.ID] = one
}

// merged is what stands there after a row's values were set.
func (a *applying) merged(before string, r *Row) string {
	values := make(map[string]any)
	json.Unmarshal([]byte(before), &values)
	for k, f := range r.Set {
		field := &a.p.Fields[f]
		if v := field.JSON(r.New[k]); v != nil {
			values[field.Name] = v
		} else {
			delete(values, field.Name)
		}
	}
	text, _ := json.Marshal(values)
	return string(text)
}

// refuse keeps a refused row. When it was first seen stays.
func (a *applying) refuse(s *state, key letterKey, r *Row, o activate.Outcome, at time.Time) {
	l, known := s.dead[key]
	if known && l.last.Equal(at) {
		return // this very apply said so before it was interrupted
	}
	if !known {
		l.first = at
	}
	l.run, l.customer, l.id, l.action, l.http, l.code, l.reason, l.last, l.content = a.p.Run, r.Customer, key.id, r.Action, o.HTTP, o.Code, o.Reason, at, r.content(a.p.Fields)
	l.attempts++
	s.dead[key] = l
}
