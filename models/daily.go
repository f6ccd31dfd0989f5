package models

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// PutTeachingCase stores a group's one 教学案例 (003:243), by its leader.
func (s *Store) PutTeachingCase(ctx context.Context, t TeachingCase) error {
	if strings.TrimSpace(t.Title) == "" {
		return apperr.Field("title", "请填写教学案例的名称。")
	}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if _, _, err := s.writable(tx, t.CaseID, whileTraining); err != nil {
			return err
		}
		if err := ledBy(tx, t.CaseID, t.GroupID, t.UpdatedBy); err != nil {
			return err
		}
		t.UpdatedAt = s.Now()
		return upsert(tx).Create(&t).Error
	})
}

// TeachingCases lists a case's 教学案例, one a group at most.
func (s *Store) TeachingCases(ctx context.Context, caseID string) ([]TeachingCase, error) {
	var rows []TeachingCase
	err := s.DB(ctx).Where("case_id = ?", caseID).Order("group_id").Find(&rows).Error
	return rows, fail(err, "list teaching cases")
}

// AddVisit records a 进校指导 (003:17).
func (s *Store) AddVisit(ctx context.Context, v GuidanceVisit) (*GuidanceVisit, error) {
	switch {
	case strings.TrimSpace(v.Topic) == "":
		return nil, apperr.Field("topic", "请填写指导主题。")
	case v.At.After(s.Now()):
		return nil, apperr.Field("at", "指导时间不能晚于现在。")
	}
	v.ID, v.At, v.CreatedAt = newID(), *utc(&v.At), s.Now()
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if _, _, err := s.writable(tx, v.CaseID, whileOpen); err != nil {
			return err
		}
		return tx.Create(&v).Error
	})
	return &v, err
}

// Visits lists a case's guidance visits, newest first.
func (s *Store) Visits(ctx context.Context, caseID string) ([]GuidanceVisit, error) {
	var rows []GuidanceVisit
	err := s.DB(ctx).Where("case_id = ?", caseID).Order("at DESC, id DESC").Find(&rows).Error
	return rows, fail(err, "list guidance visits")
}

// ChooseCourse adds an online special course to a teacher's 自主选学. Above the cap it is
// refused (004:49); choosing the same course again is a conflict.
func (s *Store) ChooseCourse(ctx context.Context, caseID, userID, course string, hours domain.Hours) error {
	if strings.TrimSpace(course) == "" {
		return apperr.Field("course", "请选择课程。")
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		c, err := s.choosing(tx, caseID, userID)
		if err != nil {
			return err
		}
		policy, err := s.policy(tx, c.PolicyDigest)
		if err != nil {
			return err
		}
		var chosen domain.Hours
		err = tx.Model(&CourseChoice{}).Where("cohort_id = ? AND user_id = ?", c.CohortID, userID).
			Select("COALESCE(SUM(hours), 0)").Scan(&chosen).Error
		if err != nil {
			return err
		}
		if err := domain.CheckOnlineChoice(policy.Hours, chosen, hours); err != nil {
			return err
		}
		return tx.Create(&CourseChoice{CohortID: c.CohortID, UserID: userID, Course: course, Hours: hours, CreatedAt: s.Now()}).Error
	})
	if IsDuplicate(err) {
		return apperr.Wrap(err, apperr.Conflict, "该课程已经选过，请选择其他课程。").On("course")
	}
	return err
}

func (s *Store) choosing(tx *gorm.DB, caseID, userID string) (*Case, error) {
	c, _, err := s.writable(tx, caseID, untilTrained)
	if err != nil {
		return nil, err
	}
	_, err = lockTeacher(tx, caseID, userID)
	return c, err
}

// DropCourse takes a course back out of a teacher's choice.
func (s *Store) DropCourse(ctx context.Context, caseID, userID, course string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, err := s.choosing(tx, caseID, userID)
		if err != nil {
			return err
		}
		res := tx.Where("cohort_id = ? AND user_id = ? AND course = ?", c.CohortID, userID, course).Delete(&CourseChoice{})
		return one(res, res.Error, "所选课程", "drop course")
	})
}

// Courses lists what a teacher chose in a cohort.
func (s *Store) Courses(ctx context.Context, cohortID, userID string) ([]CourseChoice, error) {
	var rows []CourseChoice
	err := s.DB(ctx).Where("cohort_id = ? AND user_id = ?", cohortID, userID).Order("created_at, course").Find(&rows).Error
	return rows, fail(err, "list course choices")
}
