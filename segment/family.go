package segment

import "strings"

// families says what a column is about by how its name begins; all others are about
// behaviour.
var families = map[string][]string{
	"demography": {"age", "birth", "gender", "generation", "country", "region", "city", "postal", "language", "income", "education", "device", "urban", "company", "state"},
	"value": {"amount", "average_order", "median_order", "largest_order", "last_order_amount", "net_", "margin", "clv", "value", "vip", "rfm_monetary", "spent", "profit",
		"cost", "stars", "high_ticket", "expected_value"},
}

// Family is what a column is about: demography, value or behaviour.
func Family(column string) string {
	for _, family := range []string{"demography", "value"} {
		for _, begins := range families[family] {
			if strings.HasPrefix(column, begins) {
				return family
			}
		}
	}
	return "behaviour"
}
