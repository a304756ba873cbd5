// Package judgetest holds the tests in which SOAP stacks that are not ours judge
// the client and the simulator, both ways round: zeep and a gSOAP client, made
// from the official WSDLs, drive konnektorsim; our client drives a gSOAP server
// made from the same WSDLs.
//
// A judge that is not installed, and official schemas that are not there, skip
// their tests by name. The package has no code of its own.
//
// Where to look: zeep_test.go has the table of operations, gsoap_server_test.go
// what our client must read, gsoap_client_test.go what gSOAP must read, cost_test.go
// what a call costs in each; judges_test.go finds and builds the judges. Their
// programs are in testdata.
package judgetest
