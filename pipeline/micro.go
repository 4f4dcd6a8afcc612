package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"segmenta/cluster"
	"segmenta/features"
	"segmenta/models"
	"segmenta/table"
)

// microSegments is the name under which the store keeps the clustering.
const microSegments = "micro_segments"

// A segmentation is what the store keeps of the micro-segments.
type segmentation struct {
	Features  []string           `json:"features"`
	Transform *cluster.Transform `json:"transform"`
	Model     *cluster.Model     `json:"model"`
	Criterion string             `json:"criterion"`
	Why       string             `json:"why"`
	Curve     []cluster.Point    `json:"curve"`
	Profiles  []cluster.Profile  `json:"profiles"`
	Rows      int                `json:"rows"` // customers that they were found among

	IDs    []int               `json:"ids"` // of each cluster: what it is called for good
	LastID int                 `json:"last_id"`
	Far    []float64           `json:"far"` // of each cluster: from this distance on a customer fits none
	Steady *cluster.Steadiness `json:"steadiness,omitempty"`
	Kin    []cluster.Kinship   `json:"kin,omitempty"` // what became of the last model's
	Map    *cluster.Map        `json:"map,omitempty"`

	Abstained words `json:"abstained,omitzero"`
}

// fewestClustered is how many customers are too few to tell groups apart.
const fewestClustered = 50

// clusterBy is what customers are compared by unless the configuration says
// otherwise: what they do, never who they are.
var clusterBy = []string{
	"recency_days", "orders_365d", "amount_365d", "average_order_all", "gap_mean_days", "gap_cv", "categories_365d",
	"discount_share_365d", "return_share", "weekend_share", "email_open_rate", "email_click_rate", "sessions_90d", "cart_adds_90d", "app_opens_90d",
}

// traitWords are what a group is called in which a feature is high or low. Where a
// feature has none here, its own words serve.
var traitWords = map[string]cluster.Words{
	"recency_days":        {HighEn: "silent for long", HighEs: "sin comprar hace mucho", LowEn: "bought lately", LowEs: "compra reciente"},
	"orders_365d":         {HighEn: "frequent", HighEs: "frecuentes", LowEn: "hardly buying", LowEs: "casi no compran"},
	"amount_365d":         {HighEn: "big spenders", HighEs: "gastan mucho", LowEn: "small spenders", LowEs: "gastan poco"},
	"average_order_all":   {HighEn: "large baskets", HighEs: "cestas grandes", LowEn: "small baskets", LowEs: "cestas pequeñas"},
	"gap_mean_days":       {HighEn: "long pauses", HighEs: "pausas largas", LowEn: "short pauses or one purchase", LowEs: "pausas cortas o una sola compra"},
	"gap_cv":              {HighEn: "irregular", HighEs: "irregulares", LowEn: "regular or one purchase", LowEs: "regulares o una sola compra"},
	"categories_365d":     {HighEn: "many categories", HighEs: "muchas categorías", LowEn: "few categories", LowEs: "pocas categorías"},
	"discount_share_365d": {HighEn: "bargain hunters", HighEs: "cazadores de descuentos", LowEn: "full price", LowEs: "precio completo"},
	"return_share":        {HighEn: "many returns", HighEs: "muchas devoluciones", LowEn: "few returns", LowEs: "pocas devoluciones"},
	"weekend_share":       {HighEn: "weekend shoppers", HighEs: "compran en fin de semana", LowEn: "weekday shoppers", LowEs: "compran entre semana"},
	"email_open_rate":     {HighEn: "readers", HighEs: "abren correos", LowEn: "don't open e-mail", LowEs: "no abren correos"},
	"email_click_rate":    {HighEn: "clickers", HighEs: "hacen clic en correos", LowEn: "don't click e-mail", LowEs: "no hacen clic en correos"},
	"sessions_90d":        {HighEn: "often on the site", HighEs: "visitan mucho la web", LowEn: "seldom on the site", LowEs: "visitan poco la web"},
	"cart_adds_90d":       {HighEn: "full carts", HighEs: "llenan el carrito", LowEn: "empty carts", LowEs: "carritos vacíos"},
	"app_opens_90d":       {HighEn: "app users", HighEs: "usan la app", LowEn: "no app", LowEs: "no usan la app"},
}

// learnSegments looks for micro-segments among those who have bought, and says what of
// them the store is to hold.
func (j *Job) learnSegments(p *past, s *features.Snapshot, store *models.Store) (seg *segmentation, files map[string][]byte, err error) {
	seg, files = &segmentation{}, make(map[string][]byte)
	old := lastSegmentation(store)
	if err := j.segmentate(p, s, seg, old); err != nil {
		return nil, nil, fmt.Errorf("micro-segments: %w", err)
	}
	if files["clusters.json"], err = encodeJSON(seg); err != nil {
		return nil, nil, err
	}
	if len(seg.Kin) > 0 {
		files["migration.parquet"], err = seg.migration(old)
	}
	return seg, files, err
}

// keep stores the micro-segments.
func (seg *segmentation) keep(store *models.Store, files map[string][]byte, done *Learned) error {
	done.Segments = len(seg.Profiles)
	if seg.Abstained != (words{}) {
		done.Off = append(done.Off, Off{words{"micro-segments", "microsegmentos"}, seg.Abstained})
	}
	return crown(store, microSegments, files, done.AsOf)
}

func (j *Job) segmentate(p *past, s *features.Snapshot, seg, old *segmentation) (err error) {
	buyers, _ := buyersOf(s)
	if len(buyers) < fewestClustered {
		seg.Abstained = words{fmt.Sprintf("%d customers have bought; fewer than %d can't be told apart", len(buyers), fewestClustered),
			fmt.Sprintf("%d clientes han comprado; menos de %d no se pueden distinguir", len(buyers), fewestClustered)}
		return nil
	}
	seg.Rows = len(buyers)
	names, err := j.comparedBy(s)
	if err != nil {
		return err
	}
	columns := columnsAt(s, names, buyers)
	if seg.Transform, err = cluster.FitTransform(names, columns, cluster.TransformOptions{}); errors.Is(err, cluster.ErrAlike) {
		seg.Abstained = words{"all customers have done the same", "todos los clientes han hecho lo mismo"}
		return nil
	} else if err != nil {
		return err
	}
	rows, dims, err := seg.Transform.Apply(columns)
	if err != nil {
		return err
	}
	c := j.Config.Clusters
	o := cluster.Options{Seed: c.Seed, Threads: j.Threads, Criterion: c.Criterion, Limits: cluster.Limits{MinShare: c.MinShare, MaxShare: c.MaxShare}}
	choice, err := cluster.Choose(rows, dims, c.Min, c.Max, o)
	if err != nil {
		return err
	}
	a, err := choice.Model.Assign(rows, j.Threads)
	if err != nil {
		return err
	}
	seg.Features, seg.Model, seg.Criterion, seg.Why, seg.Curve = names, choice.Model, choice.Criterion, choice.Why, choice.Curve
	seg.Profiles = cluster.Describe(names, columns, a, choice.K, p.words())
	seg.Far = cluster.Far(a, choice.K)
	seg.Map = cluster.MapOf(seg.Transform.Kept(), rows, a.Cluster, choice.K)
	if seg.Steady, err = cluster.Steady(choice.Model, rows, resamplings, o); err != nil {
		return err
	}
	return seg.name(old, s, buyers, rows, a.Cluster, j.Threads)
}

// resamplings is how often it is tried whether micro-segments are found again.
const resamplings = 10

// comparedBy names the features to compare customers by, of those that there are.
func (j *Job) comparedBy(s *features.Snapshot) (names []string, err error) {
	if own := j.Config.Clusters.Features; len(own) > 0 {
		for _, n := range own {
			if c := s.Table.Column(n); c == nil || c.Kind == table.String {
				return nil, mark(ErrConfig, fmt.Errorf("%s: clusters.features: %s is no feature of numbers that these data give", j.Config.file, n))
			}
		}
		return own, nil
	}
	for _, n := range clusterBy {
		if s.Table.Column(n) != nil {
			names = append(names, n)
		}
	}
	return names, nil
}

// buyersOf lists the rows of customers with a purchase.
func buyersOf(s *features.Snapshot) (rows []int, is []bool) {
	c := s.Table.Column(recencyFeature)
	is = make([]bool, len(s.Customers))
	for i := range s.Customers {
		if c != nil && !c.IsNull(i) {
			rows = append(rows, i)
			is[i] = true
		}
	}
	return rows, is
}

func columnsAt(s *features.Snapshot, names []string, rows []int) [][]float64 {
	columns := make([][]float64, len(names))
	for k, name := range names {
		c := s.Table.Column(name)
		columns[k] = make([]float64, len(rows))
		for i, r := range rows {
			columns[k][i] = c.Number(r)
		}
	}
	return columns
}

// words gives each feature's words to whoever names groups by them.
func (p *past) words() map[string]cluster.Words {
	words := make(map[string]cluster.Words)
	for _, d := range p.on {
		w := traitWords[d.Name]
		w.En, w.Es = d.En, d.Es
		words[d.Name] = w
	}
	return words
}

// placed is where each customer stands among the micro-segments; -1 and NaN for those
// who haven't bought.
type placed struct {
	segment, second  []int64
	distance, margin []float64
	membership       []float64
	outlier          []bool
}

// place assigns a snapshot's buyers to the champion's micro-segments.
func place(text []byte, s *features.Snapshot, threads int) (*segmentation, *placed, error) {
	seg := new(segmentation)
	if err := json.Unmarshal(text, seg); err != nil {
		return nil, nil, fmt.Errorf("micro-segments: %w", err)
	}
	n := len(s.Customers)
	at := &placed{slices.Repeat([]int64{-1}, n), slices.Repeat([]int64{-1}, n), repeated(math.NaN(), n), repeated(math.NaN(), n), repeated(math.NaN(), n), make([]bool, n)}
	if seg.Abstained != (words{}) {
		return seg, at, nil
	}
	for _, name := range seg.Features {
		if s.Table.Column(name) == nil {
			return nil, nil, mark(ErrGate, fmt.Errorf("micro-segments were found by %s, which these data don't give: train again", name))
		}
	}
	buyers, _ := buyersOf(s)
	if len(buyers) == 0 {
		return seg, at, nil
	}
	rows, _, err := seg.Transform.Apply(columnsAt(s, seg.Features, buyers))
	if err != nil {
		return nil, nil, err
	}
	a, err := seg.Model.Assign(rows, threads)
	if err != nil {
		return nil, nil, err
	}
	for i, r := range buyers {
		at.segment[r], at.second[r] = int64(a.Cluster[i]), int64(a.SecondCluster[i])
		at.distance[r], at.membership[r] = float64(a.Distance[i]), float64(a.Membership[i])
		if c := a.Cluster[i]; int(c) < len(seg.Far) {
			at.outlier[r] = at.distance[r] > seg.Far[c]
		}
		if a.Second[i] > 0 {
			at.margin[r] = float64((a.Second[i] - a.Distance[i]) / a.Second[i])
		}
	}
	return seg, at, nil
}
