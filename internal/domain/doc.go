// Package domain holds the rules of 整校推进: the stages of a case, who may do what and
// when, the gates, hours, scoring and credit. It is pure: no clock, no I/O, no
// randomness. Time enters as a value, policy as data, and everything a rule counts
// enters as Facts.
//
// The case is a state machine in three functions:
//
//	Decide(state, action, facts) → Outcome   once, under the case's row lock
//	Apply(state, outcome)        → State     everywhere else: workflow, projection, replay
//	Legal(state, actor, …)       → what this person may do now, and why not the rest
//
// Decide alone judges. Apply never does: a changed rule can not change the past.
package domain
