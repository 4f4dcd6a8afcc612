package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// A phone is hashed by its digits, an e-mail in small letters, as those do who match by
// them.
func TestHashed(t *testing.T) {
	for _, tt := range []struct{ column, text, of string }{
		{"email", " Ana.Gil@Example.COM ", "ana.gil@example.com"},
		{"phone", "+34 600 000 001", "34600000001"},
		{"phone", "0034-600-000-001", "34600000001"},
		{"name", " Ana ", "Ana"},
	} {
		sum := sha256.Sum256([]byte(tt.of))
		if got := hashed(tt.column, tt.text); got != hex.EncodeToString(sum[:]) {
			t.Errorf("%s %q is not hashed as %q", tt.column, tt.text, tt.of)
		}
	}
	if got := hashed("phone", " - "); got != nil {
		t.Errorf("a phone without digits is hashed to %v", got)
	}
}
