package pipeline

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"segmenta/activate"
	"segmenta/segment"
	"segmenta/strict"
)

// A Destination is somewhere predictions are sent. The key of its kind holds its own
// settings; the other keys are the same for all kinds.
type Destination struct {
	Channel  string                  `yaml:"channel" jsonschema:"enum=email,enum=sms,enum=push,enum=phone,enum=none" jsonschema_description:"over which it writes to customers: whoever hasn't agreed to it, can't be reached by it or isn't qualified is not sent there (default: none; email where that is all the destination does)"`
	Consent  string                  `yaml:"consent" jsonschema:"enum=required,enum=not_recorded" jsonschema_description:"required: only who has agreed to the channel; not_recorded: also those of whom nothing is recorded, never who said no (default required)"`
	Audience []string                `yaml:"audience" jsonschema_description:"who goes there: rule segments by their id, others as kind/segment, such as lifecycle/dormant; any of them (default: everyone)"`
	ID       string                  `yaml:"id" jsonschema_description:"which column of ours the destination knows customers by (default customer_id; email is another)"`
	Fields   map[string]FieldMapping `yaml:"fields" jsonschema_description:"our column: their field; columns of the segment table, of the features, and of the customers file as email, phone, …"`
	Defaults *bool                   `yaml:"default_fields" jsonschema_description:"also send the usual columns, each as a field of its own (default: where fields names none)"`
	Prefix   *string                 `yaml:"prefix" jsonschema_description:"what the usual fields' names begin with (default segmenta_)"`
	Tags     string                  `yaml:"tags" jsonschema_description:"the destination's field of tags: it gets one for the lifecycle stage, and others are left alone (default: none)"`
	Events   []string                `yaml:"events" jsonschema_description:"kinds of segments whose comings and goings are told: rule, lifecycle, journey, rfm, value, micro, priority (default: none)"`
	Leave    string                  `yaml:"leave" jsonschema:"enum=clear,enum=keep" jsonschema_description:"what becomes of our values of those who leave the audience (default clear where there is an audience or a channel, else keep)"`

	OverwriteNulls bool     `yaml:"overwrite_nulls" jsonschema_description:"empty a field where we have nothing to say (default false: what stands there stays)"`
	MaxChangePct   *float64 `yaml:"max_change_pct" jsonschema_description:"stop where a value becomes another in more of the rows (default 80)"`
	MaxMovesPct    *float64 `yaml:"max_moves_pct" jsonschema_description:"stop where more customers change their segment (default 40)"`
	MaxDeletes     *int     `yaml:"max_deletes" jsonschema_description:"stop where more customers leave the audience (default: no limit of their number)"`
	MaxDeletePct   *float64 `yaml:"max_delete_pct" jsonschema_description:"and where more than this share of those delivered before leave it (default 20)"`

	Rate         float64 `yaml:"rate" jsonschema_description:"requests a second at most (default: as the destination documents)"`
	Daily        int     `yaml:"daily" jsonschema_description:"requests a day at most; the rest goes on another day (default: no limit of ours)"`
	Deadline     string  `yaml:"deadline" jsonschema_description:"how long one request may take with all its attempts (default 15m)"`
	CAFile       string  `yaml:"ca_file" jsonschema_description:"certificates to trust beside the system's"`
	AllowPrivate bool    `yaml:"allow_private" jsonschema_description:"allow addresses of this machine and of private networks (default false)"`

	kind     string
	settings any
	at       strict.Node
	name     string
}

// A FieldMapping is their field, or more words about it.
type FieldMapping struct {
	To     string `yaml:"to" jsonschema_description:"their field"`
	Hash   string `yaml:"hash" jsonschema:"enum=sha256" jsonschema_description:"send the hash instead, as advertisers match by: e-mails in small letters, phones with their digits only"`
	Digits *int   `yaml:"digits" jsonschema_description:"after the point; finer differences are none (default 2, 0 for counts)"`
}

// UnmarshalNode reads the name of a field, or keys and values.
func (m *FieldMapping) UnmarshalNode(n strict.Node) error {
	if n.IsText() {
		m.To = n.Text()
		return nil
	}
	type plain FieldMapping
	return n.Decode((*plain)(m))
}

// UnmarshalNode reads a destination: exactly one key is that of a kind.
func (d *Destination) UnmarshalNode(n strict.Node) error {
	if !n.IsMap() {
		return n.Errorf("want keys and values: a kind, such as webhook, with its settings")
	}
	own, common := n.Split(func(key string) bool { _, is := activate.Kinds[key]; return is })
	type plain Destination
	if err := common.Decode((*plain)(d)); err != nil {
		return d.hinted(n, err)
	}
	kinds := own.Pairs()
	switch {
	case len(kinds) == 0:
		return n.Errorf("no kind of destination is named; known are %s", strings.Join(activate.KindNames(), ", "))
	case len(kinds) > 1:
		return kinds[1].Key.Errorf("a second kind, %s, stands beside %s; give each a destination of its own", kinds[1].Key.Text(), kinds[0].Key.Text())
	}
	d.kind, d.at = kinds[0].Key.Text(), n
	d.settings = activate.Kinds[d.kind].Settings()
	if err := kinds[0].Value.Decode(d.settings); err != nil {
		return err
	}
	return d.check()
}

// hinted adds the kinds to what a mistyped key may have meant.
func (d *Destination) hinted(n strict.Node, err error) error {
	for _, p := range n.Pairs() {
		near := strict.Nearest(p.Key.Text(), activate.KindNames())
		if _, is := activate.Kinds[p.Key.Text()]; !is && near != "" && strings.Contains(err.Error(), fmt.Sprintf("unknown key %q", p.Key.Text())) {
			return p.Key.Errorf("unknown key %q; did you mean %q?", p.Key.Text(), near)
		}
	}
	return err
}

// check refuses what makes no sense, and fills in what was left out.
func (d *Destination) check() error {
	if d.Channel == "" {
		d.Channel = activate.Kinds[d.kind].Channel
	}
	fill(&d.Consent, "required")
	fill(&d.ID, "customer_id")
	if d.Leave == "" {
		d.Leave = map[bool]string{true: "clear", false: "keep"}[d.Audience != nil || d.channel() != ""]
	}
	for _, c := range []struct {
		key, value string
		known      []string
	}{{"channel", d.Channel, []string{"", "none", "email", "sms", "push", "phone"}}, {"consent", d.Consent, []string{"required", "not_recorded"}}, {"leave", d.Leave, []string{"clear", "keep"}}} {
		if !slices.Contains(c.known, c.value) {
			return d.at.Errorf("%s is %q, want %s", c.key, c.value, strings.TrimPrefix(strings.Join(c.known, ", "), ", "))
		}
	}
	for _, e := range d.Events {
		if !slices.ContainsFunc(kinds, func(k struct{ kind, en, es string }) bool { return k.kind == e }) && e != "value" {
			return d.at.Errorf("events: %q is no kind of segments; known are rule, lifecycle, journey, rfm, value, micro, priority", e)
		}
	}
	for ours, m := range d.Fields {
		if m.To == "" || m.Hash != "" && m.Hash != "sha256" {
			return d.at.Errorf("fields.%s: want the name of their field, or {to: NAME, hash: sha256}", ours)
		}
	}
	if _, err := time.ParseDuration(d.Deadline); d.Deadline != "" && err != nil {
		return d.at.Errorf("deadline is %q; write 90s, 15m or 2h", d.Deadline)
	}
	if d.Rate < 0 || d.Daily < 0 {
		return d.at.Errorf("rate and daily are numbers of requests, from 0 on")
	}
	return nil
}

// channel is the one that it writes over, empty where it writes to nobody.
func (d *Destination) channel() string {
	if d.Channel == "none" {
		return ""
	}
	return d.Channel
}

// hash is of all that the configuration says of it; secrets are in it as references only.
func (d *Destination) hash() string {
	type plain Destination
	text, _ := json.Marshal([]any{d.kind, d.settings, (*plain)(d)})
	return hashText(text)[:16]
}

func (d *Destination) email() bool { return d.channel() == "email" }

// JSONSchemaExtend adds a key for each kind.
func (Destination) JSONSchemaExtend(s *jsonschema.Schema) {
	for _, kind := range activate.KindNames() {
		r := &jsonschema.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, DoNotReference: true, Anonymous: true, Mapper: schemaOf}
		own := r.Reflect(activate.Kinds[kind].Settings())
		own.Version = ""
		s.Properties.Set(kind, own)
	}
}

// destinationsBlock is the part of a configuration in which ${NAME} stays a reference:
// what it names is looked up when a destination is opened, and never part of a text.
var destinationsBlock = regexp.MustCompile(`(?m)^["']?destinations["']?\s*:.*\n(?:(?:[ \t#].*|-.*)?\n)*(?:[ \t].*)?`)

// references writes $(NAME) for ${NAME} in the destinations, which no bracket of YAML is
// mistaken for. Nothing moves.
func references(text []byte) []byte {
	return destinationsBlock.ReplaceAllFunc(text, func(block []byte) []byte {
		return variable.ReplaceAllFunc(block, func(found []byte) []byte {
			if found[0] == '#' {
				return found
			}
			return []byte("$(" + string(found[2:len(found)-1]) + ")")
		})
	})
}

// destination finds destinations by name; all where none is named.
func (c *Config) destinationsNamed(name string) (list []*Destination, err error) {
	var names []string
	for n := range c.Destinations {
		names = append(names, n)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return nil, mark(ErrConfig, fmt.Errorf("%s: destinations: there is none; docs/activation.md shows how to add one", c.file))
	}
	if name != "" && !slices.Contains(names, name) {
		hint := "; there are " + strings.Join(names, ", ")
		if near := strict.Nearest(name, names); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, mark(ErrConfig, fmt.Errorf("there is no destination %q%s", name, hint))
	}
	for _, n := range names {
		if name == "" || n == name {
			d := c.Destinations[n]
			d.name = n
			list = append(list, &d)
		}
	}
	return list, nil
}

// optionsOf lists the values that a column of segments can have.
func optionsOf(column string) []segment.Name {
	switch column {
	case "lifecycle_stage":
		return segment.Stages
	case "journey_stage":
		return segment.JourneyStages
	case "funnel_stage":
		return segment.FunnelStages
	case "rfm_segment":
		return segment.RFMNames
	case "value_band":
		return segment.Bands
	}
	return nil
}

// Speak sets the language in which answers are told; what is sent keeps the
// configuration's.
func (c *Config) Speak(language string) error {
	if language != "es" && language != "en" {
		return fmt.Errorf("the language is %q, want es or en", language)
	}
	c.spoken = language
	return nil
}

func (j *Job) spoken() string {
	if j.Config.spoken != "" {
		return j.Config.spoken
	}
	return j.language()
}
