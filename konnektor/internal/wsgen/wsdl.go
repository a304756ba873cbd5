package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hooklift/gowsdl"
)

// operation is one operation of a service as its WSDL has it.
type operation struct {
	service   string
	version   string
	namespace string
	name      string
	action    string
	request   name
	response  name
}

var versionAtEnd = regexp.MustCompile(`/v(\d+\.\d+)$`)

// readWSDL returns the operations of a WSDL in the order of its binding.
func readWSDL(dir, file string) ([]operation, error) {
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
	if err != nil {
		return nil, err
	}
	w := new(gowsdl.WSDL)
	if err := xml.Unmarshal(b, w); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(w.Service) != 1 || len(w.Binding) != 1 || len(w.PortTypes) != 1 {
		return nil, fmt.Errorf("%s: want one service, one binding and one port type", file)
	}
	version := versionAtEnd.FindStringSubmatch(w.TargetNamespace)
	if version == nil {
		return nil, fmt.Errorf("%s: no version in target namespace %s", file, w.TargetNamespace)
	}
	var all []operation
	for _, bound := range w.Binding[0].Operations {
		op := operation{
			service: w.Service[0].Name, version: version[1], namespace: w.TargetNamespace,
			name: bound.Name, action: bound.SOAPOperation.SOAPAction,
		}
		if op.request, op.response, err = messages(w, bound.Name); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, bound.Name, err)
		}
		if bound.Input.SOAPBody.Use != "literal" || bound.Output.SOAPBody.Use != "literal" || op.action == "" {
			return nil, fmt.Errorf("%s: %s: want document/literal with a SOAPAction", file, bound.Name)
		}
		all = append(all, op)
	}
	return all, nil
}

// messages finds the elements of an operation's request and answer.
func messages(w *gowsdl.WSDL, operation string) (request, response name, err error) {
	for _, op := range w.PortTypes[0].Operations {
		if op.Name != operation {
			continue
		}
		if request, err = messageElement(w, op.Input.Message); err != nil {
			return
		}
		response, err = messageElement(w, op.Output.Message)
		return
	}
	return name{}, name{}, fmt.Errorf("not in the port type")
}

func messageElement(w *gowsdl.WSDL, message string) (name, error) {
	_, local, _ := strings.Cut(message, ":")
	for _, m := range w.Messages {
		if m.Name != local {
			continue
		}
		if len(m.Parts) != 1 || m.Parts[0].Element == "" {
			return name{}, fmt.Errorf("message %s: want one part with an element", local)
		}
		prefix, element, _ := strings.Cut(m.Parts[0].Element, ":")
		space, ok := w.Xmlns[prefix]
		if !ok {
			return name{}, fmt.Errorf("message %s: prefix %s is not declared", local, prefix)
		}
		return name{space, element}, nil
	}
	return name{}, fmt.Errorf("no message %s", message)
}
