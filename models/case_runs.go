package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// OutboxSend is a message of the system to a case.
const OutboxSend = "send"

// SendPayload is the message that a worker puts into the case's mailbox.
type SendPayload struct {
	ActionID string      `json:"action_id"`
	Kind     domain.Kind `json:"kind"`
	Body     domain.Body `json:"body"`
}

// defaultPace is how many cases a minute a run reaches when the cohort names no pace.
const defaultPace = 600

// StartRun notes a run with all its cases, and leaves one message for each in the outbox,
// spread over time by the cohort's pace. A run that is known already stays as it is. first,
// which may be nil, changes what the run is about, in the same transaction.
func (s *Store) StartRun(ctx context.Context, asked CaseRun, cases []Case, first func(tx *gorm.DB, c *Cohort) error) (*CaseRun, error) {
	var run CaseRun
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		run = asked
		var cohort Cohort
		if err := forUpdate(tx).Where("id = ?", run.CohortID).Take(&cohort).Error; err != nil {
			return found(err, "批次", "lock cohort")
		}
		same, known, err := sameRun(tx, run)
		if err != nil {
			return err
		}
		if known {
			run = same
			return nil
		}
		if first != nil {
			if err := first(tx, &cohort); err != nil {
				return err
			}
		}
		run.Cases, run.CreatedAt = len(cases), s.Now()
		if err := tx.Create(&run).Error; err != nil {
			return err
		}
		return sendAll(tx, run, cases, cohort.Pace)
	})
	return &run, fail(err, "start run")
}

// errRunReused is the answer to a key that was used for another request.
var errRunReused = apperr.New(apperr.KeyReused, "同一个 Idempotency-Key 已用于内容不同的请求，请换一个新的键再提交。").On("Idempotency-Key")

// Known reports whether a run was asked for before.
func (s *Store) Known(ctx context.Context, run CaseRun) (bool, error) {
	_, known, err := sameRun(s.DB(ctx), run)
	return known, err
}

func sameRun(tx *gorm.DB, run CaseRun) (same CaseRun, known bool, err error) {
	err = tx.Where("id = ?", run.ID).Take(&same).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return same, false, nil
	case err != nil:
		return same, false, fail(err, "look for run")
	case same.SHA256 != run.SHA256:
		return same, false, errRunReused
	}
	return same, true, nil
}

func sendAll(tx *gorm.DB, run CaseRun, cases []Case, pace int) error {
	if pace <= 0 {
		pace = defaultPace
	}
	kind, body := run.message()
	items, intakes, outbox := make([]CaseRunItem, len(cases)), make([]ActionRow, len(cases)), make([]OutboxRow, len(cases))
	for i := range cases {
		id := domain.SystemActionID(cases[i].ID, kind, 0, run.ID)
		raw, err := json.Marshal(SendPayload{ActionID: id, Kind: kind, Body: body})
		if err != nil {
			return fmt.Errorf("encode message: %w", err)
		}
		items[i] = CaseRunItem{RunID: run.ID, No: i + 1, CaseID: cases[i].ID, ActionID: id}
		intakes[i] = ActionRow{
			ID: id, CaseID: cases[i].ID, ActorID: domain.System().UserID, Kind: kind, Status: ActionPending, ReceivedAt: run.CreatedAt,
		}
		outbox[i] = OutboxRow{
			ID: newID(), CaseID: cases[i].ID, Seq: cases[i].Seq, Kind: OutboxSend, Subject: id, Payload: string(raw),
			CreatedAt: run.CreatedAt, NotBefore: run.CreatedAt.Add(time.Duration(i) * time.Minute / time.Duration(pace)),
		}
	}
	for _, rows := range []any{items, intakes, outbox} {
		if err := tx.CreateInBatches(rows, batchSize).Error; err != nil {
			return err
		}
	}
	return nil
}

// message is what every case of the run is told.
func (r CaseRun) message() (domain.Kind, domain.Body) {
	if r.Kind == RunMigrate {
		return domain.SystemMigrate, domain.Body{Policy: r.Target, Comment: r.Reason}
	}
	return domain.SystemRecompute, domain.Body{Comment: r.Reason}
}

// AnswerClosed settles a message to a case that has ended: its mailbox is gone. It is false
// while the case is open, and the engine's not knowing it something else.
func (s *Store) AnswerClosed(ctx context.Context, caseID, actionID string) (bool, error) {
	return s.settleClosed(ctx, caseID, actionID, "该项目已办结，期限和政策不再变动。")
}

// RefuseClosed does the same with the action of a person.
func (s *Store) RefuseClosed(ctx context.Context, caseID, actionID string) (bool, error) {
	return s.settleClosed(ctx, caseID, actionID, "该项目已办结，不能再操作；如需查看，请打开全程记录。")
}

func (s *Store) settleClosed(ctx context.Context, caseID, actionID, message string) (bool, error) {
	c, err := s.CaseByID(ctx, caseID)
	if err != nil || c.ClosedAt == nil {
		return false, err
	}
	now := s.Now()
	err = s.DB(ctx).Model(&ActionRow{}).Where("id = ? AND status = ?", actionID, ActionPending).Updates(map[string]any{
		"status": ActionRefused, "code": string(apperr.CaseClosed), "message": message, "decided_at": now, "envelope": nil, "resend_at": nil,
		"outcome": `{"code":"` + string(apperr.CaseClosed) + `"}`,
	}).Error
	return true, fail(err, "settle message to closed case")
}

// RunView is a run with who asked for it and how far it is.
type RunView struct {
	CaseRun

	ByName   string
	Accepted int
	Refused  int
}

// Runs lists the runs over a cohort, newest first.
func (s *Store) Runs(ctx context.Context, cohortID string, p Page) ([]RunView, string, error) {
	return s.runs(ctx, s.DB(ctx).Where("case_runs.cohort_id = ?", cohortID), p)
}

// Run is one run over a cohort.
func (s *Store) Run(ctx context.Context, cohortID, id string) (*RunView, error) {
	rows, _, err := s.runs(ctx, s.DB(ctx).Where("case_runs.cohort_id = ? AND case_runs.id = ?", cohortID, id), Page{Limit: 1})
	if err == nil && len(rows) == 0 {
		err = notFound("办理记录")
	}
	if err != nil {
		return nil, err
	}
	return &rows[0], nil
}

func (s *Store) runs(ctx context.Context, q *gorm.DB, p Page) ([]RunView, string, error) {
	q = q.Table("case_runs").Joins("LEFT JOIN users u ON u.id = case_runs.created_by").Select("case_runs.*, COALESCE(u.name, '') AS by_name")
	rows, next, err := paged(q, p, "case_runs.created_at DESC, case_runs.id DESC",
		func(r *RunView) []any { return []any{&r.CreatedAt, &r.ID} }, "list runs")
	if err != nil {
		return nil, "", err
	}
	return rows, next, s.countRuns(ctx, rows)
}

// countRuns counts how far the runs of a page are.
func (s *Store) countRuns(ctx context.Context, rows []RunView) error {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var counts []struct {
		RunID  string
		Status string
		N      int
	}
	err := s.DB(ctx).Table("case_run_items i").Joins("JOIN actions a ON a.id = i.action_id").Where("i.run_id IN ?", ids).
		Group("i.run_id, a.status").Select("i.run_id, a.status, COUNT(*) AS n").Scan(&counts).Error
	if err != nil {
		return fail(err, "count cases of runs")
	}
	for _, c := range counts {
		r := &rows[slices.Index(ids, c.RunID)]
		switch c.Status {
		case ActionAccepted:
			r.Accepted = c.N
		case ActionRefused:
			r.Refused = c.N
		}
	}
	return nil
}

// RunItem is one case of a run and what became of it.
type RunItem struct {
	CaseRunItem

	SchoolName   string
	DistrictName string
	Stage        domain.Stage // where the case is now
	Status       string       // of the action
	Seq          int          // of the event, when accepted
	Code         string
	Message      string
	DecidedAt    *time.Time
}

// RunItems lists the cases of a run in the order they are told, with a status or any.
func (s *Store) RunItems(ctx context.Context, runID, status string, p Page) ([]RunItem, string, error) {
	q := s.DB(ctx).Table("case_run_items i").Where("i.run_id = ?", runID).
		Select("i.*, c.school_name, COALESCE(d.name, '') AS district_name, c.stage, a.status, a.seq, a.code, a.message, a.decided_at").
		Joins("JOIN cases c ON c.id = i.case_id").Joins("LEFT JOIN orgs d ON d.id = c.district_id").Joins("JOIN actions a ON a.id = i.action_id")
	if status != "" {
		q = q.Where("a.status = ?", status)
	}
	return paged(q, p, "i.no", func(r *RunItem) []any { return []any{&r.No} }, "list cases of run")
}
