package activate

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"segmenta/activate/fault"
	"segmenta/activate/web"
)

func (b *bitrix24) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return nil, errors.New("bitrix24 takes no events")
	}
	found := map[string]Record{}
	var unknown []string // who has no contact as far as we know: look again, for there is no key
	for _, o := range batch {
		if o.Remote == "" {
			unknown = append(unknown, o.ID)
		}
	}
	if len(unknown) > 0 {
		var err error
		if found, err = b.Read(ctx, unknown, nil); err != nil {
			return nil, notDone(err) // nothing was written yet
		}
	}
	out := make([]Outcome, len(batch))
	for from := 0; from < len(batch); from += 50 {
		to := min(from+50, len(batch))
		if err := b.write(ctx, batch[from:to], found, out[from:to]); err != nil {
			if from == 0 {
				return nil, err
			}
			rest := Outcome{Status: Unprocessed, Reason: "the batch before it met: " + err.Error()}
			if fault.Is(err, fault.Unknown) {
				all(batch[from:to], out[from:to], Outcome{Status: Unsure, Reason: err.Error()})
			}
			return all(batch, out, rest), nil
		}
	}
	return out, nil
}

// write adds and updates up to fifty contacts. A batch without adds may be sent twice.
func (b *bitrix24) write(ctx context.Context, batch []Operation, found map[string]Record, out []Outcome) error {
	commands, remotes, adds := map[string]string{}, map[string]string{}, 0
	for i, o := range batch {
		remote := o.Remote
		if r, ok := found[o.ID]; ok && remote == "" {
			remote = r.Remote
		}
		q := url.Values{"entityTypeId": {"3"}, "useOriginalUfNames": {"Y"}}
		method := "crm.item.update?"
		if q.Set("id", remote); remote == "" {
			q.Del("id")
			q.Set("fields["+b.id+"]", o.ID)
			method = "crm.item.add?"
			adds++
		}
		for _, v := range o.Values {
			text := v.Field.Format(v.New)
			if v.Field.Type == Bool && text != "" {
				text = map[string]string{"true": "Y", "false": "N"}[text]
			}
			if o.Action == Clear {
				text = ""
			}
			q.Set("fields["+b.wire(v.Field)+"]", text)
		}
		name := "r" + strconv.Itoa(i)
		commands[name], remotes[name] = method+q.Encode(), remote
	}
	got, answer, err := b.batch(ctx, commands, adds == 0)
	if err != nil {
		return of(batch, err)
	}
	got.outcomes(batch, remotes, answer, out)
	return nil
}

// outcomes joins results and errors with the batch by the command's name.
func (a *bitrixBatch) outcomes(batch []Operation, remotes map[string]string, answer *web.Response, out []Outcome) {
	done, wrongs := map[string]struct {
		Item struct{ ID json.Number }
	}{}, map[string]bitrixWrong{}
	_ = json.Unmarshal(a.Result.Result, &done)
	_ = json.Unmarshal(a.Result.Error, &wrongs)
	for _, name := range slices.Sorted(maps.Keys(remotes)) {
		i, _ := strconv.Atoi(name[1:])
		d, ok := done[name]
		w, no := wrongs[name]
		switch {
		case no && (w.Code == "QUERY_LIMIT_EXCEEDED" || w.Code == "OPERATION_TIME_LIMIT"):
			out[i] = Outcome{Status: Unprocessed, Remote: remotes[name], HTTP: answer.Status, Code: w.Code}
		case no:
			out[i] = refusal(&batch[i], answer, w.Code, w.Text)
		case ok:
			out[i] = took(&batch[i], remotes[name] == "", answer)
			if out[i].Remote = string(d.Item.ID); out[i].Remote == "" {
				out[i].Remote = remotes[name]
			}
		default:
			out[i] = Outcome{Status: Unsure, Remote: remotes[name], HTTP: answer.Status, Reason: "its answer doesn't name this row"}
		}
	}
}
