package activate

import (
	"context"
	"encoding/json"
	"net/http"

	"segmenta/activate/fault"
)

// Send makes the parties that there aren't, and writes the others: two calls, each
// applied as a whole or not at all.
func (t *tryton) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	var fresh, known []int
	for i := range batch {
		if batch[i].Remote == "" {
			fresh = append(fresh, i)
		} else {
			known = append(known, i)
		}
	}
	out := make([]Outcome, len(batch))
	created, err := t.create(ctx, batch, fresh)
	if err = partly(out, fresh, len(known) == 0, err); err != nil {
		return nil, err
	}
	for k, i := range fresh {
		if out[i].Status == "" {
			out[i] = Outcome{Status: Created, HTTP: http.StatusOK, Remote: created[k]}
		}
	}
	err = t.write(ctx, batch, known)
	if err = partly(out, known, len(fresh) == 0, err); err != nil {
		return nil, err
	}
	for _, i := range known {
		if out[i].Status == "" {
			out[i] = Outcome{Status: Updated, HTTP: http.StatusOK, Remote: batch[i].Remote}
		}
	}
	return out, nil
}

// partly says what a fault of some rows of a batch means where others may have fared
// better: they are sent again by themselves, or looked up.
func partly(out []Outcome, rows []int, all bool, err error) error {
	f, ok := fault.Of(err)
	switch {
	case err == nil || len(rows) == 0:
		return nil
	case all || !ok:
		return err
	}
	o := Outcome{Status: Unprocessed, HTTP: f.Status, Code: f.Code, Reason: f.Reason}
	switch {
	case f.Class == fault.Unknown:
		o.Status = Unsure
	case f.Class == fault.Refused && len(rows) == 1:
		o.Status = Rejected
	}
	for _, i := range rows {
		out[i] = o
	}
	return nil
}

func (t *tryton) create(ctx context.Context, batch []Operation, rows []int) (ids []string, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	list := make([]map[string]any, len(rows))
	for k, i := range rows {
		list[k] = t.values(&batch[i])
		list[k][t.s.Key] = batch[i].ID
		if _, named := list[k][t.s.NewName]; !named && t.types[t.s.NewName] != "" {
			list[k][t.s.NewName] = batch[i].ID
		}
	}
	answer, err := t.model(ctx, false, "create", list, map[string]any{})
	if err != nil {
		return nil, err
	}
	var made []json.Number
	if err := json.Unmarshal(answer, &made); err != nil || len(made) != len(rows) {
		return nil, &fault.Fault{Class: fault.Unknown, Reason: "the answer can't be read"}
	}
	for _, id := range made {
		ids = append(ids, id.String())
	}
	return ids, nil
}

func (t *tryton) write(ctx context.Context, batch []Operation, rows []int) error {
	if len(rows) == 0 {
		return nil
	}
	var pairs []any
	for _, i := range rows {
		pairs = append(pairs, []json.Number{json.Number(batch[i].Remote)}, t.values(&batch[i]))
	}
	_, err := t.model(ctx, true, "write", append(pairs, map[string]any{})...)
	return err
}

func (t *tryton) values(o *Operation) map[string]any {
	m := make(map[string]any)
	for _, v := range o.Values {
		m[v.Field.Name] = trytonValue(t.types[v.Field.Name], v)
	}
	return m
}
