package models

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
)

// NewCohort describes a cohort, new or edited while a draft.
type NewCohort struct {
	Code, Name, Programme, OrgID  string
	PolicyDigest, CalendarVersion string
	WindowStart, WindowEnd        time.Time
	OpensAt                       *time.Time
	Pace                          int // cases started a minute; 0 is as fast as possible

	LayersAt *time.Time // when the overlays that PolicyDigest is made of were in force

	PreviousID string // the cohort whose second round it is
}

func (n NewCohort) check() error {
	switch {
	case n.Code == "" || n.Name == "":
		return apperr.Field("name", "请填写批次的代码和名称。")
	case !n.WindowEnd.After(n.WindowStart):
		return apperr.Field("window_end", "研修结束时间须晚于开始时间。")
	case n.Pace < 0:
		return apperr.Field("pace", "每分钟开启的项目数不能小于0。")
	}
	return nil
}

func (n NewCohort) fill(c *Cohort, now time.Time) {
	c.Code, c.Name, c.Programme, c.OrgID = n.Code, n.Name, n.Programme, n.OrgID
	c.PolicyDigest, c.CalendarVersion = n.PolicyDigest, n.CalendarVersion
	c.WindowStart, c.WindowEnd = n.WindowStart.UTC(), n.WindowEnd.UTC()
	c.OpensAt, c.Pace, c.UpdatedAt = n.OpensAt, n.Pace, now
}

// CreateCohort adds a cohort as a draft.
func (s *Store) CreateCohort(ctx context.Context, n NewCohort, by string) (*Cohort, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	org, err := s.Org(ctx, n.OrgID)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	c := Cohort{
		ID: newID(), Path: org.Path, Status: CohortDraft, CreatedBy: by, CreatedAt: now, UpdatedBy: by,
		LayersAt: n.LayersAt, PreviousID: n.PreviousID,
	}
	n.fill(&c, now)
	return &c, cohortError(s.Tx(ctx, func(tx *gorm.DB) error { return createCohort(tx, &c) }), "create cohort")
}

func createCohort(tx *gorm.DB, c *Cohort) error {
	if err := tx.Create(c).Error; err != nil {
		return err
	}
	return tellCohort(tx, c)
}

// tellCohort tells those whom the cohort concerns.
func tellCohort(tx *gorm.DB, c *Cohort) error {
	return tell(tx, FeedRow{Topic: FeedCohort, Path: c.Path})
}

func cohortError(err error, doing string) error {
	if IsDuplicate(err) {
		return apperr.Wrap(err, apperr.Conflict, "该批次代码已被使用，请换一个。").On("code")
	}
	return fail(err, doing)
}

// EditCohort changes a cohort while it is a draft. Its organisation, policy and calendar
// stay.
func (s *Store) EditCohort(ctx context.Context, id string, n NewCohort, by string) (*Cohort, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	var c Cohort
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := draftCohort(tx, id, &c); err != nil {
			return err
		}
		n.OrgID, c.UpdatedBy = c.OrgID, by
		n.PolicyDigest, n.CalendarVersion = c.PolicyDigest, c.CalendarVersion
		n.fill(&c, s.Now())
		if err := tx.Save(&c).Error; err != nil {
			return err
		}
		return tellCohort(tx, &c)
	})
	return &c, cohortError(err, "edit cohort")
}

// draftCohort locks a cohort that may still be edited.
func draftCohort(tx *gorm.DB, id string, c *Cohort) error {
	if err := forUpdate(tx).Where("id = ?", id).Take(c).Error; err != nil {
		return found(err, "批次", "load cohort")
	}
	if c.Status != CohortDraft {
		return apperr.New(apperr.Conflict, "该批次已经开启，不能再修改；可以延长研修结束时间或补充学校。")
	}
	return nil
}

// ExtendCohort moves the end of the study window later, also while the cohort runs. Cases
// that are filed from then on get the new end; those in training keep theirs, which only
// their reviewer reopens.
func (s *Store) ExtendCohort(ctx context.Context, id string, until time.Time, by string) (*Cohort, error) {
	until = until.UTC().Truncate(time.Microsecond)
	var c Cohort
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := forUpdate(tx).Where("id = ?", id).Take(&c).Error; err != nil {
			return found(err, "批次", "load cohort")
		}
		switch {
		case c.Status == CohortClosed:
			return apperr.New(apperr.Conflict, "该批次已经结束，不能再延长研修时间。")
		case !until.After(c.WindowEnd):
			return apperr.Field("window_end", "研修结束时间只能延后，不能提前。")
		case !until.After(s.Now()):
			return apperr.Field("window_end", "研修结束时间须晚于现在。")
		}
		c.WindowEnd, c.UpdatedBy, c.UpdatedAt = until, by, s.Now()
		if err := tx.Model(&c).Select("window_end", "updated_by", "updated_at").Updates(&c).Error; err != nil {
			return err
		}
		return tellCohort(tx, &c)
	})
	return &c, err
}

// AddSchools plans schools into a cohort that is not closed. Those already in it stay, but
// for those whose 缓期 is over: they are planned again.
func (s *Store) AddSchools(ctx context.Context, cohortID string, schoolIDs []string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var c Cohort
		if err := forUpdate(tx).Where("id = ?", cohortID).Take(&c).Error; err != nil {
			return found(err, "批次", "load cohort")
		}
		if c.Status == CohortClosed {
			return apperr.New(apperr.Conflict, "该批次已经结束，不能再增加学校。")
		}
		var valid int64
		err := tx.Model(&Org{}).Where("id IN ? AND level = ? AND path >= ? AND path < ?",
			schoolIDs, LevelSchool, c.Path, pathEnd(c.Path)).Count(&valid).Error
		if err != nil {
			return err
		}
		if int(valid) != len(schoolIDs) || len(schoolIDs) == 0 {
			return apperr.Field("schools", "所选机构中有的不是本级管辖的学校，或重复选择，请核对。")
		}
		running, err := runningElsewhere(tx, &c, schoolIDs)
		if err != nil {
			return err
		}
		for _, r := range running {
			return apperr.New(apperr.Conflict, r.SchoolName+r.reason()).On("schools")
		}
		rows := make([]CohortSchool, len(schoolIDs))
		for i, id := range schoolIDs {
			rows[i] = CohortSchool{CohortID: cohortID, SchoolID: id, Status: SchoolPlanned}
		}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, batchSize).Error; err != nil {
			return err
		}
		if err := planDue(tx, cohortID, s.Now(), schoolIDs); err != nil {
			return err
		}
		return tellCohort(tx, &c)
	})
}

// RemoveSchool takes a school out of a cohort before its case is opened.
func (s *Store) RemoveSchool(ctx context.Context, cohortID, schoolID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var row CohortSchool
		err := forUpdate(tx).Where("cohort_id = ? AND school_id = ?", cohortID, schoolID).Take(&row).Error
		if err != nil {
			return found(err, "学校", "load school of cohort")
		}
		if row.Status == SchoolOpened || row.CaseID != nil {
			return apperr.New(apperr.Conflict, "该校的项目已经开启，不能移出批次；如需停止，请终止项目。")
		}
		if err := tx.Delete(&row).Error; err != nil {
			return err
		}
		if err := backToFirstRound(tx, cohortID, schoolID); err != nil {
			return err
		}
		return tellPlace(tx, schoolID)
	})
}

// Cohort returns one cohort.
func (s *Store) Cohort(ctx context.Context, id string) (*Cohort, error) {
	var c Cohort
	if err := s.DB(ctx).Where("id = ?", id).Take(&c).Error; err != nil {
		return nil, found(err, "批次", "load cohort")
	}
	return &c, nil
}

// ancestors lists every path that is a prefix of one of paths, itself included.
func ancestors(paths []string) []string {
	var list []string
	for _, p := range paths {
		for i := 1; i < len(p); i++ {
			if p[i] == '/' {
				list = append(list, p[:i+1])
			}
		}
	}
	return list
}

// CohortByCode returns the cohort with that code.
func (s *Store) CohortByCode(ctx context.Context, code string) (*Cohort, error) {
	var c Cohort
	if err := s.DB(ctx).Where("code = ?", code).Take(&c).Error; err != nil {
		return nil, found(err, "批次", "load cohort by code")
	}
	return &c, nil
}

// CohortSchools lists the schools of a cohort by status.
func (s *Store) CohortSchools(ctx context.Context, cohortID string) ([]CohortSchool, error) {
	var rows []CohortSchool
	err := s.DB(ctx).Where("cohort_id = ?", cohortID).Order("status, school_id").Find(&rows).Error
	return rows, fail(err, "list schools of cohort")
}

// SetCohortStatus moves a cohort on; false when it was not in from any more.
func (s *Store) SetCohortStatus(ctx context.Context, id string, from, to CohortStatus) (bool, error) {
	moved := false
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		moved = false
		res := tx.Model(&Cohort{}).Where("id = ? AND status = ?", id, from).
			Updates(map[string]any{"status": to, "updated_at": s.Now()})
		moved = res.RowsAffected > 0
		if res.Error != nil || !moved {
			return fail(res.Error, "set cohort status")
		}
		c, err := cohortOf(tx, id)
		if err != nil {
			return err
		}
		e := AuditEntry{Action: "cohort.status", SubjectKind: "cohort", SubjectID: id, OrgID: c.OrgID, Details: map[string]any{"from": from, "to": to}}
		if err := audit(tx, e); err != nil {
			return err
		}
		return tellCohort(tx, &c)
	})
	return moved, err
}

// MarkOpened notes that a school's case exists; noting it again changes nothing.
func (s *Store) MarkOpened(ctx context.Context, cohortID, schoolID, caseID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Model(&CohortSchool{}).Where("cohort_id = ? AND school_id = ? AND status = ?", cohortID, schoolID, SchoolPlanned).
			Updates(map[string]any{"status": SchoolOpened, "case_id": caseID, "opened_at": s.Now()})
		if res.Error != nil || res.RowsAffected == 0 {
			return fail(res.Error, "mark school opened")
		}
		e := AuditEntry{Action: "cohort.school_opened", SubjectKind: "case", SubjectID: caseID, OrgID: schoolID}
		if err := audit(tx, e); err != nil {
			return err
		}
		return tellPlace(tx, schoolID)
	})
}

// tellPlace tells those above a school that its place in a cohort has changed.
func tellPlace(tx *gorm.DB, schoolID string) error {
	var school Org
	if err := tx.Where("id = ?", schoolID).Take(&school).Error; err != nil {
		return found(err, "学校", "load school")
	}
	return tell(tx, FeedRow{Topic: FeedCohort, Path: school.Path})
}
