package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A CRM is a Tryton server with the party module and one of ours, over SQLite.
type CRM struct {
	Server
	Python string // of its virtual environment
	DB     string // the SQLite file
	Bad    string // a file that names, line by line, external ids that are refused
}

// TrytonPassword is the administrator's.
const TrytonPassword = "c4n4ry-tryton-1"

// Tryton installs Tryton from PyPI into a virtual environment and starts it, with the
// module in the folder. SEGMENTA_TRYTON=1 asks for it: it takes a minute, and PyPI.
func Tryton(module string) (c CRM) {
	if os.Getenv("SEGMENTA_TRYTON") == "" {
		return CRM{Server: Server{Why: "installing and starting a Tryton takes a minute: SEGMENTA_TRYTON=1 does it"}}
	}
	dir, err := os.MkdirTemp("", "segmenta-tryton-")
	if err != nil {
		return CRM{Server: Server{Why: err.Error()}}
	}
	if err := c.start(dir, module); err != nil {
		os.RemoveAll(dir)
		return CRM{Server: Server{Why: err.Error()}}
	}
	return c
}

func (c *CRM) start(dir, module string) error {
	run := func(name string, args ...string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "TRYTONPASSFILE="+filepath.Join(dir, "pw"))
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(append([]string{filepath.Base(name)}, args...), " "), err, last(out))
		}
		return nil
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		return errors.New("there is no python3 to install Tryton with")
	}
	if err := run(python, "-m", "venv", "v"); err != nil {
		return err
	}
	bin := filepath.Join(dir, "v", "bin")
	c.Python, c.DB, c.Bad = filepath.Join(bin, "python"), filepath.Join(dir, "db", "crm.sqlite"), filepath.Join(dir, "bad")
	if err := run(filepath.Join(bin, "pip"), "install", "-q", "trytond==8.2.1", "trytond-party==8.2.0"); err != nil {
		return fmt.Errorf("PyPI can't be reached, or has no Tryton: %w", err)
	}
	where, err := exec.Command(c.Python, "-c", "import trytond.modules, os; print(os.path.dirname(trytond.modules.__file__))").Output()
	if err != nil {
		return err
	}
	ours := filepath.Join(strings.TrimSpace(string(where)), filepath.Base(module))
	if err := os.CopyFS(ours, os.DirFS(module)); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	os.Mkdir(filepath.Join(dir, "db"), 0o755)
	for name, text := range map[string]string{
		"t.conf": fmt.Sprintf("[database]\nuri = sqlite://\npath = %s/db\n[web]\nlisten = 127.0.0.1:%d\n", dir, port),
		"pw":     TrytonPassword + "\n", "bad": "", "db/crm.sqlite": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if err := appendTo(filepath.Join(ours, "party.py"), fmt.Sprintf(refusing, c.Bad)); err != nil {
		return err
	}
	admin := filepath.Join(bin, "trytond-admin")
	if err := errors.Join(run(admin, "-c", "t.conf", "-d", "crm", "--all", "--email", "a@example.com", "-p"), run(admin, "-c", "t.conf", "-d", "crm", "-u", filepath.Base(module), "--activate-dependencies")); err != nil {
		return err
	}
	return c.serve(dir, filepath.Join(bin, "trytond"), port)
}

// refusing makes the module refuse external ids, as a rule of somebody's business would.
const refusing = `
    @classmethod
    def validate(cls, parties):
        from trytond.exceptions import UserError
        super().validate(parties)
        bad = open(%q).read().split()
        for party in parties:
            if party.external_id in bad:
                raise UserError("this one is not wanted")
`

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// serve starts the server and waits until it answers.
func (c *CRM) serve(dir, name string, port int) error {
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	cmd := exec.Command(name, "-c", "t.conf", "-d", "crm")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	c.Stop = func() {
		cmd.Process.Kill()
		cmd.Wait()
		log.Close()
		os.RemoveAll(dir)
	}
	c.URL = fmt.Sprintf("http://127.0.0.1:%d/crm", port)
	for range 150 {
		if r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", port)); err == nil {
			r.Body.Close()
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "log"))
	c.Stop()
	return fmt.Errorf("Tryton doesn't answer: %s", last(text))
}

// last is the end of a log.
func last(out []byte) string {
	if len(out) > 600 {
		out = out[len(out)-600:]
	}
	return strings.TrimSpace(string(out))
}
