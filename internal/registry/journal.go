package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// EntryKind is what happened to a record.
type EntryKind string

// The kinds of entries.
const (
	EntrySent         EntryKind = "sent"         // about to leave: noted before, so that a lost answer is known
	EntryAcknowledged EntryKind = "acknowledged" // the registry's word
	EntryRefused      EntryKind = "refused"      // the registry's word
	EntrySettled      EntryKind = "settled"      // a person found out what the registry's books say
)

var entryNames = map[EntryKind]string{
	EntrySent: "报送", EntryAcknowledged: "回执：已登记", EntryRefused: "回执：退回", EntrySettled: "人工核实",
}

// Name is what users see.
func (k EntryKind) Name() string { return entryNames[k] }

// Entry is one line of a record's journal, which is only ever added to.
type Entry struct {
	Kind    EntryKind
	Batch   string       // sent: with which batch
	Hours   domain.Hours // acknowledged: what the registry booked
	Receipt string       // acknowledged: the registry's number
	Reason  string       // refused: the registry's words; settled: the person's
	Outcome State        // settled: Acknowledged or Refused
}

// Digest is the same for an answer that comes twice, and differs for every other one. What
// people do has none: it may be done again.
func (e Entry) Digest() string {
	if e.Kind != EntryAcknowledged && e.Kind != EntryRefused {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%s\x00%s", e.Kind, e.Hours, e.Receipt, e.Reason))
	return hex.EncodeToString(sum[:])
}

// Standing is what a record's journal comes to.
type Standing struct {
	State   State
	Sends   int
	Receipt string
	Reason  string // why it was refused or is disputed
}

// Fresh is the standing of a record with an empty journal.
func Fresh() Standing { return Standing{State: Queued} }

// After is the standing once e is in the journal, or why e has no place in it. An answer
// whose Digest is in the journal already is not to be given again.
func (s Standing) After(r Record, e Entry) (Standing, error) {
	switch e.Kind {
	case EntrySent:
		return s.sent(r)
	case EntryAcknowledged:
		return s.acknowledged(r, e)
	case EntryRefused:
		return s.refused(r, e)
	case EntrySettled:
		return s.settled(r, e)
	}
	return s, apperr.Newf(apperr.Internal, "没有“%s”这种登记流水。", e.Kind)
}

func (s Standing) sent(r Record) (Standing, error) {
	if s.State != Queued && s.State != Sent {
		return s, apperr.Newf(CodeConcluded, "记录%s现在是“%s”，不能再报送；需要更正的请重新生成记录。", r.No, s.State.Name())
	}
	s.State = Sent
	s.Sends++
	return s, nil
}

func (s Standing) acknowledged(r Record, e Entry) (Standing, error) {
	switch {
	case s.State == Queued:
		return s, notSent(r)
	case e.Hours != r.Hours:
		return s.dispute("登记系统登记了%s学时，报送的是%s学时", e.Hours, r.Hours), nil
	case s.State == Refused:
		return s.dispute("登记系统先退回（%s），后又登记（回执%s）", s.Reason, e.Receipt), nil
	case s.State == Sent:
		s.State, s.Receipt, s.Reason = Acknowledged, e.Receipt, ""
	}
	return s, nil // said again, or disputed already
}

func (s Standing) refused(r Record, e Entry) (Standing, error) {
	switch s.State {
	case Queued:
		return s, notSent(r)
	case Acknowledged:
		return s.dispute("登记系统先登记（回执%s），后又退回（%s）", s.Receipt, e.Reason), nil
	case Sent:
		s.State, s.Reason = Refused, e.Reason
	case Refused, Disputed:
	}
	return s, nil
}

func (s Standing) settled(r Record, e Entry) (Standing, error) {
	if s.State != Disputed {
		return s, apperr.Newf(CodeUndisputed, "记录%s没有矛盾的回执，不需要核实。", r.No)
	}
	if !e.Outcome.Concluded() {
		return s, apperr.New(CodeSettle, "请选择核实结果：登记系统中“已登记”或“未登记”。").On("outcome")
	}
	s.State, s.Reason = e.Outcome, e.Reason
	if e.Receipt != "" {
		s.Receipt = e.Receipt
	}
	return s, nil
}

func (s Standing) dispute(format string, args ...any) Standing {
	if s.State != Disputed {
		s.State, s.Reason = Disputed, fmt.Sprintf(format, args...)
	}
	return s
}

func notSent(r Record) error {
	return apperr.Newf(CodeNotSent, "记录%s（第%s次）没有报送过，却收到了回执，请与登记系统核对。", r.No, strconv.Itoa(r.Rev))
}

// Fold is what a whole journal comes to. Answers that came twice count once.
func Fold(r Record, journal []Entry) (Standing, error) {
	s, seen := Fresh(), map[string]bool{}
	for _, e := range journal {
		d := e.Digest()
		if d != "" && seen[d] {
			continue
		}
		seen[d] = true
		var err error
		if s, err = s.After(r, e); err != nil {
			return s, err
		}
	}
	return s, nil
}
