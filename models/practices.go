package models

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// CodeNotTeam is a grade by somebody who is not in the 信息化管理团队.
const CodeNotTeam apperr.Code = "not_team"

// SubmitPractice hands in a teacher's evidence for one chosen point (003:447): files in
// its practice slots, or a note when the evidence was a 现场教学展示.
func (s *Store) SubmitPractice(ctx context.Context, caseID, userID, code, note string) (*Practice, error) {
	return s.practise(ctx, caseID, userID, code, domain.StepSubmit, func(tx *gorm.DB, _ *RosterRow, p *Practice) error {
		slots, err := filled(tx, caseID, SlotPractice, userID+"/"+code+"/")
		if err != nil {
			return err
		}
		if len(slots) == 0 && strings.TrimSpace(note) == "" {
			return apperr.Field("note", "请上传实践证据，或说明现场教学展示的时间和内容。")
		}
		*p = Practice{CaseID: caseID, UserID: userID, Code: code, Status: p.Status, Note: note, SubmittedAt: s.Now()}
		return nil
	})
}

// ReviewPractice passes or returns evidence, by the leader of the teacher's group.
func (s *Store) ReviewPractice(ctx context.Context, caseID, userID, code, by string, pass bool, reason string) (*Practice, error) {
	step := domain.StepApprove
	if !pass {
		step = domain.StepReturn
	}
	if !pass && strings.TrimSpace(reason) == "" {
		return nil, apperr.Field("reason", "退回须写明原因，以便教师修改。")
	}
	return s.practise(ctx, caseID, userID, code, step, func(tx *gorm.DB, r *RosterRow, p *Practice) error {
		if err := ledBy(tx, caseID, r.GroupID, by); err != nil {
			return err
		}
		now := s.Now()
		p.ReviewedBy, p.ReviewedAt, p.ReviewReason = by, &now, reason
		return nil
	})
}

// GradePractice grades reviewed evidence, by a member of the school's team.
func (s *Store) GradePractice(ctx context.Context, caseID, userID, code, by string, qualified bool, note string) (*Practice, error) {
	step := domain.StepQualify
	if !qualified {
		step = domain.StepFail
	}
	return s.practise(ctx, caseID, userID, code, step, func(tx *gorm.DB, _ *RosterRow, p *Practice) error {
		var member int64
		err := tx.Model(&TeamMember{}).Where("case_id = ? AND user_id = ?", caseID, by).Count(&member).Error
		if err != nil {
			return err
		}
		if member == 0 {
			return apperr.New(CodeNotTeam, "只有本校信息化管理团队的成员可以评定测评结果。")
		}
		now := s.Now()
		p.GradedBy, p.GradedAt, p.GradeNote = by, &now, note
		return nil
	})
}

// practise takes one step of the three-actor chain for one chosen point.
func (s *Store) practise(ctx context.Context, caseID, userID, code string, step domain.PointStep,
	change func(*gorm.DB, *RosterRow, *Practice) error,
) (*Practice, error) {
	var p Practice
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if _, _, err := s.writable(tx, caseID, whileAssessing); err != nil {
			return err
		}
		r, err := lockTeacher(tx, caseID, userID)
		if err != nil {
			return err
		}
		if p, err = practiceOf(tx, caseID, userID, code); err != nil {
			return err
		}
		if p.Status, err = p.Status.Next(step); err != nil {
			return err
		}
		if err := change(tx, r, &p); err != nil {
			return err
		}
		return upsert(tx).Create(&p).Error
	})
	return &p, err
}

// practiceOf is where a chosen point of a teacher stands.
func practiceOf(tx *gorm.DB, caseID, userID, code string) (Practice, error) {
	var chosen int64
	err := tx.Model(&TeacherPoint{}).Where("case_id = ? AND user_id = ? AND code = ?", caseID, userID, code).Count(&chosen).Error
	if err != nil {
		return Practice{}, fail(err, "load chosen point")
	}
	if chosen == 0 {
		return Practice{}, apperr.Newf(apperr.NotFound, "该教师没有选择能力点%s，请先选择。", code).On("code")
	}
	p := Practice{}
	err = tx.Where("case_id = ? AND user_id = ? AND code = ?", caseID, userID, code).Limit(1).Find(&p).Error
	if p.UserID == "" {
		p.Status = domain.PointChosen
	}
	return p, fail(err, "load practice")
}

// PracticeFilter narrows a list of practice evidence; empty fields do not.
type PracticeFilter struct {
	UserID, GroupID string
	Status          domain.PointStatus
}

// Practices lists submitted practice evidence by teacher and point.
func (s *Store) Practices(ctx context.Context, caseID string, f PracticeFilter, page Page) ([]Practice, string, error) {
	q := s.DB(ctx).Where("practice.case_id = ?", caseID)
	if f.UserID != "" {
		q = q.Where("practice.user_id = ?", f.UserID)
	}
	if f.Status != "" {
		q = q.Where("practice.status = ?", f.Status)
	}
	if f.GroupID != "" {
		q = q.Joins("JOIN roster r ON r.case_id = practice.case_id AND r.user_id = practice.user_id").Where("r.group_id = ?", f.GroupID)
	}
	return paged(q, page, "practice.user_id, practice.code",
		func(p *Practice) []any { return []any{&p.UserID, &p.Code} }, "list practice")
}
