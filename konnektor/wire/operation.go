package wire

// Operation describes one SOAP operation as its WSDL has it.
type Operation struct {
	// Service is the name of the service in the service directory
	// (connector.sds), such as EventService.
	Service string
	// Version is the major and minor version that the messages belong to, such
	// as 7.2. Any revision of it understands them.
	Version string
	// Namespace is the target namespace of the WSDL. A service directory
	// repeats it as TargetNamespace.
	Namespace string
	// Name is the operation's name, such as GetCards.
	Name string
	// Action is the SOAPAction, without quotes.
	Action string
}

// Encoder is a message that writes itself as one element with every namespace
// that it needs declared.
type Encoder interface {
	// EncodeXML appends the element to w. Problems stay in w.
	EncodeXML(w *Writer)
}

// Decoder is a message that reads itself.
type Decoder interface {
	// ElementName is the name of the element that DecodeXML expects.
	ElementName() (space, local string)
	// DecodeXML reads the element on which r stands, up to and including its
	// end. Problems stay in r.
	DecodeXML(r *Reader)
}

// ContextCarrier is a request with a Context (Aufrufkontext) in it.
type ContextCarrier interface {
	// SetContext fills the Context. An empty userID leaves UserId out.
	SetContext(mandantID, clientSystemID, workplaceID, userID string)
}

// HandleCarrier is a request that names cards.
type HandleCarrier interface {
	// Handles returns the places in the request that hold a card handle.
	Handles() []*string
}
