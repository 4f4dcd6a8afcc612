package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"segmenta": func() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestSessions runs every session in testdata: what a user types, and what they see.
func TestSessions(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", Cmds: map[string]func(*testscript.TestScript, bool, []string){
		"exits": exits,
		"cut":   cut,
	}})
}

// exits N COMMAND…: the command ends with that exit code.
func exits(ts *testscript.TestScript, _ bool, words []string) {
	err := ts.Exec(words[1], words[2:]...)
	code := "0"
	if e, ok := err.(interface{ ExitCode() int }); ok {
		code = string(rune('0' + e.ExitCode()))
	}
	if code != words[0] {
		ts.Fatalf("exit code %s, want %s", code, words[0])
	}
}

// cut FILE: leaves the first half of a file.
func cut(ts *testscript.TestScript, _ bool, words []string) {
	path := ts.MkAbs(words[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	ts.Check(os.WriteFile(path, text[:len(text)/2], 0o644))
}
