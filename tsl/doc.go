// Package tsl reads and judges the trust lists (TSL) of the TI.
package tsl
