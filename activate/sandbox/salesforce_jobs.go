package sandbox

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
)

type salesforceJob struct {
	ID, Object, State, Message string
	External                   string
	polls                      int
	data                       []byte
	header                     []string
	done, failed, unprocessed  [][]string
}

func (sf *salesforceServer) job(w http.ResponseWriter, r *http.Request) *salesforceJob {
	sf.jobsLock.Lock()
	defer sf.jobsLock.Unlock()
	job := sf.jobs[r.PathValue("id")]
	if job == nil {
		say(w, http.StatusNotFound, []object{{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}})
	}
	return job
}

func (sf *salesforceServer) create(w http.ResponseWriter, r *http.Request) {
	var body struct{ Object, Operation, ExternalIDFieldName, ContentType, LineEnding string }
	if !hear(r, &body) || body.Object != "Contact" || body.Operation != "upsert" || body.ExternalIDFieldName == "" || body.ContentType != "CSV" {
		say(w, http.StatusBadRequest, []object{{"errorCode": "INVALIDJOB", "message": "object, operation upsert, externalIdFieldName and contentType CSV are required"}})
		return
	}
	sf.jobsLock.Lock()
	job := &salesforceJob{ID: fmt.Sprintf("7505e000%09d", len(sf.jobs)+1), Object: body.Object, External: body.ExternalIDFieldName, State: "Open"}
	sf.jobs[job.ID] = job
	sf.jobsLock.Unlock()
	say(w, http.StatusOK, sf.about(job))
}

func (sf *salesforceServer) about(j *salesforceJob) object {
	out := object{"id": j.ID, "operation": "upsert", "object": j.Object, "state": j.State, "externalIdFieldName": j.External, "contentType": "CSV", "lineEnding": "LF",
		"numberRecordsProcessed": len(j.done) + len(j.failed), "numberRecordsFailed": len(j.failed)}
	if j.Message != "" {
		out["errorMessage"] = j.Message
	}
	return out
}

func (sf *salesforceServer) upload(w http.ResponseWriter, r *http.Request) {
	job := sf.job(w, r)
	if job == nil {
		return
	}
	data, err := io.ReadAll(r.Body)
	if err != nil || job.State != "Open" || r.Header.Get("Content-Type") != "text/csv" {
		say(w, http.StatusBadRequest, []object{{"errorCode": "INVALIDJOBSTATE", "message": "a job takes one CSV, while it is open"}})
		return
	}
	job.data = data
	w.WriteHeader(http.StatusCreated)
}

// close starts the work: nothing is applied before the upload is called complete.
func (sf *salesforceServer) close(w http.ResponseWriter, r *http.Request) {
	job := sf.job(w, r)
	if job == nil {
		return
	}
	var body struct{ State string }
	if !hear(r, &body) || body.State != "UploadComplete" && body.State != "Aborted" {
		say(w, http.StatusBadRequest, []object{{"errorCode": "INVALIDJOBSTATE", "message": "state must be UploadComplete or Aborted"}})
		return
	}
	sf.jobsLock.Lock()
	defer sf.jobsLock.Unlock()
	if job.State != "Open" {
		say(w, http.StatusBadRequest, []object{{"errorCode": "INVALIDJOBSTATE", "message": "Transitioning from " + job.State + " is not allowed"}})
		return
	}
	job.State = body.State
	if body.State == "UploadComplete" {
		sf.process(job)
	}
	say(w, http.StatusOK, sf.about(job))
}

func (sf *salesforceServer) process(job *salesforceJob) {
	rows, err := csv.NewReader(bytes.NewReader(job.data)).ReadAll()
	if err != nil || len(rows) == 0 {
		job.Message = "InvalidBatch : Field name not found"
		return
	}
	job.header = rows[0]
	key := slices.Index(job.header, job.External)
	for _, name := range job.header {
		if !sf.known(name) || key < 0 {
			job.Message, job.unprocessed = "InvalidBatch : Field name not found : "+name, rows[1:]
			return
		}
	}
	for i, row := range rows[1:] {
		if share := sf.faults().Missing; share > 0 && i > len(rows)*3/4 && sf.chance.hit(share) {
			defer sf.over()
			job.unprocessed = append(job.unprocessed, rows[1+i:]...)
			return
		}
		values := map[string]any{}
		for j, name := range job.header {
			if j != key && row[j] != "" {
				values[name] = row[j]
			}
			if row[j] == "#N/A" {
				values[name] = nil // how a value is cleared
			}
		}
		if field, reason := sf.refused(row[key], values); reason != "" || row[key] == "" {
			code := "INVALID_TYPE_ON_FIELD_IN_RECORD:"
			if reason == missingField {
				code, reason = "REQUIRED_FIELD_MISSING:", "Required fields are missing: ["+field+"]"
			}
			job.failed = append(job.failed, append([]string{"", code + reason + ":" + field + " --"}, row...))
			continue
		}
		held, created := sf.Server.upsert(row[key], values)
		job.done = append(job.done, append([]string{"003" + held.ID, strconv.FormatBool(created)}, row...))
	}
}

// status is InProgress on the first look and final on the second.
func (sf *salesforceServer) status(w http.ResponseWriter, r *http.Request) {
	job := sf.job(w, r)
	if job == nil {
		return
	}
	sf.jobsLock.Lock()
	defer sf.jobsLock.Unlock()
	if job.State == "UploadComplete" || job.State == "InProgress" {
		job.State = "InProgress"
		if job.polls++; job.polls > 1 {
			job.State = "JobComplete"
			if job.Message != "" || len(job.unprocessed) > 0 {
				job.State = "Failed"
				if job.Message == "" {
					job.Message = "TooManyLockFailure : a batch was retried too often"
				}
			}
		}
	}
	say(w, http.StatusOK, sf.about(job))
}

func (sf *salesforceServer) results(w http.ResponseWriter, r *http.Request) {
	job := sf.job(w, r)
	if job == nil {
		return
	}
	sf.jobsLock.Lock()
	defer sf.jobsLock.Unlock()
	var rows [][]string
	header := append([]string{"sf__Id", "sf__Error"}, job.header...)
	switch r.PathValue("results") {
	case "successfulResults":
		rows, header[1] = slices.Clone(job.done), "sf__Created"
	case "failedResults":
		rows = slices.Clone(job.failed)
	case "unprocessedrecords":
		rows, header = slices.Clone(job.unprocessed), job.header
	default:
		http.NotFound(w, r)
		return
	}
	slices.Reverse(rows) // the order is not guaranteed, so it is never the order of the upload
	w.Header().Set("Content-Type", "text/csv; charset=UTF-8")
	w.Header().Set("Sforce-NumberOfRecords", strconv.Itoa(len(rows)))
	out := csv.NewWriter(w)
	_ = out.Write(header)
	_ = out.WriteAll(rows)
}
