package activate

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"segmenta/activate/fault"
	"segmenta/activate/web"
)

// results reads one of the three lists and joins it with the batch by our id: their order
// is not the upload's.
func (s *salesforce) results(ctx context.Context, job, kind string, batch []Operation, out []Outcome) error {
	answer, err := s.web.Do(ctx, web.Request{Method: http.MethodGet, URL: s.base + "/jobs/ingest/" + job + "/" + kind, Repeatable: true, Judge: s.judge})
	if err != nil {
		return doubt(err)
	}
	rows, err := salesforceRows(answer.Body, s.s.IDField)
	if err != nil {
		return &fault.Fault{Class: fault.Unknown, Status: answer.Status, Reason: "its " + kind + " can't be read"}
	}
	for i := range batch {
		r, ok := rows[batch[i].ID]
		if !ok {
			continue
		}
		switch kind {
		case "failedResults":
			code, _, _ := strings.Cut(r.word, ":")
			out[i] = refusal(&batch[i], answer, code, r.word)
			if code == "UNABLE_TO_LOCK_ROW" {
				out[i].Status = Unprocessed // the next try may find it free
			}
		case "successfulResults":
			created, _ := strconv.ParseBool(r.word)
			out[i] = took(&batch[i], created, answer)
			out[i].Remote = r.id
		default:
			out[i] = Outcome{Status: Unprocessed, Remote: batch[i].Remote, HTTP: answer.Status, Reason: "the job ended before this row"}
		}
	}
	return nil
}

type salesforceRow struct{ id, word string }

// salesforceRows reads a list of results: by our id, Salesforce's and the word beside it
// (sf__Error or sf__Created).
func salesforceRows(data []byte, idField string) (map[string]salesforceRow, error) {
	r := csv.NewReader(bytes.NewReader(data))
	lines, err := r.ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	key, remote := slices.Index(lines[0], idField), slices.Index(lines[0], "sf__Id")
	word := max(slices.Index(lines[0], "sf__Error"), slices.Index(lines[0], "sf__Created"))
	if key < 0 {
		return nil, errors.New("no column " + idField)
	}
	out := make(map[string]salesforceRow, len(lines)-1)
	for _, line := range lines[1:] {
		var row salesforceRow
		if remote >= 0 {
			row.id = line[remote]
		}
		if word >= 0 {
			row.word = line[word]
		}
		out[line[key]] = row
	}
	return out, nil
}
