package pipeline

import (
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"

	"segmenta/activate/secret"
	"segmenta/features"
	"segmenta/strict"
)

// Schema is the JSON schema of segmenta.yaml, by which an editor completes keys and
// marks mistakes while one types.
func Schema() ([]byte, error) {
	r := &jsonschema.Reflector{
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		DoNotReference:             true,
		Anonymous:                  true,
		Mapper:                     schemaOf,
	}
	s := r.Reflect(&Config{})
	s.Title = "segmenta.yaml"
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

// schemaOf says how the types that read themselves are written.
func schemaOf(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[Days]():
		return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]+[dwy]$`, Examples: []any{"90d"}}
	case reflect.TypeFor[Size]():
		return &jsonschema.Schema{Type: "string", Pattern: sizeForm.String(), Examples: []any{"4GB"}}
	case reflect.TypeFor[Paths]():
		text := &jsonschema.Schema{Type: "string"}
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{text, {Type: "array", Items: text}}}
	case reflect.TypeFor[secret.Text](), reflect.TypeFor[secret.Open]():
		return &jsonschema.Schema{Type: "string", Examples: []any{"${NAME}", "file:/run/secrets/name"}}
	case reflect.TypeFor[[]secret.Text]():
		text := &jsonschema.Schema{Type: "string"}
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{text, {Type: "array", Items: text}}}
	case reflect.TypeFor[FieldMapping]():
		return jsonschema.TrueSchema
	case reflect.TypeFor[strict.Node](), reflect.TypeFor[features.Test]():
		return jsonschema.TrueSchema
	}
	return nil
}
