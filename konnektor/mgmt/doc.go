// Package mgmt is the management of a Konnektor, the same for every vendor: a
// small [Device] and capabilities that a product has or has not. The drivers are
// packages of their own and are given to Open.
//
// # Where to look
//
//   - device.go: Device, As, the two errors of what cannot be done
//   - capabilities.go: what a box may be able to do
//   - refused.go: a box that says no
package mgmt
