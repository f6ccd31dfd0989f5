package models

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// Transfer moves a teacher to another school.
type Transfer struct {
	UserID    string
	To        *Org
	LeaveCase bool // false: goes on in the original school's case (003:256)
	Reason    string
	By        string
}

// Transferred counts what became of the teacher's places on rosters of the old school.
type Transferred struct {
	Stays  int // goes on there
	Leaves int // marked as transferred
	Asked  int // frozen: a request waits for the reviewer's consent
}

// TransferTeacher moves an account to another school: roles at the old one end, but for
// leading a group in a case that goes on, and the new one gives that of a teacher.
func (s *Store) TransferTeacher(ctx context.Context, t Transfer) (Transferred, error) {
	var n Transferred
	if t.Reason = strings.TrimSpace(t.Reason); t.Reason == "" {
		return n, apperr.Field("reason", "请填写调动的理由。")
	}
	if t.To.Level != LevelSchool {
		return n, apperr.Field("org_id", "教师只能调动到学校，请选择一所学校。")
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		n = Transferred{}
		var u User
		if err := forUpdate(tx).Where("id = ?", t.UserID).Take(&u).Error; err != nil {
			return found(err, "用户", "load user")
		}
		from := u.OrgID
		if from == t.To.ID {
			return apperr.New(apperr.Conflict, "该教师已在这所学校，无需调动。").On("org_id")
		}
		cases, err := openCasesWith(tx, from, u.ID)
		if err != nil {
			return err
		}
		for i := range cases {
			if err := s.transferIn(tx, &cases[i], t, &n); err != nil {
				return err
			}
		}
		if err := audit(tx, AuditEntry{
			Action: "user.transfer", SubjectKind: "user", SubjectID: u.ID, OrgID: t.To.ID, Details: map[string]any{"from": from, "to": t.To.ID},
		}); err != nil {
			return err
		}
		return s.move(tx, u, t.To, n.Stays > 0)
	})
	return n, fail(err, "transfer teacher")
}

// openCasesWith are a school's open cases with somebody active on the roster.
func openCasesWith(tx *gorm.DB, schoolID, userID string) ([]Case, error) {
	var cases []Case
	err := forShare(tx).Joins("JOIN roster ON roster.case_id = cases.id").
		Where("cases.school_id = ? AND cases.stage <> ? AND roster.user_id = ? AND roster.status = ?",
			schoolID, domain.StageClosed, userID, domain.RosterActive).
		Order("cases.id").Find(&cases).Error
	return cases, fail(err, "load cases of teacher")
}

// transferIn says what a transfer means for one case.
func (s *Store) transferIn(tx *gorm.DB, c *Case, t Transfer, n *Transferred) error {
	if !t.LeaveCase {
		n.Stays++
		return nil
	}
	var row RosterRow
	if err := tx.Where("case_id = ? AND user_id = ?", c.ID, t.UserID).Take(&row).Error; err != nil {
		return found(err, "教师", "load teacher")
	}
	entry := RosterEntry{UserID: row.UserID, Subject: row.Subject, FullTime: row.FullTime, Status: domain.RosterTransferred}
	if c.RosterFrozenAt == nil {
		if err := worthAsking(tx, c.ID, row, entry); err != nil {
			return err
		}
		n.Leaves++
		if err := tx.Model(&row).Update("status", domain.RosterTransferred).Error; err != nil {
			return err
		}
		return tellCase(tx, FeedRecords, c)
	}
	state, err := c.Decode()
	if err != nil {
		return err
	}
	if err := s.permitted(state, whileStudying); err != nil {
		return err
	}
	n.Asked++
	_, err = s.ask(tx, c, state, entry, t.Reason, t.By)
	return err
}

// move changes where an account belongs.
func (s *Store) move(tx *gorm.DB, u User, to *Org, leads bool) error {
	ends := tx.Where("user_id = ? AND org_id = ?", u.ID, u.OrgID)
	if leads {
		ends = ends.Where("role <> ?", domain.RoleGroupLeader)
	}
	if err := ends.Delete(&Grant{}).Error; err != nil {
		return err
	}
	if err := tx.Model(&User{}).Where("id = ?", u.ID).Updates(map[string]any{"org_id": to.ID, "updated_at": s.Now()}).Error; err != nil {
		return err
	}
	g := Grant{UserID: u.ID, Role: domain.RoleTeacher, OrgID: to.ID, CreatedAt: s.Now()}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&g).Error
}

// HandOver gives a role from one person to another in one step. The tasks of the role are
// addressed to whoever holds it, so they pass over with it.
func (s *Store) HandOver(ctx context.Context, seat Seat, from, to string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if from == to {
			return apperr.Field("to", "接任人与原任是同一人，请另选一人。")
		}
		var u User
		if err := tx.Where("id = ?", to).Take(&u).Error; err != nil {
			return found(err, "接任人", "load successor")
		}
		if u.Disabled {
			return apperr.Field("to", "接任人的账号已停用，请先启用或另选一人。")
		}
		res := tx.Where("user_id = ? AND role = ? AND org_id = ?", from, seat.Role, seat.OrgID).Delete(&Grant{})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return apperr.New(apperr.Conflict, "原任现在并不担任这项职务：可能已经交接，请刷新后查看。").On("from")
		}
		g := Grant{UserID: to, Role: seat.Role, OrgID: seat.OrgID, CreatedAt: s.Now()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&g).Error; err != nil {
			return err
		}
		if err := audit(tx, AuditEntry{
			Action: "role.hand_over", SubjectKind: "user", SubjectID: to, OrgID: seat.OrgID, Details: map[string]any{"role": seat.Role, "from": from},
		}); err != nil {
			return err
		}
		return tell(tx, FeedRow{Topic: FeedTasks, UserID: from}, FeedRow{Topic: FeedTasks, UserID: to})
	})
}

// SeatTasks are the open tasks addressed to a role at an organisation, those due first
// leading, and how many there are.
func (s *Store) SeatTasks(ctx context.Context, seat Seat, limit int) ([]TaskView, int, error) {
	open := func() *gorm.DB {
		return s.DB(ctx).Table("tasks").
			Where("tasks.role = ? AND tasks.org_id = ? AND tasks.status = ? AND tasks.user_id = ''", seat.Role, seat.OrgID, TaskOpen)
	}
	var total int64
	if err := open().Count(&total).Error; err != nil {
		return nil, 0, fail(err, "count tasks of seat")
	}
	var rows []TaskView
	err := withCases(open(), "tasks").Select(taskViewColumns).Order("tasks.sort_at, tasks.case_id, tasks.visit").Limit(limit).Find(&rows).Error
	return slices.Clip(rows), int(total), fail(err, "list tasks of seat")
}
