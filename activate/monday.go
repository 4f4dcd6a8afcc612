package activate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/secret"
	"segmenta/activate/web"
)

type mondaySettings struct {
	Token    secret.Text `yaml:"token" jsonschema_description:"an API token with boards:read and boards:write"`
	URL      string      `yaml:"url" jsonschema_description:"where the API is (default https://api.monday.com/v2)"`
	Board    string      `yaml:"board" jsonschema_description:"the number of the board whose items are the customers"`
	IDColumn string      `yaml:"id_column" jsonschema_description:"the text column that holds our id (default segmenta_id)"`
	Group    string      `yaml:"group" jsonschema_description:"the group that new items go to (default the board's first)"`
	Version  string      `yaml:"version" jsonschema_description:"of the API (default 2025-10)"`
	Batch    int         `yaml:"batch" jsonschema_description:"items in a request, 10,000 points each (default 100)"`
	Minute   int         `yaml:"points_a_minute" jsonschema_description:"complexity points a minute: 5,000,000 for an app's writes, 10,000,000 for a personal token, 1,000,000 on trial (default 5,000,000)"`
}

// monday has no upsert and no key: an item is found by a text column that holds our id,
// then changed, or created where there was none. Many mutations go in one request, each
// under an alias of its own, one request at a time: a board takes no two at once. Errors
// come with a 200. Calls a day are few (1,000 on Standard, 10,000 on Pro), points a minute
// too, so a hundred thousand customers take hours: send segments there rather, or few.
type monday struct {
	reads, writes *web.Client // each has points a minute of its own
	s             mondaySettings
	o             Opening
}

// mondayPoints is what creating or changing an item costs.
const mondayPoints = 10_000

func openMonday(s *mondaySettings, o Opening) (Destination, error) {
	for _, pair := range [][2]any{{&s.URL, "https://api.monday.com/v2"}, {&s.IDColumn, "segmenta_id"}, {&s.Version, "2025-10"}} {
		if text := pair[0].(*string); *text == "" {
			*text = pair[1].(string)
		}
	}
	if s.Batch <= 0 {
		s.Batch = 100
	}
	if s.Minute <= 0 {
		s.Minute = 5_000_000
	}
	if _, err := strconv.ParseUint(s.Board, 10, 63); err != nil {
		return nil, errors.New("board is missing: the number in the address of the board")
	}
	if s.Token.IsZero() {
		return nil, errors.New("token is missing")
	}
	m := &monday{s: *s, o: o}
	var err error
	// As many items as nine tenths of a minute's points allow; the rest is for reading.
	items := max(1, s.Minute/mondayPoints*9/10)
	auth := key{"Authorization", s.Token.Reveal()}
	if m.writes, err = o.Client(auth, web.Rate{Requests: items, Per: time.Duration(s.Batch) * time.Minute, Burst: 1}); err != nil {
		return nil, err
	}
	// 1,000 calls a minute are Standard's; what a read costs in points is far less.
	m.reads, err = o.Client(auth, web.Rate{Requests: 900, Per: time.Minute, Burst: 20})
	return m, err
}

func (m *monday) Limits() Limits {
	return Limits{Batch: m.s.Batch, Bytes: 1_000_000, Read: 100, Parallel: 1, Removes: true}
}

func (m *monday) Close() error {
	m.reads.Close()
	m.writes.Close()
	return nil
}

var notColumn = regexp.MustCompile(`[^a-z_]+`)

// wire is a column's id there: one to twenty small letters and underscores.
func (m *monday) wire(f *Field) string {
	if own(f) || f.Name == m.s.IDColumn {
		return f.Name
	}
	name := strings.ToLower(f.Name)
	if notColumn.MatchString(name) { // what is left out may be all that tells two apart
		name = notColumn.ReplaceAllString(name, "_") + "_" + letters(f.Name)
	}
	return short(name, 20)
}

var mondayTypes = map[Type]string{Text: "text", Number: "numbers", Bool: "checkbox", Date: "date", Moment: "date", Choice: "text", Tags: "text"}

func (m *monday) Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error) {
	a, _, err := m.query(ctx, "query { boards(ids: ["+m.s.Board+"]) { columns { id title type } } }", true)
	if err != nil {
		return nil, err
	}
	var boards []struct {
		Columns []struct{ ID, Type string }
	}
	if json.Unmarshal(a.Data["boards"], &boards) != nil || len(boards) == 0 {
		return nil, &fault.Fault{Class: fault.Auth, Code: "BOARD", Reason: "there is no board " + m.s.Board + " that the token may see"}
	}
	by := map[string]string{}
	for _, c := range boards[0].Columns {
		by[c.ID] = c.Type
	}
	id := Field{Name: m.s.IDColumn, Type: Text, Label: Words{"Segmenta ID", "ID de Segmenta"}}
	for _, f := range append([]Field{id}, fields...) {
		if got, ok := by[m.wire(&f)]; ok && f.Type == Number && got != "numbers" && got != "text" {
			return nil, misfit(&f, got)
		} else if ok {
			continue
		} else if own(&f) {
			return nil, absent(&f)
		}
		if missing = append(missing, m.wire(&f)); !create {
			continue
		}
		text := fmt.Sprintf("mutation { create_column(board_id: %s, id: %s, title: %s, description: %s, column_type: %s) { id } }", m.s.Board, quote(m.wire(&f)), quote(cmp.Or(cut(f.Label.In(m.o.Language), 255), f.Name)), quote(cut(f.Description.both(), 1000)), mondayTypes[f.Type])
		a, _, err := m.query(ctx, text, false)
		if err != nil {
			return missing, err
		}
		for _, e := range a.errs() {
			return missing, &fault.Fault{Class: fault.Auth, Code: e.Extensions.Code, Reason: "its column " + f.Name + " was not made: " + plain(e.Message, nil)}
		}
	}
	return missing, nil
}
