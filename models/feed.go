package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/domain"
)

// FeedTopic says what sort of thing has changed.
type FeedTopic string

// The topics of the feed.
const (
	FeedCase    FeedTopic = "case"    // the case went on: an event, its stage, what it waits for
	FeedRecords FeedTopic = "records" // daily records within a case
	FeedTasks   FeedTopic = "tasks"   // somebody's inbox
	FeedNotice  FeedTopic = "notice"  // somebody's notices
	FeedCohort  FeedTopic = "cohort"  // a cohort, or how far its opening is
	FeedAlarm   FeedTopic = "alarm"   // an operator must look
)

// FeedRow tells open pages that something has changed; never what or by whom. It is
// written in the transaction of the change and numbered once that is committed.
type FeedRow struct {
	ID     string `gorm:"primaryKey"`
	Pos    *int64 // nil until numbered
	Topic  FeedTopic
	CaseID string
	// For whom: one user, or the holders of a role (at an organisation, "" for anywhere),
	// or else whoever's scope reaches Path or the case.
	UserID    string
	Role      domain.Role
	OrgID     string
	Path      string
	CreatedAt time.Time
}

// TableName is the table of FeedRow.
func (FeedRow) TableName() string { return "feed" }

// FeedHead is the newest position given to a row of the feed.
type FeedHead struct {
	ID  string `gorm:"primaryKey"` // there is one
	Pos int64
}

// TableName is the table of FeedHead.
func (FeedHead) TableName() string { return "feed_head" }

// tell writes what has changed into the feed, with the change's own transaction.
func tell(tx *gorm.DB, rows ...FeedRow) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		rows[i].ID = newID()
	}
	return fail(tx.CreateInBatches(&rows, batchSize).Error, "tell of a change")
}

// tellCase tells those who see the case.
func tellCase(tx *gorm.DB, topic FeedTopic, c *Case) error {
	return tell(tx, FeedRow{Topic: topic, CaseID: c.ID, Path: c.Path})
}

// ErrFeedGap is a position after which rows of the feed are missing: they were removed,
// or the position was never given.
var ErrFeedGap = errors.New("feed: rows after this position are gone")

const (
	// feedBatch is how many rows one statement numbers.
	feedBatch = 500
	// feedKept is how long rows stay for readers that come back.
	feedKept = 24 * time.Hour
	// feedSweep is how many rows one statement removes.
	feedSweep = 1000
)

// NumberFeed gives the committed rows without a position the next ones. Positions have no
// holes and become visible in their order, because one transaction at a time gives them:
// whoever reads on from a position misses nothing, however late a row was committed.
func (s *Store) NumberFeed(ctx context.Context) error {
	for {
		// Looking costs one step of an index and no lock.
		var waiting []string
		err := s.DB(ctx).Model(&FeedRow{}).Where("pos IS NULL").Limit(1).Pluck("id", &waiting).Error
		if err != nil || len(waiting) == 0 {
			return fail(err, "look for new rows of feed")
		}
		n := 0
		err = s.Tx(ctx, func(tx *gorm.DB) (err error) {
			n, err = numberFeed(tx)
			return err
		})
		if err != nil || n < feedBatch {
			return err
		}
	}
}

// numberFeed numbers a batch, none when another process is at it.
func numberFeed(tx *gorm.DB) (int, error) {
	var head FeedHead
	err := tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Limit(1).Find(&head).Error
	if err != nil || head.ID == "" {
		return 0, fail(err, "lock head of feed")
	}
	var ids []string
	err = tx.Model(&FeedRow{}).Where("pos IS NULL").Order("id").Limit(feedBatch).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, fail(err, "list new rows of feed")
	}
	var cases strings.Builder
	args := make([]any, 0, 2*len(ids)+1)
	for i, id := range ids {
		cases.WriteString(" WHEN ? THEN ?")
		args = append(args, id, head.Pos+int64(i)+1)
	}
	err = tx.Exec("UPDATE feed SET pos = CASE id"+cases.String()+" END WHERE id IN ?", append(args, ids)...).Error
	if err != nil {
		return 0, fail(err, "number feed")
	}
	err = tx.Model(&head).Update("pos", head.Pos+int64(len(ids))).Error
	return len(ids), fail(err, "move head of feed")
}

// FeedHead is the newest position given, 0 when there is none.
func (s *Store) FeedHead(ctx context.Context) (int64, error) {
	var head FeedHead
	err := s.DB(ctx).Limit(1).Find(&head).Error
	return head.Pos, fail(err, "read head of feed")
}

// Feed reads the rows after a position in their order, at most limit. When some of them
// are gone it returns ErrFeedGap.
func (s *Store) Feed(ctx context.Context, after int64, limit int) ([]FeedRow, error) {
	head, err := s.FeedHead(ctx) // first: what is read next reaches at least so far
	if err != nil {
		return nil, err
	}
	var rows []FeedRow
	if err := s.DB(ctx).Where("pos > ?", after).Order("pos").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fail(err, "read feed")
	}
	if after > head || (len(rows) == 0 && after < head) || (len(rows) > 0 && *rows[0].Pos != after+1) {
		return nil, fmt.Errorf("%w: after %d, head %d", ErrFeedGap, after, head)
	}
	return rows, nil
}

// TidyFeed numbers what waits and removes rows that are older than a day, from the lowest
// position on.
func (s *Store) TidyFeed(ctx context.Context) error {
	if err := s.NumberFeed(ctx); err != nil {
		return err
	}
	since := s.Now().Add(-feedKept)
	for {
		var first []FeedRow
		err := s.DB(ctx).Select("pos", "created_at").Where("pos IS NOT NULL").Order("pos").Limit(feedSweep).Find(&first).Error
		if err != nil {
			return fail(err, "look for old rows of feed")
		}
		old := 0
		for old < len(first) && first[old].CreatedAt.Before(since) {
			old++
		}
		if old == 0 {
			return nil
		}
		if err := s.DB(ctx).Where("pos <= ?", first[old-1].Pos).Delete(&FeedRow{}).Error; err != nil {
			return fail(err, "remove old rows of feed")
		}
	}
}
