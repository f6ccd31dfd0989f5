package models

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// RosterEntry puts one account of the school on a case's roster.
type RosterEntry struct {
	UserID   string
	Subject  string
	FullTime bool // 专任教师
	Status   domain.RosterStatus
}

// PutRoster adds or changes teachers while the roster is not frozen. Groups stay as they
// are.
func (s *Store) PutRoster(ctx context.Context, caseID string, entries []RosterEntry) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, err := s.thawed(tx, caseID)
		if err != nil {
			return err
		}
		names, err := schoolNames(tx, c.SchoolID, entries)
		if err != nil {
			return err
		}
		rows := make([]RosterRow, len(entries))
		for i, e := range entries {
			rows[i] = RosterRow{CaseID: caseID, UserID: e.UserID, Name: names[e.UserID], Subject: e.Subject, FullTime: e.FullTime, Status: e.Status}
		}
		change := clause.OnConflict{DoUpdates: clause.AssignmentColumns([]string{"name", "subject", "full_time", "status"})}
		return tx.Clauses(change).CreateInBatches(rows, batchSize).Error
	})
}

// thawed lets the roster be changed until the plan is filed.
func (s *Store) thawed(tx *gorm.DB, caseID string) (*Case, error) {
	c, _, err := s.writable(tx, caseID, whileOpen)
	if err != nil {
		return nil, err
	}
	if c.RosterFrozenAt != nil {
		return nil, apperr.New(CodeRosterFrozen, "教师名册已在备案时冻结，学校不能直接修改。有教师增减、请假、退休或调离的，请写明理由提出变更申请，审核单位（区工程办，局属学校为市工程办）同意后生效。")
	}
	return c, nil
}

// schoolNames returns the names of the entries' accounts, which all must be the school's.
func schoolNames(tx *gorm.DB, schoolID string, entries []RosterEntry) (map[string]string, error) {
	if len(entries) == 0 {
		return nil, apperr.Field("teachers", "请至少填写一名教师。")
	}
	names := map[string]string{}
	for part := range slices.Chunk(entries, batchSize) {
		ids := make([]string, len(part))
		for i, e := range part {
			ids[i] = e.UserID
		}
		var users []User
		if err := tx.Select("id", "name").Where("id IN ? AND org_id = ?", ids, schoolID).Find(&users).Error; err != nil {
			return nil, fail(err, "load teachers")
		}
		for _, u := range users {
			names[u.ID] = u.Name
		}
	}
	for _, e := range entries {
		if names[e.UserID] == "" {
			return nil, apperr.Field("teachers", "名单中有人不是本校的用户，请先建立账号或核对所属学校。")
		}
		if err := e.Status.Check("teachers"); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// RemoveTeacher takes a teacher off the roster while it is not frozen.
func (s *Store) RemoveTeacher(ctx context.Context, caseID, userID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.thawed(tx, caseID); err != nil {
			return err
		}
		leads, err := leadsGroup(tx, caseID, userID)
		if err != nil {
			return err
		}
		if leads {
			return apperr.New(CodeInUse, "该教师是教研组组长，请先更换组长。")
		}
		res := tx.Where("case_id = ? AND user_id = ?", caseID, userID).Delete(&RosterRow{})
		return one(res, res.Error, "教师", "remove teacher")
	})
}

// RosterFilter narrows a roster; empty fields do not.
type RosterFilter struct {
	Text    string // within the name
	GroupID string
}

func (f RosterFilter) apply(q *gorm.DB) *gorm.DB {
	if f.Text != "" {
		q = q.Where("name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	if f.GroupID != "" {
		q = q.Where("group_id = ?", f.GroupID)
	}
	return q
}

// Roster lists a case's teachers by name.
func (s *Store) Roster(ctx context.Context, caseID string, f RosterFilter, p Page) ([]RosterRow, string, error) {
	q := f.apply(s.DB(ctx).Where("case_id = ?", caseID))
	return paged(q, p, "name, user_id", func(r *RosterRow) []any { return []any{&r.Name, &r.UserID} }, "list roster")
}

// CountRoster counts a case's active teachers, and the 专任教师 among them.
func (s *Store) CountRoster(ctx context.Context, caseID string) (teachers, fullTime int, err error) {
	return countRoster(s.DB(ctx), caseID)
}

func countRoster(tx *gorm.DB, caseID string) (teachers, fullTime int, err error) {
	var n struct{ Teachers, FullTime int }
	err = tx.Model(&RosterRow{}).Where("case_id = ? AND status = ?", caseID, domain.RosterActive).
		Select("COUNT(*) AS teachers, COALESCE(SUM(CASE WHEN full_time THEN 1 ELSE 0 END), 0) AS full_time").Scan(&n).Error
	return n.Teachers, n.FullTime, fail(err, "count roster")
}

// lockTeacher locks one active teacher's row: whatever changes or judges a teacher's
// records takes turns.
func lockTeacher(tx *gorm.DB, caseID, userID string) (*RosterRow, error) {
	var r RosterRow
	err := forUpdate(tx).Where("case_id = ? AND user_id = ?", caseID, userID).Limit(1).Find(&r).Error
	if err != nil {
		return nil, fail(err, "lock teacher")
	}
	if r.Status != domain.RosterActive {
		return nil, apperr.New(CodeNotMember, "该教师不在本项目的在岗名册中，请学校管理员核对名册。")
	}
	return &r, nil
}
