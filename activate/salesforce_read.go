package activate

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

var soql = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func (s *salesforce) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	names := []string{"Id", s.s.IDField}
	for i := range fields {
		names = append(names, s.wire(&fields[i]))
	}
	head := "SELECT " + strings.Join(names, ",") + " FROM " + s.s.Object + " WHERE " + s.s.IDField + " IN ("
	out := map[string]Record{}
	for _, some := range soqlPieces(head, ids) {
		more, err := readAll(some, len(some), s.s.IDField, func(some []string, found map[string]Record) (bool, error) {
			return s.query(ctx, head, some, fields, found)
		})
		if err != nil {
			return nil, err
		}
		for id, r := range more {
			out[id] = r
		}
	}
	return out, nil
}

// soqlPieces keeps each query's address under 16,384 bytes, and so its rows under a page.
func soqlPieces(head string, ids []string) (pieces [][]string) {
	size := 1 << 20
	for _, id := range ids {
		n := len(url.QueryEscape("'" + soql.Replace(id) + "',"))
		if size+n > 15_000 || len(pieces[len(pieces)-1]) == 1000 {
			pieces, size = append(pieces, nil), len(url.QueryEscape(head))+200
		}
		size += n
		last := &pieces[len(pieces)-1]
		*last = append(*last, id)
	}
	return pieces
}

func (s *salesforce) query(ctx context.Context, head string, ids []string, fields []Field, found map[string]Record) (whole bool, err error) {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = "'" + soql.Replace(id) + "'"
	}
	var got struct {
		TotalSize int
		Records   []map[string]any
	}
	if _, err := s.call(ctx, http.MethodGet, "/query?q="+url.QueryEscape(head+strings.Join(quoted, ",")+")"), nil, &got, true); err != nil {
		return false, err
	}

	for _, record := range got.Records {
		id, _ := record[s.s.IDField].(string)
		if !slices.Contains(ids, id) {
			continue
		}
		remote, _ := record["Id"].(string)
		values := map[string]any{}
		for i := range fields {
			v := record[s.wire(&fields[i])]
			if text, ok := v.(string); ok && fields[i].Type == Tags {
				v = strings.Split(text, ";")
			}
			values[fields[i].Name] = v
		}
		found[id] = Record{remote, values}
	}
	return len(found) >= got.TotalSize, nil
}
