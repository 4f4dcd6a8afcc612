package activate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"segmenta/activate/fault"
)

func (m *monday) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	return readAll(ids, 100, m.s.IDColumn, func(some []string, found map[string]Record) (bool, error) {
		return true, m.find(ctx, some, fields, found)
	})
}

// find asks for up to a hundred items by our id. Of two with the same the older is ours.
func (m *monday) find(ctx context.Context, ids []string, fields []Field, found map[string]Record) error {
	names, values := []string{quote(m.s.IDColumn)}, make([]string, len(ids))
	for i := range fields {
		names = append(names, quote(m.wire(&fields[i])))
	}
	for i, id := range ids {
		values[i] = quote(id)
	}
	a, answer, err := m.query(ctx, fmt.Sprintf("query { items_page_by_column_values(board_id: %s, limit: 500, columns: [{column_id: %s, column_values: [%s]}]) { cursor items { id column_values(ids: [%s]) { id text value } } } }",
		m.s.Board, quote(m.s.IDColumn), strings.Join(values, ", "), strings.Join(names, ", ")), true)
	if err != nil {
		return err
	}
	for _, e := range a.errs() {
		return &fault.Fault{Class: fault.Auth, Host: answer.Host, Status: answer.Status, Code: e.Extensions.Code, Reason: plain(e.Message, nil)}
	}
	var page struct {
		Items []struct {
			ID      string
			Columns []struct {
				ID    string
				Text  *string
				Value *string
			} `json:"column_values"`
		}
	}
	if json.Unmarshal(a.Data["items_page_by_column_values"], &page) != nil {
		return &fault.Fault{Class: fault.Transient, Host: answer.Host, Status: answer.Status, Reason: "its answer lacks the items"}
	}
	for _, item := range page.Items {
		text, stored := map[string]any{}, map[string]string{}
		for _, c := range item.Columns {
			if c.Text != nil && *c.Text != "" {
				text[c.ID] = *c.Text
			}
			if c.Value != nil {
				stored[c.ID] = *c.Value
			}
		}
		id, _ := text[m.s.IDColumn].(string)
		if old, ok := found[id]; !slices.Contains(ids, id) || ok && !olderID(item.ID, old.Remote) {
			continue
		}
		record := Record{item.ID, map[string]any{}}
		for i := range fields {
			record.Values[fields[i].Name] = mondayRead(&fields[i], text[m.wire(&fields[i])], stored[m.wire(&fields[i])])
		}
		found[id] = record
	}
	return nil
}

// mondayRead undoes how a column reads: a checkbox that isn't checked is empty, and the
// text of a moment is in the reader's time zone, what is stored in UTC.
func mondayRead(f *Field, text any, stored string) any {
	switch f.Type {
	case Bool:
		return text != nil
	case Moment:
		var at struct{ Date, Time string }
		if json.Unmarshal([]byte(stored), &at) == nil && at.Date != "" {
			return at.Date + "T" + cmp.Or(at.Time, "00:00:00")
		}
	}
	return text
}

// mondayValue is a value as its column takes it; the empty text clears.
func mondayValue(v *Value) any {
	x := v.Field.Parse(v.New)
	switch t := x.(type) {
	case nil:
		return ""
	case bool:
		if t {
			return map[string]string{"checked": "true"}
		}
		return nil
	case time.Time:
		if v.Field.Type == Moment {
			return map[string]string{"date": t.Format(time.DateOnly), "time": t.Format(time.TimeOnly)}
		}
		return map[string]string{"date": t.Format(time.DateOnly)}
	}
	return v.Field.Format(x)
}
