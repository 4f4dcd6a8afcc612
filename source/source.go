// Package source reads histories that don't lie on this machine's disk: the answer of a
// PostgreSQL query, and the objects of an S3-compatible store.
//
// Both become what a file is, a table.Source, so that nobody who reads one knows where it
// came from. Both are read as they were at one moment and say by a hash what that was, so
// that a job knows whether anything has changed. A password is in no error and no name.
//
// To add a kind of store, give its files as table.Blob, or its rows as a table.Source.
package source
