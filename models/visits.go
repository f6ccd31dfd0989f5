package models

import (
	"fmt"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
)

// StageVisit is one stay of a case in a stage, begun by the event Seq. Days are those of
// calendar.DayNumber; EnteredWeek is the Monday before or on EnteredDay, LeftDay is nil
// while the stay lasts. CohortID and Path repeat the case's.
type StageVisit struct {
	CaseID      string `gorm:"primaryKey"`
	Seq         int    `gorm:"primaryKey;autoIncrement:false"`
	CohortID    string
	Path        string
	Stage       domain.Stage
	EnteredDay  int
	EnteredWeek int
	LeftDay     *int
}

// TableName is the table of StageVisit.
func (StageVisit) TableName() string { return "stage_visits" }

// syncVisits ends the stay in the stage that was left and begins the one in the next, and
// says where the plan would have the case.
func (t *turn) syncVisits() error {
	cohort, err := cohortOf(t.tx, t.c.CohortID)
	if err != nil {
		return err
	}
	t.c.plan(t.after, t.facts.Policy, t.facts.Calendar, cohort.WindowEnd)
	if t.before.Stage == t.after.Stage {
		return nil
	}
	today := calendar.DayNumber(t.at)
	err = t.tx.Model(&StageVisit{}).Where("case_id = ? AND left_day IS NULL", t.c.ID).Update("left_day", today).Error
	if err != nil {
		return fmt.Errorf("leave stage: %w", err)
	}
	row := StageVisit{
		CaseID: t.c.ID, Seq: t.after.Seq, CohortID: t.c.CohortID, Path: t.c.Path, Stage: t.after.Stage,
		EnteredDay: today, EnteredWeek: Monday(today),
	}
	tx := t.tx
	if t.again {
		tx = upsert(tx)
	}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("enter stage: %w", err)
	}
	return nil
}
