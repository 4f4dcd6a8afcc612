package activate

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"

	"segmenta/activate/fault"
)

func (m *mailchimp) member(id string) string {
	sum := md5.Sum([]byte(strings.ToLower(id)))
	return "/members/" + hex.EncodeToString(sum[:])
}

var notTag = regexp.MustCompile(`[^A-Z0-9_]`)

// wire is a merge field's tag: ten capitals at most. Of ours the usual prefix is SG_; a
// longer name keeps its head and gets a tail that tells it from others.
func (m *mailchimp) wire(f *Field) string {
	name := notTag.ReplaceAllString(strings.ToUpper(f.Name), "_")
	if rest, ours := strings.CutPrefix(name, "SEGMENTA_"); ours {
		name = "SG_" + rest
	}
	if len(name) <= 10 {
		return name
	}
	sum := md5.Sum([]byte(name))
	return name[:7] + strings.ToUpper(hex.EncodeToString(sum[:])[:3])
}

func (m *mailchimp) Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error) {
	var have struct {
		Fields []struct{ Tag, Type string } `json:"merge_fields"`
	}
	if _, err := m.call(ctx, http.MethodGet, "/merge-fields?count=1000", nil, &have, true); err != nil {
		return nil, err
	}
	by := map[string]string{}
	for _, f := range have.Fields {
		by[f.Tag] = f.Type
	}
	for i := range fields {
		f := &fields[i]
		if got, ok := by[m.wire(f)]; ok && f.Type == Number && got != "number" && got != "text" {
			return nil, misfit(f, got)
		} else if ok || f.Type == Tags || f.Name == "email_address" {
			continue
		} else if own(f) {
			return nil, absent(f)
		}
		if missing = append(missing, m.wire(f)); !create {
			continue
		}
		kind := "text"
		if f.Type == Number {
			kind = "number"
		}
		label := f.Label.In(m.o.Language)
		if label == "" {
			label = f.Name
		}
		body := map[string]any{"tag": m.wire(f), "name": cut(label, 50), "type": kind, "help_text": cut(f.Description.both(), 255), "public": false}
		if _, err := m.call(ctx, http.MethodPost, "/merge-fields", body, nil, false); err != nil {
			if f, ok := fault.Of(err); !ok || !strings.Contains(f.Reason, "already exists") {
				return missing, err
			}
		}
	}
	return missing, nil
}
