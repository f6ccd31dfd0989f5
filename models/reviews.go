package models

import (
	"context"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// PutReview records the 初审 of one teacher. 通过 needs complete materials (003:448),
// checked against the rows in the same transaction.
func (s *Store) PutReview(ctx context.Context, caseID, userID string, result domain.ReviewResult, reason, by string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, _, err := s.writable(tx, caseID, whileAssessing)
		if err != nil {
			return err
		}
		if _, err := lockTeacher(tx, caseID, userID); err != nil {
			return err
		}
		policy, err := s.policy(tx, c.PolicyDigest)
		if err != nil {
			return err
		}
		rows, err := loadTeachers(tx, caseID, userID)
		if err != nil {
			return err
		}
		ready := domain.CheckMaterials(policy, rows.materials(userID))
		if err := domain.CheckReview(ready, result, reason); err != nil {
			return err
		}
		review := InitialReview{CaseID: caseID, UserID: userID, Result: result, Reason: reason, ReviewerID: by, At: s.Now()}
		return upsert(tx).Create(&review).Error
	})
}

// reopenReview makes a teacher's 初审 pending again: what it looked at has changed.
func reopenReview(tx *gorm.DB, caseID, userID string) error {
	err := tx.Where("case_id = ? AND user_id = ?", caseID, userID).Delete(&InitialReview{}).Error
	return fail(err, "reopen review")
}

// PutGoals stores the goals of a teacher's 个人提升计划.
func (s *Store) PutGoals(ctx context.Context, caseID, userID, goals string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.writableBy(tx, caseID, userID, whileTraining); err != nil {
			return err
		}
		if _, err := lockTeacher(tx, caseID, userID); err != nil {
			return err
		}
		row := PersonalPlan{CaseID: caseID, UserID: userID, Goals: goals, UpdatedAt: s.Now()}
		return upsert(tx).Create(&row).Error
	})
}

// Goals returns the goals of a teacher's plan, empty when there are none.
func (s *Store) Goals(ctx context.Context, caseID, userID string) (PersonalPlan, error) {
	var row PersonalPlan
	err := s.DB(ctx).Where("case_id = ? AND user_id = ?", caseID, userID).Limit(1).Find(&row).Error
	return row, fail(err, "load personal plan")
}

// ChoosePoints replaces the 应用能力点 a teacher chose, within the school's scope
// (002:29). A point with practice evidence stays.
func (s *Store) ChoosePoints(ctx context.Context, caseID, userID string, codes []string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, err := s.writableBy(tx, caseID, userID, whileTraining)
		if err != nil {
			return err
		}
		if _, err := lockTeacher(tx, caseID, userID); err != nil {
			return err
		}
		policy, err := s.policy(tx, c.PolicyDigest)
		if err != nil {
			return err
		}
		scope, err := themePoints(forShare(tx), caseID)
		if err != nil {
			return err
		}
		if err := domain.CheckPoints(policy.Points, scope, codes); err != nil {
			return err
		}
		if err := keepPractised(tx, caseID, userID, codes); err != nil {
			return err
		}
		return s.replacePoints(tx, caseID, userID, codes)
	})
}

func keepPractised(tx *gorm.DB, caseID, userID string, codes []string) error {
	var practised []string
	err := tx.Model(&Practice{}).Where("case_id = ? AND user_id = ?", caseID, userID).Order("code").Pluck("code", &practised).Error
	if err != nil {
		return err
	}
	if missing := domain.MissingSummaries(practised, codes); len(missing) > 0 {
		return apperr.Newf(CodeInUse, "能力点%s已提交实践证据，不能取消选择。", missing[0]).On("points")
	}
	return nil
}

func (s *Store) replacePoints(tx *gorm.DB, caseID, userID string, codes []string) error {
	if err := tx.Where("case_id = ? AND user_id = ?", caseID, userID).Delete(&TeacherPoint{}).Error; err != nil {
		return err
	}
	if err := reopenReview(tx, caseID, userID); err != nil || len(codes) == 0 {
		return err
	}
	rows := make([]TeacherPoint, len(codes))
	for i, code := range codes {
		rows[i] = TeacherPoint{CaseID: caseID, UserID: userID, Code: code, ChosenAt: s.Now()}
	}
	return tx.Create(&rows).Error
}
