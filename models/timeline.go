package models

import (
	"context"

	"gorm.io/gorm"
)

// TimelineEvent is an event with the names a reader needs.
type TimelineEvent struct {
	Event

	ActorName string // empty for the system
	OrgName   string
}

// Timeline lists what happened to one case, oldest first.
func (s *Store) Timeline(ctx context.Context, caseID string, p Page) ([]TimelineEvent, string, error) {
	q := s.DB(ctx).Table("events").Where("events.case_id = ?", caseID).
		Select("events.*, COALESCE(u.name, '') AS actor_name, COALESCE(o.name, '') AS org_name").
		Joins("LEFT JOIN users u ON u.id = events.actor_id").Joins("LEFT JOIN orgs o ON o.id = events.actor_org")
	return paged(q, p, "events.seq", func(e *TimelineEvent) []any { return []any{&e.Seq} }, "list events")
}

// Notices lists what a person was told, newest first.
func (s *Store) Notices(ctx context.Context, userID string, unread bool, p Page) ([]Notice, string, error) {
	q := s.DB(ctx).Where("user_id = ?", userID)
	if unread {
		q = q.Where("read_at IS NULL")
	}
	return paged(q, p, "created_at DESC, id DESC", func(n *Notice) []any { return []any{&n.CreatedAt, &n.ID} }, "list notices")
}

// UnreadNotices counts what a person has not read.
func (s *Store) UnreadNotices(ctx context.Context, userID string) (int, error) {
	var n int64
	err := s.DB(ctx).Model(&Notice{}).Where("user_id = ? AND read_at IS NULL", userID).Count(&n).Error
	return int(n), fail(err, "count unread notices")
}

// ReadNotices marks a person's own notices as read; none named means all.
func (s *Store) ReadNotices(ctx context.Context, userID string, ids ...string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		q := tx.Model(&Notice{}).Where("user_id = ? AND read_at IS NULL", userID)
		if len(ids) > 0 {
			q = q.Where("id IN ?", ids)
		}
		res := q.Update("read_at", s.Now())
		if res.Error != nil || res.RowsAffected == 0 {
			return fail(res.Error, "read notices")
		}
		return tell(tx, FeedRow{Topic: FeedNotice, UserID: userID})
	})
}
