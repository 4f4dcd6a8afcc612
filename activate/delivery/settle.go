package delivery

// settle takes up what an unfinished apply did, before another plan is made: what is in
// doubt stays so in the log, and the destination itself says the rest.
func (d *Delivery) settle() error {
	entries, _, err := readOutbox(d.path("outbox.log"))
	if err != nil || len(entries) == 0 {
		return err
	}
	p, err := LoadPlan(d.Dir)
	if err != nil {
		return d.abandon()
	}
	a, err := d.begin(p)
	if err != nil {
		return err
	}
	if err := a.finish(); err != nil {
		return err
	}
	return d.dropOutbox()
}

// abandon puts an unfinished outbox aside whose plan is no longer there to say what its
// rows were, as when somebody was forgotten. A destination that can be asked says itself
// what it holds; of another, everything that we delivered is in doubt, and is sent again.
func (d *Delivery) abandon() error {
	s, err := d.loadState()
	if err != nil {
		return err
	}
	if d.To.Limits().Blind {
		for id, one := range s.delivered {
			one.doubt = true
			s.delivered[id] = one
		}
		if err := s.save(d); err != nil {
			return err
		}
	}
	return d.dropOutbox()
}
