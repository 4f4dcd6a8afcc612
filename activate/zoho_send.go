package activate

import (
	"context"
	"errors"
	"net/http"
	"time"

	"segmenta/activate/web"
)

func (z *zoho) value(v *Value) any {
	if t, ok := v.Field.Parse(v.New).(time.Time); ok && v.Field.Type == Moment {
		return t.Format("2006-01-02T15:04:05-07:00")
	}
	return v.Field.JSON(v.New)
}

func (z *zoho) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return nil, errors.New("zoho takes no events")
	}
	rows := make([]map[string]any, len(batch))
	for i, o := range batch {
		rows[i] = map[string]any{z.s.IDField: o.ID}
		for _, v := range o.Values {
			switch {
			case v.Field.Type == Tags:
			case o.Action == Clear:
				rows[i][z.wire(v.Field)] = nil
			default:
				rows[i][z.wire(v.Field)] = z.value(&v)
			}
		}
	}
	body := map[string]any{"data": rows, "duplicate_check_fields": []string{z.s.IDField}}
	if !z.s.Workflows {
		body["trigger"] = []string{}
	}
	var got zohoAnswer
	answer, err := z.call(ctx, http.MethodPost, "/"+z.s.Module+"/upsert", body, &got, true)
	if err != nil {
		return nil, of(batch, err)
	}
	out := got.outcomes(batch, answer)
	return out, z.retag(ctx, batch, out)
}

type zohoAnswer struct {
	Data []struct {
		Code, Message, Status, Action string
		Details                       struct {
			ID  string
			API string `json:"api_name"`
		}
	}
}

// outcomes are the answer's, place by place. A list that is longer or shorter than the
// batch, or names a record twice, has lost the places: then nobody knows.
func (a *zohoAnswer) outcomes(batch []Operation, answer *web.Response) []Outcome {
	out := make([]Outcome, len(batch))
	lost, seen := len(a.Data) != len(batch), map[string]bool{}
	for _, r := range a.Data {
		lost = lost || r.Details.ID != "" && seen[r.Details.ID]
		seen[r.Details.ID] = true
	}
	for i := range batch {
		switch {
		case lost:
			out[i] = Outcome{Status: Unsure, HTTP: answer.Status, Reason: "its answer has lost the order of the rows"}
		case a.Data[i].Status == "success":
			out[i] = took(&batch[i], a.Data[i].Action == "insert", answer)
			out[i].Remote = a.Data[i].Details.ID
		default:
			reason := a.Data[i].Message
			if a.Data[i].Details.API != "" {
				reason = a.Data[i].Details.API + ": " + reason
			}
			out[i] = refusal(&batch[i], answer, a.Data[i].Code, reason)
		}
	}
	return out
}
