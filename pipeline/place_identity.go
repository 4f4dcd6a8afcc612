package pipeline

import (
	"fmt"
	"slices"

	"segmenta/features"
	"segmenta/table"
)

// identities is a row for each id that was found to be somebody else's.
func (p *placing) identities() *table.Table {
	merges, shared := p.r.past.Merges()
	if shared > 0 {
		p.r.off(words{fmt.Sprintf("%d addresses as identities", shared), fmt.Sprintf("%d direcciones como identidad", shared)},
			words{"too many ids share each: an address of many is nobody's", "demasiados ids comparten cada una: una dirección de muchos no es de nadie"})
	}
	t := new(table.Table)
	id := table.Strings("customer_id", gathered(merges, func(m *features.Merge) string { return m.Customer }))
	id.Required = true
	t.Add(id.Says("", "an id that is somebody else's", "un id que es de otra persona"))
	t.Add(table.Strings("is", gathered(merges, func(m *features.Merge) string { return m.Into })).Says("", "the id under which their history stands", "el id bajo el que está su historia"))
	t.Add(table.Strings("by", gathered(merges, func(m *features.Merge) string { return m.By })).Says("", "email or phone", "email (correo) o phone (teléfono)"))
	return t
}

// checkIdentity refuses a column that says nothing of who somebody is.
func (c *Config) checkIdentity() error {
	for _, column := range c.Identity {
		if !slices.Contains(features.IdentityColumns(), column) {
			return fmt.Errorf("%s: identity: %q can't tell who somebody is; email and phone can", c.file, column)
		}
	}
	if len(c.Identity) > 0 && c.Sources.Customers == nil {
		return fmt.Errorf("%s: identity: there is no customers source whose %v could join ids", c.file, c.Identity)
	}
	return nil
}
