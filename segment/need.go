package segment

// A Need is what a stage can't be told without: any one of these columns, features or of
// the customers file.
type Need struct {
	Kind    string // lifecycle, journey or funnel
	Stage   Name
	Columns []string
}

// Needs lists the stages that not all data can tell. The others follow from purchases,
// or hold whoever is in none of these.
var Needs = func() (list []Need) {
	add := func(kind string, stages []Name, id string, columns ...string) {
		stage, err := NameOf(stages, id)
		if err != nil {
			panic(err) // a stage that doesn't exist is a mistake of this list
		}
		list = append(list, Need{kind, stage, columns})
	}
	add("lifecycle", Stages, "not_qualified", "not_qualified_reason")
	add("lifecycle", Stages, "evangelist", "referrals_all", "last_nps")
	add("lifecycle", Stages, "retired", "exit_reason")
	add("lifecycle", Stages, "qualified", "meetings_all", "quotes_all")
	add("lifecycle", Stages, "lead", "price_requests_all")
	add("journey", JourneyStages, "advocacy", "referrals_all", "reviews_all", "last_nps")
	add("journey", JourneyStages, "consideration", "product_views_30d", "page_views_30d", "searches_30d", "price_requests_all")
	add("funnel", FunnelStages, "prospect", "meetings_all", "quotes_all", "price_requests_all", "cart_adds_30d", "product_views_30d", "page_views_30d")
	return list
}()
