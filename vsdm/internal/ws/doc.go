// Package ws has no code of its own: below it stand the generated types of
// VSDService and of the VSD documents, one package a namespace, named by it.
// They are written by konnektor/internal/wsgen (make generate) and never edited.
//
// Its tests hold request, answer and documents against the official schemas.
package ws
