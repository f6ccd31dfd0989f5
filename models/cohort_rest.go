package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// Rest is a decision on schools of a cohort that are not opened: 缓期 until a time, 免考,
// or, with the status planned, that they take part again.
type Rest struct {
	Status string
	Until  *time.Time
	Reason string
}

func (r Rest) check(now time.Time) error {
	switch {
	case r.Status != SchoolPlanned && r.Status != SchoolDeferred && r.Status != SchoolExempt:
		return apperr.Field("status", "只能缓期、免考或恢复。")
	case r.Status != SchoolPlanned && r.Reason == "":
		return apperr.Field("reason", "请写明理由，它会与批次一同保存。")
	case r.Status == SchoolDeferred && (r.Until == nil || !r.Until.After(now)):
		return apperr.Field("until", "请填写缓期到哪一天，须晚于今天。")
	case r.Status != SchoolDeferred && r.Until != nil:
		return apperr.Field("until", "只有缓期才有截止日。")
	}
	return nil
}

// RestOutcome is what became of one school; Refused is empty where the decision holds.
type RestOutcome struct {
	SchoolID string
	Refused  string
}

// RestSchools applies one decision to schools of a cohort, each for itself. A school that
// stands so already stays as it was decided first.
func (s *Store) RestSchools(ctx context.Context, cohortID string, schoolIDs []string, r Rest, by string) ([]RestOutcome, error) {
	now := s.Now()
	if err := r.check(now); err != nil {
		return nil, err
	}
	if r.Until != nil {
		until := r.Until.UTC().Truncate(time.Microsecond)
		r.Until = &until
	}
	var out []RestOutcome
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		out = nil
		var c Cohort
		if err := forUpdate(tx).Where("id = ?", cohortID).Take(&c).Error; err != nil {
			return found(err, "批次", "load cohort")
		}
		if c.Status == CohortClosed {
			return apperr.New(apperr.Conflict, "该批次已经结束，不能再缓期、免考或恢复。")
		}
		var rows []CohortSchool
		if err := forUpdate(tx).Where("cohort_id = ? AND school_id IN ?", cohortID, schoolIDs).Find(&rows).Error; err != nil {
			return fail(err, "lock schools of cohort")
		}
		places := make(map[string]*CohortSchool, len(rows))
		for i := range rows {
			places[rows[i].SchoolID] = &rows[i]
		}
		var change []string
		for _, id := range schoolIDs {
			refused := r.refuse(places[id])
			out = append(out, RestOutcome{SchoolID: id, Refused: refused})
			if refused == "" && !r.holds(places[id]) {
				change = append(change, id)
			}
		}
		if len(change) == 0 {
			return nil
		}
		err := tx.Model(&CohortSchool{}).Where("cohort_id = ? AND school_id IN ?", cohortID, change).Updates(map[string]any{
			"status": r.Status, "until": r.Until, "reason": r.Reason, "decided_by": by, "decided_at": now,
		}).Error
		if err != nil {
			return fail(err, "rest schools of cohort")
		}
		return tellCohort(tx, &c)
	})
	return out, err
}

// holds reports whether a school stands so already.
func (r Rest) holds(place *CohortSchool) bool {
	return place.Status == r.Status && place.Reason == r.Reason &&
		(r.Until == nil) == (place.Until == nil) && (r.Until == nil || r.Until.Equal(*place.Until)) ||
		place.Status == r.Status && r.Status == SchoolPlanned
}

func (r Rest) refuse(place *CohortSchool) string {
	switch {
	case place == nil:
		return "不在本批次内，请先加入。"
	case place.Status == SchoolOpened || place.CaseID != nil:
		return "项目已经开启；在办的项目请在项目页暂停（缓期）或免考。"
	case place.Status == SchoolMoved:
		return "已转入第二轮批次，请在那个批次中办理。"
	}
	return ""
}

// planDue plans the schools whose 缓期 is over, all of them when none is named. Reason and
// who decided stay as the record.
func planDue(tx *gorm.DB, cohortID string, now time.Time, only []string) error {
	q := tx.Model(&CohortSchool{}).Where("cohort_id = ? AND status = ? AND until <= ?", cohortID, SchoolDeferred, now)
	if only != nil {
		q = q.Where("school_id IN ?", only)
	}
	return fail(q.Update("status", SchoolPlanned).Error, "plan schools that are due")
}

// PlanDue plans every school of a cohort whose 缓期 is over, as opening it again does.
func (s *Store) PlanDue(ctx context.Context, cohortID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error { return planDue(tx, cohortID, s.Now(), nil) })
}
