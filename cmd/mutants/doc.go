// Package mutants proves that the tests of security requirements can fail. Each
// row of mutants.tsv plants one fault in the product (a check skipped, a
// condition reversed) through a build overlay, so that no file changes, and the
// named test has to turn red.
package mutants
