package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/notary"
)

// eraseSome erases one item of a run, or a part of a large one; when none is left it closes
// the run with a certificate.
func (s *Store) eraseSome(ctx context.Context, id string, discard Discard) (mine bool, err error) {
	gone, err := s.discardSome(ctx, id, discard)
	if err != nil {
		return false, err
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		mine = false
		r, err := claimErasure(tx, id, ErasureRunning)
		if err != nil || r.ID == "" {
			return err
		}
		mine = true
		item, err := nextItem(tx, id)
		if err != nil {
			return err
		}
		if item == nil {
			return s.certify(tx, r)
		}
		l, err := listingOf(tx, r, item.Class)
		if err != nil {
			return err
		}
		before := item.Done
		left, err := s.eraseItem(tx, l, item, gone)
		if err != nil {
			return err
		}
		if !left {
			now := s.Now()
			item.EndedAt = &now
			if item.State == ItemDue {
				item.State = ItemErased
			}
		}
		if err := tx.Save(item).Error; err != nil {
			return err
		}
		return audit(tx, erasing("erasure.erase", *r, map[string]any{
			"item": item.No, "kind": item.Kind, "ref": item.Ref, "state": item.State, "rows": item.Done - before,
		}))
	})
	return mine, fail(err, "erase")
}

// nextItem is the first item of a run that is due, nil when there is none.
func nextItem(tx *gorm.DB, id string) (*ErasureItem, error) {
	var items []ErasureItem
	err := tx.Where("run_id = ? AND state = ?", id, ItemDue).Order("no").Limit(1).Find(&items).Error
	if err != nil || len(items) == 0 {
		return nil, fail(err, "find next item of erasure")
	}
	return &items[0], nil
}

func (s *Store) eraseItem(tx *gorm.DB, l *listing, i *ErasureItem, gone discarded) (left bool, err error) {
	switch i.Kind {
	case itemAccount:
		return false, s.eraseAccount(tx, l, i)
	case itemDrafts, itemStudy, itemFiles:
		return s.eraseCase(tx, l, i, gone)
	}
	for _, m := range months {
		if m.table == i.Kind {
			return m.erase(tx, l, i)
		}
	}
	return false, fmt.Errorf("erase %s: unknown kind", i.Kind)
}

func (i *ErasureItem) becomes(state ErasureState, note string) { i.State, i.Note = state, note }

// eraseCase erases what a case has of a kind, if it is still due.
func (s *Store) eraseCase(tx *gorm.DB, l *listing, i *ErasureItem, gone discarded) (bool, error) {
	var c Case
	if err := forUpdate(tx).Where("id = ?", i.Ref).Take(&c).Error; err != nil {
		return false, fail(err, "lock case to erase")
	}
	switch {
	case c.Stage != domain.StageClosed || c.ClosedAt == nil || !c.ClosedAt.Before(l.before):
		i.becomes(ItemChanged, "项目已不在到期范围内")
		return false, nil
	case l.heldCase(c):
		i.becomes(ItemHeld, heldNote)
		return false, nil
	case i.Kind == itemFiles:
		return s.fileVersionsGone(tx, i, gone)
	}
	tables := []any{&PlanDraft{}, &ScoreDraft{}}
	if i.Kind == itemStudy {
		tables = []any{&Participation{}, &PersonalPlan{}, &TeacherPoint{}}
		on := tx.Model(&RosterRow{}).Select("user_id").Where("case_id = ?", c.ID)
		if err := tx.Where("cohort_id = ? AND user_id IN (?)", c.CohortID, on).Delete(&CourseChoice{}).Error; err != nil {
			return false, err
		}
	}
	for _, t := range tables {
		res := tx.Where("case_id = ?", c.ID).Delete(t)
		if res.Error != nil {
			return false, res.Error
		}
		i.Done += int(res.RowsAffected)
	}
	return false, nil
}

// certificate is what is signed when a run is done.
type certificate struct {
	Run        string         `json:"run"`
	Org        string         `json:"org"`
	Kind       ErasureKind    `json:"kind"`
	Classes    []string       `json:"classes"`
	List       string         `json:"list_sha256"`
	Items      int            `json:"items"`
	Counts     []ErasureCount `json:"counts"`
	ProposedBy string         `json:"proposed_by"`
	ProposedAt *time.Time     `json:"proposed_at"`
	ApprovedBy string         `json:"approved_by"`
	ApprovedAt *time.Time     `json:"approved_at"`
	FinishedAt *time.Time     `json:"finished_at"`
}

// certify closes a run, signs what it erased, and tells those who decided on it.
func (s *Store) certify(tx *gorm.DB, r *ErasureRun) error {
	counts, err := erasureCounts(tx, r.ID)
	if err != nil {
		return err
	}
	now := s.Now()
	r.Status, r.FinishedAt, r.DueAt = ErasureDone, &now, nil
	if r.Kind == ErasurePerson {
		r.OpenSlot = r.ID
	}
	raw, err := json.Marshal(certificate{
		r.ID, r.OrgID, r.Kind, r.ClassList(), r.SHA256, r.Items, counts, r.ProposedBy, r.ProposedAt, r.DecidedBy, r.DecidedAt, r.FinishedAt,
	})
	if err != nil {
		return fmt.Errorf("encode certificate: %w", err)
	}
	r.Certificate = string(raw)
	if by := s.signer.Load(); by != nil {
		r.KeyID, r.Signature = by.ID(), by.Sign(notary.PurposeErasure, r.Certificate)
	}
	if err := tx.Save(r).Error; err != nil {
		return err
	}
	if err := audit(tx, erasing("erasure.done", *r, nil)); err != nil {
		return err
	}
	to := []string{r.ProposedBy, r.DecidedBy}
	return s.tellErasure(tx, r, to, "done", "已完成：清理到期的个人信息", "清理凭证可以查看和导出。")
}

// metBy reports whether the erasure that a request asked for is done.
func metBy(tx *gorm.DB, requestID string) error {
	var n int64
	err := tx.Model(&ErasureRun{}).Joins("JOIN erasure_items i ON i.run_id = erasure_runs.id").
		Where("erasure_runs.request_id = ? AND erasure_runs.status = ? AND i.kind = ? AND i.state = ?", requestID, ErasureDone, itemAccount, ItemErased).
		Count(&n).Error
	if err != nil || n > 0 {
		return fail(err, "look for erasure")
	}
	return apperr.Field("status", "个人信息还没有清理，不能答复为已办理。请先从这件申请发起清理，由另一人批准并完成；依法不能删除的，答复不予办理并写明理由。")
}
