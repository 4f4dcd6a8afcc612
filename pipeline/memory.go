package pipeline

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
)

// A Size is a number of bytes, written 512MB, 4GB or 2GiB.
type Size int64

var sizeForm = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([kKMGT]?)(i?)B?$`)

// UnmarshalText reads 512MB.
func (s *Size) UnmarshalText(text []byte) error {
	m := sizeForm.FindStringSubmatch(strings.TrimSpace(string(text)))
	if m == nil {
		return fmt.Errorf("%q is no size; write 512MB, 4GB or 2GiB", text)
	}
	v, _ := strconv.ParseFloat(m[1], 64)
	step := 1000.
	if m[3] != "" {
		step = 1024
	}
	if m[2] != "" {
		v *= math.Pow(step, float64(1+strings.Index("KMGT", strings.ToUpper(m[2]))))
	}
	*s = Size(v)
	return nil
}

// String writes it so.
func (s Size) String() string { return strconv.FormatFloat(float64(s)/1e6, 'g', -1, 64) + "MB" }

// Set reads it from a flag.
func (s *Size) Set(text string) error { return s.UnmarshalText([]byte(text)) }

// Type is what help calls it.
func (s *Size) Type() string { return "size" }

// usualMemory is what a job may use where nothing else is said and the machine doesn't
// tell how much it has.
const usualMemory = 4 << 30

// leastMemory is what every job needs: blocks of rows while they are decoded and
// written. Below it the collector would never rest.
const leastMemory = 64 << 20

// programSize is what the program itself takes of a job's memory, which the collector
// doesn't know of.
const programSize = 32 << 20

// memory is how many bytes the job may use: what the flag says, else the configuration,
// else half of what the machine or its control group has. What was said goes for Go's
// collector too, unless the environment tells it otherwise.
func (j *Job) memory() int64 {
	size := int64(j.Memory)
	if size == 0 && j.Config != nil {
		size = int64(j.Config.Memory)
	}
	if size > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(max(size-programSize, leastMemory))
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if size > 0 {
		return size
	}
	if has := machineMemory("/"); has > 0 {
		return has / 2
	}
	return usualMemory
}

// garbage is how much may lie about before it is collected, in percent of what is in
// use. Packed rows hold no pointers, so that collecting often costs little.
const garbage = 25

// rowsShare is the part of a job's memory that packed rows and answers may take. The
// rest is for what is decoded, grouped and written at a time, and for the collector.
const rowsShare = 0.4

// machineMemory is how much memory this process can have at most: the machine's, or
// less where its control group (version 1 or 2) allows less; 0 where nothing tells.
// root is where proc and sys are.
func machineMemory(root string) int64 {
	least := int64(0)
	note := func(text string, unit int64) {
		if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil && n > 0 && n < math.MaxInt64/unit && (least == 0 || n*unit < least) {
			least = n * unit
		}
	}
	info, _ := os.ReadFile(filepath.Join(root, "proc/meminfo"))
	if _, rest, found := strings.Cut(string(info), "MemTotal:"); found {
		kB, _, _ := strings.Cut(rest, "kB")
		note(kB, 1024)
	}
	groups, _ := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	for line := range strings.Lines(string(groups)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, path, _ := strings.Cut(rest, ":")
		dir, file := "sys/fs/cgroup", "memory.max"
		if controllers != "" {
			if !strings.Contains(","+controllers+",", ",memory,") {
				continue
			}
			dir, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		}
		// A group is held to its parents' limits too. In a container the path may not
		// exist, and the group's own files stand at the top.
		for ; ; path = filepath.Dir(path) {
			limit, _ := os.ReadFile(filepath.Join(root, dir, path, file))
			note(string(limit), 1)
			if path == "/" || path == "." {
				break
			}
		}
	}
	return least
}
