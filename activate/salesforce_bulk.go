package activate

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"strings"
	"time"

	"segmenta/activate/fault"
	"segmenta/activate/web"
)

func (s *salesforce) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	if batch[0].Action == Notify {
		return nil, errors.New("salesforce takes no events")
	}
	job, err := s.begin(ctx, s.csv(batch))
	if err != nil {
		return nil, err
	}
	state, message, err := s.wait(ctx, job)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(message, "InvalidBatch") {
		return nil, &fault.Fault{Class: fault.Auth, Code: "InvalidBatch", Reason: plain(message, nil) + " (it is not there, or its field-level security hides it from this user)"}
	}
	out := make([]Outcome, len(batch))
	for _, kind := range []string{"failedResults", "successfulResults", "unprocessedrecords"} {
		if err := s.results(ctx, job, kind, batch, out); err != nil {
			return nil, err
		}
	}
	return all(batch, out, Outcome{Status: Unsure, Reason: "the job is " + state + " and none of its results names this row"}), nil
}

// csv has the union of the batch's fields for columns; an empty cell changes nothing, #N/A clears.
func (s *salesforce) csv(batch []Operation) []byte {
	column := map[string]int{}
	header := []string{s.s.IDField}
	for i := range batch {
		for _, v := range batch[i].Values {
			if name := s.wire(v.Field); column[name] == 0 {
				column[name] = len(header)
				header = append(header, name)
			}
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(header)
	for i := range batch {
		row := make([]string, len(header))
		row[0] = batch[i].ID
		for _, v := range batch[i].Values {
			text := v.Field.Format(v.New)
			switch {
			case v.Field.Type == Tags:
				text = strings.ReplaceAll(text, ",", ";")
			case v.Field.Type == Bool && text == "":
				text = "false" // a checkbox is never empty
			}
			if text == "" || batch[i].Action == Clear {
				text = "#N/A"
			}
			row[column[s.wire(v.Field)]] = text
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

// begin starts a job, anew where one broke before it was closed: that one is left open and
// without effect, and Salesforce deletes it after a week.
func (s *salesforce) begin(ctx context.Context, data []byte) (job string, err error) {
	pause := s.o.firstWait()
	for range 5 {
		job, err = s.start(ctx, data)
		if !fault.Is(err, fault.Transient) {
			return job, err
		}
		if s.o.Web.Sleep(ctx, pause) != nil {
			return "", err
		}
		pause *= 2
	}
	return "", err
}

// start opens a job, feeds and closes it. Until it is closed nothing is applied, so what
// breaks before is begun anew; whether it was closed can be asked.
func (s *salesforce) start(ctx context.Context, data []byte) (job string, err error) {
	var made struct{ ID string }
	if _, err := s.call(ctx, http.MethodPost, "/jobs/ingest", map[string]string{"object": s.s.Object, "operation": "upsert", "externalIdFieldName": s.s.IDField, "contentType": "CSV", "lineEnding": "LF"}, &made, true); err != nil {
		return "", notDone(err)
	}
	path := "/jobs/ingest/" + made.ID
	_, err = s.web.Do(ctx, web.Request{Method: http.MethodPut, URL: s.base + path + "/batches", Body: data, Header: http.Header{"Content-Type": {"text/csv"}}, Judge: s.judge})
	if err != nil {
		return "", notDone(err)
	}
	_, err = s.call(ctx, http.MethodPatch, path, map[string]string{"state": "UploadComplete"}, nil, false)
	if fault.Is(err, fault.Unknown) {
		state, _, known := s.state(ctx, made.ID)
		switch {
		case known != nil:
			return "", err
		case state == "Open":
			return "", notDone(err)
		}
		err = nil
	}
	return made.ID, err
}

// notDone makes a fault that leaves nothing applied one that may be tried again.
func notDone(err error) error {
	f, ok := fault.Of(err)
	if !ok || f.Class != fault.Unknown {
		return err
	}
	again := *f
	again.Class = fault.Transient
	return &again
}

func (s *salesforce) state(ctx context.Context, job string) (state, message string, err error) {
	var got struct{ State, ErrorMessage string }
	_, err = s.call(ctx, http.MethodGet, "/jobs/ingest/"+job, nil, &got, true)
	return got.State, got.ErrorMessage, err
}

// wait asks after a job, ever less often, until it is over.
func (s *salesforce) wait(ctx context.Context, job string) (state, message string, err error) {
	pause := s.o.firstWait()
	for waited := time.Duration(0); waited < s.patience; waited += pause {
		state, message, err = s.state(ctx, job)
		if err != nil {
			return "", "", doubt(err)
		}
		switch state {
		case "JobComplete", "Failed", "Aborted":
			return state, message, nil
		}
		if err := s.o.Web.Sleep(ctx, pause); err != nil {
			return "", "", &fault.Fault{Class: fault.Unknown, Err: err, Reason: "the job was not waited for"}
		}
		pause = min(2*pause, 30*time.Second)
	}
	return "", "", &fault.Fault{Class: fault.Unknown, Reason: "the job " + job + " is not over after " + s.patience.String()}
}

// doubt makes any fault after the write one that leaves the outcome unknown.
func doubt(err error) error {
	f, ok := fault.Of(err)
	if !ok {
		return err
	}
	unknown := *f
	unknown.Class = fault.Unknown
	return &unknown
}
