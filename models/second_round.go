package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// SecondRoundRow says whether a school of a cohort takes part in its second round, and why
// or why not.
type SecondRoundRow struct {
	SchoolID     string
	SchoolCode   string
	SchoolName   string
	DistrictName string
	Taken        bool
	Why          string
}

// place is a school of a cohort with what decides about the second round.
type place struct {
	CohortSchool

	SchoolCode   string
	SchoolName   string
	DistrictName string
	Stage        domain.Stage
	Result       domain.Result
	Newer        string // the name of a cohort made later that has it
}

// SecondRound previews the second round of a cohort (O3): the schools not yet assessed and
// those that did not pass, in the order of their codes. Nothing is changed.
func (s *Store) SecondRound(ctx context.Context, cohortID string) ([]SecondRoundRow, error) {
	c, err := s.Cohort(ctx, cohortID)
	if err != nil {
		return nil, err
	}
	return secondRound(s.DB(ctx), c, s.Now())
}

func secondRound(db *gorm.DB, c *Cohort, now time.Time) ([]SecondRoundRow, error) {
	var places []place
	newer := db.Session(&gorm.Session{NewDB: true}).Table("cohort_schools n").Joins("JOIN cohorts nc ON nc.id = n.cohort_id").
		Where("n.school_id = cohort_schools.school_id AND nc.programme = ? AND nc.created_at > ?", c.Programme, c.CreatedAt).Select("MAX(nc.name)")
	err := db.Table("cohort_schools").Where("cohort_schools.cohort_id = ?", c.ID).
		Joins("JOIN orgs ON orgs.id = cohort_schools.school_id").Joins("JOIN orgs d ON d.id = orgs.parent_id").
		Joins("LEFT JOIN cases ON cases.id = cohort_schools.case_id").
		Select("cohort_schools.*, orgs.code AS school_code, orgs.name AS school_name, d.name AS district_name, "+
			"COALESCE(cases.stage, '') AS stage, COALESCE(cases.result, '') AS result, COALESCE((?), '') AS newer", newer).
		Order("orgs.code").Find(&places).Error
	rows := make([]SecondRoundRow, len(places))
	for i := range places {
		p := &places[i]
		taken, why := p.again(now)
		rows[i] = SecondRoundRow{p.SchoolID, p.SchoolCode, p.SchoolName, p.DistrictName, taken, why}
	}
	return rows, fail(err, "list schools for second round")
}

// again says whether a school is assessed again, and why or why not.
func (p *place) again(now time.Time) (bool, string) {
	switch {
	case p.Newer != "":
		return false, "已在之后的批次“" + p.Newer + "”中"
	case p.Status == SchoolExempt, p.Result == domain.ResultExempt:
		return false, "免考"
	case p.Status == SchoolDeferred && !p.Due(now):
		return false, "缓期至 " + p.Until.In(china).Format(time.DateOnly) + "，尚未到期"
	case p.Status == SchoolDeferred:
		return true, "缓期已到期"
	case p.CaseID == nil:
		return true, "未立项"
	case p.Result == domain.ResultFailed && p.Stage == domain.StageClosed:
		return true, "不通过"
	case p.Result == domain.ResultTerminated:
		return true, "项目已终止"
	case p.Result == domain.ResultPassed:
		return false, "已通过"
	}
	return false, "在办：" + p.Stage.Name()
}

// StartSecondRound drafts the cohort n with the schools that SecondRound takes, or with
// some of them where only names them. Those that had no case yet are opened there only.
func (s *Store) StartSecondRound(ctx context.Context, cohortID string, n NewCohort, only []string, by string) (*Cohort, []SecondRoundRow, error) {
	if err := n.check(); err != nil {
		return nil, nil, err
	}
	var c Cohort
	var rows []SecondRoundRow
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var first Cohort
		if err := forUpdate(tx).Where("id = ?", cohortID).Take(&first).Error; err != nil {
			return found(err, "批次", "load cohort")
		}
		// No case is opened in the first round while it is judged which schools have none.
		var places []CohortSchool
		err := forUpdate(tx).Where("cohort_id = ?", cohortID).Order("school_id").Find(&places).Error
		if err != nil {
			return err
		}
		now := s.Now()
		if rows, err = secondRound(tx, &first, now); err != nil {
			return err
		}
		if err := choose(rows, only); err != nil {
			return err
		}
		n.OrgID, n.Programme = first.OrgID, first.Programme
		c = Cohort{
			ID: newID(), Path: first.Path, Status: CohortDraft, CreatedBy: by, CreatedAt: now, UpdatedBy: by,
			LayersAt: n.LayersAt, PreviousID: first.ID,
		}
		n.fill(&c, now)
		return takeUp(tx, &c, rows)
	})
	return &c, rows, cohortError(err, "start second round")
}

// choose leaves out the schools that only does not name; each that it names must be one
// to be taken.
func choose(rows []SecondRoundRow, only []string) error {
	if len(only) == 0 {
		return nil
	}
	left := make(map[string]bool, len(only))
	for _, id := range only {
		left[id] = true
	}
	for i := range rows {
		r := &rows[i]
		switch {
		case left[r.SchoolID] && !r.Taken:
			return apperr.Field("school_ids", r.SchoolName+"不能进入第二轮："+r.Why+"。请重新选择学校。")
		case left[r.SchoolID]:
			delete(left, r.SchoolID)
		case r.Taken:
			r.Taken, r.Why = false, "本次没有选入"
		}
	}
	if len(left) > 0 {
		return apperr.Field("school_ids", "所选学校中有的已不在本批次内，请重新选择学校。")
	}
	return nil
}

func takeUp(tx *gorm.DB, c *Cohort, rows []SecondRoundRow) error {
	var ids []string
	var places []CohortSchool
	for _, r := range rows {
		if r.Taken {
			ids = append(ids, r.SchoolID)
			places = append(places, CohortSchool{CohortID: c.ID, SchoolID: r.SchoolID, Status: SchoolPlanned})
		}
	}
	if len(ids) == 0 {
		return apperr.New(apperr.Conflict, "没有需要进入第二轮的学校：都已通过、免考、在办、缓期未到或已在之后的批次中。")
	}
	if err := createCohort(tx, c); err != nil {
		return err
	}
	if err := tx.CreateInBatches(places, batchSize).Error; err != nil {
		return err
	}
	return tx.Model(&CohortSchool{}).Where("cohort_id = ? AND case_id IS NULL AND status IN ? AND school_id IN ?",
		c.PreviousID, []string{SchoolPlanned, SchoolDeferred}, ids).Update("status", SchoolMoved).Error
}

// backToFirstRound gives a school that is taken out of a second round its place in the
// first one back.
func backToFirstRound(tx *gorm.DB, cohortID, schoolID string) error {
	c, err := cohortOf(tx, cohortID)
	if err != nil || c.PreviousID == "" {
		return err
	}
	return fail(tx.Model(&CohortSchool{}).Where("cohort_id = ? AND school_id = ? AND status = ?", c.PreviousID, schoolID, SchoolMoved).
		Update("status", SchoolPlanned).Error, "give school its place back")
}
