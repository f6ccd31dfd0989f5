package lifecycle

import (
	"testing"
	"time"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
)

// Envelope is one message to a case.
type Envelope = activities.Envelope

// Send delivers one message to the case and returns once it is decided.
type Send func(activities.Envelope)

// Script walks a case through its stages by messages, writing the rows each needs.
type Script struct {
	T      *testing.T
	W      *World
	CaseID string
	Send   Send
	// Pause lets time pass without a message; nil where the engine's time is real.
	Pause func(time.Duration)
}

// Do has one person take one action.
func (s Script) Do(k domain.Kind, a domain.Actor, body domain.Body) {
	s.T.Helper()
	s.Send(s.W.Envelope(s.T, s.CaseID, k, a, body))
	s.W.Advance(time.Minute)
}

// ToFiling forms the team, diagnoses, and submits the 两案.
func (s Script) ToFiling() {
	draft := s.W.Prepare(s.T, s.CaseID)
	s.Do(domain.SubmitTeam, s.W.Head, domain.Body{})
	s.Do(domain.SubmitDiagnosis, s.W.Admin, domain.Body{})
	s.Do(domain.SubmitPlan, s.W.Admin, domain.Body{Draft: draft})
}

// ReturnOnce has the district send the plan back and the school hand it in again.
func (s Script) ReturnOnce() {
	s.Do(domain.ReturnPlan, s.W.Reviewer, domain.Body{Revision: 1, Reasons: []domain.Reason{{Part: "training_plan", Text: "目标不明确"}}})
	draft, err := s.W.Store.PlanDraft(s.T.Context(), s.CaseID)
	if err != nil {
		s.T.Fatal(err)
	}
	s.Do(domain.SubmitPlan, s.W.Admin, domain.Body{Draft: draft.SHA256})
}

// ToScoring files the plan, seats three experts, trains, assesses and hands in.
func (s Script) ToScoring() {
	s.Do(domain.ApprovePlan, s.W.Reviewer, domain.Body{Revision: s.W.State(s.T, s.CaseID).Revision})
	s.Do(domain.AssignPanel, s.W.Bureau, domain.Body{Experts: []string{s.W.Experts[0].UserID, s.W.Experts[1].UserID, s.W.Experts[2].UserID}})
	for _, e := range s.W.Experts[:3] {
		s.Do(domain.AcceptPanel, e, domain.Body{})
		s.Do(domain.DeclareConflict, e, domain.Body{})
	}
	s.W.Study(s.T, s.CaseID, 1)
	s.Do(domain.FinishTraining, s.W.Admin, domain.Body{})
	s.Do(domain.SubmitAssessment, s.W.Head, domain.Body{})
	s.HandIn()
}

// HandIn uploads every item anew and submits the dossier.
func (s Script) HandIn() {
	s.W.Dossier(s.T, s.CaseID)
	s.Do(domain.SubmitDossier, s.W.Admin, domain.Body{Scores: s.W.Marks(s.T, 900)})
}

// Score has the three experts score.
func (s Script) Score(permille int) {
	for _, e := range s.W.Experts[:3] {
		s.Do(domain.SubmitScore, e, domain.Body{Scores: s.W.Marks(s.T, permille)})
	}
}

// Confirm is the bureau's verdict.
func (s Script) Confirm(v domain.Verdict) {
	s.Do(domain.ConfirmResult, s.W.Bureau, domain.Body{
		Verdict: v, Comment: "意见", Reasons: []domain.Reason{{Part: "7", Text: "缺少签章"}},
	})
}

// Register audits and registers the credit of all years.
func (s Script) Register() {
	s.Do(domain.ConfirmCredit, s.W.Bureau, domain.Body{})
	s.Do(domain.RegisterCredit, s.W.Bureau, domain.Body{Receipt: "R-2026-001"})
}

// Terminate ends the case.
func (s Script) Terminate() {
	s.Do(domain.Terminate, s.W.Bureau, domain.Body{Comment: "学校撤并"})
}
