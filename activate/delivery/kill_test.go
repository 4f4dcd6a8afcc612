package delivery_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
)

// A childJob is what a process of its own is to apply.
type childJob struct {
	Kind, Settings, ID string
	Env                map[string]string
	Dir, RunHash       string
}

const childEnv = "SEGMENTA_TEST_CHILD"

// child applies a plan if this process was started to be killed while it does.
func child() bool {
	text, is := os.LookupEnv(childEnv)
	if !is {
		return false
	}
	var job childJob
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		panic(err)
	}
	patient := quick()
	patient.MaxWait, patient.Deadline = time.Minute, 2*time.Minute
	to, err := openKind(job.Kind, job.Settings, job.Env, patient, job.ID)
	if err != nil {
		panic(err)
	}
	p, err := delivery.LoadPlan(job.Dir)
	if err != nil {
		panic(err)
	}
	d := &delivery.Delivery{Name: "crm", Dir: job.Dir, To: to, Run: p.Run, RunHash: job.RunHash, Settings: "s", Settle: 20 * time.Millisecond}
	os.Stdout.WriteString("begun\n")
	r, err := d.Apply(context.Background(), p)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if r.Partly() {
		fmt.Fprintf(os.Stderr, "%+v\n", r)
		os.Exit(4)
	}
	os.Exit(0)
	return true
}

// applyAndKill starts a process that applies and ends it with SIGKILL after so long, if
// it hasn't ended by then.
func applyAndKill(t *testing.T, job childJob, after time.Duration) (finished bool) {
	t.Helper()
	text, _ := json.Marshal(job)
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childEnv+"="+string(text))
	var said lineBuffer
	c.Stderr = &said
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "begun\n" {
		c.Wait()
		t.Fatalf("the child said %q and %s", line, said.String())
	}
	timer := time.AfterFunc(after, func() { c.Process.Kill() })
	err = c.Wait()
	if timer.Stop() && err != nil {
		t.Fatalf("the child ended with %v: %s", err, said.String())
	}
	return err == nil
}

type lineBuffer struct{ b []byte }

func (l *lineBuffer) Write(p []byte) (int, error) { l.b = append(l.b, p...); return len(p), nil }
func (l *lineBuffer) String() string              { return string(l.b) }

func envNumber(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// Whenever a delivery is killed, finishing it loses nothing and applies nothing twice that
// the destination can't absorb; the log agrees with the server's record. SEGMENTA_KILLS
// says how often for each destination, SEGMENTA_KILL_KINDS which. (BATTERY A2)
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("dozens of processes take seconds")
	}
	kills, kinds := envNumber("SEGMENTA_KILLS", 3), []string{"webhook", "bitrix24", "postgres"}
	if named := os.Getenv("SEGMENTA_KILL_KINDS"); named != "" {
		kinds = strings.Split(named, ",")
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			s := stands[kind](t)
			if kind == "webhook" {
				h := newHook()
				h.slow = 25 * time.Millisecond
				s = webhookServer(t, h)
			}
			killed(t, kind, s, kills)
		})
	}
}

func killed(t *testing.T, kind string, s *stand, kills int) {
	const rows = 400
	random := rand.New(rand.NewPCG(uint64(kills), 99))
	d := contract(t, kind, s)
	d.Dir, d.Wants = filepath.Join(t.TempDir(), "crm"), nil
	for i := range rows {
		d.Wants = append(d.Wants, delivery.Want{Customer: s.id(i), ID: s.id(i), Values: []any{"customer", float64(i%100) / 100, float64(i)}})
	}
	left, rounds, done, amid := kills, 0, 0, 0
	var long time.Duration // that an undisturbed delivery takes
	for left > 0 || rounds == 0 {
		rounds++
		d.RunHash = fmt.Sprint("h", rounds)
		for i := range d.Wants {
			d.Wants[i].Values[2] = float64(1000*rounds + i)
		}
		plan(t, d)
		for {
			wait, start := time.Hour, time.Now()
			if left > 0 && rounds > 1 {
				wait = time.Duration(random.Int64N(int64(long)))
			}
			if applyAndKill(t, childJob{kind, s.settings, s.idColumn, s.env, d.Dir, d.RunHash}, wait) {
				long = max(long, time.Since(start))
				break
			}
			left, done = left-1, done+1
			arrived := 0
			for i := range rows {
				arrived += s.applied(s.id(i)) - rounds + 1
			}
			if arrived > 0 && arrived < rows {
				amid++
			}
		}
		s.matches(t, d)
	}
	limits := d.To.Limits()
	for i := range rows {
		if n := s.applied(s.id(i)); n < rounds || n > rounds && !limits.Repeatable {
			t.Errorf("%s: applied %d times in %d deliveries", s.id(i), n, rounds)
		}
	}
	t.Logf("killed %d times in %d deliveries of %d rows, %d of them when some rows had arrived and others had not", done, rounds, rows, amid)
	if r := plan(t, d); r.Writes() != 0 {
		t.Errorf("%d writes are left", r.Writes())
	}
}

// Under 15 % of faults nothing is lost, nothing is applied twice, and what is refused is
// kept; then nothing is left to send. SEGMENTA_ROWS says of how many. (BATTERY A1, A3)
func TestFaultsAtLength(t *testing.T) {
	rows := envNumber("SEGMENTA_ROWS", 3000)
	if testing.Short() {
		rows = 500
	}
	h := newHook()
	s := webhookServer(t, h)
	d := contract(t, "webhook", s)
	d.Wants = nil
	for i := range rows {
		d.Wants = append(d.Wants, delivery.Want{Customer: s.id(i), ID: s.id(i), Values: []any{"customer", float64(i%100) / 100, float64(i)}})
	}
	h.refused = func(id string) bool { return id[len(id)-3:] == "007" }
	plan(t, d)
	s.faults(0.15)
	var r *delivery.Result
	for r == nil || r.Stopped != nil || r.Counts[activate.Unsure] > 0 {
		r = apply(t, d)
	}
	bad := 0
	for i := range rows {
		id := s.id(i)
		switch n := s.applied(id); {
		case h.refused(id):
			bad++
			if n != 0 {
				t.Errorf("%s was refused, and applied", id)
			}
		case n != 1:
			t.Errorf("%s was applied %d times", id, n)
		}
	}
	least := (rows + 9) / 10
	if r.Counts[activate.Created] != rows-bad || r.Counts[activate.Rejected] != bad || float64(h.requests) > 1.25*float64(least) {
		t.Errorf("%+v; want %d created and %d refused; %d requests, at least %d are needed", r, rows-bad, bad, h.requests, least)
	}
	t.Logf("%d rows: lost 0, twice 0, refused and kept %d; %d requests of %d at least (%.2f), %d arrived doubly and were told apart by their key", rows, bad, h.requests, least, float64(h.requests)/float64(least), h.again)
	s.faults(0)
	before := h.requests
	plan(t, d)
	if apply(t, d); h.requests != before {
		t.Errorf("%d requests where nothing has changed", h.requests-before)
	}
}
