// Package browser holds the test that walks through whole nodes with a real
// browser, as their people would. The steps and the checks are in e2e.
package browser
