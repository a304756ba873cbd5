// Package layers holds the tests that keep the module in shape: who may import
// whom, where folders stand, what has a doc comment and how long a function is.
//
// It has no code of its own. The table of imports is in table_test.go.
package layers
