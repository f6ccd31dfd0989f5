package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// NewCase is what OpenCase needs to know beyond the cohort and the school.
type NewCase struct {
	CohortID   string
	SchoolID   string
	WorkflowID string
	ActionID   string // of the opening event
}

// OpenCase makes a school's case, with its first event and task, or returns the one
// there is: a school has one case per cohort.
func (s *Store) OpenCase(ctx context.Context, n NewCase) (Case, error) {
	var c Case
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		c = Case{}
		if err := inCohort(tx, n); err != nil {
			return err
		}
		if err := tx.Limit(1).Find(&c, "cohort_id = ? AND school_id = ?", n.CohortID, n.SchoolID).Error; err != nil {
			return fail(err, "look for case")
		}
		if c.ID != "" {
			return nil
		}
		var err error
		if c, err = s.draftCase(tx, n); err != nil {
			return err
		}
		return s.startCase(tx, &c, n)
	})
	return c, err
}

// inCohort locks the school's place in the cohort: a school that was taken out, deferred or
// exempted meanwhile gets no case.
func inCohort(tx *gorm.DB, n NewCase) error {
	var row CohortSchool
	err := forUpdate(tx).Where("cohort_id = ? AND school_id = ? AND status IN ?", n.CohortID, n.SchoolID, []string{SchoolPlanned, SchoolOpened}).
		Take(&row).Error
	return found(err, "学校", "lock school of cohort")
}

func (s *Store) draftCase(tx *gorm.DB, n NewCase) (Case, error) {
	cohort, err := cohortOf(tx, n.CohortID)
	if err != nil {
		return Case{}, err
	}
	var school, superior Org
	if err := tx.First(&school, "id = ?", n.SchoolID).Error; err != nil {
		return Case{}, found(err, "学校", "load school")
	}
	if err := tx.First(&superior, "id = ?", school.ParentID).Error; err != nil {
		return Case{}, found(err, "上级单位", "load superior")
	}
	return Case{
		ID: newID(), CohortID: n.CohortID, SchoolID: school.ID, SchoolName: school.Name,
		DistrictID: superior.ID, Direct: superior.Level == LevelCity, Path: school.Path,
		WorkflowID: n.WorkflowID, Programme: cohort.Programme, PolicyDigest: cohort.PolicyDigest, OpenedAt: s.Now(),
	}, nil
}

func (s *Store) startCase(tx *gorm.DB, c *Case, n NewCase) error {
	facts, err := s.facts(tx, c, 0, domain.Action{})
	if err != nil {
		return err
	}
	out, err := domain.Open(n.ActionID, c.ID, c.SchoolID, c.DistrictID, c.Direct, facts)
	if err != nil {
		return err
	}
	first, err := domain.Apply(domain.State{}, out)
	if err != nil {
		return fmt.Errorf("open case: %w", err)
	}
	if err := c.Project(first, out.At); err != nil {
		return err
	}
	if err := tx.Create(c).Error; err != nil {
		return fail(err, "create case")
	}
	a := Received{Action: domain.Action{ID: n.ActionID, Kind: domain.SystemOpen, Actor: domain.System(), At: out.At}}
	// The school stays planned until its workflow runs too; see MarkOpened.
	err = tx.Model(&CohortSchool{}).Where("cohort_id = ? AND school_id = ?", n.CohortID, n.SchoolID).Update("case_id", c.ID).Error
	if err != nil {
		return fail(err, "note case of school")
	}
	t := &turn{tx: tx, c: c, a: a, after: first, facts: facts, at: out.At}
	if err := t.commit(out); err != nil {
		return err
	}
	return s.remember(tx, c.ID, a, out)
}

// PlannedSchools returns the next schools of a cohort whose case is not running yet.
func (s *Store) PlannedSchools(ctx context.Context, cohortID string, limit int) ([]string, error) {
	var ids []string
	err := s.DB(ctx).Model(&CohortSchool{}).Where("cohort_id = ? AND status = ?", cohortID, SchoolPlanned).
		Order("school_id").Limit(limit).Pluck("school_id", &ids).Error
	return ids, fail(err, "list planned schools")
}
