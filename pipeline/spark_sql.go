package pipeline

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"segmenta/features"
	"segmenta/table"
)

// What a cluster is told is SQL: it reads a source's columns, writes each row as one
// line of the form that workers read, brings the lines of a customer together, lets the
// worker go over them, and keeps what it writes as Parquet. So it can be sent through
// Spark Connect, or printed and run with spark-sql.

// sparkSettings make Spark mean what the form means: times in UTC, and errors instead of
// nulls.
var sparkSettings = []string{"SET spark.sql.session.timeZone = UTC", "SET spark.sql.ansi.enabled = true"}

// aSparkType says how values of one of Spark's types are read and written.
type aSparkType struct {
	kind  table.Kind
	local bool
	text  string // of a column %s, as a string
}

// sparkType finds it; a type that is not read is reported as such.
func sparkType(name string) (aSparkType, bool) {
	base, _, _ := strings.Cut(strings.ToLower(name), "(")
	switch base {
	case "string", "varchar", "char":
		return aSparkType{table.String, false, sparkEscape("%s")}, true
	case "byte", "tinyint", "short", "smallint", "integer", "int", "long", "bigint":
		return aSparkType{table.Int64, false, "CAST(%s AS STRING)"}, true
	case "float", "double":
		return aSparkType{table.Float64, false, "CAST(CAST(%s AS DOUBLE) AS STRING)"}, true
	case "decimal":
		return aSparkType{table.Float64, false, "CAST(%s AS STRING)"}, true
	case "timestamp":
		return aSparkType{table.Time, false, "CAST(unix_micros(%s) AS STRING)"}, true
	case "timestamp_ntz", "date":
		return aSparkType{table.Time, true, "CAST(unix_micros(CAST(%s AS TIMESTAMP)) AS STRING)"}, true
	}
	return aSparkType{}, false
}

// sparkEscape writes what would be mistaken for the form as \t, \n, \r and \\.
func sparkEscape(column string) string {
	for _, e := range [][2]string{{`\\`, `\\\\`}, {`\t`, `\\t`}, {`\n`, `\\n`}, {`\r`, `\\r`}} {
		column = fmt.Sprintf("replace(%s, '%s', '%s')", column, e[0], e[1])
	}
	return column
}

func quoteColumn(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// sparkSource is a source as Spark reads it.
type sparkSource struct {
	name      string
	relations []string
	types     map[string]string // of the columns, as Spark calls them
	order     []string          // of the columns
}

// selects are the lines of a source's rows: one SELECT a relation.
func (s *sparkSource) selects(w *features.WorkSource, work *features.Work) (all []string, err error) {
	var cells []string
	at := "CAST(NULL AS BIGINT)"
	for _, f := range w.Fields {
		t, ok := sparkType(s.types[f.Name])
		if !ok {
			return nil, fmt.Errorf("column %s is %s, which is not read", f.Name, s.types[f.Name])
		}
		column := quoteColumn(f.Name)
		cells = append(cells, fmt.Sprintf("coalesce(%s, '\\\\N')", fmt.Sprintf(strings.ReplaceAll(t.text, "%%", "%"), column)))
		if theirs := w.Columns["time"]; t.kind == table.Time && (theirs == f.Name || theirs == column) {
			at = "unix_micros(CAST(" + column + " AS TIMESTAMP))"
		}
	}
	id := quoteColumn(w.Fields[0].Name)
	for _, relation := range s.relations {
		q := fmt.Sprintf("SELECT CAST(%s AS STRING) AS id, %s AS at, concat_ws('\\t', '%s', %s) AS body FROM %s", id, at, w.Name[:1], strings.Join(cells, ", "), relation)
		if work.Grouped() {
			q += " WHERE " + id + " IS NOT NULL"
		}
		all = append(all, q)
	}
	return all, nil
}

// sparkHistory is every row of the histories as a line with its checksum.
func sparkHistory(w *features.Work, sources []*sparkSource) (string, error) {
	var all []string
	for i := range w.Sources {
		for _, s := range sources {
			if s.name != w.Sources[i].Name {
				continue
			}
			some, err := s.selects(&w.Sources[i], w)
			if err != nil {
				return "", fmt.Errorf("sources.%s: %w", s.name, err)
			}
			all = append(all, some...)
		}
	}
	return "SELECT id, at, concat(body, '\\t', CAST(crc32(CAST(body AS BINARY)) AS STRING)) AS line FROM (\n    " + strings.Join(all, "\n    UNION ALL ") + ")", nil
}

// sparkJob is the statement that does a piece of work and keeps its answers in a folder.
func sparkJob(w *features.Work, sources []*sparkSource, command, dir string) (string, error) {
	history, err := sparkHistory(w, sources)
	if err != nil {
		return "", err
	}
	if w.Grouped() {
		history += "\n    DISTRIBUTE BY id SORT BY id, at"
	}
	var columns []string
	for _, c := range w.Answers() {
		kind := map[table.Kind]string{table.String: "STRING", table.Float64: "DOUBLE", table.Int64: "BIGINT"}[c.Kind]
		columns = append(columns, quoteColumn(c.Name)+" "+kind)
	}
	return fmt.Sprintf(`INSERT OVERWRITE DIRECTORY '%s' USING parquet
  SELECT TRANSFORM (line) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'
    USING '%s'
    AS (%s) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'
  FROM (%s)`, dir, command, strings.Join(columns, ", "), history), nil
}

// mostCommand is the longest command that a shell is given at a time.
const mostCommand = 120 << 10

// packWork is work as one word of a command line.
func packWork(w *features.Work) (string, error) {
	said, err := json.Marshal(w)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	z, _ := flate.NewWriter(&out, flate.BestCompression)
	z.Write(said)
	z.Close()
	word := base64.RawURLEncoding.EncodeToString(out.Bytes())
	if len(word) > mostCommand {
		return "", fmt.Errorf("the question takes %d bytes, and a command line holds %d: ask for fewer features with --only", len(word), mostCommand)
	}
	return word, nil
}

// sparkCommand is how an executor's shell starts the worker: the binary that was sent,
// from where Spark puts such files, which ends the path; or the one that stands there.
func sparkCommand(binary, sent, word string) string {
	if binary != "" {
		return "exec " + binary + " worker --threads 1 --work " + word
	}
	return fmt.Sprintf("IFS=:; for d in $PATH; do :; done; for f in $d/%[1]s $d/*/%[1]s; do if [ -x $f ]; then unset IFS; exec $f worker --threads 1 --work %[2]s; fi; done; echo %[1]s is not among the files of this executor >&2; exit 127", sent, word)
}
