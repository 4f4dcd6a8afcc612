package activate

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"segmenta/activate/fault"
)

func (b *bitrix24) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	return readAll(ids, 2500, b.id, func(some []string, found map[string]Record) (bool, error) {
		return b.find(ctx, some, fields, found)
	})
}

// find asks for up to fifty times fifty contacts in one batch. result_total says how many
// there are, so that one which an answer lacks is noticed. Of two with the same id the
// older is ours.
func (b *bitrix24) find(ctx context.Context, ids []string, fields []Field, found map[string]Record) (whole bool, err error) {
	commands := map[string]string{}
	for i, fifty := range chunks(ids, 50) {
		q := url.Values{"entityTypeId": {"3"}, "useOriginalUfNames": {"Y"}, "select[]": {"id", b.id}, "filter[=" + b.id + "][]": fifty, "order[id]": {"ASC"}}
		for j := range fields {
			q.Add("select[]", b.wire(&fields[j]))
		}
		commands["f"+strconv.Itoa(i)] = "crm.item.list?" + q.Encode()
	}
	got, answer, err := b.batch(ctx, commands, true)
	if err != nil {
		return false, err
	}
	lists, totals, wrongs := map[string]struct{ Items []map[string]any }{}, map[string]int{}, map[string]bitrixWrong{}
	_ = json.Unmarshal(got.Result.Error, &wrongs)
	for _, w := range wrongs {
		return false, &fault.Fault{Class: fault.Auth, Host: answer.Host, Status: answer.Status, Code: w.Code, Reason: plain(w.Text, nil)}
	}
	_ = json.Unmarshal(got.Result.Result, &lists)
	_ = json.Unmarshal(got.Result.Total, &totals)
	whole = len(lists) == len(commands)
	for name, list := range lists {
		seen := map[string]bool{}
		for _, item := range list.Items {
			id, _ := item[b.id].(string)
			remote := idText(item["id"])
			seen[remote] = true
			if old, ok := found[id]; !slices.Contains(ids, id) || ok && !olderID(remote, old.Remote) {
				continue
			}
			values := map[string]any{}
			for j := range fields {
				values[fields[j].Name] = bitrixValue(item[b.wire(&fields[j])])
			}
			found[id] = Record{remote, values}
		}
		whole = whole && (len(seen) >= totals[name] || len(seen) >= 50)
	}
	return whole, nil
}

// bitrixValue undoes Y and N, which are how a boolean reads.
func bitrixValue(v any) any {
	switch v {
	case "Y":
		return "true"
	case "N":
		return "false"
	}
	return v
}

// idText is a number as it was written.
func idText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return v
	}
	return ""
}

// olderID reports whether a is the smaller number.
func olderID(a, b string) bool {
	return len(a) < len(b) || len(a) == len(b) && a < b
}
