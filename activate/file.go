package activate

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"segmenta/activate/fault"
)

// fileSettings are those of a file that whoever imports it reads: Zoho Bigin, an
// advertiser, the front end of an app.
type fileSettings struct {
	Path          string `yaml:"path" jsonschema_description:"the file, replaced whole by each delivery; relative to this configuration"`
	sheetSettings `yaml:",inline"`
}

// A file holds everyone who may go there. It changes whole or not at all, only its owner
// may read it, and it is not written where nothing has changed. Events go to a file of
// their own beside it, one for each run.
type file struct {
	path  string
	sheet *sheet
}

func openFile(s *fileSettings, o Opening) (Destination, error) {
	if s.Path == "" {
		return nil, errors.New("path is missing")
	}
	sh, err := s.sheet(s.Path, o)
	if err != nil {
		return nil, err
	}
	path := s.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(o.Dir, path)
	}
	return &file{path, sh}, nil
}

// snapshot are the limits of a file: it can't be asked, and each delivery replaces it.
var snapshot = Limits{Blind: true, Keyed: true, Repeatable: true, Whole: true, Snapshot: true, Events: true, EventsKeyed: true, Removes: true}

func (f *file) Limits() Limits { return snapshot }

// Ensure looks whether the folder is there or can be made.
func (f *file) Ensure(_ context.Context, _ []Field, create bool) ([]string, error) {
	if create {
		return nil, os.MkdirAll(filepath.Dir(f.path), 0o755)
	}
	return nil, nil
}

func (f *file) Read(context.Context, []string, []Field) (map[string]Record, error) {
	return nil, errors.New("a file isn't read back")
}

func (f *file) Send(_ context.Context, batch []Operation) ([]Outcome, error) {
	path, fields := f.path, fieldsOf(batch)
	if len(batch) > 0 && batch[0].Action == Notify {
		path = eventsName(path, batch)
		fields, batch = eventBatch(batch)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, &fault.Fault{Class: fault.Auth, Host: filepath.Base(path), Err: err}
	}
	if err := WritePrivate(path, func(w io.Writer) error { return f.sheet.write(w, fields, batch) }); err != nil {
		return nil, &fault.Fault{Class: fault.Auth, Host: filepath.Base(path), Err: err} // nothing of it appeared
	}
	return written(batch, 0), nil
}

func (f *file) Close() error { return nil }
