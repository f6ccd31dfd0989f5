package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/domain"
)

// RetentionYears is how long handed-in evidence is kept under object lock. The sources
// name no period (requirements §12).
const RetentionYears = 5

// ClaimOutbox takes the next rows that are due and that nobody is working on.
func (s *Store) ClaimOutbox(ctx context.Context, limit int, hold time.Duration) ([]OutboxRow, error) {
	now, claim := s.Now(), newID()
	var ids []string
	err := s.DB(ctx).Model(&OutboxRow{}).
		Where("done_at IS NULL AND not_before <= ? AND (claimed_until IS NULL OR claimed_until < ?)", now, now).
		Order("created_at, id").Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return nil, fail(err, "look into outbox")
	}
	// Another worker may claim the same rows at the same moment: whoever's update counts
	// the row keeps it.
	err = s.DB(ctx).Model(&OutboxRow{}).
		Where("id IN ? AND done_at IS NULL AND (claimed_until IS NULL OR claimed_until < ?)", ids, now).
		Updates(map[string]any{"claim": claim, "claimed_until": now.Add(hold), "attempts": gorm.Expr("attempts + 1")}).Error
	if err != nil {
		return nil, fail(err, "claim outbox")
	}
	var rows []OutboxRow
	err = s.DB(ctx).Where("claim = ? AND done_at IS NULL", claim).Order("created_at, id").Find(&rows).Error
	return rows, fail(err, "load claimed outbox")
}

// FinishOutbox notes that a row was delivered.
func (s *Store) FinishOutbox(ctx context.Context, row OutboxRow) error {
	err := s.DB(ctx).Model(&OutboxRow{}).Where("id = ?", row.ID).
		Updates(map[string]any{"done_at": s.Now(), "claimed_until": nil, "last_error": ""}).Error
	return fail(err, "finish outbox")
}

// FailOutbox gives a row back, to be tried again later and later.
func (s *Store) FailOutbox(ctx context.Context, row OutboxRow, cause string) error {
	delay := time.Second << min(row.Attempts, 12)
	err := s.DB(ctx).Model(&OutboxRow{}).Where("id = ?", row.ID).
		Updates(map[string]any{"claimed_until": nil, "not_before": s.Now().Add(delay), "last_error": truncate(cause, 500)}).Error
	return fail(err, "give outbox row back")
}

// truncate cuts s to at most n bytes, never inside a character.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// DeliverNotice tells everyone a task waits for. The source of a notice makes delivering
// it twice harmless.
func (s *Store) DeliverNotice(ctx context.Context, row OutboxRow) error {
	var p NoticePayload
	if err := json.Unmarshal([]byte(row.Payload), &p); err != nil {
		return fmt.Errorf("decode notice: %w", err)
	}
	c, err := s.CaseByID(ctx, row.CaseID)
	if err != nil {
		return err
	}
	users, err := s.addressees(ctx, p)
	if err != nil || len(users) == 0 {
		return err
	}
	title, body := wording(p, c.SchoolName)
	notices := make([]Notice, 0, len(users))
	for _, u := range users {
		notices = append(notices, Notice{
			ID: newID(), UserID: u, Source: row.ID, CaseID: c.ID, Kind: p.Reason, Title: title, Body: body, CreatedAt: row.CreatedAt,
		})
	}
	news := make([]FeedRow, len(users))
	for i, u := range users {
		news[i] = FeedRow{Topic: FeedNotice, CaseID: c.ID, UserID: u}
	}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&notices, 500).Error; err != nil {
			return fail(err, "deliver notice")
		}
		if err := s.spread(tx, row, p, &c, notices); err != nil {
			return err
		}
		return tell(tx, news...)
	})
}

// spread has the world outside told as well: those of the addressees who want mails, and
// the groups of the organisations above. One event tells a group once, whoever it is for.
func (s *Store) spread(tx *gorm.DB, row OutboxRow, p NoticePayload, c *Case, notices []Notice) error {
	if err := s.mailOut(tx, notices, c.SchoolName); err != nil {
		return err
	}
	title, body := sentence(p, c.SchoolName) // without the actor's words
	return s.tellGroups(tx, report{
		source: fmt.Sprintf("case/%s/%d/%s", c.ID, row.Seq, p.Reason), kind: p.Reason, title: title, body: body,
		caseID: c.ID, school: c.SchoolName, path: c.Path,
	})
}

func (s *Store) addressees(ctx context.Context, p NoticePayload) ([]string, error) {
	if p.UserID != "" {
		return s.withStandIns(ctx, []string{p.UserID}, p)
	}
	h, err := s.HoldersNow(ctx, Seat{OrgID: p.OrgID, Role: p.Role})
	if err != nil {
		return nil, err
	}
	ids := slices.DeleteFunc(h.Able, func(id string) bool { return slices.Contains(p.Barred, id) })
	if slices.Contains(ids, p.Claimed) {
		ids = []string{p.Claimed}
	}
	return s.withStandIns(ctx, ids, p)
}

// withStandIns adds who stands in for the addressees just now, in the role that the notice
// is about. What is not about a role is for nobody else to read.
func (s *Store) withStandIns(ctx context.Context, ids []string, p NoticePayload) ([]string, error) {
	if p.Role == "" {
		return ids, nil
	}
	q := s.inForce(s.DB(ctx)).Where("d.from_user IN ? AND d.role = ? AND d.org_id = ?", ids, p.Role, p.OrgID)
	var more []string
	err := q.Pluck("d.to_user", &more).Error
	ids = append(ids, more...)
	slices.Sort(ids)
	return slices.Compact(ids), fail(err, "find stand-ins")
}

// wording is what a notice says.
func wording(p NoticePayload, school string) (title, body string) {
	title, body = sentence(p, school)
	if p.Words != "" {
		body += "说明：" + p.Words
	}
	return title, body
}

func sentence(p NoticePayload, school string) (title, body string) {
	task := p.Task.Name()
	switch p.Reason {
	case NoticeTask:
		return "新待办：" + task, fmt.Sprintf("%s：请办理“%s”。", school, task)
	case domain.RungRemind:
		return "即将到期：" + task, fmt.Sprintf("%s：“%s”即将到期，请及时办理。", school, task)
	case domain.RungOverdue:
		return "已逾期：" + task, fmt.Sprintf("%s：“%s”已逾期，请立即办理。", school, task)
	case NoticeUrge:
		return "催办：" + task, fmt.Sprintf("%s：请尽快办理“%s”。", school, task)
	case NoticeCopy:
		return "抄送：" + school, fmt.Sprintf("%s的项目抄送给您知悉。", school)
	case NoticeExtended:
		return "已延期：" + task, fmt.Sprintf("%s：“%s”的办理期限已延长。", school, task)
	case NoticeHanded:
		return "转办：" + task, fmt.Sprintf("%s：“%s”已转由您办理。", school, task)
	case NoticeEscalated:
		return "督办：" + task, fmt.Sprintf("%s：“%s”逾期已久仍未办理，请督促。", school, task)
	case NoticeReopened:
		return "研修窗口重新开放", fmt.Sprintf("%s：已为您重新开放研修，请按时补齐材料。", school)
	case NoticePaused:
		return "项目暂停：" + school, fmt.Sprintf("%s的项目已暂停，各项期限停止计算。", school)
	case NoticeResumed:
		return "项目恢复：" + school, fmt.Sprintf("%s的项目已恢复，各项期限相应顺延。", school)
	case domain.RungFinal:
		return "复核期满：" + school, fmt.Sprintf("%s：复核期已满，考核结果即为最终结果。", school)
	default:
		return "逾期升级：" + task, fmt.Sprintf("%s：“%s”逾期仍未办理，已升级督办。", school, task)
	}
}

// LockedVersions lists the file versions of a case that SQL has locked.
func (s *Store) LockedVersions(ctx context.Context, caseID string) ([]FileVersion, error) {
	var rows []FileVersion
	err := s.DB(ctx).Where("state = ? AND file_id IN (?)", FileLocked,
		s.DB(ctx).Model(&File{}).Select("id").Where("case_id = ?", caseID)).Order("file_id, n").Find(&rows).Error
	return rows, fail(err, "list locked versions")
}
