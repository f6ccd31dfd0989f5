package models

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// NewActivity describes an activity to publish. Hours may be zero where the kind fixes
// them.
type NewActivity struct {
	GroupID     string
	TopicID     string
	Kind        string
	Title       string
	Description string
	Hours       domain.Hours
	StartsAt    *time.Time
	EndsAt      *time.Time
}

// PublishActivity publishes a 研修活动 to a group: only by its leader, only in training and
// within the study window (003:147, 304).
func (s *Store) PublishActivity(ctx context.Context, caseID string, n NewActivity, by string) (*Activity, error) {
	switch {
	case strings.TrimSpace(n.Title) == "":
		return nil, apperr.Field("title", "请填写活动名称。")
	case n.StartsAt != nil && n.EndsAt != nil && !n.EndsAt.After(*n.StartsAt):
		return nil, apperr.Field("ends_at", "活动结束时间须晚于开始时间。")
	}
	a := Activity{
		ID: newID(), CaseID: caseID, GroupID: n.GroupID, TopicID: n.TopicID, Kind: n.Kind, Title: strings.TrimSpace(n.Title),
		Description: n.Description, StartsAt: utc(n.StartsAt), EndsAt: utc(n.EndsAt), PublishedBy: by, PublishedAt: s.Now(),
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		c, err := s.writableIn(tx, caseID, n.GroupID, whileTraining)
		if err != nil {
			return err
		}
		if err := ledBy(tx, caseID, n.GroupID, by); err != nil {
			return err
		}
		if err := topicOf(tx, n); err != nil {
			return err
		}
		policy, err := s.policy(tx, c.PolicyDigest)
		if err != nil {
			return err
		}
		if a.Hours, err = domain.ActivityHours(policy.Hours, n.Kind, n.Hours); err != nil {
			return err
		}
		a.Offline = slices.ContainsFunc(policy.Hours.Kinds, func(k domain.ActivityKind) bool { return k.Code == n.Kind && k.Offline })
		return tx.Create(&a).Error
	})
	return &a, err
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC().Truncate(time.Microsecond)
	return &u
}

func topicOf(tx *gorm.DB, n NewActivity) error {
	if n.TopicID == "" {
		return nil
	}
	var t Topic
	err := tx.Where("id = ? AND group_id = ?", n.TopicID, n.GroupID).Take(&t).Error
	return found(err, "研修专题", "load topic")
}

// CancelActivity withdraws an activity that nobody has hours from yet, by the leader.
func (s *Store) CancelActivity(ctx context.Context, caseID, activityID, by string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		group, err := groupOf(tx, caseID, activityID)
		if err != nil {
			return err
		}
		if _, err := s.writableIn(tx, caseID, group, whileTraining); err != nil {
			return err
		}
		a, err := lockActivity(forUpdate(tx), caseID, activityID)
		if err != nil {
			return err
		}
		if err := ledBy(tx, caseID, a.GroupID, by); err != nil {
			return err
		}
		var done int64
		err = tx.Model(&Participation{}).Where("activity_id = ? AND completed_at IS NOT NULL", activityID).Count(&done).Error
		if err != nil {
			return err
		}
		if done > 0 {
			return apperr.Newf(CodeInUse, "已有%d名教师完成该活动并获得学时，不能取消。", done)
		}
		return tx.Model(a).Update("cancelled_at", s.Now()).Error
	})
}

// groupOf is the group whose activity it is, "" when there is no such activity.
func groupOf(tx *gorm.DB, caseID, activityID string) (string, error) {
	var a Activity
	err := tx.Where("id = ? AND case_id = ?", activityID, caseID).Limit(1).Find(&a).Error
	return a.GroupID, fail(err, "load group of activity")
}

// lockActivity loads an activity that is not cancelled. q carries the lock.
func lockActivity(q *gorm.DB, caseID, activityID string) (*Activity, error) {
	var a Activity
	if err := q.Where("id = ? AND case_id = ?", activityID, caseID).Take(&a).Error; err != nil {
		return nil, found(err, "研修活动", "load activity")
	}
	if a.CancelledAt != nil {
		return nil, apperr.New(apperr.Conflict, "该活动已被组长取消。")
	}
	return &a, nil
}

// Activity returns one activity of a case.
func (s *Store) Activity(ctx context.Context, caseID, activityID string) (*Activity, error) {
	var a Activity
	if err := s.DB(ctx).Where("id = ? AND case_id = ?", activityID, caseID).Take(&a).Error; err != nil {
		return nil, found(err, "研修活动", "load activity")
	}
	return &a, nil
}

// Activities lists a case's activities, of one group if groupID is not empty, newest
// first.
func (s *Store) Activities(ctx context.Context, caseID, groupID string, p Page) ([]Activity, string, error) {
	q := s.DB(ctx).Where("case_id = ?", caseID)
	if groupID != "" {
		q = q.Where("group_id = ?", groupID)
	}
	return paged(q, p, "published_at DESC, id DESC",
		func(a *Activity) []any { return []any{&a.PublishedAt, &a.ID} }, "list activities")
}
