package activate

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// retag puts on and takes off tags, for all records of the batch that get the same one at
// once. Doing it twice does nothing more, so what broke is Unsure and comes again.
func (z *zoho) retag(ctx context.Context, batch []Operation, out []Outcome) error {
	on, off := map[Option][]int{}, map[Option][]int{}
	for i, o := range batch {
		for _, v := range o.Values {
			if v.Field.Type != Tags || out[i].Status != Created && out[i].Status != Updated {
				continue
			}
			want, _ := v.Field.Parse(v.New).([]string)
			if o.Action == Clear {
				want = nil
			}
			for _, t := range tagOptions(v.Field, want) {
				if slices.Contains(want, t.ID) {
					on[t] = append(on[t], i)
				} else if o.Remote != "" { // a new record has none to take off
					off[t] = append(off[t], i)
				}
			}
		}
	}
	for _, one := range []struct {
		action string
		tags   map[Option][]int
	}{{"add_tags", on}, {"remove_tags", off}} {
		for _, t := range slices.SortedFunc(maps.Keys(one.tags), func(a, b Option) int { return strings.Compare(a.ID, b.ID) }) {
			rows := one.tags[t]
			if err := z.tag(ctx, one.action, t, rows, out); err != nil {
				for _, i := range rows {
					out[i] = Outcome{Status: Unsure, Remote: out[i].Remote, HTTP: out[i].HTTP, Reason: "its tags may not be set"}
				}
			}
		}
	}
	return nil
}

// tagOptions are the tags that are ours: the field's options, else those wanted.
func tagOptions(f *Field, want []string) []Option {
	if len(f.Options) > 0 {
		return f.Options
	}
	var out []Option
	for _, t := range want {
		out = append(out, Option{ID: t})
	}
	return out
}

func (z *zoho) tag(ctx context.Context, action string, t Option, rows []int, out []Outcome) error {
	tag := map[string]string{"name": t.ID}
	if t.Colour != "" {
		tag["color_code"] = strings.ToUpper(t.Colour)
	}
	var remotes []string
	for _, i := range rows {
		remotes = append(remotes, out[i].Remote)
	}
	_, err := z.call(ctx, http.MethodPost, "/"+z.s.Module+"/actions/"+action, map[string]any{"tags": []any{tag}, "ids": remotes}, nil, true)
	return err
}
