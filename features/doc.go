// Package features turns what customers did into numbers that a model can read.
//
// A feature is one column: a name, a sentence that says what it means, and the
// recipe that computes it for every customer as of one moment. Nothing that
// happened at or after that moment may enter it, nor anything that was not yet
// known by then; TestNoLeak proves it of every definition.
//
// From files to numbers:
//
//  1. Load reads the columns that the definitions need, counts and samples what it
//     must refuse, and scatters the rows by customer over parts, packed.
//  2. Builtin reads the definitions from catalog; History.Available says which
//     of them these sources can answer.
//  3. History.Answer takes one part after another, groups its rows by customer in
//     order of time, and answers everything as of many moments from one walk over
//     each customer: a Snapshot for each moment. Compute asks for features alone.
//  4. History.Label says what happened after a snapshot, Summaries what the
//     buy-till-you-die models read, and Profiles who the customers are. Folds
//     deals what was labelled out without looking into the future.
//
// What the customers file and the user's own tables say is joined to a snapshot as
// of its moment, after the walk.
//
// Rows with an amount of zero or more are purchases; rows with a negative amount
// are returns. Purchase rows of one customer that share order id and time make
// one order; without order ids each row is an order. A customer whose every row
// is a return is still a prospect.
//
// Windows are half-open, [moment−window, moment), in calendar days of the
// configured zone.
//
// To add a feature, add its lines to a file in catalog. The help text, the data
// dictionary and the tests find it there. To add a measure, add it to measures; a source,
// to kinds; something that rows carry, to fields. To add a target, add its lines to a
// file in target, and lives that show its answers to targetCases.
package features
