package models

import (
	"context"
	"slices"
	"strings"

	"zhengxiao/internal/domain"
)

// TeacherSheet is one line of the assessment list (003:405): what a teacher has, what is
// missing and how it was judged.
type TeacherSheet struct {
	UserID       string
	Name         string
	IDNumberMask string
	GroupID      string
	Subject      string
	FullTime     bool
	Readiness    domain.Readiness
	Points       []PointView
	Review       domain.ReviewResult
	ReviewReason string
	Grade        domain.Grade
}

// PointView is one chosen point and where its 测评 stands.
type PointView struct {
	Code   string
	Status domain.PointStatus
}

// TeacherFilter narrows the assessment list; empty fields do not.
type TeacherFilter struct {
	RosterFilter

	UserIDs []string
	Review  domain.ReviewResult
	Grade   domain.Grade
	Ready   *bool
}

func (f TeacherFilter) accepts(t TeacherSheet) bool {
	return (f.Review == "" || f.Review == t.Review) && (f.Grade == "" || f.Grade == t.Grade) &&
		(f.Ready == nil || *f.Ready == t.Readiness.Ready()) &&
		(f.Text == "" || strings.Contains(t.Name, f.Text)) && (f.GroupID == "" || f.GroupID == t.GroupID)
}

// TeacherSheets lists a case's active teachers by name with everything judged of them.
// A school has hundreds of teachers at most: the whole list is read at once.
func (s *Store) TeacherSheets(ctx context.Context, caseID string, f TeacherFilter) ([]TeacherSheet, error) {
	policy, err := s.casePolicy(ctx, caseID)
	if err != nil {
		return nil, err
	}
	rows, err := loadTeachers(s.DB(ctx), caseID, f.UserIDs...)
	if err != nil {
		return nil, err
	}
	masks, err := s.masks(ctx, caseID)
	if err != nil {
		return nil, err
	}
	sheets := make([]TeacherSheet, 0, len(rows.roster))
	for _, r := range rows.roster {
		sheet := rows.sheet(r, policy)
		sheet.IDNumberMask = masks[r.UserID]
		sheets = append(sheets, sheet)
	}
	return slices.DeleteFunc(sheets, func(t TeacherSheet) bool { return !f.accepts(t) }), nil
}

func (t *teacherRows) sheet(r RosterRow, p domain.Policy) TeacherSheet {
	sheet := TeacherSheet{
		UserID: r.UserID, Name: r.Name, GroupID: r.GroupID, Subject: r.Subject, FullTime: r.FullTime,
		Readiness: domain.CheckMaterials(p, t.materials(r.UserID)),
		Review:    t.review(r.UserID), ReviewReason: t.reviews[r.UserID].Reason,
	}
	statuses := t.statuses(r.UserID)
	sheet.Grade = domain.Overall(p.Points, statuses)
	for i, code := range t.points[r.UserID] {
		sheet.Points = append(sheet.Points, PointView{Code: code, Status: statuses[i]})
	}
	return sheet
}

func (s *Store) masks(ctx context.Context, caseID string) (map[string]string, error) {
	var rows []User
	err := s.DB(ctx).Select("users.id", "users.id_number_mask").
		Joins("JOIN roster ON roster.user_id = users.id").Where("roster.case_id = ?", caseID).Find(&rows).Error
	masks := make(map[string]string, len(rows))
	for _, u := range rows {
		masks[u.ID] = u.IDNumberMask
	}
	return masks, fail(err, "load masks")
}

// casePolicy is the policy a case has pinned.
func (s *Store) casePolicy(ctx context.Context, caseID string) (domain.Policy, error) {
	c, err := s.CaseByID(ctx, caseID)
	if err != nil {
		return domain.Policy{}, err
	}
	return s.policy(s.DB(ctx), c.PolicyDigest)
}

// HoursOf returns a teacher's completed school-based hours in a case by year, uncapped.
func (s *Store) HoursOf(ctx context.Context, caseID, userID string) ([]domain.YearHours, error) {
	hours, err := completedHours(s.DB(ctx).Where("case_id = ? AND user_id = ?", caseID, userID))
	return hours[userID], fail(err, "sum hours")
}
