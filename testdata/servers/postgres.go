// Package servers starts real servers on 127.0.0.1 for tests, each for one test binary.
package servers

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Password has what an address must escape, and must be seen nowhere.
const Password = "c4n4ry p@ss/word"

// A Server is one of our own, on this machine alone.
type Server struct {
	URL  string
	Why  string // it isn't there
	Stop func() // nil where there is nothing to stop
}

// Postgres starts a PostgreSQL with an empty cluster.
func Postgres() (s Server) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		if path, err := exec.LookPath("initdb"); err == nil {
			found = []string{path}
		}
	}
	if len(found) == 0 {
		return Server{Why: "there is no PostgreSQL: initdb is neither in the path nor in /usr/lib/postgresql"}
	}
	bin := filepath.Dir(found[len(found)-1])
	dir, err := os.MkdirTemp("", "segmenta-pg-")
	if err != nil {
		return Server{Why: err.Error()}
	}
	as := &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // it refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			return Server{Why: "PostgreSQL doesn't run as root, and there is no user postgres"}
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		os.Chown(dir, uid, gid)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	run := func(name string, args ...string) error {
		c := exec.Command(filepath.Join(bin, name), args...)
		c.Dir, c.SysProcAttr, c.Env = dir, as, []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", name, err, out)
		}
		return nil
	}
	os.WriteFile(filepath.Join(dir, "pw"), []byte(Password), 0o644)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Server{Why: err.Error()}
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	data := filepath.Join(dir, "data")
	if err := run("initdb", "-D", data, "-A", "scram-sha-256", "-U", "tester", "--pwfile", filepath.Join(dir, "pw"), "-N", "-E", "UTF8"); err != nil {
		return Server{Why: err.Error()}
	}
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -k %s -c fsync=off", port, dir)
	if err := run("pg_ctl", "-D", data, "-o", options, "-l", filepath.Join(dir, "log"), "-w", "start"); err != nil {
		return Server{Why: err.Error()}
	}
	s.URL = fmt.Sprintf("postgres://tester:%s@127.0.0.1:%d/postgres", "c4n4ry%20p%40ss%2Fword", port)
	s.Stop = func() {
		run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
		os.RemoveAll(dir)
	}
	return s
}
