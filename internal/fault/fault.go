// Package fault names the moments at which a crash would hurt most. In ordinary builds a
// point does nothing; built with the tag "fault", a process kills itself there on demand,
// so that tests can prove that nothing is lost.
package fault

// The points.
const (
	BeforeCommit = "before_commit" // a decision is written but not committed
	AfterCommit  = "after_commit"  // committed, but the engine has not heard of it
	AfterSending = "after_sending" // a message is out, but nobody has noted it
	InCrediting  = "in_crediting"  // between two batches of recognised hours
)
