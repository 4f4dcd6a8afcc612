package pipeline

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed starter/segmenta.yaml
var starter string

// A Starter says what project to write.
type Starter struct {
	Dir, Data, Language, Currency, Timezone string

	CRM string // where predictions go; empty: nowhere yet
}

// Started is what was written.
type Started struct {
	Dir   string   `json:"dir"`
	Files []string `json:"files"`
	Notes []string `json:"notes,omitempty"`
	CRM   string   `json:"crm,omitempty"`
}

// Start writes a project to start from. It never overwrites a file.
func Start(o Starter) (*Started, error) {
	done := &Started{Dir: o.Dir, CRM: o.CRM}
	mapping, path, err := propose(o, done)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	crm, err := crmOf(o.CRM)
	if err != nil {
		return nil, mark(ErrConfig, err)
	}
	var text bytes.Buffer
	name := filepath.Base(must(filepath.Abs(o.Dir)))
	err = template.Must(template.New("starter").Parse(starter)).Execute(&text, map[string]any{
		"Name": name, "Language": o.Language, "Currency": o.Currency, "Timezone": o.Timezone, "Path": path, "Columns": mapping, "CRM": crm,
	})
	if err != nil {
		return nil, err
	}
	schema, err := Schema()
	if err != nil {
		return nil, err
	}
	if _, err := ParseConfig(filepath.Join(o.Dir, "segmenta.yaml"), text.Bytes()); err != nil {
		return nil, mark(ErrConfig, err)
	}
	files := []struct {
		name string
		text []byte
	}{{"segmenta.yaml", text.Bytes()}, {"segmenta.schema.json", schema}, {".gitignore", []byte("workspace/\n")}}
	for _, f := range files {
		if err := writeNew(filepath.Join(o.Dir, f.name), f.text); err != nil {
			return nil, mark(ErrConfig, err)
		}
		done.Files = append(done.Files, f.name)
	}
	return done, nil
}

// writeNew writes a file that isn't there yet.
func writeNew(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and is left as it is", path)
	}
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// A mapped column is our name and the user's.
type mapped struct{ Ours, Theirs string }

// propose looks at the user's file and guesses which columns are which.
func propose(o Starter, done *Started) ([]mapped, string, error) {
	guess := []mapped{{"customer_id", "customer_id"}, {"time", "time"}, {"amount", "amount"}}
	if o.Data == "" {
		done.Notes = append(done.Notes, "put your purchases at data/transactions.parquet, or change the path in segmenta.yaml")
		return guess, "data/transactions.parquet", nil
	}
	have, err := columnsOf(o.Data)
	if err != nil {
		return nil, "", err
	}
	for i, g := range guess {
		if found := resembling(g.Ours, have); found != "" {
			guess[i].Theirs = found
		} else {
			done.Notes = append(done.Notes, fmt.Sprintf("no column of %s looks like %s: it has %s", o.Data, g.Ours, strings.Join(have, ", ")))
		}
	}
	for _, ours := range []string{"order_id", "product_id", "category", "quantity", "discount", "channel"} {
		if found := resembling(ours, have); found != "" {
			guess = append(guess, mapped{ours, found})
		}
	}
	path, err := filepath.Rel(must(filepath.Abs(o.Dir)), must(filepath.Abs(o.Data)))
	return guess, path, err
}

// likenesses are words that shops use for our columns, in English and Spanish, the
// likeliest first.
var likenesses = map[string][]string{
	"customer_id": {"customerid", "customer", "clientid", "idcliente", "cliente", "householdid", "userid", "user", "custid", "contactid", "email"},
	"time":        {"time", "timestamp", "datetime", "orderdate", "invoicedate", "purchasedate", "transactiontimestamp", "date", "fecha", "fechacompra", "day", "ts", "createdat"},
	"amount":      {"amount", "total", "totalamount", "revenue", "salesvalue", "importe", "monto", "spend", "price", "value", "valor"},
	"order_id":    {"orderid", "order", "invoiceno", "invoice", "basketid", "pedido", "idpedido", "factura", "ordernumber"},
	"product_id":  {"productid", "sku", "stockcode", "product", "itemid", "producto", "idproducto", "articulo"},
	"category":    {"category", "categoria", "department", "familia", "family", "productcategory"},
	"quantity":    {"quantity", "qty", "units", "cantidad", "unidades"},
	"discount":    {"discount", "descuento", "retaildisc", "discountamount"},
	"channel":     {"channel", "canal", "store", "tienda"},
}

func resembling(ours string, have []string) string {
	for _, want := range likenesses[ours] {
		for _, name := range have {
			if squash(name) == want {
				return name
			}
		}
	}
	return ""
}

// squash leaves the letters and digits of a name, in lower case.
func squash(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// Tell says what was written and what to do next.
func (s *Started) Tell(w io.Writer) {
	for _, f := range s.Files {
		fmt.Fprintln(w, "wrote", filepath.Join(s.Dir, f))
	}
	for _, n := range s.Notes {
		fmt.Fprintln(w, "note:", n)
	}
	fmt.Fprintf(w, "\nNext:\n")
	if s.Dir != "." {
		fmt.Fprintf(w, "  cd %s\n", s.Dir)
	}
	fmt.Fprintf(w, "  segmenta check      reads your data and says what it finds\n  segmenta train      learns from the past\n  segmenta run        places every customer\n")
	if s.CRM != "" {
		fmt.Fprintf(w, "  segmenta activate check   asks %s for its fields and for your rights, and writes nothing\n  segmenta activate plan    says what would change there\n", s.CRM)
	}
}
