// Package ws has no code of its own: below it stand the generated wire types of
// the Konnektor's services, one package a namespace, named by it. They are
// written by konnektor/internal/wsgen (make generate) and never edited.
//
// Its tests hold every message against the official schemas: requests as we
// encode them, answers as devices write them.
//
// Where to look: requests_test.go builds a request of every operation,
// answers_test.go reads an answer of every operation, testdata has both as XML,
// one folder a service.
package ws
