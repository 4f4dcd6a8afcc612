package pipeline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"segmenta/cluster"
	"segmenta/features"
	"segmenta/models"
	"segmenta/table"
)

// id is what the tables call a micro-segment: it outlives retraining.
func (s *segmentation) id(c int) int64 {
	if c < len(s.IDs) {
		return int64(s.IDs[c])
	}
	return int64(c + 1)
}

// name gives micro-segments their ids and names: those of the last model where they
// stayed, new ones otherwise. rows are the buyers, as the new model sees them.
func (s *segmentation) name(old *segmentation, snapshot *features.Snapshot, buyers []int, rows []float32, now []int32, threads int) error {
	s.IDs = make([]int, s.Model.K)
	if old != nil {
		s.LastID = max(old.LastID, len(old.Profiles))
		if s.knows(old, snapshot) {
			was, err := old.labels(snapshot, buyers, threads)
			if err != nil {
				return err
			}
			s.Kin = cluster.Kin(rows, s.Model.Dims, was, now, old.Model.K, s.Model.K)
		}
	}
	for _, k := range s.Kin {
		if k.What == cluster.Stayed {
			s.IDs[k.To] = int(old.id(k.From))
			s.Profiles[k.To].NameEn, s.Profiles[k.To].NameEs = old.Profiles[k.From].NameEn, old.Profiles[k.From].NameEs
		}
	}
	for c := range s.IDs {
		if s.IDs[c] == 0 {
			s.LastID++
			s.IDs[c] = s.LastID
			s.apart(c)
		}
	}
	return nil
}

// knows reports whether the old model can be held against these customers.
func (s *segmentation) knows(old *segmentation, snapshot *features.Snapshot) bool {
	return old.Model != nil && !slices.ContainsFunc(old.Features, func(n string) bool { return snapshot.Table.Column(n) == nil })
}

func (s *segmentation) labels(snapshot *features.Snapshot, buyers []int, threads int) ([]int32, error) {
	rows, _, err := s.Transform.Apply(columnsAt(snapshot, s.Features, buyers))
	if err != nil {
		return nil, err
	}
	label, _ := s.Model.Label(rows, threads)
	return label, nil
}

// apart gives a new micro-segment's name its number where another has the same name.
func (s *segmentation) apart(c int) {
	for other := range s.Profiles {
		if other != c && s.Profiles[other].NameEn == s.Profiles[c].NameEn {
			n := fmt.Sprintf(" %d", s.IDs[c])
			s.Profiles[c].NameEn, s.Profiles[c].NameEs = s.Profiles[c].NameEn+n, s.Profiles[c].NameEs+n
			return
		}
	}
}

// lastSegmentation is the champion's, nil where there is none that can be read.
func lastSegmentation(store *models.Store) *segmentation {
	version, err := store.Champion(microSegments)
	if err != nil {
		return nil
	}
	files, err := store.Get(microSegments, version)
	if err != nil {
		return nil
	}
	old := new(segmentation)
	if json.Unmarshal(files["clusters.json"], old) != nil {
		return nil
	}
	return old
}

// kinWords are what became of a micro-segment, in words.
var kinWords = map[string]words{
	cluster.Stayed: {"stayed: it keeps its id and name", "sigue: conserva su identificador y su nombre"},
	cluster.Born:   {"new, of customers from many", "nuevo, de clientes de varios"},
	cluster.Split:  {"split off from the old one", "se separó del anterior"},
	cluster.Died:   {"gone: its customers went to many", "desaparece: sus clientes se repartieron"},
	cluster.Merged: {"merged into the new one", "se fundió con el nuevo"},
}

// migration is what became of the last model's micro-segments, as Parquet.
func (s *segmentation) migration(old *segmentation) ([]byte, error) {
	var what, en, es []string
	var from, to, fromRows, toRows, common []int64
	var jaccard, distance []float64
	for _, k := range s.Kin {
		what, en, es = append(what, k.What), append(en, kinWords[k.What].En), append(es, kinWords[k.What].Es)
		a, b := int64(0), int64(0)
		if k.From >= 0 {
			a = old.id(k.From)
		}
		if k.To >= 0 {
			b = s.id(k.To)
		}
		from, to, fromRows, toRows, common = append(from, a), append(to, b), append(fromRows, int64(k.FromRows)), append(toRows, int64(k.ToRows)), append(common, int64(k.Common))
		jaccard, distance = append(jaccard, k.Jaccard), append(distance, k.Distance)
	}
	t := new(table.Table)
	t.Add(table.Strings("what", what).Says("", "stayed, born, split, died or merged", "stayed, born, split, died o merged"))
	t.Add(table.Strings("words_en", en).Says("", "the same in words", "lo mismo, en inglés"))
	t.Add(table.Strings("words_es", es).Says("", "the same in Spanish", "lo mismo, en palabras"))
	t.Add(table.Ints("from", table.Int32, from).Says("", "the old micro-segment, 0 where there is none", "el microsegmento anterior; 0, ninguno"))
	t.Add(table.Ints("to", table.Int32, to).Says("", "the new micro-segment, 0 where there is none", "el microsegmento nuevo; 0, ninguno"))
	t.Add(table.Ints("from_customers", table.Int64, fromRows).Says("customers", "customers of the old one, as of now", "clientes del anterior, a día de hoy"))
	t.Add(table.Ints("to_customers", table.Int64, toRows).Says("customers", "customers of the new one", "clientes del nuevo"))
	t.Add(table.Ints("common", table.Int64, common).Says("customers", "customers in both", "clientes en ambos"))
	t.Add(table.Floats("jaccard", jaccard).Says("share", "share of the customers in either who are in both", "parte de los clientes de alguno que están en ambos"))
	t.Add(table.Floats("distance", distance).Says("", "of the centres, for how wide micro-segments are", "entre los centros, en anchuras de microsegmento"))
	var out bytes.Buffer
	err := table.Write(&out, t)
	return out.Bytes(), err
}

// examplesShown is how many customers stand for a micro-segment.
const examplesShown = 3

// examples lists the customers nearest to each micro-segment's center.
func (p *placing) examples() []string {
	of := make([][]int, len(p.seg.Profiles))
	for i, s := range p.micro.segment {
		if s >= 0 {
			of[s] = append(of[s], i)
		}
	}
	out := make([]string, len(of))
	for c, list := range of {
		slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(p.micro.distance[a], p.micro.distance[b]) })
		var ids []string
		for _, i := range list[:min(examplesShown, len(list))] {
			ids = append(ids, p.r.snapshot.Customers[i])
		}
		out[c] = strings.Join(ids, ", ")
	}
	return out
}

// between is the share of the variance of a feature's ranks between micro-segments.
func (s *segmentation) between(feature string) (share float64) {
	for _, f := range s.Profiles {
		for _, t := range f.Traits {
			if t.Feature == feature {
				share += f.Share * t.Effect * t.Effect
			}
		}
	}
	return share
}

func (s *segmentation) steadiness(c int) float64 {
	if s.Steady == nil {
		return math.NaN()
	}
	return s.Steady.Jaccard[c]
}
