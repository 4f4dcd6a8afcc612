package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	tables "segmenta/table"
)

// A spark is a cluster on this machine: a master, two workers and Spark Connect.
type spark struct {
	home, dir string
	binary    string
	remote    string
	workers   []*exec.Cmd
}

// startSpark starts one where SEGMENTA_SPARK says where Spark is, and skips the test
// otherwise. Everything that it started ends with the test.
func startSpark(t *testing.T) *spark {
	s := &spark{home: os.Getenv("SEGMENTA_SPARK"), dir: t.TempDir()}
	if s.home == "" {
		t.Skip("SEGMENTA_SPARK names no folder of Spark; make test-spark installs one")
	}
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("there is no Java, which Spark runs on")
	}
	s.binary = filepath.Join(s.dir, "segmenta")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", s.binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	master, connect := freePort(t), freePort(t)
	url := fmt.Sprint("spark://127.0.0.1:", master)
	s.start(t, "master", "I have been elected leader", "256m", "spark-class", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", fmt.Sprint(master), "--webui-port", "0")
	for i := range 2 {
		s.workers = append(s.workers, s.start(t, fmt.Sprint("worker", i), "Successfully registered with master", "256m", "spark-class", "org.apache.spark.deploy.worker.Worker",
			"--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", filepath.Join(s.dir, fmt.Sprint("work", i)), url))
	}
	s.start(t, "connect", "Spark Connect server started", "700m", "spark-submit", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", url,
		"--driver-memory", "700m", "--executor-memory", "700m", "--conf", "spark.executor.cores=1", "--conf", "spark.ui.enabled=false",
		"--conf", "spark.connect.grpc.binding.address=127.0.0.1", "--conf", fmt.Sprint("spark.connect.grpc.binding.port=", connect),
		"--conf", "spark.sql.warehouse.dir="+filepath.Join(s.dir, "warehouse"), "spark-internal")
	s.remote = fmt.Sprint("sc://127.0.0.1:", connect)
	return s
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start starts one of Spark's programs and waits until it says that it is up.
func (s *spark) start(t *testing.T, name, up, memory string, words ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(filepath.Join(s.home, "bin", words[0]), words[1:]...)
	c.Env = append(os.Environ(), "SPARK_HOME="+s.home, "SPARK_LOCAL_IP=127.0.0.1", "SPARK_DAEMON_MEMORY="+memory, "SPARK_CONNECT_MODE=0", "SPARK_LOCAL_DIRS="+filepath.Join(s.dir, "local"))
	c.Dir = s.dir
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said := &saying{}
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { c.Wait(); close(ended) }()
	t.Cleanup(func() {
		c.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
		}
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // and its executors
	})
	for begin := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("Spark's %s ended:\n%s", name, said.last(3000))
		default:
		}
		if said.has(up) {
			return c
		}
		if time.Since(begin) > 2*time.Minute {
			t.Fatalf("Spark's %s is not up:\n%s", name, said.last(3000))
		}
	}
}

// saying is what a program said so far.
type saying struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *saying) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *saying) has(word string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Contains(s.text.Bytes(), []byte(word))
}

func (s *saying) last(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.text.Bytes()
	return string(b[max(0, len(b)-n):])
}

// segmenta runs the binary and returns what it said on both channels.
func (s *spark) segmenta(words ...string) (string, error) {
	c := exec.Command(s.binary, words...)
	said := &saying{}
	c.Stdout, c.Stderr = said, said
	err := c.Run()
	return said.last(1 << 20), err
}

// features are the words of one call, at three moments.
func (s *spark) features(shop, out string, more ...string) []string {
	return append([]string{"features", "-c", filepath.Join(shop, "segmenta.yaml"), "--as-of", "2025-06-01", "--as-of", "2025-09-01", "--as-of", "2025-12-01", "-o", out, "--debug"}, more...)
}

func (s *spark) onSpark() []string { return []string{"--engine", "spark", "--spark", s.remote} }

// sparkShop is a shop of two million rows, or of as many customers as
// SEGMENTA_SPARK_CUSTOMERS says (9,300 make two million rows), and its configuration.
func sparkShop(t *testing.T, s *spark) string {
	shop := filepath.Join(s.dir, "shop")
	if said, err := s.segmenta("simulate", "-o", shop, "--customers", cmp.Or(os.Getenv("SEGMENTA_SPARK_CUSTOMERS"), "9300"), "--days", "730", "--seed", "7"); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	configure(t, shop, "")
	return shop
}

func configure(t *testing.T, shop, more string) {
	text := "name: shop\nsources:\n  transactions: {path: transactions}\n  events: {path: events}\n  customers: {path: customers}\nspark: {partitions: 6}\n" + more
	if err := os.WriteFile(filepath.Join(shop, "segmenta.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func equalFiles(t *testing.T, got, want string) {
	t.Helper()
	g, err := os.ReadFile(got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := os.ReadFile(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g, w) {
		t.Errorf("%s and %s differ: %d and %d bytes", got, want, len(g), len(w))
	}
}

// The features of two million rows at three moments are the same file, byte for byte,
// whether Spark's workers computed them or this process did; also where a worker of Spark
// and its executor die on the way. A row that can't be used is named. Rows 116.
func TestSpark(t *testing.T) {
	s := startSpark(t)
	shop := sparkShop(t, s)
	local, there := filepath.Join(s.dir, "local.parquet"), filepath.Join(s.dir, "spark.parquet")
	if said, err := s.segmenta(s.features(shop, local)...); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	t.Run("equal", func(t *testing.T) {
		begin := time.Now()
		said, err := s.segmenta(s.features(shop, there, s.onSpark()...)...)
		if err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		t.Logf("%.1f s: %s", time.Since(begin).Seconds(), said)
		equalFiles(t, there, local)
	})
	t.Run("poisoned", func(t *testing.T) { poisoned(t, s, shop) })
	t.Run("foreign", func(t *testing.T) { foreign(t, s, shop) })
	t.Run("partitions", func(t *testing.T) { partitions(t, s, shop, local) })
	t.Run("a worker dies", func(t *testing.T) {
		again := filepath.Join(s.dir, "again.parquet")
		c := exec.Command(s.binary, s.features(shop, again, s.onSpark()...)...)
		said := &saying{}
		c.Stdout, c.Stderr = said, said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		killed := s.killOne(t, said)
		if err := c.Wait(); err != nil {
			t.Fatalf("%v: %s", err, said.last(4000))
		}
		t.Logf("killed %v", killed)
		equalFiles(t, again, local)
	})
	if left, _ := filepath.Glob(filepath.Join(shop, "workspace", "spark", "*")); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
}

// partitions tells how long it takes with each number of partitions that
// SEGMENTA_SPARK_PARTITIONS lists, and holds that the file is the same.
func partitions(t *testing.T, s *spark, shop, local string) {
	list := os.Getenv("SEGMENTA_SPARK_PARTITIONS")
	if list == "" {
		t.Skip("SEGMENTA_SPARK_PARTITIONS names no numbers of partitions, such as 1,2,4")
	}
	file := filepath.Join(shop, "segmenta.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer os.WriteFile(file, text, 0o600)
	for n := range strings.SplitSeq(list, ",") {
		if err := os.WriteFile(file, bytes.Replace(text, []byte("partitions: 6"), []byte("partitions: "+n), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		out, begin := filepath.Join(s.dir, "parts.parquet"), time.Now()
		said, err := s.segmenta(s.features(shop, out, s.onSpark()...)...)
		if err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		t.Logf("%s partitions: %.1f s; %s", n, time.Since(begin).Seconds(), said)
		equalFiles(t, out, local)
	}
}

// killOne kills a worker of Spark, its executor and the segmenta that this feeds, once
// they are answering.
func (s *spark) killOne(t *testing.T, said *saying) (killed []int) {
	for begin := time.Now(); time.Since(begin) < 3*time.Minute; time.Sleep(20 * time.Millisecond) {
		if !said.has(`"task":"survey"`) {
			continue
		}
		family := descendants(s.workers[0].Process.Pid)
		for _, pid := range family {
			line, _ := os.ReadFile(fmt.Sprint("/proc/", pid, "/cmdline"))
			if bytes.Contains(line, []byte("worker\x00--threads")) {
				for _, one := range append([]int{s.workers[0].Process.Pid}, family...) {
					syscall.Kill(one, syscall.SIGKILL)
				}
				return family
			}
		}
	}
	t.Fatalf("no worker was seen at work: %s", said.last(2000))
	return nil
}

// descendants are the processes that a process started, and those that these did.
func descendants(of int) (all []int) {
	parents := map[int]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		words := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		parents[pid], _ = strconv.Atoi(words[1])
	}
	for pid := range parents {
		for up := parents[pid]; up > 1; up = parents[up] {
			if up == of {
				all = append(all, pid)
				break
			}
		}
	}
	return all
}

// poisoned spoils one amount: where no row may be rejected the error says whose it is.
func poisoned(t *testing.T, s *spark, shop string) {
	bad := filepath.Join(s.dir, "poisoned")
	for _, name := range []string{"transactions", "events", "customers"} {
		if err := os.MkdirAll(filepath.Join(bad, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(shop, name, "part-0000.parquet"), filepath.Join(bad, name, "part-0000.parquet")); err != nil {
			t.Fatal(err)
		}
	}
	configure(t, bad, "quality: {max_rejected: 0}\n")
	file := filepath.Join(bad, "transactions", "part-0000.parquet")
	all, err := tables.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(file)
	nan := 0.0
	all.Column("amount").Floats[4321] = nan / nan
	if err := tables.WriteFile(file, all); err != nil {
		t.Fatal(err)
	}
	said, err := s.segmenta(s.features(bad, filepath.Join(bad, "out.parquet"), s.onSpark()...)...)
	who := all.Column("customer_id").Text(4321)
	if err == nil || !strings.Contains(said, "1 of ") || !strings.Contains(said, "of customer "+who) || !strings.Contains(said, "NaN") {
		t.Errorf("%v, want the row of %s named: %s", err, who, said)
	}
	t.Log(said)
}

// foreign sends a worker of another version, which refuses the work; Spark's task fails
// with its words.
func foreign(t *testing.T, s *spark, shop string) {
	other := filepath.Join(s.dir, "other")
	build := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags", "-s -w -X segmenta/pipeline.Version=v0.0.9", "-o", other, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	configure(t, shop, "")
	text, _ := os.ReadFile(filepath.Join(shop, "segmenta.yaml"))
	defer configure(t, shop, "")
	os.WriteFile(filepath.Join(shop, "segmenta.yaml"), bytes.Replace(text, []byte("partitions: 6"), []byte("partitions: 6, binary: 'send:"+other+"'"), 1), 0o600)
	said, err := s.segmenta(s.features(shop, filepath.Join(s.dir, "foreign.parquet"), s.onSpark()...)...)
	if err == nil || !strings.Contains(said, "this worker is segmenta v0.0.9") {
		t.Errorf("%v, want the other version named: %s", err, said)
	}
	t.Log(said)
}
