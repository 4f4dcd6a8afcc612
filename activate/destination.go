// Package activate knows where predictions can be sent: each destination is a file and
// one line in Kinds.
//
// What is sent, when, how often and what became of it is not decided here but in
// activate/delivery, which asks a destination for four things only:
//
//  1. Limits: how much it takes at once, and what it promises
//  2. Ensure: that our fields are there
//  3. Read: what it holds now
//  4. Send: a batch of changes, and an outcome for each
//
// A destination keeps no state, decides nothing and logs nothing. It returns errors that
// are a *fault.Fault where the whole batch met it, and outcomes where rows did. Over HTTP
// it speaks through a web.Client, which retries, waits and refreshes tokens; so a
// destination never does.
//
// To add a destination, write its file and its line in Kinds, and a server that behaves
// as it does in activate/sandbox. The contract test holds it to what stands here.
package activate

import (
	"context"
	"time"
)

// A Destination is somewhere predictions are sent. Its methods may be called by several
// goroutines, Send by at most Limits.Parallel.
type Destination interface {
	Limits() Limits

	// Ensure looks whether these fields are there and have a type that fits, and names
	// those that are missing; with create it makes them, with type, label and
	// description. Without create it writes nothing: it is also how credentials are
	// checked. A destination whose fields need no making answers nil.
	Ensure(ctx context.Context, fields []Field, create bool) (missing []string, err error)

	// Read answers what it holds of these external ids now, at most Limits.Read of them
	// at once: the fields asked for and no others, as they come over the wire (text,
	// float64, bool, json.Number, time.Time, []string; Field.Parse makes them
	// comparable). An id that it doesn't know is not in the answer.
	Read(ctx context.Context, ids []string, fields []Field) (map[string]Record, error)

	// Send sends operations of one Action and says what became of each, in their order:
	// the list is as long as the batch. An error means that the whole batch met it:
	// fault.Unknown when it may have been applied (it is looked up), fault.Refused when
	// nothing of it was and a row of it is to blame (it is halved), any other class when
	// nothing of it was and sending more helps nobody (the delivery stops, and goes on
	// another time). Where a part was applied before the trouble, answer outcomes:
	// Unprocessed for what surely wasn't, Unsure for what may have been.
	Send(ctx context.Context, batch []Operation) ([]Outcome, error)

	// Close lets go of what it holds.
	Close() error
}

// Limits are what a destination takes and promises. Zero values are the careful ones.
type Limits struct {
	Batch    int // operations in one Send; 0: one
	Bytes    int // and bytes of them, as Operation.Size counts; 0: no limit
	Read     int // ids in one Read; 0: as many as there are
	Parallel int // calls of Send at the same time; 0: one

	Blind       bool // Read can't tell what it holds: what we last delivered stands for it
	Keyed       bool // an operation with a Key that it has seen is not applied again
	Repeatable  bool // setting the same values twice has the effect of setting them once, creating included
	Whole       bool // all the operations of a Send are applied, or none
	Events      bool // it takes events
	EventsKeyed bool // and none twice that has the same Key
	Removes     bool // it can forget what we set (Clear)
	Snapshot    bool // a Send replaces all that there was: it gets everyone, not only who changed, in one Send
}

// A Record is what a destination holds of one external id.
type Record struct {
	Remote string         // its own id, given back in Operation.Remote
	Values map[string]any // by Field.Name; a field that is empty is nil or left out
}

// Action is what an operation does.
type Action uint8

const (
	Upsert Action = iota // sets values, and creates the row where there was none
	Clear                // empties the values that we set: the customer left the audience
	Notify               // tells an event
)

func (a Action) String() string { return [...]string{"upsert", "clear", "event"}[a] }

// An Operation is one change for one customer.
type Operation struct {
	Action Action
	ID     string  // external id
	Remote string  // the destination's own id, as Read gave it; empty where there is no row yet
	Key    string  // the same for the same change of the same run, whenever it is sent
	Values []Value // what to set: only what differs, unless Limits.Snapshot
	Event  Event   // of Notify
}

// A Value is a field and what it is to hold: nil, string, float64, bool, time.Time, or
// []string for tags.
type Value struct {
	Field *Field
	New   any
}

// An Event is a customer entering or leaving a segment, which is told exactly once.
type Event struct {
	Name    string    // entered or left
	Group   string    // rule, lifecycle, journey, rfm, value, micro or priority
	Segment string    // its id
	Label   Words     // its name
	At      time.Time // the run's moment
}

// Status is what became of an operation.
type Status string

// Every row ends as one of these.
const (
	Created     Status = "created"
	Updated     Status = "updated"
	Unchanged   Status = "unchanged"   // it held that already
	Rejected    Status = "rejected"    // and why
	Unprocessed Status = "unprocessed" // never looked at: it is sent again
	Unsure      Status = "unknown"     // nobody knows: it is looked up before it is sent again
	HeldOut     Status = "held_out"    // in the control group
	HeldBack    Status = "held_back"   // not allowed to go there, and why
)

// An Outcome is what became of one operation.
type Outcome struct {
	Status Status
	Remote string // the destination's own id, where it says
	HTTP   int    // status of HTTP, where there is one
	Code   string // the destination's own word
	Reason string // in words; nothing of a customer in it
}

// Words are a text in both languages.
type Words struct {
	En string `json:"en"`
	Es string `json:"es"`
}

// In is the text in a language.
func (w Words) In(language string) string {
	if language == "es" {
		return w.Es
	}
	return w.En
}
