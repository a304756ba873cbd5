package judgetest

// vsdDocuments are the four documents of a ReadVSD answer, made up by hand
// after the schemas; in ISO-8859-15 only where that is ASCII.
var vsdDocuments = map[string]string{
	"pd": "<a/>", "vd": "<a/>", "gvd": "<a/>", "pn": "<a/>",
}
