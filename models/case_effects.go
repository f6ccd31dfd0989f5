package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
)

// effects are what accepted actions change beside the case itself, in the same
// transaction.
var effects = map[domain.Kind]func(*turn) error{
	domain.SubmitPlan:     keepRevision,
	domain.WithdrawPlan:   withdrawRevision,
	domain.ApprovePlan:    approveRevision,
	domain.ReturnPlan:     returnRevision,
	domain.ConsentRoster:  takeUpRequest,
	domain.DeclineRoster:  turnDownRequest,
	domain.ChangeRoster:   changeRoster,
	domain.SubmitDossier:  handInDossier,
	domain.SubmitScore:    keepScores,
	domain.ConfirmCredit:  confirmCredits,
	domain.RegisterCredit: registerCredits,
	domain.Terminate:      lapseCredits,
	domain.SystemMigrate:  repin,
	domain.Exempt:         lapseCredits,
	domain.TakeBack:       restoreRevision,
	domain.Copy:           sendCopies,
	domain.Urge:           recordUrge,
	domain.Pause:          func(t *turn) error { return t.informAll(NoticePaused) },
	domain.Resume:         resumed,
	domain.SystemRung:     rungEffect,
	domain.ReopenTeacher:  reopenForTeacher,
}

// keepRevision freezes the draft of the 两案 as an immutable revision.
func keepRevision(t *turn) error {
	draft, err := planDraftOf(t.tx, t.c.ID)
	if err != nil {
		return err
	}
	return fail(t.tx.Create(&PlanRevision{
		CaseID: t.c.ID, Version: t.after.Revision, SHA256: draft.SHA256, Body: draft.Body,
		SubmittedBy: t.a.Actor.UserID, SubmittedAt: t.at, Status: PlanSubmitted,
	}).Error, "keep revision")
}

func (t *turn) revision(change map[string]any) error {
	return fail(t.tx.Model(&PlanRevision{}).
		Where("case_id = ? AND version = ?", t.c.ID, t.before.Revision).Updates(change).Error, "update revision")
}

func withdrawRevision(t *turn) error {
	return t.revision(map[string]any{"status": PlanWithdrawn})
}

func approveRevision(t *turn) error {
	if err := t.opinion(OpinionApprove, t.before.ChainPos, t.a.Body.Comment); err != nil {
		return err
	}
	if t.after.Filed == t.before.Filed {
		return nil
	}
	return t.revision(map[string]any{"status": PlanFiled, "filed_at": t.at, "filing_no": t.after.FilingNo})
}

func returnRevision(t *turn) error {
	reasons, err := json.Marshal(t.a.Body.Reasons)
	if err != nil {
		return fmt.Errorf("encode reasons: %w", err)
	}
	if err := t.opinion(OpinionReturn, t.before.ChainPos, string(reasons)); err != nil {
		return err
	}
	if t.after.Stage == domain.StageFiling {
		return nil // to the step before: the revision is still under review
	}
	return t.revision(map[string]any{"status": PlanReturned})
}

// restoreRevision puts the 两案 back under review when a decision on it is taken back.
func restoreRevision(t *turn) error {
	if k := t.before.Last.Kind; k != domain.ApprovePlan && k != domain.ReturnPlan {
		return nil
	}
	if err := t.opinion(OpinionTakeBack, t.after.ChainPos, t.a.Body.Comment); err != nil {
		return err
	}
	return t.revision(map[string]any{"status": PlanSubmitted, "filed_at": nil, "filing_no": ""})
}

// rungEffect tells everybody what a timer has ended: a pause, or the time to object.
func rungEffect(t *turn) error {
	switch {
	case t.before.Paused != nil && t.after.Paused == nil:
		return resumed(t)
	case t.after.Closed():
		return t.informAll(domain.RungFinal)
	}
	return nil
}

// resumed tells everybody, and gives teachers with a window of their own the working days
// back that the case has rested.
func resumed(t *turn) error {
	rested, err := t.facts.Calendar.Between(t.before.Paused.At, t.at)
	if err != nil || rested == 0 {
		return errors.Join(err, t.informAll(NoticeResumed))
	}
	var rows []RosterRow
	if err := t.tx.Where("case_id = ? AND window_until > ?", t.c.ID, t.before.Paused.At).Find(&rows).Error; err != nil {
		return fmt.Errorf("load reopened windows: %w", err)
	}
	for _, r := range rows {
		until, err := t.facts.Calendar.Due(*r.WindowUntil, rested)
		if err != nil {
			return err
		}
		err = t.tx.Model(&RosterRow{}).Where("case_id = ? AND user_id = ?", t.c.ID, r.UserID).Update("window_until", until).Error
		if err != nil {
			return fmt.Errorf("prolong reopened window: %w", err)
		}
	}
	return t.informAll(NoticeResumed)
}

// reopenForTeacher notes until when the teacher may go on.
func reopenForTeacher(t *turn) error {
	res := t.tx.Model(&RosterRow{}).Where("case_id = ? AND user_id = ?", t.c.ID, t.a.Body.User).Update("window_until", t.a.Body.Until)
	if err := one(res, res.Error, "教师", "reopen for teacher"); err != nil {
		return err
	}
	return t.inform(NoticePayload{UserID: t.a.Body.User, Reason: NoticeReopened}, "teacher")
}

// opinion records one reviewer's decision on one step; what is taken back is about the
// step that waits again.
func (t *turn) opinion(decision FilingDecision, step int, comment string) error {
	return fail(t.tx.Create(&FilingOpinion{
		CaseID: t.c.ID, Seq: t.after.Seq, Revision: t.before.Revision, Step: step,
		ActorID: t.a.Actor.UserID, Decision: decision, Comment: comment, At: t.at,
	}).Error, "record opinion")
}

// handInDossier pins and locks the current version of every item for this round and
// keeps the self-score. From here on SQL refuses changes; the object store follows.
func handInDossier(t *turn) error {
	pins, err := pinDossier(t.tx, t.c.ID, t.after.Round, t.at)
	if err != nil {
		return err
	}
	if err := fail(t.tx.Create(&pins).Error, "pin dossier"); err != nil {
		return err
	}
	rows := make([]SelfScore, 0, len(t.a.Body.Scores))
	for _, code := range slices.Sorted(maps.Keys(t.a.Body.Scores)) {
		rows = append(rows, SelfScore{CaseID: t.c.ID, Round: t.after.Round, Indicator: code, Score: t.a.Body.Scores[code]})
	}
	if err := fail(upsert(t.tx).Create(&rows).Error, "keep self-score"); err != nil {
		return err
	}
	return t.enqueue(OutboxLock, fmt.Sprintf("round %d", t.after.Round), "{}")
}

// keepScores keeps one expert's sheet.
func keepScores(t *turn) error {
	rows := make([]ScoreRow, 0, len(t.a.Body.Scores))
	for _, code := range slices.Sorted(maps.Keys(t.a.Body.Scores)) {
		rows = append(rows, ScoreRow{
			CaseID: t.c.ID, Round: t.before.Round, ExpertID: t.a.Actor.UserID, Indicator: code,
			Score: t.a.Body.Scores[code], Note: t.a.Body.Notes[code], SubmittedAt: t.at,
		})
	}
	return fail(t.tx.Create(&rows).Error, "keep scores")
}

func confirmCredits(t *turn) error {
	return t.moveCredits(domain.CreditRecognized, map[string]any{
		"state": domain.CreditConfirmed, "confirmed_by": t.a.Actor.UserID, "confirmed_at": t.at,
	})
}

func registerCredits(t *turn) error {
	return t.moveCredits(domain.CreditConfirmed, map[string]any{
		"state": domain.CreditRegistered, "registered_at": t.at, "receipt": t.a.Body.Receipt,
	})
}

// lapseCredits takes back hours that were recognised, or confirmed, and never registered.
func lapseCredits(t *turn) error {
	// What has left was refused above; what still waits to be sent goes with the hours.
	if err := t.tx.Where("case_id = ? AND state = ?", t.c.ID, registry.Queued).Delete(&RegistryRecord{}).Error; err != nil {
		return fail(err, "take waiting records back")
	}
	err := t.tx.Where("case_id = ? AND state <> ?", t.c.ID, domain.CreditRegistered).Delete(&Credit{}).Error
	return fail(err, "take unregistered hours back")
}

// moveCredits moves the ledger rows of the named year, or of all years, on from one
// state. That it moves as many as were counted is what keeps the ledger honest.
func (t *turn) moveCredits(from domain.CreditState, change map[string]any) error {
	rows := t.tx.Model(&Credit{}).Where("case_id = ? AND state = ?", t.c.ID, from)
	if t.a.Body.Year != 0 {
		rows = rows.Where("year = ?", t.a.Body.Year)
	}
	res := rows.Updates(change)
	if res.Error != nil {
		return fail(res.Error, "move credits")
	}
	n := t.facts.Ledger.Count(t.a.Body.Year)
	want := n.Recognized
	if from == domain.CreditConfirmed {
		want = n.Confirmed
	}
	if res.RowsAffected != int64(want) {
		return apperr.Newf(apperr.Corrupt, "case %s: moved %d ledger rows, counted %d", t.c.ID, res.RowsAffected, want)
	}
	return nil
}

// pinDossier fixes what the experts of a round will read: the current file version of
// each item, or the snapshot of what the system itself filled in.
func pinDossier(tx *gorm.DB, caseID string, round int, at time.Time) ([]DossierPin, error) {
	items, err := dossierOf(tx, caseID)
	if err != nil {
		return nil, err
	}
	var pins []DossierPin
	for _, item := range items {
		pin := DossierPin{CaseID: caseID, Round: round, Item: item.No, FileID: item.FileID, N: item.N, SHA256: item.SHA256, Snapshot: item.Snapshot}
		pins = append(pins, pin)
		if item.FileID == "" {
			continue
		}
		change := map[string]any{"state": FileLocked, "locked_at": at, "pinned_round": round}
		err := tx.Model(&FileVersion{}).Where("file_id = ? AND n = ? AND state <> ?", item.FileID, item.N, FileLocked).Updates(change).Error
		if err != nil {
			return nil, fail(err, "lock file version")
		}
	}
	return pins, nil
}
