// Package aftermath holds what must be true when everything is over, however often parts
// of the system died on the way: nothing acknowledged is lost, nothing happened twice,
// chains are whole and ledgers balance.
package aftermath

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
	"zhengxiao/standalone/drive"
)

// Report counts what was looked at.
type Report struct {
	Acks      int // acknowledged actions
	Later     int // of them acknowledged before they were decided
	Overtaken int // of them refused because an earlier attempt had arrived after all
	// Rows counts what people did and what came of it, by table.
	Rows map[string]int64
}

// counted are the tables whose rows nobody may lose.
var counted = []string{
	"events", "actions", "tasks", "files", "file_versions", "dossier_pins", "roster", "activities", "participations",
	"teacher_points", "scores", "credits", "users", "grants",
}

// Check looks at everything and returns all that is wrong. The schools' cases must have
// come to their ends.
func Check(ctx context.Context, db *gorm.DB, store *models.Store, acks []drive.Ack, schools []*drive.School) (Report, error) {
	r := Report{Acks: len(acks)}
	var wrong []error
	for _, a := range acks {
		wrong = append(wrong, r.kept(ctx, store, a))
	}
	for _, s := range schools {
		if err := store.VerifyChain(ctx, s.CaseID); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", s.Name, err))
		}
		wrong = append(wrong, once(ctx, db, s), balanced(ctx, db, s))
	}
	r.Rows = map[string]int64{}
	for _, table := range counted {
		var n int64
		if err := db.WithContext(ctx).Table(table).Count(&n).Error; err != nil {
			wrong = append(wrong, fmt.Errorf("count %s: %w", table, err))
		}
		r.Rows[table] = n
	}
	return r, errors.Join(wrong...)
}

// kept checks that an acknowledged action was decided, and as its sender was told.
func (r *Report) kept(ctx context.Context, store *models.Store, a drive.Ack) error {
	row, err := store.ActionByID(ctx, a.ActionID)
	if err != nil {
		return fmt.Errorf("acknowledged %s is lost: %w", a.Kind, err)
	}
	if a.Later {
		r.Later++
	}
	want := models.ActionAccepted
	if a.Seq == 0 {
		// A first attempt that got no answer had arrived after all: this, the second, was
		// refused, and the client was told so.
		want = models.ActionRefused
		r.Overtaken++
	}
	if row.Status != want || (a.Seq != 0 && row.Seq != a.Seq) {
		return fmt.Errorf("acknowledged %s is %s with number %d, its sender was told %s with %d", a.Kind, row.Status, row.Seq, want, a.Seq)
	}
	return nil
}

// onceEach happens once in every case that comes to registered hours.
var onceEach = []domain.Kind{
	domain.SystemOpen, domain.SubmitTeam, domain.SubmitDiagnosis, domain.ApprovePlan, domain.FinishTraining,
	domain.SubmitAssessment, domain.AssignPanel, domain.SystemCredited, domain.ConfirmCredit, domain.RegisterCredit,
}

// atMost is how often the other actions of the driver's ways happen: a plan is handed in
// again after one return, a dossier after one rectification, and each expert of the panel
// accepts once and scores once a round.
var atMost = map[domain.Kind]int64{
	domain.SubmitPlan: 2, domain.ReturnPlan: 1, domain.SubmitDossier: 2, domain.ConfirmResult: 2,
}

// once looks for actions that took effect more often than anybody meant: a person who got
// no answer sends the action again under another key.
func once(ctx context.Context, db *gorm.DB, s *drive.School) error {
	var rows []struct {
		Kind domain.Kind
		N    int64
	}
	err := db.WithContext(ctx).Model(&models.Event{}).Where("case_id = ?", s.CaseID).Select("kind, COUNT(*) AS n").Group("kind").Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("count events: %w", err)
	}
	times := map[domain.Kind]int64{}
	for _, r := range rows {
		times[r.Kind] = r.N
	}
	var wrong []error
	for _, k := range onceEach {
		if times[k] != 1 {
			wrong = append(wrong, fmt.Errorf("%s: %s happened %d times", s.Name, k, times[k]))
		}
	}
	for k, most := range atMost {
		if times[k] > most {
			wrong = append(wrong, fmt.Errorf("%s: %s happened %d times, more than %d", s.Name, k, times[k], most))
		}
	}
	if rounds := times[domain.SubmitDossier]; times[domain.SubmitScore] > rounds*times[domain.AcceptPanel] {
		wrong = append(wrong,
			fmt.Errorf("%s: %d experts scored %d times in %d rounds", s.Name, times[domain.AcceptPanel], times[domain.SubmitScore], rounds))
	}
	return errors.Join(wrong...)
}

// balanced checks that every teacher has 25 registered hours, no more and no less.
func balanced(ctx context.Context, db *gorm.DB, s *drive.School) error {
	var rows []struct {
		UserID string
		Hours  domain.Hours
		States string
	}
	err := db.WithContext(ctx).Model(&models.Credit{}).Where("case_id = ?", s.CaseID).
		Select("user_id, SUM(hours) AS hours, GROUP_CONCAT(DISTINCT state) AS states").Group("user_id").Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read credits: %w", err)
	}
	if len(rows) != len(s.Teachers) {
		return fmt.Errorf("%s: %d of %d teachers have credit", s.Name, len(rows), len(s.Teachers))
	}
	for _, row := range rows {
		if row.Hours != 250 || row.States != string(domain.CreditRegistered) {
			return fmt.Errorf("%s: a teacher has %d tenths of hours, %s", s.Name, row.Hours, row.States)
		}
	}
	return nil
}
