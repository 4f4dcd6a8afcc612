// Package features turns what customers did into numbers that a model can read.
//
// A feature is one column: a name, a sentence that says what it means in two
// languages, and the recipe that computes it for every customer as of one moment.
// Nothing that happened at or after that moment may enter it, nor what was not known
// by then; TestNoLeak proves it of every definition.
//
// From files to numbers:
//
//  1. Load reads the sources, counts what it must reject, and sorts each customer's
//     history.
//  2. Builtin reads the definitions in catalog; Available picks those that the data
//     can answer.
//  3. History.Compute answers them all at several moments, from one walk over each
//     customer.
//  4. History.Label says what followed a moment.
//
// To add a feature, add its lines to a file in catalog. The help, the data dictionary
// and the tests find it there.
package features

import (
	"errors"
	"time"

	"segmenta/table"
)

// ErrRejected reports data of which too much had to be rejected.
var ErrRejected = errors.New("too many rows rejected")

// ErrSource reports a source that can't be read as it is described.
var ErrSource = errors.New("source")

// Inputs says where the histories are and what their columns are called.
type Inputs struct {
	Transactions *Source
	Events       *Source // nil where there are none
	Customers    *Source
	Zone         *time.Location    // in which days begin and end; nil: UTC
	EventTypes   map[string]string // the user's word: ours
	MaxRejected  float64           // share of the rows that name a customer; more is ErrRejected
	Duplicates   string            // keep, drop, or "": drop where orders and products are known
	Until        time.Time         // rows at or after it are counted, and left out; zero: none
	Threads      int
	Progress     func(stage string, done, total int64)
}

// A Source is files of one kind.
type Source struct {
	Paths      []string
	Columns    map[string]string // ours: an expression over theirs
	Format     table.Format
	TimeLayout string
}

// A History is what every customer did, in order.
type History struct {
	clock     *clock
	customers []string // sorted
	lines     [][]row  // of each customer: purchases and returns
	events    [][]row
	words     [fields][]string // what the codes of each text field say
	profiles  *table.Table     // the customer table, a row for each of its customers
	profile   []int32          // row of each customer in it, or -1
	created   []int64          // when each customer is first known of by it; never where unknown
	has       map[string]bool  // columns and sources that there are
	late      bool             // some row says when it became known
	quality   *Quality
	first     int64
	last      int64
	items     int
}

// The text fields of a row.
const (
	order = iota
	product
	category
	tier
	channel
	status
	kind // an event's type
	campaign
	fields
)

// fieldNames are our names of the text fields.
var fieldNames = [fields]string{"order_id", "product_id", "category", "tier", "channel", "status", "type", "campaign_id"}

// A row is one line of a purchase or one event. Codes are -1 where there is no text.
type row struct {
	customer int32
	code     [fields]int32
	at       int64 // microseconds since 1970 UTC
	wall     int64 // what the shop's clocks showed
	known    int64 // when it became known
	amount   float64
	quantity float64
	discount float64
	cost     float64
	value    float64 // of an event
}

// never is a time that no moment comes after.
const never = 1<<63 - 1

// Quality says what was read, and what had to be rejected.
func (h *History) Quality() *Quality { return h.quality }

// Customers is how many customers there are.
func (h *History) Customers() int { return len(h.customers) }

// Span is when the first and the last row happened.
func (h *History) Span() (first, last time.Time) {
	return time.UnixMicro(h.first).In(h.clock.zone), time.UnixMicro(h.last).In(h.clock.zone)
}
