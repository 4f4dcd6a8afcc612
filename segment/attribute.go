package segment

// An Attribute is something that a segmentation may go by: one of the four families of
// criteria, and the features or columns that carry it, any of which is enough.
type Attribute struct {
	Family  string // demographic, geographic, psychographic, behavioural
	Name    Name
	Columns []string
}

// AttributeFamilies name the families of criteria.
var AttributeFamilies = []Name{
	{ID: "demographic", En: "Demographic", Es: "Demográficos"},
	{ID: "geographic", En: "Geographic", Es: "Geográficos"},
	{ID: "psychographic", En: "Psychographic", Es: "Psicográficos"},
	{ID: "behavioural", En: "Behavioural", Es: "Conductuales"},
}

// Attributes lists what criteria are usually made of, family by family.
var Attributes = []Attribute{
	{"demographic", Name{ID: "age", En: "age", Es: "edad"}, []string{"age"}},
	{"demographic", Name{ID: "gender", En: "gender", Es: "género"}, []string{"profile_gender"}},
	{"demographic", Name{ID: "income", En: "income level", Es: "nivel de ingresos"}, []string{"profile_income_band"}},
	{"demographic", Name{ID: "education", En: "education", Es: "educación"}, []string{"profile_education"}},
	{"demographic", Name{ID: "language", En: "language", Es: "idioma"}, []string{"profile_language"}},
	{"demographic", Name{ID: "device", En: "type of device", Es: "tipo de dispositivo"}, []string{"profile_device", "device_mode"}},
	{"geographic", Name{ID: "country", En: "country", Es: "país"}, []string{"profile_country"}},
	{"geographic", Name{ID: "region", En: "region", Es: "región"}, []string{"profile_region"}},
	{"geographic", Name{ID: "city", En: "city", Es: "ciudad"}, []string{"profile_city"}},
	{"psychographic", Name{ID: "values", En: "personal values", Es: "valores personales"}, []string{"values_declared"}},
	{"psychographic", Name{ID: "interests", En: "interests", Es: "intereses"}, []string{"interests_declared"}},
	{"psychographic", Name{ID: "lifestyle", En: "lifestyle", Es: "estilo de vida"}, []string{"profile_lifestyle"}},
	{"psychographic", Name{ID: "personality", En: "personality, as they said it", Es: "personalidad, según dijeron"}, []string{"profile_personality"}},
	{"behavioural", Name{ID: "purchases", En: "purchases", Es: "compras"}, []string{"orders_all"}},
	{"behavioural", Name{ID: "value", En: "value of purchases", Es: "valor de las compras"}, []string{"amount_all"}},
	{"behavioural", Name{ID: "basket", En: "average order", Es: "tique medio"}, []string{"average_order_all"}},
	{"behavioural", Name{ID: "recency", En: "last purchase", Es: "última compra"}, []string{"recency_days"}},
	{"behavioural", Name{ID: "rhythm", En: "time between purchases", Es: "tiempo entre compras"}, []string{"gap_mean_days"}},
	{"behavioural", Name{ID: "category", En: "favourite category", Es: "categoría favorita"}, []string{"favourite_category"}},
	{"behavioural", Name{ID: "channel", En: "channel of purchase", Es: "canal de compra"}, []string{"favourite_channel", "last_channel"}},
	{"behavioural", Name{ID: "messages", En: "opens and clicks", Es: "aperturas y clics"}, []string{"email_open_rate", "best_channel_rate"}},
	{"behavioural", Name{ID: "visits", En: "sessions and pages", Es: "sesiones y páginas"}, []string{"sessions_90d", "page_views_30d"}},
	{"behavioural", Name{ID: "cart", En: "carts left", Es: "carritos abandonados"}, []string{"cart_adds_30d"}},
	{"behavioural", Name{ID: "satisfaction", En: "satisfaction", Es: "satisfacción"}, []string{"last_nps"}},
	{"behavioural", Name{ID: "support", En: "support", Es: "soporte"}, []string{"tickets_365d"}},
	{"behavioural", Name{ID: "loyalty", En: "loyalty programme", Es: "programa de fidelización"}, []string{"loyal_member", "loyalty_points_held"}},
}

// Reliability is how far a family of attributes can be relied on: the mean share of
// customers of whom an attribute that the data have is known, times the share of rows
// that could be used. NaN where the data have none.
func Reliability(filled []float64, usable float64) float64 {
	sum := 0.0
	for _, f := range filled {
		sum += f
	}
	return usable * sum / float64(len(filled))
}
