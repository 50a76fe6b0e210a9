package store

// MentorFilter narrows a list of offers.
type MentorFilter struct {
	Topic    string // skill code
	Language string
	Limit    int
}
