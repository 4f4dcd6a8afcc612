package delivery_test

import (
	"fmt"
	"testing"
	"time"

	"segmenta/activate"
	"segmenta/activate/delivery"
	"segmenta/activate/sandbox"
)

// An event whose answer is lost is told once where the CRM tells events apart by a key, and
// at most once where it doesn't: then the log says that nobody knows. Rows 180, 181.
func TestCRMEventLost(t *testing.T) {
	for kind := range crmKinds {
		for name, faults := range map[string]sandbox.Faults{"lost": {Lost: 1}, "down after": {DownAfter: 1}, "hanging": {Hang: 1, HangFor: 20 * time.Millisecond}, "reset": {Reset: 1}} {
			s := crmServer(t, kind, sandbox.Options{})
			d := contract(t, kind, s)
			limits := d.To.Limits()
			if !limits.Events {
				continue
			}
			plan(t, d)
			apply(t, d)
			for i := range 12 {
				d.Events = append(d.Events, delivery.Told{Customer: s.id(i), ID: s.id(i), Key: fmt.Sprintf("%024x", 1000+i), Event: activate.Event{Name: "entered", Group: "rule", Segment: "vip", At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}})
			}
			d.RunHash = "h2"
			plan(t, d)
			faults.Once = true
			s.trouble(faults)
			unknown := apply(t, d).Counts[activate.Unsure]
			plan(t, d)
			apply(t, d)
			told := 0
			for i := range 12 {
				n := s.events(s.id(i))
				told += n
				if n > 1 || n == 0 && limits.EventsKeyed {
					t.Errorf("%s, %s: %s was told %d times", kind, name, s.id(i), n)
				}
			}
			if limits.EventsKeyed && unknown > 0 || told+unknown < 12 {
				t.Errorf("%s, %s: %d told and %d unknown of 12", kind, name, told, unknown)
			}
		}
	}
}
