package fix

// JournalPath is the file of a fix's journal on a box, as Options has folder and
// box.
func JournalPath(dir, box, fix string) string { return names{dir, box, fix}.journal() }
