package models

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// whileStudying is when a frozen roster may still change: see the rule of roster.consent.
var whileStudying = permit{stages: []domain.Stage{domain.StageTraining, domain.StageAssessment}}

// AskRosterChange keeps a school's request to add a teacher to its frozen roster or to
// change one, and tells the reviewers.
func (s *Store) AskRosterChange(ctx context.Context, caseID string, e RosterEntry, reason, by string) (*RosterRequest, error) {
	var r *RosterRequest
	err := s.Tx(ctx, func(tx *gorm.DB) (err error) {
		c, state, err := s.writable(tx, caseID, whileStudying)
		if err != nil {
			return err
		}
		if c.RosterFrozenAt == nil {
			return apperr.New(apperr.Conflict, "名册尚未冻结，可以直接修改，不需要申请。")
		}
		r, err = s.ask(tx, c, state, e, reason, by)
		return err
	})
	return r, fail(err, "ask for roster change")
}

func (s *Store) ask(tx *gorm.DB, c *Case, state domain.State, e RosterEntry, reason, by string) (*RosterRequest, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return nil, apperr.Field("reason", "请填写变更名册的理由。")
	}
	if err := e.Status.Check("status"); err != nil {
		return nil, err
	}
	var was RosterRow
	if err := tx.Where("case_id = ? AND user_id = ?", c.ID, e.UserID).Limit(1).Find(&was).Error; err != nil {
		return nil, err
	}
	name := was.Name
	if was.UserID == "" {
		names, err := schoolNames(tx, c.SchoolID, []RosterEntry{e})
		if err != nil {
			return nil, err
		}
		name = names[e.UserID]
	}
	if err := worthAsking(tx, c.ID, was, e); err != nil {
		return nil, err
	}
	r := RosterRequest{
		ID: newID(), CaseID: c.ID, UserID: e.UserID, Name: name, Subject: e.Subject, FullTime: e.FullTime, OldStatus: was.Status, NewStatus: e.Status,
		Reason: reason, Status: RequestOpen, OpenSlot: e.UserID, AskedBy: by, AskedAt: s.Now(),
	}
	if err := tx.Create(&r).Error; IsDuplicate(err) {
		return nil, apperr.Wrap(err, apperr.Conflict, "该教师已有一份申请等待答复，请先撤回或等审核单位答复。").On("user_id")
	} else if err != nil {
		return nil, err
	}
	return &r, s.tellReviewers(tx, c, state, r)
}

// worthAsking refuses a change that is none, and leaving while leading a group.
func worthAsking(tx *gorm.DB, caseID string, was RosterRow, e RosterEntry) error {
	next := was
	next.Subject, next.FullTime, next.Status = e.Subject, e.FullTime, e.Status
	if was.UserID != "" && next == was {
		return apperr.New(apperr.Conflict, "名册中已经如此，没有需要变更的内容。")
	}
	if e.Status == domain.RosterActive {
		return nil
	}
	leads, err := leadsGroup(tx, caseID, e.UserID)
	if err == nil && leads {
		err = apperr.New(CodeInUse, "该教师是教研组组长，请先更换组长再申请。").On("user_id")
	}
	return err
}

// tellReviewers leaves a notice with everybody who reviews the school.
func (s *Store) tellReviewers(tx *gorm.DB, c *Case, state domain.State, r RosterRequest) error {
	people, err := holders(tx, state.SuperiorID, state.Reviewer())
	if err != nil {
		return err
	}
	n := Notice{
		Source: "roster/" + r.ID, CaseID: c.ID, Kind: noticeRoster, Title: c.SchoolName + "：申请变更教师名册", Body: r.Name + "：" + r.Reason,
		Link: "/roster-requests", CreatedAt: r.AskedAt,
	}
	return s.tellDesks(tx, n, n.Title, c.SchoolName, idsOf(people)...)
}

// WithdrawRosterRequest takes back a request that waits.
func (s *Store) WithdrawRosterRequest(ctx context.Context, caseID, id, by string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if _, _, err := s.writable(tx, caseID, whileOpen); err != nil {
			return err
		}
		var r RosterRequest
		if err := forUpdate(tx).Where("id = ? AND case_id = ?", id, caseID).Take(&r).Error; err != nil {
			return found(err, "申请", "load roster request")
		}
		if r.Status != RequestOpen {
			return apperr.New(domain.CodeRosterRequest, "该申请已答复或已撤回，请刷新后查看。")
		}
		now := s.Now()
		r.Status, r.OpenSlot, r.AnsweredBy, r.AnsweredAt = RequestWithdrawn, r.ID, by, &now
		return tx.Save(&r).Error
	})
}

// RosterRequestView is a request with the names that lists show.
type RosterRequestView struct {
	RosterRequest

	School   string
	Asker    string
	Answerer string
}

func (s *Store) requestViews(ctx context.Context) *gorm.DB {
	return s.DB(ctx).Table("roster_requests").
		Select("roster_requests.*, cases.school_name AS school, COALESCE(a.name, '') AS asker, COALESCE(b.name, '') AS answerer").
		Joins("JOIN cases ON cases.id = roster_requests.case_id").
		Joins("LEFT JOIN users a ON a.id = roster_requests.asked_by").Joins("LEFT JOIN users b ON b.id = roster_requests.answered_by")
}

func requestKeys(v *RosterRequestView) []any { return []any{&v.AskedAt, &v.ID} }

// RosterRequests lists those of one case, the newest first.
func (s *Store) RosterRequests(ctx context.Context, caseID string, p Page) ([]RosterRequestView, string, error) {
	return paged(s.requestViews(ctx).Where("roster_requests.case_id = ?", caseID), p,
		"roster_requests.asked_at DESC, roster_requests.id DESC", requestKeys, "list roster requests")
}

// RosterRequestsInScope lists those of the schools in scope with a status, first come
// first. text is within the name of school or teacher.
func (s *Store) RosterRequestsInScope(
	ctx context.Context, scope Scope, status RequestStatus, text string, p Page,
) ([]RosterRequestView, string, error) {
	q := scope.Cases(s.requestViews(ctx)).Where("roster_requests.status = ?", status)
	if text != "" {
		q = q.Where("(cases.school_name LIKE ? ESCAPE '!' OR roster_requests.name LIKE ? ESCAPE '!')", contains(text), contains(text))
	}
	return paged(q, p, "roster_requests.asked_at, roster_requests.id", requestKeys, "list roster requests in scope")
}
