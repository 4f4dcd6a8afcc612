package activate

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// Read asks by COQL, fifty ids at a time (as many as its IN takes), and for tags by record.
func (z *zoho) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	names := []string{"id", z.s.IDField}
	tags := ""
	for i := range fields {
		if fields[i].Type == Tags {
			tags = fields[i].Name
		} else {
			names = append(names, z.wire(&fields[i]))
		}
	}
	head := "select " + strings.Join(names, ", ") + " from " + z.s.Module + " where " + z.s.IDField + " in ("
	out, err := readAll(ids, 50, z.s.IDField, func(some []string, found map[string]Record) (bool, error) {
		quoted := make([]string, len(some))
		for i, id := range some {
			quoted[i] = "'" + soql.Replace(id) + "'"
		}
		var got struct {
			Data []map[string]any
			Info struct{ Count int }
		}
		if _, err := z.call(ctx, http.MethodPost, "/coql", map[string]string{"select_query": head + strings.Join(quoted, ",") + ") limit 200"}, &got, true); err != nil {
			return false, err
		}
		n := 0
		for _, record := range got.Data {
			id, _ := record[z.s.IDField].(string)
			remote, _ := record["id"].(string)
			if slices.Contains(some, id) {
				values := map[string]any{}
				for i := range fields {
					values[fields[i].Name] = record[z.wire(&fields[i])]
				}
				found[id] = Record{remote, values}
			}
		}
		for _, id := range some {
			if _, ok := found[id]; ok {
				n++
			}
		}
		return n >= got.Info.Count, nil
	})
	if err != nil || tags == "" {
		return out, err
	}
	return out, z.tags(ctx, out, tags)
}

// tags reads the tags of records by their own ids, a hundred at a time.
func (z *zoho) tags(ctx context.Context, records map[string]Record, name string) error {
	by := map[string]string{}
	var remotes []string
	for id, r := range records {
		by[r.Remote] = id
		remotes = append(remotes, r.Remote)
	}
	slices.Sort(remotes)
	for _, some := range chunks(remotes, 100) {
		var got struct {
			Data []struct {
				ID  string
				Tag []struct{ Name string }
			}
		}
		if _, err := z.call(ctx, http.MethodGet, "/"+z.s.Module+"?fields=id,Tag&ids="+strings.Join(some, ","), nil, &got, true); err != nil {
			return err
		}
		for _, r := range got.Data {
			var tags []string
			for _, t := range r.Tag {
				tags = append(tags, t.Name)
			}
			if id, ok := by[r.ID]; ok {
				records[id].Values[name] = tags
			}
		}
	}
	return nil
}
