package p12

// DecodeWith is Decode with another bound on the work, so that fuzzing does not
// spend its time on key derivations.
func DecodeWith(file []byte, password string, work int) (*Bundle, error) {
	return decode(file, password, work)
}
