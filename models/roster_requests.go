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
	if IsDuplicate(err) {
		return nil, apperr.Wrap(err, apperr.Conflict, "该教师已有一份申请等待答复，请先撤回或等审核单位答复。").On("user_id")
	}
	return r, fail(err, "ask for roster change")
}

func (s *Store) ask(tx *gorm.DB, c *Case, state domain.State, e RosterEntry, reason, by string) (*RosterRequest, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return nil, apperr.Field("reason", "请填写变更名册的理由。")
	}
	if err := e.Status.check("status"); err != nil {
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
	if err := tx.Create(&r).Error; err != nil {
		return nil, err
	}
	return &r, tellReviewers(tx, c, state, r)
}

// worthAsking refuses a change that is none, and leaving while leading a group.
func worthAsking(tx *gorm.DB, caseID string, was RosterRow, e RosterEntry) error {
	next := was
	next.Subject, next.FullTime, next.Status = e.Subject, e.FullTime, e.Status
	if was.UserID != "" && next == was {
		return apperr.New(apperr.Conflict, "名册中已经如此，没有需要变更的内容。")
	}
	if e.Status == RosterActive {
		return nil
	}
	var leads int64
	if err := tx.Model(&StudyGroup{}).Where("case_id = ? AND leader_id = ?", caseID, e.UserID).Count(&leads).Error; err != nil {
		return err
	}
	if leads > 0 {
		return apperr.New(CodeInUse, "该教师是教研组组长，请先更换组长再申请。").On("user_id")
	}
	return nil
}

// tellReviewers leaves a notice with everybody who reviews the school.
func tellReviewers(tx *gorm.DB, c *Case, state domain.State, r RosterRequest) error {
	people, err := holders(tx, state.SuperiorID, state.Reviewer())
	if err != nil {
		return err
	}
	for _, u := range people {
		n := Notice{
			ID: newID(), UserID: u.ID, Source: "roster/" + r.ID + "/" + u.ID, CaseID: c.ID, Kind: "roster",
			Title: c.SchoolName + "：申请变更教师名册", Body: r.Name + "：" + r.Reason, Link: "/roster-requests", CreatedAt: r.AskedAt,
		}
		if err := tx.Create(&n).Error; err != nil {
			return err
		}
		if err := tell(tx, FeedRow{Topic: FeedNotice, CaseID: c.ID, UserID: u.ID}); err != nil {
			return err
		}
	}
	return nil
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

// rosterFact is what a decision on a request looks at.
func rosterFact(tx *gorm.DB, caseID, id string) (f domain.RosterFact, err error) {
	var open []RosterRequest
	if err := tx.Where("case_id = ? AND status = ?", caseID, RequestOpen).Find(&open).Error; err != nil {
		return f, fail(err, "load roster requests")
	}
	f.Waiting = len(open)
	for _, r := range open {
		if r.ID != id {
			continue
		}
		f.Open = true
		var others int64
		err := tx.Model(&RosterRow{}).
			Where("case_id = ? AND full_time AND status = ? AND user_id <> ?", caseID, RosterActive, r.UserID).Count(&others).Error
		if err != nil {
			return f, fail(err, "count roster")
		}
		f.FullTime = int(others)
		if r.FullTime && r.NewStatus == RosterActive {
			f.FullTime++
		}
	}
	return f, nil
}

// takeUpRequest changes the roster as the reviewer consented.
func takeUpRequest(t *turn) error {
	r, err := t.answer(RequestConsented)
	if err != nil {
		return err
	}
	row := RosterRow{CaseID: r.CaseID, UserID: r.UserID, Name: r.Name}
	if err := t.tx.Where("case_id = ? AND user_id = ?", r.CaseID, r.UserID).Limit(1).Find(&row).Error; err != nil {
		return fail(err, "load teacher")
	}
	if row.Status != r.NewStatus {
		change := RosterChange{
			ID: newID(), CaseID: r.CaseID, UserID: r.UserID, OldStatus: row.Status, NewStatus: r.NewStatus,
			Reason: r.Reason, ChangedBy: t.a.Actor.UserID, ChangedAt: t.at,
		}
		if err := t.tx.Create(&change).Error; err != nil {
			return fail(err, "record roster change")
		}
	}
	row.Subject, row.FullTime, row.Status = r.Subject, r.FullTime, r.NewStatus
	if err := upsert(t.tx).Create(&row).Error; err != nil {
		return fail(err, "change roster")
	}
	return tellCase(t.tx, FeedRecords, t.c)
}

func turnDownRequest(t *turn) error {
	_, err := t.answer(RequestDeclined)
	return err
}

// answer closes the request that the action answers.
func (t *turn) answer(s RequestStatus) (RosterRequest, error) {
	var r RosterRequest
	err := t.tx.Where("id = ? AND case_id = ? AND status = ?", t.a.Body.Request, t.c.ID, RequestOpen).Take(&r).Error
	if err != nil {
		return r, fail(err, "load roster request")
	}
	r.Status, r.OpenSlot, r.AnsweredBy, r.AnsweredAt, r.Comment = s, r.ID, t.a.Actor.UserID, &t.at, clipRunes(t.a.Body.Comment, 500)
	return r, fail(t.tx.Save(&r).Error, "answer roster request")
}
