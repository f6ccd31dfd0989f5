package models

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// DataRequest is what somebody asks about their own data (PIPL art. 44 to 47).
type DataRequest struct {
	ID         string `gorm:"primaryKey"`
	UserID     string
	Path       string // of the person's organisation
	Kind       DataRequestKind
	Words      string
	Field      CorrectionField // what is to be corrected, for those that ask it
	ValueEnc   string          // the new value, until the request is answered
	ValueMask  string
	Status     DataRequestStatus
	OpenSlot   string
	AskedAt    time.Time
	DueAt      time.Time
	AnsweredBy string
	AnsweredAt *time.Time
	Answer     string
}

// TableName is the table of DataRequest.
func (DataRequest) TableName() string { return "data_requests" }

// DataRequestKind is what is asked for.
type DataRequestKind string

// Kinds of requests.
const (
	AskAccess  DataRequestKind = "access"
	AskCopy    DataRequestKind = "copy"
	AskCorrect DataRequestKind = "correct"
	AskDelete  DataRequestKind = "delete"
)

// Name is what users read.
func (k DataRequestKind) Name() string {
	return map[DataRequestKind]string{AskAccess: "查阅", AskCopy: "复制", AskCorrect: "更正", AskDelete: "删除"}[k]
}

// DataRequestStatus is where a request stands.
type DataRequestStatus string

// Statuses of requests.
const (
	DataRequestOpen    DataRequestStatus = "open"
	DataRequestMet     DataRequestStatus = "met"
	DataRequestRefused DataRequestStatus = "refused"
)

// Name is what users read.
func (s DataRequestStatus) Name() string {
	return map[DataRequestStatus]string{DataRequestOpen: "待答复", DataRequestMet: "已办理", DataRequestRefused: "不予办理"}[s]
}

// requestDays is within how many working days a request is answered.
const requestDays = 15

// NewDataRequest is what somebody asks. Field and Value are those of a correction.
type NewDataRequest struct {
	Kind  DataRequestKind
	Words string
	Field CorrectionField
	Value string
}

// AskAboutData opens a request of a person about their own data, due in 15 working days,
// and tells those who answer.
func (s *Store) AskAboutData(ctx context.Context, u *User, n NewDataRequest) (*DataRequestView, error) {
	kind, words := n.Kind, strings.TrimSpace(n.Words)
	if kind.Name() == "" {
		return nil, apperr.Field("kind", "请选择查阅、复制、更正或删除。")
	}
	if words == "" {
		return nil, apperr.Field("words", "请写明要查阅、复制、更正或删除什么，更正的请写明正确内容。")
	}
	org, err := s.Org(ctx, u.OrgID)
	if err != nil {
		return nil, err
	}
	due, err := s.requestDue(ctx)
	if err != nil {
		return nil, err
	}
	r := DataRequest{
		ID: newID(), UserID: u.ID, Path: org.Path, Kind: kind, Words: words, Field: n.Field, Status: DataRequestOpen,
		OpenSlot: u.ID + "/" + string(kind), AskedAt: s.Now(), DueAt: due,
	}
	if err := s.corrected(&r, n.Value); err != nil {
		return nil, err
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&r).Error; err != nil {
			if IsDuplicate(err) {
				return apperr.Newf(apperr.Conflict, "您的“%s”申请正在办理，请等待答复；需要补充的请联系安全管理员。", kind.Name())
			}
			return err
		}
		if err := s.tellClerks(tx, r); err != nil {
			return err
		}
		return audit(tx, AuditEntry{
			Action: "data_request.ask", SubjectKind: "data_request", SubjectID: r.ID, OrgID: u.OrgID, Details: map[string]any{"kind": kind},
		})
	})
	if err != nil {
		return nil, fail(err, "keep request about personal data")
	}
	return s.dataRequest(ctx, r.ID)
}

func (s *Store) tellClerks(tx *gorm.DB, r DataRequest) error {
	to, err := clerks(tx, r)
	if err != nil {
		return err
	}
	title := "有一件个人信息" + r.Kind.Name() + "申请待答复"
	return s.tellDesks(tx, Notice{
		Source: "data-request/" + r.ID + "/ask", Kind: noticeAdmin, Title: title, Body: r.DueAt.In(china).Format(time.DateOnly) + "前答复。",
		Link: "/privacy/requests", CreatedAt: r.AskedAt,
	}, title, "", to...)
}

func (s *Store) requestDue(ctx context.Context) (time.Time, error) {
	version := ""
	row, err := s.NewestCalendar(ctx)
	switch {
	case err == nil:
		version = row.Version
	case apperr.CodeOf(err) != apperr.NotFound:
		return time.Time{}, err
	}
	c, err := s.CalendarOf(ctx, version)
	if err != nil {
		return time.Time{}, err
	}
	return c.Due(s.Now(), requestDays)
}

// AnswerRequest closes a request with an answer, and tells the person. Nobody answers
// their own.
func (s *Store) AnswerRequest(ctx context.Context, scope Scope, id, by string, status DataRequestStatus, answer string) (*DataRequestView, error) {
	answer = strings.TrimSpace(answer)
	switch {
	case status != DataRequestMet && status != DataRequestRefused:
		return nil, apperr.Field("status", "请选择已办理或不予办理。")
	case answer == "":
		return nil, apperr.Field("answer", "请写明办理结果；不予办理的须说明理由和依据。")
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var r DataRequest
		if err := scope.people(forUpdate(tx), "data_requests.path").Where("id = ?", id).Take(&r).Error; err != nil {
			return found(err, "申请", "load request about personal data")
		}
		switch {
		case r.UserID == by:
			return apperr.New(apperr.Forbidden, "不能答复自己的申请，请由其他管理员答复。")
		case r.Status != DataRequestOpen:
			return apperr.New(apperr.Conflict, "这件申请已经答复，请刷新列表查看。")
		case r.Kind == AskDelete && status == DataRequestMet:
			if err := metBy(tx, r.ID); err != nil {
				return err
			}
		case r.Kind == AskCorrect && status == DataRequestMet:
			if err := s.correct(tx, &r); err != nil {
				return err
			}
		}
		err := tx.Model(&r).Updates(map[string]any{
			"status": status, "open_slot": r.ID, "answered_by": by, "answered_at": s.Now(), "answer": answer, "value_enc": "",
		}).Error
		if err != nil {
			return err
		}
		n := Notice{
			Source: "data-request/" + r.ID, Kind: noticeAccount, Title: "您的个人信息“" + r.Kind.Name() + "”申请已答复",
			Body: status.Name() + "：" + answer, Link: "/account/personal", CreatedAt: s.Now(),
		}
		if err := s.tellPeople(tx, n, "", r.UserID); err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "data_request.answer", SubjectKind: "data_request", SubjectID: r.ID, Details: map[string]any{"status": status}})
	})
	if err != nil {
		return nil, fail(err, "answer request about personal data")
	}
	return s.dataRequest(ctx, id)
}

// DataRequestView is a request with the names that lists show.
type DataRequestView struct {
	DataRequest

	Person     string
	PersonOrg  string
	AnswererBy string
}

var dataRequestOrders = map[string]order[DataRequestView]{
	"due":  {"data_requests.due_at, data_requests.id", requestDueAt},
	"-due": {"data_requests.due_at DESC, data_requests.id DESC", requestDueAt},
}

func requestDueAt(v *DataRequestView) []any { return []any{&v.DueAt, &v.ID} }

// DataRequests lists requests of people in scope, what is due first leading.
func (s *Store) DataRequests(ctx context.Context, scope Scope, status DataRequestStatus, p Page) ([]DataRequestView, string, error) {
	o, p, err := chosen(dataRequestOrders, p, "due")
	if err != nil {
		return nil, "", err
	}
	q := scope.people(s.dataRequests(ctx), "data_requests.path")
	if status != "" {
		q = q.Where("data_requests.status = ?", status)
	}
	return paged(q, p, o.by, o.keys, "list requests about personal data")
}

// DataRequestsOf lists a person's own requests, the newest first.
func (s *Store) DataRequestsOf(ctx context.Context, userID string, p Page) ([]DataRequestView, string, error) {
	q := s.dataRequests(ctx).Where("data_requests.user_id = ?", userID)
	return paged(q, p, "data_requests.asked_at DESC, data_requests.id DESC",
		func(v *DataRequestView) []any { return []any{&v.AskedAt, &v.ID} }, "list own requests about personal data")
}

func (s *Store) dataRequests(ctx context.Context) *gorm.DB {
	return s.DB(ctx).Table("data_requests").Select(`data_requests.*, COALESCE(u.name, '') AS person, COALESCE(o.name, '') AS person_org,
		COALESCE(a.name, '') AS answerer_by`).
		Joins("LEFT JOIN users u ON u.id = data_requests.user_id").Joins("LEFT JOIN orgs o ON o.id = u.org_id").
		Joins("LEFT JOIN users a ON a.id = data_requests.answered_by")
}

func (s *Store) dataRequest(ctx context.Context, id string) (*DataRequestView, error) {
	var v DataRequestView
	err := s.dataRequests(ctx).Where("data_requests.id = ?", id).Take(&v).Error
	return &v, fail(err, "load request about personal data")
}
