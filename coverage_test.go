package segmenta_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var golden = flag.Bool("golden", false, "write docs/coverage.md anew")

// TestCoverage holds docs/coverage.md against the tests: a test that proves rows of
// docs/rows.tsv says so in its comment, as in "Rows 106–119, 176.". The file is written
// from those comments, never by hand: go test -run TestCoverage -golden .
func TestCoverage(t *testing.T) {
	proofs, err := proofs()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := os.ReadFile("docs/rows.tsv")
	if err != nil {
		t.Fatal(err)
	}
	page, problems := coverage(string(rows), proofs)
	for _, p := range problems {
		t.Error(p)
	}
	if *golden {
		if err := os.WriteFile("docs/coverage.md", []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if old, err := os.ReadFile("docs/coverage.md"); err != nil || string(old) != page {
		t.Errorf("docs/coverage.md is not what the tests say (%v): go test -run TestCoverage -golden .", err)
	}
}

// proofs lists the tests that prove each row.
func proofs() (map[int][]string, error) {
	found := make(map[int][]string)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(path, ".txtar"):
			return session(path, found)
		case strings.HasSuffix(path, "_test.go") && path != "coverage_test.go":
			return tests(path, found)
		}
		return nil
	})
	return found, err
}

func tests(path string, found map[int][]string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Doc == nil || !isTest.MatchString(f.Name.Name) {
			continue
		}
		for _, row := range rowsIn(f.Doc.Text()) {
			found[row] = append(found[row], filepath.ToSlash(filepath.Dir(path))+"."+f.Name.Name)
		}
	}
	return nil
}

func session(path string, found map[int][]string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if comment, ok := strings.CutPrefix(line, "#"); ok {
			for _, row := range rowsIn(comment) {
				found[row] = append(found[row], filepath.ToSlash(path))
			}
		}
	}
	return nil
}

var (
	isTest = regexp.MustCompile(`^(Test|Fuzz|Example)`)
	said   = regexp.MustCompile(`Rows?\s+((?:\d+(?:\s*[–-]\s*\d+)?(?:,\s*|\s+and\s+)?)+)`)
	span   = regexp.MustCompile(`(\d+)(?:\s*[–-]\s*(\d+))?`)
)

// rowsIn reads "Rows 106–119, 176" and "Row 5".
func rowsIn(text string) (rows []int) {
	for _, m := range said.FindAllStringSubmatch(text, -1) {
		for _, s := range span.FindAllStringSubmatch(m[1], -1) {
			from, _ := strconv.Atoi(s[1])
			to := from
			if s[2] != "" {
				to, _ = strconv.Atoi(s[2])
			}
			for row := from; row <= min(to, 999); row++ {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// coverage writes the page, and says which rows are claimed that there are none of.
func coverage(rows string, proofs map[int][]string) (page string, problems []string) {
	var b strings.Builder
	b.WriteString("# What is built, and the test that proves it\n\nWritten by TestCoverage from the comments of the tests. A row without a test says where it is documented, or that it is open.\n\n| row | what | proof |\n|---|---|---|\n")
	known := make(map[int]bool)
	for line := range strings.Lines(rows) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		number, err := strconv.Atoi(fields[0])
		if err != nil || len(fields) < 3 {
			continue
		}
		known[number] = true
		tests := slices.Compact(slices.Sorted(slices.Values(proofs[number])))
		proof := "open"
		switch {
		case len(tests) > 0:
			proof = "`" + strings.Join(tests, "`, `") + "`"
		case fields[2] != "":
			proof = "documented: " + fields[2]
		}
		fmt.Fprintf(&b, "| R%d | %s | %s |\n", number, fields[1], proof)
	}
	for row, tests := range proofs {
		if !known[row] {
			problems = append(problems, fmt.Sprintf("%v: there is no row %d", tests, row))
		}
	}
	return b.String(), problems
}
