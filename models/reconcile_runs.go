package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

const (
	// slotRunning is the slot of the one run that goes on.
	slotRunning = "running"
	// reconcileSilence is how long a run may give no sign of life before it counts as lost.
	reconcileSilence = 30 * time.Second
	// findingsKept is how many differences are kept of one run; all are counted.
	findingsKept = 2000
	// messageMax is how much of the reason of a failure is kept, in bytes.
	messageMax = 1000
)

// BeginReconcile notes that a run starts. There is one at a time: another that goes on is
// a conflict, one that gives no sign of life any more is given up.
func (s *Store) BeginReconcile(ctx context.Context, by string, repair bool) (*ReconcileRun, error) {
	now := s.Now()
	run := ReconcileRun{
		ID: newID(), Slot: slotRunning, Repair: repair, StartedBy: by, StartedAt: now, BeatAt: now, Status: ReconcileRunning,
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		lost := tx.Model(&ReconcileRun{}).Where("slot = ? AND beat_at < ?", slotRunning, now.Add(-reconcileSilence)).
			Updates(map[string]any{"slot": gorm.Expr("id"), "status": ReconcileLost, "finished_at": gorm.Expr("beat_at")})
		if lost.Error != nil {
			return lost.Error
		}
		var total int64
		if err := tx.Model(&Case{}).Count(&total).Error; err != nil {
			return err
		}
		run.Total = int(total)
		e := AuditEntry{ActorID: by, Action: "reconcile.start", SubjectKind: "reconcile_run", SubjectID: run.ID, Details: map[string]any{"repair": repair}}
		if err := audit(tx, e); err != nil {
			return err
		}
		return tx.Create(&run).Error
	})
	if IsDuplicate(err) {
		return nil, apperr.Wrap(err, apperr.Conflict, "核对正在进行，请等它完成后再开始新的一次。")
	}
	return &run, fail(err, "begin reconcile run")
}

// BeatReconcile is a run's sign of life, with how many cases it has compared. False means
// that the run was given up and must stop.
func (s *Store) BeatReconcile(ctx context.Context, id string, checked int) (bool, error) {
	res := s.DB(ctx).Model(&ReconcileRun{}).Where("id = ? AND slot = ?", id, slotRunning).
		Updates(map[string]any{"beat_at": s.Now(), "checked": checked})
	if res.Error != nil || res.RowsAffected > 0 {
		return true, fail(res.Error, "note progress of reconcile run")
	}
	// MySQL does not count a row that stayed as it was.
	var n int64
	err := s.DB(ctx).Model(&ReconcileRun{}).Where("id = ? AND slot = ?", id, slotRunning).Count(&n).Error
	return n > 0, fail(err, "look for reconcile run")
}

// EndReconcile keeps what a run saw; Message says why it failed. A run that was given up
// meanwhile stays so.
func (s *Store) EndReconcile(ctx context.Context, run ReconcileRun, findings []ReconcileFinding) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var row ReconcileRun
		err := forUpdate(tx).Where("id = ? AND slot = ?", run.ID, slotRunning).Take(&row).Error
		if err != nil {
			return found(err, "核对", "load reconcile run")
		}
		now := s.Now()
		row.Slot, row.Status, row.FinishedAt, row.BeatAt = row.ID, run.Status, &now, now
		row.Checked, row.Workflows, row.Message = run.Checked, run.Workflows, truncate(run.Message, messageMax)
		row.Found, row.Repaired = len(findings), 0
		for i := range findings {
			f := &findings[i]
			f.RunID, f.N, f.Detail = row.ID, i+1, truncate(f.Detail, detailMax)
			if f.Repaired {
				row.Repaired++
			}
		}
		if kept := findings[:min(len(findings), findingsKept)]; len(kept) > 0 {
			if err := tx.CreateInBatches(kept, batchSize).Error; err != nil {
				return err
			}
		}
		return tx.Save(&row).Error
	})
}

// ReconcileView is a run as it stands now, with the name of whoever started it.
type ReconcileView struct {
	ReconcileRun

	Starter string
}

// ReconcileRuns lists the runs, the newest first. One that went on and gives no sign of
// life any more is shown as lost.
func (s *Store) ReconcileRuns(ctx context.Context, p Page) ([]ReconcileView, string, error) {
	rows, next, err := paged(s.reconcileViews(ctx), p, "reconcile_runs.started_at DESC, reconcile_runs.id DESC",
		func(r *ReconcileView) []any { return []any{&r.StartedAt, &r.ID} }, "list reconcile runs")
	for i := range rows {
		s.bury(&rows[i])
	}
	return rows, next, err
}

// ReconcileRun returns one run.
func (s *Store) ReconcileRun(ctx context.Context, id string) (*ReconcileView, error) {
	var row ReconcileView
	if err := s.reconcileViews(ctx).Where("reconcile_runs.id = ?", id).Take(&row).Error; err != nil {
		return nil, found(err, "核对", "load reconcile run")
	}
	s.bury(&row)
	return &row, nil
}

func (s *Store) reconcileViews(ctx context.Context) *gorm.DB {
	return s.DB(ctx).Table("reconcile_runs").Select("reconcile_runs.*, COALESCE(u.name, '') AS starter").
		Joins("LEFT JOIN users u ON u.id = reconcile_runs.started_by")
}

// bury shows a run without a sign of life as what it is.
func (s *Store) bury(r *ReconcileView) {
	if r.Status == ReconcileRunning && r.BeatAt.Before(s.Now().Add(-reconcileSilence)) {
		r.Status, r.FinishedAt = ReconcileLost, &r.BeatAt
	}
}

// FindingFilter narrows a list of differences; empty fields do not.
type FindingFilter struct {
	Kind     string
	Repaired *bool
}

// FindingView is a difference with the school that it concerns.
type FindingView struct {
	ReconcileFinding

	SchoolName string
}

// ReconcileFindings lists the differences that a run saw, as it met them.
func (s *Store) ReconcileFindings(ctx context.Context, runID string, f FindingFilter, p Page) ([]FindingView, string, error) {
	q := s.DB(ctx).Table("reconcile_findings").Where("reconcile_findings.run_id = ?", runID).
		Select("reconcile_findings.*, COALESCE(c.school_name, '') AS school_name").
		Joins("LEFT JOIN cases c ON c.id = reconcile_findings.case_id")
	if f.Kind != "" {
		q = q.Where("reconcile_findings.kind = ?", f.Kind)
	}
	if f.Repaired != nil {
		q = q.Where("reconcile_findings.repaired = ?", *f.Repaired)
	}
	return paged(q, p, "reconcile_findings.n", func(v *FindingView) []any { return []any{&v.N} }, "list differences")
}
