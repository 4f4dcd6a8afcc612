package pipeline

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
)

//go:embed starter/crm/*.yaml
var crmBlocks embed.FS

// A startedCRM is what a project says of its CRM: what it must know of everybody, and
// how predictions get there.
type startedCRM struct {
	Fields []string
	Block  string
}

// asked is what predictions and permission to use them need to know of everybody: by
// whom they are known, since when, how to reach them, and what they agreed to.
var asked = []string{"customer_id", "created_at", "email", "phone", "country", "consent_email", "consent_sms", "consent_profiling"}

// CRMs lists where a project can be told to send predictions from its first day.
func CRMs() (names []string) {
	files, _ := crmBlocks.ReadDir("starter/crm")
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	return names
}

// crmOf is what a project says of a CRM; nil where it has none yet.
func crmOf(name string) (*startedCRM, error) {
	switch known := CRMs(); {
	case name == "":
		return nil, nil
	case !slices.Contains(known, name):
		return nil, fmt.Errorf("--crm: there is no %q%s; there are %s", name, nearest(name, known), strings.Join(known, ", "))
	}
	block, err := crmBlocks.ReadFile(path.Join("starter/crm", name+".yaml"))
	if err != nil {
		return nil, err
	}
	return &startedCRM{asked, strings.TrimRight(string(block), "\n")}, nil
}
