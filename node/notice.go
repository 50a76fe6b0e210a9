package node

// Verbs of notices that are about no item but about something between people:
// an offer, a request, a thread.
const (
	NoticeAsked     = "mentor-asked"     // mentor: somebody asks you
	NoticeQueued    = "mentor-queued"    // mentor: somebody is on your waiting list
	NoticeNudge     = "mentor-nudge"     // mentor: a week without an answer
	NoticeTakenBack = "mentor-withdrawn" // mentor: the learner took it back
	NoticeWaiting   = "mentor-waiting"   // learner: you are on the waiting list
	NoticeFree      = "mentor-free"      // learner: a place is free, the mentor decides now
	NoticeAccepted  = "mentor-accepted"
	NoticeDeclined  = "mentor-declined"
	NoticeHandedOn  = "mentor-handed-on"
	NoticeReleased  = "mentor-released" // learner: no answer in time
	NoticeClosed    = "mentor-closed"   // both
	NoticeEnding    = "offer-ending"    // mentor: confirm it
	NoticeEnded     = "offer-ended"
	NoticeMessage   = "message"
)
