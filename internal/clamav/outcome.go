package clamav

import (
	"context"
	"errors"
	"time"

	"zhengxiao/internal/apperr"
)

// The outcomes of a check. All but Clean hold the file back; Failed is no verdict at all.
const (
	OutcomeClean    = "clean"
	OutcomeInfected = "infected"
	OutcomeLimit    = "limit"
	OutcomeFailed   = "failed"
)

// Outcomes lists them all.
func Outcomes() []string {
	return []string{OutcomeClean, OutcomeInfected, OutcomeLimit, OutcomeFailed}
}

func outcomeOf(err error) string {
	switch apperr.CodeOf(err) {
	case "":
		return OutcomeClean
	case Infected:
		return OutcomeInfected
	case Limit:
		return OutcomeLimit
	}
	return OutcomeFailed
}

// conclude tells the observer once what came of the check, and returns it. A check that
// was given up, or whose file was refused for another reason, came to nothing.
func (s *Scan) conclude(err error) error {
	if s.observe != nil && !errors.Is(err, context.Canceled) {
		s.observe(outcomeOf(err), time.Since(s.begun))
		s.observe = nil
	}
	return err
}
