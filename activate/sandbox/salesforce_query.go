package sandbox

import (
	"net/http"
	"regexp"
	"strings"
)

var salesforceQuery = regexp.MustCompile(`^SELECT ([\w, ]+) FROM Contact WHERE (\w+) IN \((.*)\)$`)

// query understands the one form: fields of the contacts whose external id is in a list.
func (sf *salesforceServer) query(w http.ResponseWriter, r *http.Request) {
	if len(r.URL.RequestURI()) > 16_384 {
		http.Error(w, "URI Too Long", http.StatusRequestURITooLong)
		return
	}
	parts := salesforceQuery.FindStringSubmatch(r.URL.Query().Get("q"))
	if parts == nil {
		say(w, http.StatusBadRequest, []object{{"errorCode": "MALFORMED_QUERY", "message": "unexpected token"}})
		return
	}
	names := strings.Split(strings.ReplaceAll(parts[1], " ", ""), ",")
	for _, name := range append(names, parts[2]) {
		if !sf.known(name) {
			say(w, http.StatusBadRequest, []object{{"errorCode": "INVALID_FIELD", "message": "No such column '" + name + "' on entity 'Contact'"}})
			return
		}
	}
	records := []object{}
	for _, key := range quoted(parts[3], '\'') {
		row, found := sf.Row(key)
		if !found {
			continue
		}
		record := object{"attributes": object{"type": "Contact"}}
		for _, name := range names {
			record[name] = row.Values[name]
			switch name {
			case parts[2]:
				record[name] = key
			case "Id":
				record[name] = "003" + row.ID
			}
		}
		records = append(records, record)
	}
	total := len(records)
	records = scramble(sf.Server, records)
	say(w, http.StatusOK, object{"totalSize": total, "done": true, "records": records})
}

// quoted takes the texts of a list like 'a','b\'c'.
func quoted(list string, quote byte) (out []string) {
	for i := 0; i < len(list); i++ {
		if list[i] != quote {
			continue
		}
		var text []byte
		for i++; i < len(list) && list[i] != quote; i++ {
			if list[i] == '\\' && i+1 < len(list) {
				i++
			}
			text = append(text, list[i])
		}
		out = append(out, string(text))
	}
	return out
}
