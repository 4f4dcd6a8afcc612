package segment

import (
	"slices"

	"segmenta/table"
)

// Why somebody can't be written to over a channel. The empty text is no reason: they can.
const (
	NotQualified = "not_qualified" // whoever was not qualified is in no e-mail audience
	NoConsent    = "no_consent"    // they said no
	NotAsked     = "not_asked"     // nothing says that they agreed
	NoAddress    = "no_address"    // there is nowhere to write to
)

// notQualifiedStage is the lifecycle stage of those who are never written to.
const notQualifiedStage = "not_qualified"

// stageColumn says in which stage of the lifecycle somebody is.
const stageColumn = "lifecycle_stage"

// Unreachable says of each row why it can't be written to over the channel, empty where
// it can. Whoever has not agreed is not written to: also where no column says who has.
func (ch Channel) Unreachable(t *table.Table) []string {
	var consent *table.Column
	for _, name := range ch.Consent {
		if consent == nil {
			consent = t.Column(name)
		}
	}
	address, stage := t.Column(ch.Address), t.Column(stageColumn)
	why := make([]string, t.Rows())
	for i := range why {
		switch {
		case stage != nil && stage.Text(i) == notQualifiedStage:
			why[i] = NotQualified
		case consent == nil || consent.IsNull(i):
			why[i] = NotAsked
		case consent.Number(i) != 1:
			why[i] = NoConsent
		case address != nil && address.Number(i) != 1:
			why[i] = NoAddress
		}
	}
	return why
}

// ChannelOf is the channel of that name.
func ChannelOf(name string) (Channel, bool) {
	i := slices.IndexFunc(Channels, func(c Channel) bool { return c.Name == name })
	if i < 0 {
		return Channel{}, false
	}
	return Channels[i], true
}
