package activate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"segmenta/activate/web"
)

func (h *hubspot) Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error) {
	type input struct {
		ID string `json:"id"`
	}
	return readAll(ids, 100, h.s.IDProperty, func(some []string, found map[string]Record) (bool, error) {
		body := struct {
			Inputs     []input  `json:"inputs"`
			IDProperty string   `json:"idProperty"`
			Properties []string `json:"properties"`
		}{IDProperty: h.s.IDProperty, Properties: []string{h.s.IDProperty}}
		for _, id := range some {
			body.Inputs = append(body.Inputs, input{id})
		}
		for i := range fields {
			body.Properties = append(body.Properties, fields[i].Name)
		}
		var got struct {
			Results []struct {
				ID         string
				Properties map[string]*string
			}
			Errors []struct {
				Context map[string]json.RawMessage
			}
		}
		if _, err := h.call(ctx, http.MethodPost, "/crm/v3/objects/contacts/batch/read", body, &got, true); err != nil {
			return false, err
		}
		for _, r := range got.Results {
			if id := r.Properties[h.s.IDProperty]; id != nil && slices.Contains(some, *id) {
				found[*id] = Record{r.ID, hubspotValues(r.Properties, fields)}
			}
		}
		var gone []string // those that it says it has not
		for _, e := range got.Errors {
			var ids []string
			_ = json.Unmarshal(e.Context["ids"], &ids)
			gone = append(gone, ids...)
		}
		return !slices.ContainsFunc(some, func(id string) bool { _, ok := found[id]; return !ok && !slices.Contains(gone, id) }), nil
	})
}

func hubspotValues(properties map[string]*string, fields []Field) map[string]any {
	values := map[string]any{}
	for i := range fields {
		f := &fields[i]
		if text := properties[f.Name]; text != nil {
			values[f.Name] = *text
			if f.Type == Tags {
				values[f.Name] = strings.Split(*text, ";")
			}
		}
	}
	return values
}

type hubspotInput struct {
	ID         string            `json:"id"`
	IDProperty string            `json:"idProperty"`
	Trace      string            `json:"objectWriteTraceId"`
	Properties map[string]string `json:"properties"`
}

func (h *hubspot) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return nil, errors.New("hubspot takes no events")
	}
	body := struct {
		Inputs []hubspotInput `json:"inputs"`
	}{make([]hubspotInput, len(batch))}
	for i, o := range batch {
		in := hubspotInput{o.ID, h.s.IDProperty, strconv.Itoa(i), map[string]string{}}
		for _, v := range o.Values {
			text := v.Field.Format(v.New)
			if v.Field.Type == Tags {
				text = strings.ReplaceAll(text, ",", ";")
			}
			if o.Action == Clear {
				text = ""
			}
			in.Properties[v.Field.Name] = text
		}
		body.Inputs[i] = in
	}
	var got hubspotAnswer
	answer, err := h.call(ctx, http.MethodPost, "/crm/v3/objects/contacts/batch/upsert", body, &got, true)
	if err != nil {
		return nil, of(batch, err)
	}
	return got.outcomes(batch, answer), nil
}

type hubspotAnswer struct {
	Results []struct {
		ID    string `json:"id"`
		New   bool   `json:"new"`
		Trace string `json:"objectWriteTraceId"`
	} `json:"results"`
	Errors []struct {
		Category string                     `json:"category"`
		Message  string                     `json:"message"`
		Context  map[string]json.RawMessage `json:"context"`
	} `json:"errors"`
}

// outcomes joins the answer's lists with the batch by the trace that each row carried. A
// row that neither list names may have been written or not.
func (a *hubspotAnswer) outcomes(batch []Operation, answer *web.Response) []Outcome {
	out := make([]Outcome, len(batch))
	for _, e := range a.Errors {
		var traces []string
		_ = json.Unmarshal(e.Context["objectWriteTraceId"], &traces)
		for _, trace := range traces {
			if i, err := strconv.Atoi(trace); err == nil && i >= 0 && i < len(batch) {
				out[i] = refusal(&batch[i], answer, e.Category, e.Message)
			}
		}
		var ids []string
		_ = json.Unmarshal(e.Context["id"], &ids)
		for i := range batch {
			if len(traces) == 0 && slices.Contains(ids, batch[i].ID) {
				out[i] = refusal(&batch[i], answer, e.Category, e.Message)
			}
		}
	}
	for _, r := range a.Results {
		if i, err := strconv.Atoi(r.Trace); err == nil && i >= 0 && i < len(batch) && out[i].Status == "" {
			out[i] = took(&batch[i], r.New, answer)
			out[i].Remote = r.ID
		}
	}
	return all(batch, out, Outcome{Status: Unsure, HTTP: answer.Status, Reason: "its answer doesn't name this row"})
}
