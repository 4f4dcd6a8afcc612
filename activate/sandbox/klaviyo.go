package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// klaviyo answers as Klaviyo's profile import jobs, profiles and events do.
//
// Read in developers.klaviyo.com/en/reference (bulk_import_profiles, get_profiles,
// create_event, rate limits): 10,000 profiles, 5 MB and 100 KB a profile; 10 calls a
// second and 150 a minute for jobs, 75 and 750 for reading profiles, 350 and 3,500 for events; a 429 carries
// Retry-After; a job is queued, processing, complete; what it refused is read from
// import-errors. An event with a unique_id seen before is passed over.
func klaviyo(s *Server) manner {
	k := &klaviyoServer{Server: s, jobs: map[string]*klaviyoJob{}}
	return manner{
		limits:     Limits{Batch: 10_000, Bytes: 5_000_000, RowBytes: 100_000, Calls: 10, Per: time.Second, Steady: 150},
		lanes:      map[string]Limits{"profiles": {Calls: 75, Per: time.Second, Steady: 750}, "events": {Calls: 350, Per: time.Second, Steady: 3500}},
		lane:       func(r *http.Request) string { return path.Base(r.URL.Path) },
		credential: bearer("Klaviyo-API-Key"),
		denied: func(w http.ResponseWriter, status int) {
			code, detail := "not_authenticated", "Authentication credentials were not provided."
			if status == http.StatusForbidden {
				code, detail = "permission_denied", "You do not have permission to perform this action."
			}
			k.wrong(w, status, code, detail)
		},
		throttled: func(w http.ResponseWriter, full verdict) {
			w.Header().Set("Retry-After", strconv.Itoa(int((full.wait+time.Second-1)/time.Second)))
			k.wrong(w, http.StatusTooManyRequests, "throttled", "Request was throttled.")
		},
		reads: func(r *http.Request) bool { return r.Method == http.MethodGet },
		routes: func(mux *http.ServeMux) {
			mux.HandleFunc("POST /api/profile-bulk-import-jobs", k.start)
			mux.HandleFunc("POST /api/profile-bulk-import-jobs/{$}", k.start)
			mux.HandleFunc("GET /api/profile-bulk-import-jobs/{id}", k.status)
			mux.HandleFunc("GET /api/profile-bulk-import-jobs/{id}/import-errors", k.errors)
			mux.HandleFunc("GET /api/profiles", k.profiles)
			mux.HandleFunc("POST /api/events", k.track)
		},
	}
}

type klaviyoServer struct {
	*Server
	jobsLock sync.Mutex
	jobs     map[string]*klaviyoJob
}

type klaviyoJob struct {
	id            string
	polls         int
	total, failed int
	wrong         []object
}

func (k *klaviyoServer) wrong(w http.ResponseWriter, status int, code, detail string) {
	say(w, status, object{"errors": []object{{"id": "c0ffee", "status": status, "code": code, "title": code, "detail": detail, "source": object{"pointer": "/data"}}}})
}

type klaviyoProfile struct {
	Attributes struct {
		ExternalID string         `json:"external_id"`
		Email      string         `json:"email"`
		Properties map[string]any `json:"properties"`
	} `json:"attributes"`
}

func (k *klaviyoServer) start(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Revision") == "" || r.Header.Get("Content-Type") != "application/vnd.api+json" {
		k.wrong(w, http.StatusBadRequest, "invalid", "the revision header and application/vnd.api+json are required")
		return
	}
	var body struct {
		Data struct {
			Type       string
			Attributes struct {
				Profiles struct{ Data []json.RawMessage }
			}
		}
	}
	if !hear(r, &body) || body.Data.Type != "profile-bulk-import-job" {
		k.wrong(w, http.StatusBadRequest, "invalid", "data must be a profile-bulk-import-job")
		return
	}
	profiles := body.Data.Attributes.Profiles.Data
	if len(profiles) == 0 || len(profiles) > k.gate.limits.Batch {
		k.wrong(w, http.StatusBadRequest, "invalid", "one to 10,000 profiles a job")
		return
	}
	k.jobsLock.Lock()
	defer k.jobsLock.Unlock()
	job := &klaviyoJob{id: "job" + strconv.Itoa(len(k.jobs)+1), total: len(profiles)}
	k.jobs[job.id] = job
	for i, raw := range profiles {
		var p klaviyoProfile
		err := json.Unmarshal(raw, &p)
		key := p.Attributes.ExternalID
		values := p.Attributes.Properties
		if p.Attributes.Email != "" {
			if values == nil {
				values = map[string]any{}
			}
			values["email"] = p.Attributes.Email
		}
		field, reason := k.refused(key, values)
		if err != nil || key == "" && p.Attributes.Email == "" {
			reason = "one of email, phone_number or external_id is required"
		}
		if len(raw) > k.gate.limits.RowBytes {
			reason = "the profile is larger than 100 KB"
		}
		if reason != "" {
			job.failed++
			job.wrong = append(job.wrong, object{"type": "import-error", "id": fmt.Sprint("e", i), "attributes": object{"code": "invalid", "title": "Invalid input.", "detail": reason,
				"source": object{"pointer": fmt.Sprintf("/data/attributes/profiles/data/%d/attributes/%s", i, field)}, "original_payload": raw}})
			continue
		}
		k.upsert(key, values)
	}
	say(w, http.StatusAccepted, k.about(job))
}

func (k *klaviyoServer) about(job *klaviyoJob) object {
	status := []string{"queued", "processing", "complete"}[min(job.polls, 2)]
	out := object{"status": status, "total_count": job.total, "completed_count": 0, "failed_count": 0}
	if status == "complete" {
		out["completed_count"], out["failed_count"] = job.total-job.failed, job.failed
	}
	return object{"data": object{"type": "profile-bulk-import-job", "id": job.id, "attributes": out}}
}

func (k *klaviyoServer) status(w http.ResponseWriter, r *http.Request) {
	k.jobsLock.Lock()
	defer k.jobsLock.Unlock()
	job := k.jobs[r.PathValue("id")]
	if job == nil {
		k.wrong(w, http.StatusNotFound, "not_found", "no such job")
		return
	}
	job.polls++
	say(w, http.StatusOK, k.about(job))
}

// errors come 20 a page.
func (k *klaviyoServer) errors(w http.ResponseWriter, r *http.Request) {
	k.jobsLock.Lock()
	defer k.jobsLock.Unlock()
	job := k.jobs[r.PathValue("id")]
	if job == nil {
		k.wrong(w, http.StatusNotFound, "not_found", "no such job")
		return
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("page[cursor]"))
	from = min(from, len(job.wrong))
	to := min(from+20, len(job.wrong))
	links := object{"self": r.URL.String(), "next": nil}
	if to < len(job.wrong) {
		links["next"] = k.URL + r.URL.Path + "?page%5Bcursor%5D=" + strconv.Itoa(to)
	}
	say(w, http.StatusOK, object{"data": job.wrong[from:to], "links": links})
}

// profiles reads by filter=any(external_id,["a","b"]), at most 100 a page.
func (k *klaviyoServer) profiles(w http.ResponseWriter, r *http.Request) {
	list, ok := strings.CutPrefix(r.URL.Query().Get("filter"), "any(external_id,")
	list, ok2 := strings.CutSuffix(list, ")")
	var keys []string
	if !ok || !ok2 || json.Unmarshal([]byte(list), &keys) != nil || len(keys) > 100 || len(r.URL.RequestURI()) > 16_000 {
		k.wrong(w, http.StatusBadRequest, "invalid", "invalid filter")
		return
	}
	out := []object{}
	for _, key := range keys {
		row, found := k.Row(key)
		if !found {
			continue
		}
		properties, email := object{}, any(nil)
		for name, value := range row.Values {
			if name == "email" {
				email = value
			} else {
				properties[name] = value
			}
		}
		out = append(out, object{"type": "profile", "id": "01" + row.ID, "attributes": object{"external_id": key, "email": email, "properties": properties}})
	}
	say(w, http.StatusOK, object{"data": shuffle(k.Server, out), "links": object{"next": nil}})
}

func (k *klaviyoServer) track(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Data struct {
			Type       string
			Attributes struct {
				Metric struct {
					Data struct{ Attributes struct{ Name string } }
				}
				Profile    struct{ Data klaviyoProfile }
				Properties map[string]any
				UniqueID   string `json:"unique_id"`
			}
		}
	}
	if !hear(r, &body) || body.Data.Type != "event" || body.Data.Attributes.Metric.Data.Attributes.Name == "" || body.Data.Attributes.Profile.Data.Attributes.ExternalID == "" {
		k.wrong(w, http.StatusBadRequest, "invalid", "an event needs a metric and a profile")
		return
	}
	a := body.Data.Attributes
	if _, reason := k.refused(a.Profile.Data.Attributes.ExternalID, nil); reason != "" {
		k.wrong(w, http.StatusBadRequest, "invalid", reason)
		return
	}
	k.event(a.Profile.Data.Attributes.ExternalID, a.Metric.Data.Attributes.Name, a.UniqueID, a.Properties)
	w.WriteHeader(http.StatusAccepted)
}
