package pipeline

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"segmenta/features"
)

// A worker of another version refuses the work by name, and takes in the rest first.
func TestWorkOfAnother(t *testing.T) {
	word, err := packWork(&features.Work{Protocol: features.Protocol, Version: "v0.0.9"})
	if err != nil {
		t.Fatal(err)
	}
	in := strings.NewReader("t\tana\t1\n")
	err = new(Job).Work(context.Background(), word, in, new(bytes.Buffer))
	if !errors.Is(err, ErrConfig) || !errors.Is(err, features.ErrOther) || !strings.Contains(err.Error(), "segmenta v0.0.9") {
		t.Errorf("%v, want the other version named", err)
	}
	if in.Len() > 0 {
		t.Errorf("%d bytes were not taken in: who wrote them would be told that the pipe broke", in.Len())
	}
	for _, wrong := range []string{"", "!", "e30", word[:len(word)/2]} {
		if err := new(Job).Work(context.Background(), wrong, in, new(bytes.Buffer)); !errors.Is(err, ErrConfig) {
			t.Errorf("--work %q: %v, want it refused", wrong, err)
		}
	}
}

// What Spark is told of each type gives a field that reads as what a local file would.
func TestSparkTypes(t *testing.T) {
	for name, want := range map[string]string{
		"string": "replace(", "varchar(10)": "replace(", "integer": "CAST(%s AS STRING)", "decimal(10,2)": "CAST(%s AS STRING)",
		"float": "CAST(CAST(%s AS DOUBLE) AS STRING)", "timestamp": "unix_micros(%s)", "timestamp_ntz": "unix_micros(CAST(%s AS TIMESTAMP))", "date": "unix_micros(CAST(%s AS TIMESTAMP))",
	} {
		if got, ok := sparkType(name); !ok || !strings.Contains(got.text, want) {
			t.Errorf("%s is written as %q, want %q in it", name, got.text, want)
		}
	}
	for _, name := range []string{"array", "struct", "binary", "boolean", "map", ""} {
		if got, ok := sparkType(name); ok {
			t.Errorf("%s is read as %v", name, got)
		}
	}
}

// What could leave the statement is not let in.
func TestSparkRelations(t *testing.T) {
	c := &Config{dir: "/lake"}
	for _, tt := range []struct {
		s    Source
		want string
	}{
		{Source{Path: Paths{"shop"}}, "parquet.`/lake/shop`"},
		{Source{Path: Paths{"s3://bucket/shop/*.parquet"}}, "parquet.`s3a://bucket/shop/*.parquet`"},
		{Source{Path: Paths{"abfss://lake@account/shop"}}, "parquet.`abfss://lake@account/shop`"},
		{Source{Table: "main.shop.transactions"}, "main.shop.transactions"},
		{Source{Table: "delta.`/lake/t`"}, "delta.`/lake/t`"},
		{Source{Table: "t; DROP TABLE t"}, ""}, {Source{Table: "t` x"}, ""}, {Source{Path: Paths{"a`b"}}, ""}, {Source{Path: Paths{"a'b"}}, ""},
		{Source{Path: Paths{"t.csv"}}, ""}, {Source{Path: Paths{"t.jsonl.gz"}}, ""}, {Source{Path: Paths{"postgres://h/d"}, Table: "t"}, ""},
	} {
		got, err := tt.s.relations(c)
		if (err == nil) != (tt.want != "") || err == nil && got[0] != tt.want {
			t.Errorf("%+v: %q %v, want %q", tt.s, got, err, tt.want)
		}
	}
}
