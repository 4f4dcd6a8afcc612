package activate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"segmenta/activate/fault"
	"segmenta/activate/web"
)

func (m *monday) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return nil, errors.New("monday takes no events")
	}
	found, unknown := map[string]Record{}, []string(nil)
	for _, o := range batch {
		if o.Remote == "" {
			unknown = append(unknown, o.ID)
		}
	}
	if len(unknown) > 0 {
		var err error
		if found, err = m.Read(ctx, unknown, nil); err != nil {
			return nil, notDone(err) // nothing was written yet
		}
	}
	text, remotes, creates := m.mutation(batch, found)
	a, answer, err := m.query(ctx, text, !creates)
	if err != nil {
		return nil, of(batch, err)
	}
	return a.outcomes(batch, remotes, answer), nil
}

// mutation changes or creates each row under an alias: r0, r1, …
func (m *monday) mutation(batch []Operation, found map[string]Record) (text string, remotes []string, creates bool) {
	var b strings.Builder
	b.WriteString("mutation {")
	for i := range batch {
		o, values := &batch[i], map[string]any{}
		for _, v := range o.Values {
			values[m.wire(v.Field)] = mondayValue(&v)
			if o.Action == Clear {
				values[m.wire(v.Field)] = ""
				if v.Field.Type == Bool {
					values[m.wire(v.Field)] = nil
				}
			}
		}
		remote := o.Remote
		if r, ok := found[o.ID]; ok && remote == "" {
			remote = r.Remote
		}
		if remotes = append(remotes, remote); remote == "" {
			creates = true
			values[m.s.IDColumn] = o.ID
		}
		columns, _ := json.Marshal(values)
		if remote == "" {
			group := ""
			if m.s.Group != "" {
				group = ", group_id: " + quote(m.s.Group)
			}
			fmt.Fprintf(&b, " r%d: create_item(board_id: %s%s, item_name: %s, column_values: %s) { id }", i, m.s.Board, group, quote(o.ID), quote(string(columns)))
			continue
		}
		fmt.Fprintf(&b, " r%d: change_multiple_column_values(board_id: %s, item_id: %s, column_values: %s) { id }", i, m.s.Board, quote(remote), quote(string(columns)))
	}
	b.WriteString(" }")
	return b.String(), remotes, creates
}

// outcomes joins data and errors with the batch by alias.
func (a *mondayAnswer) outcomes(batch []Operation, remotes []string, answer *web.Response) []Outcome {
	out := make([]Outcome, len(batch))
	for _, e := range a.errs() {
		if len(e.Path) == 0 {
			continue
		}
		alias, _ := e.Path[0].(string)
		if i, err := strconv.Atoi(strings.TrimPrefix(alias, "r")); err == nil && i >= 0 && i < len(batch) {
			out[i] = refusal(&batch[i], answer, e.Extensions.Code, e.Message)
			if class, ok := mondayClasses[strings.ToLower(e.Extensions.Code)]; ok && class == fault.Rate {
				out[i].Status = Unprocessed
			}
		}
	}
	for i := range batch {
		var item struct{ ID string }
		if json.Unmarshal(a.Data["r"+strconv.Itoa(i)], &item) == nil && item.ID != "" && out[i].Status == "" {
			out[i] = took(&batch[i], remotes[i] == "", answer)
			out[i].Remote = item.ID
		}
	}
	return all(batch, out, Outcome{Status: Unsure, HTTP: answer.Status, Reason: "its answer doesn't name this row"})
}
