// Package testdata holds the data that ships with segmenta; each folder says where it
// is from.
package testdata

import _ "embed"

// CDNOW is testdata/cdnow/transactions.parquet.
//
//go:embed cdnow/transactions.parquet
var CDNOW []byte
