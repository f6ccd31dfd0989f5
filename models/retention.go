package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/privacy"
)

// RetentionMax bounds how long anything may be set to be kept: thirty years, in months.
const RetentionMax = 360

// Retention is a rule as it stands.
type Retention struct {
	privacy.Rule

	Reason    string
	UpdatedBy string
	UpdatedAt *time.Time
}

// Retentions are all rules, with the months that are in force.
func (s *Store) Retentions(ctx context.Context) ([]Retention, error) {
	return retentions(s.DB(ctx))
}

func retentions(tx *gorm.DB) ([]Retention, error) {
	var rows []struct {
		RetentionRule

		Name string
	}
	err := tx.Table("retention_rules").Select("retention_rules.*, COALESCE(u.name, '') AS name").
		Joins("LEFT JOIN users u ON u.id = retention_rules.updated_by").Find(&rows).Error
	if err != nil {
		return nil, fail(err, "list retention rules")
	}
	var list []Retention
	for _, rule := range privacy.Rules() {
		r := Retention{Rule: rule}
		for i := range rows {
			if rows[i].Class == rule.Code {
				r.Months, r.Reason, r.UpdatedBy, r.UpdatedAt = rows[i].Months, rows[i].Reason, rows[i].Name, &rows[i].UpdatedAt
			}
		}
		list = append(list, r)
	}
	return list, nil
}

// cutoffs say before when what a class names must have ended to be due at a time, by class.
func cutoffs(tx *gorm.DB, now time.Time) (map[string]time.Time, error) {
	list, err := retentions(tx)
	at := map[string]time.Time{}
	for _, r := range list {
		at[r.Code] = now.AddDate(0, -r.Months, 0)
	}
	return at, err
}

// SetRetention changes how long a class is kept, not below what the law asks for.
func (s *Store) SetRetention(ctx context.Context, class string, months int, reason, by string) error {
	rule, known := privacy.RuleOf(class)
	reason = strings.TrimSpace(reason)
	switch {
	case !known:
		return notFound("保存期限")
	case months < rule.Floor || months > RetentionMax:
		return apperr.Field("months", fmt.Sprintf("请填写 %d 至 %d 个月。依据：%s。", rule.Floor, RetentionMax, rule.Basis))
	case reason == "":
		return apperr.Field("reason", "请写明调整的理由。")
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		row := RetentionRule{Class: class, Months: months, Reason: reason, UpdatedBy: by, UpdatedAt: s.Now()}
		if err := upsert(tx).Create(&row).Error; err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "retention.set", SubjectKind: "retention", SubjectID: class, Details: map[string]any{"months": months}})
	})
	return fail(err, "set retention")
}

// CoversRoots reports whether a scope reaches the whole tree.
func (s *Store) CoversRoots(ctx context.Context, scope Scope) (bool, error) {
	var paths []string
	err := s.DB(ctx).Model(&Org{}).Where("parent_id IS NULL").Pluck("path", &paths).Error
	return !slices.ContainsFunc(paths, func(p string) bool { return !scope.Covers(p) }), fail(err, "list roots")
}
