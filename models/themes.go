package models

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// sorted is a sorted copy without duplicates: rows are locked in one order.
func sorted(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }

// PutTheme stores the school's 校本主题 and the 应用能力点 its teachers choose from
// (002:29). A point that a teacher has chosen stays.
func (s *Store) PutTheme(ctx context.Context, caseID string, t Theme, points []string) error {
	if strings.TrimSpace(t.Title) == "" {
		return apperr.Field("title", "请填写校本研修主题。")
	}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, _, err := s.writable(tx, caseID, untilTrained)
		if err != nil {
			return err
		}
		policy, err := s.policy(tx, c.PolicyDigest)
		if err != nil {
			return err
		}
		if err := domain.CheckScope(policy.Points, points); err != nil {
			return err
		}
		if err := s.replaceTheme(tx, caseID, t, points); err != nil {
			return err
		}
		return pointsInUse(tx, caseID, points)
	})
}

// pointsInUse refuses a scope without a point that some teacher has chosen. The rows of
// the old scope are gone and locked by now, so nobody is choosing from them meanwhile.
func pointsInUse(tx *gorm.DB, caseID string, points []string) error {
	var used []string
	err := tx.Model(&TeacherPoint{}).Where("case_id = ? AND code NOT IN ?", caseID, points).Distinct().Pluck("code", &used).Error
	if err == nil && len(used) > 0 {
		return apperr.Newf(CodeInUse, "能力点%s已有教师选用，不能从主题范围中去掉。", strings.Join(sorted(used), "、")).On("points")
	}
	return fail(err, "look for chosen points")
}

func (s *Store) replaceTheme(tx *gorm.DB, caseID string, t Theme, points []string) error {
	t.CaseID, t.UpdatedAt = caseID, s.Now()
	if err := upsert(tx).Create(&t).Error; err != nil {
		return err
	}
	if err := tx.Where("case_id = ?", caseID).Delete(&ThemePoint{}).Error; err != nil {
		return err
	}
	rows := make([]ThemePoint, len(points))
	for i, code := range points {
		rows[i] = ThemePoint{CaseID: caseID, Code: code}
	}
	return tx.Create(&rows).Error
}

// Theme returns the school's theme and points; without one both are empty.
func (s *Store) Theme(ctx context.Context, caseID string) (Theme, []string, error) {
	var t Theme
	if err := s.DB(ctx).Where("case_id = ?", caseID).Limit(1).Find(&t).Error; err != nil {
		return t, nil, fail(err, "load theme")
	}
	points, err := themePoints(s.DB(ctx), caseID)
	return t, points, err
}

func themePoints(tx *gorm.DB, caseID string) ([]string, error) {
	var codes []string
	err := tx.Model(&ThemePoint{}).Where("case_id = ?", caseID).Order("code").Pluck("code", &codes).Error
	return codes, fail(err, "load theme points")
}

// CreateTopic adds a 研修专题 to a group, by its leader.
func (s *Store) CreateTopic(ctx context.Context, t Topic) (*Topic, error) {
	if strings.TrimSpace(t.Title) == "" {
		return nil, apperr.Field("title", "请填写专题名称。")
	}
	t.ID, t.CreatedAt = newID(), s.Now()
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if _, _, err := s.writable(tx, t.CaseID, whileTraining); err != nil {
			return err
		}
		if err := ledBy(tx, t.CaseID, t.GroupID, t.CreatedBy); err != nil {
			return err
		}
		return tx.Create(&t).Error
	})
	return &t, err
}

// Topics lists a case's topics, of one group if groupID is not empty.
func (s *Store) Topics(ctx context.Context, caseID, groupID string) ([]Topic, error) {
	q := s.DB(ctx).Where("case_id = ?", caseID).Order("group_id, created_at, id")
	if groupID != "" {
		q = q.Where("group_id = ?", groupID)
	}
	var rows []Topic
	err := q.Find(&rows).Error
	return rows, fail(err, "list topics")
}
