// Package segmenta is the root of the product: the command is in cmd/segmenta, what it
// does in pipeline, and the README maps the rooms.
package segmenta
