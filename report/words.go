package report

// said holds every sentence of the page in English and Spanish.
var said = map[string][2]string{
	"asof":        {"as of", "a fecha de"},
	"customers":   {"customers", "clientes"},
	"buyers":      {"have bought", "han comprado"},
	"value":       {"value", "valor"},
	"spent":       {"spent so far", "gastado hasta ahora"},
	"segment":     {"segment", "segmento"},
	"share":       {"share", "parte"},
	"churn":       {"churn", "abandono"},
	"who":         {"Who your customers are", "Quiénes son sus clientes"},
	"rfm":         {"When and how often they buy", "Cuándo y con qué frecuencia compran"},
	"rfmnote":     {"Each field is a pair of scores: recency from below to above, frequency from left to right. The darker, the more customers.", "Cada casilla es un par de puntuaciones: la recencia de abajo arriba, la frecuencia de izquierda a derecha. Cuanto más oscura, más clientes."},
	"recency":     {"recency", "recencia"},
	"frequency":   {"frequency", "frecuencia"},
	"micro":       {"Micro-segments", "Microsegmentos"},
	"micronote":   {"Groups that customers form by what they do. Bars show how far a group is from everyone: to the right more, to the left less.", "Grupos que los clientes forman por lo que hacen. Las barras muestran cuánto se aparta el grupo del conjunto: a la derecha más, a la izquierda menos."},
	"map":         {"How near the micro-segments are to each other", "Qué tan cerca están los microsegmentos entre sí"},
	"mapnote":     {"Each dot is a customer; the nearer two are, the more alike. The map lays out the two directions in which customers differ most, and shows of all their differences", "Cada punto es un cliente; cuanto más cerca están dos, más se parecen. El mapa muestra las dos direcciones en que los clientes más se diferencian, y de todas sus diferencias recoge"},
	"mapwarn":     {"What overlaps here may be apart in the rest.", "Lo que aquí se solapa puede separarse en el resto."},
	"curve":       {"Clarity of the borders (silhouette) by number of groups", "Nitidez de los bordes (silueta) según el número de grupos"},
	"predictions": {"How far to trust the predictions", "Hasta dónde fiarse de las predicciones"},
	"causes":      {"What moves it most", "Lo que más la mueve"},
	"interval":    {"95 % interval", "intervalo del 95 %"},
	"reliability": {"Of those given a probability, how many it came true for. On the diagonal, a probability means what it says; the bars are 95 % intervals.", "De los que recibieron una probabilidad, en cuántos se cumplió. Sobre la diagonal, una probabilidad significa lo que dice; las barras son intervalos del 95 %."},
	"predicted":   {"predicted", "predicho"},
	"happened":    {"happened", "ocurrido"},
	"nomodel":     {"No scores:", "Sin puntuaciones:"},
	"judged":      {"judged on", "juzgado con"},
	"data":        {"What was read", "Qué se leyó"},
	"source":      {"source", "fuente"},
	"finding":     {"finding", "hallazgo"},
	"rows":        {"rows", "filas"},
	"off":         {"What these data can't support", "Lo que estos datos no permiten"},
	"offnote":     {"Left out rather than guessed.", "Se omite en lugar de adivinarse."},
	"more":        {"more", "más"},
	"foot":        {"One page, no network. The tables beside it hold every customer.", "Una sola página, sin red. Las tablas junto a ella contienen a cada cliente."},
}

func words(language, key string) string {
	if language == "es" {
		return said[key][1]
	}
	return said[key][0]
}
