package models

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
)

// Codes of reversals.
const (
	CodeReversalOwn  apperr.Code = "registry_second_person" // whoever asked may not decide
	CodeReversalDone apperr.Code = "registry_decided"       // decided before, or the record has changed
)

// recordInScope loads and locks a record within reach, with all records of its key.
func recordInScope(tx *gorm.DB, scope Scope, no string) (*RegistryRecord, []RegistryRecord, error) {
	var r RegistryRecord
	if err := scope.within(forUpdate(tx), "registry_records.path", "registry_records.case_id").Where("no = ?", no).Take(&r).Error; err != nil {
		return nil, nil, found(err, "登记记录", "load record")
	}
	all, err := recordsOf(tx, r)
	return &r, all, err
}

func recordsOf(tx *gorm.DB, r RegistryRecord) ([]RegistryRecord, error) {
	var all []RegistryRecord
	err := forUpdate(tx).Where("case_id = ? AND user_id = ? AND year = ?", r.CaseID, r.UserID, r.Year).Order("rev").Find(&all).Error
	return all, fail(err, "load records of teacher")
}

func heldOf(rows []RegistryRecord) []registry.Held {
	held := make([]registry.Held, len(rows))
	for i, r := range rows {
		held[i] = r.Held()
	}
	return held
}

// SettleRegistryRecord ends a dispute by what somebody has found in the registry's books.
func (s *Store) SettleRegistryRecord(ctx context.Context, scope Scope, no string, e registry.Entry, by string) (*RegistryRecord, error) {
	if e.Reason = strings.TrimSpace(e.Reason); e.Reason == "" {
		return nil, apperr.Field("reason", "请写明如何核实、登记系统中实际怎样登记。")
	}
	e.Kind = registry.EntrySettled
	var r *RegistryRecord
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if r, _, err = recordInScope(tx, scope, no); err != nil {
			return err
		}
		after, err := r.Held().After(r.Held().Record, e)
		if err != nil {
			return err
		}
		if err := s.note(tx, r, e, after, by); err != nil {
			return err
		}
		if err := audit(tx, AuditEntry{
			Action: "registry.settle", SubjectKind: "registry_record", SubjectID: no, Details: map[string]any{"outcome": e.Outcome},
		}); err != nil {
			return err
		}
		return s.conclude(tx, []string{r.BatchID})
	})
	return r, fail(err, "settle record")
}

// NewReversal asks for a booked record to be taken back.
type NewReversal struct {
	No     string
	Hours  domain.Hours // what the year comes to afterwards: 0 for nothing at all
	Reason string
	By     string
}

// AskReversal asks for a record to be taken back; a second person decides.
func (s *Store) AskReversal(ctx context.Context, scope Scope, n NewReversal) (*RegistryReversal, error) {
	n.Reason = strings.TrimSpace(n.Reason)
	switch {
	case n.Reason == "" || len([]rune(n.Reason)) > 200:
		return nil, apperr.Field("reason", "请写明冲正的理由，不超过200个字。")
	case n.Hours < 0:
		return nil, apperr.Field("hours", "冲正后的学时不能小于0；全部取消请填0。")
	}
	var v RegistryReversal
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		r, all, err := recordInScope(tx, scope, n.No)
		if err != nil {
			return err
		}
		if _, err := registry.Reverse(n.No, heldOf(all)); err != nil {
			return err
		}
		var c Credit
		if err := tx.Where("case_id = ? AND user_id = ? AND year = ?", r.CaseID, r.UserID, r.Year).Take(&c).Error; err != nil {
			return found(err, "学时台账记录", "load credit")
		}
		if n.Hours > c.Hours {
			return apperr.Newf(apperr.Invalid, "冲正后的学时不能超过认定的%s学时。", c.Hours).On("hours")
		}
		var open int64
		if err := tx.Model(&RegistryReversal{}).Where("no = ? AND state = ?", n.No, ReversalAsked).Count(&open).Error; err != nil {
			return err
		}
		if open > 0 {
			return apperr.New(apperr.Conflict, "这条记录已有一份冲正申请待复核，请先处理。")
		}
		v = RegistryReversal{
			ID: newID(), No: r.No, CaseID: r.CaseID, UserID: r.UserID, Year: r.Year, Path: r.Path, Hours: n.Hours, Reason: n.Reason,
			State: ReversalAsked, AskedBy: n.By, AskedAt: s.Now(),
		}
		if err := audit(tx, reversing("registry.ask_reversal", v)); err != nil {
			return err
		}
		return tx.Create(&v).Error
	})
	return &v, fail(err, "ask for reversal")
}

// DecideReversal is the second person's word. With approval the reversal waits to be sent
// with the next batch, and what the year comes to counts from now on.
func (s *Store) DecideReversal(ctx context.Context, scope Scope, id string, approve bool, note, by string) (*RegistryReversal, error) {
	note = strings.TrimSpace(note)
	if !approve && note == "" || len([]rune(note)) > 200 {
		return nil, apperr.Field("note", "不同意的，请写明理由，不超过200个字。")
	}
	var v RegistryReversal
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		v = RegistryReversal{}
		err := scope.within(forUpdate(tx), "registry_reversals.path", "registry_reversals.case_id").Where("id = ?", id).Take(&v).Error
		if err != nil {
			return found(err, "冲正申请", "load reversal")
		}
		switch {
		case v.State != ReversalAsked:
			return apperr.Newf(CodeReversalDone, "这份申请已经是“%s”，请刷新查看。", v.State.Name())
		case v.AskedBy == by:
			return apperr.New(CodeReversalOwn, "申请人不能复核自己的冲正申请，请由另一位同事复核。")
		}
		v.State, v.DecidedBy, v.DecidedAt, v.Note = ReversalDeclined, by, new(s.Now()), note
		if approve {
			v.State = ReversalApproved
			if err := s.reverse(tx, scope, v); err != nil {
				return err
			}
		}
		if err := audit(tx, reversing("registry.decide_reversal", v)); err != nil {
			return err
		}
		return tx.Save(&v).Error
	})
	return &v, fail(err, "decide reversal")
}

func reversing(action string, v RegistryReversal) AuditEntry {
	return AuditEntry{Action: action, SubjectKind: "registry_reversal", SubjectID: v.ID, Details: map[string]any{
		"no": v.No, "hours": v.Hours, "state": v.State,
	}}
}

func (s *Store) reverse(tx *gorm.DB, scope Scope, v RegistryReversal) error {
	r, all, err := recordInScope(tx, scope, v.No)
	if err != nil {
		return err
	}
	back, err := registry.Reverse(v.No, heldOf(all))
	if err != nil {
		return err
	}
	row := newRecord(back, r.OrgID, r.Path, s.Now())
	return fail(tx.Create(&row).Error, "queue reversal")
}
