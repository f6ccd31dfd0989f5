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

// NewGroup describes a 教研组; its leader becomes a member and gets the leader's role.
type NewGroup struct {
	Kind     string
	Name     string
	LeaderID string
}

func (n NewGroup) check() error {
	if strings.TrimSpace(n.Name) == "" {
		return apperr.Field("name", "请填写教研组名称。")
	}
	return nil
}

// CreateGroup adds a group and names its leader (003:233).
func (s *Store) CreateGroup(ctx context.Context, caseID string, n NewGroup, by string) (*StudyGroup, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	g := StudyGroup{ID: newID(), CaseID: caseID, Kind: n.Kind, Name: strings.TrimSpace(n.Name), LeaderID: n.LeaderID, CreatedBy: by, CreatedAt: s.Now()}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		c, _, err := s.writable(tx, caseID, untilTrained)
		if err != nil {
			return err
		}
		if err := s.lead(tx, c, &g); err != nil {
			return err
		}
		return tx.Create(&g).Error
	})
	return &g, groupError(err)
}

func groupError(err error) error {
	if IsDuplicate(err) {
		return apperr.Wrap(err, apperr.Conflict, "本校已有同名的教研组，请换一个名称。").On("name")
	}
	return fail(err, "save group")
}

// lead makes the group's leader a member of it and a holder of the role.
func (s *Store) lead(tx *gorm.DB, c *Case, g *StudyGroup) error {
	if err := joinGroup(tx, c.ID, g.ID, g.LeaderID); err != nil {
		return err
	}
	grant := Grant{UserID: g.LeaderID, Role: domain.RoleGroupLeader, OrgID: c.SchoolID, CreatedAt: s.Now()}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&grant).Error
}

// joinGroup puts a teacher who is in no other group into a group.
func joinGroup(tx *gorm.DB, caseID, groupID, userID string) error {
	r, err := lockTeacher(tx, caseID, userID)
	switch {
	case err != nil:
		return err
	case r.GroupID == groupID:
		return nil
	case r.GroupID != "":
		return apperr.Newf(apperr.Conflict, "%s已在另一个教研组，请先从原组移出。", r.Name).On("members")
	}
	return tx.Model(r).Update("group_id", groupID).Error
}

// EditGroup renames a group or replaces its leader.
func (s *Store) EditGroup(ctx context.Context, caseID, groupID string, n NewGroup) (*StudyGroup, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	var g StudyGroup
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		c, _, err := s.writable(tx, caseID, untilTrained)
		if err != nil {
			return err
		}
		if err := lockGroup(tx, caseID, groupID, &g); err != nil {
			return err
		}
		old := g.LeaderID
		g.Kind, g.Name, g.LeaderID = n.Kind, strings.TrimSpace(n.Name), n.LeaderID
		if err := s.lead(tx, c, &g); err != nil {
			return err
		}
		if err := tx.Save(&g).Error; err != nil {
			return err
		}
		return demote(tx, c, old)
	})
	return &g, groupError(err)
}

func lockGroup(tx *gorm.DB, caseID, groupID string, g *StudyGroup) error {
	err := forUpdate(tx).Where("id = ? AND case_id = ?", groupID, caseID).Take(g).Error
	return found(err, "教研组", "load group")
}

// demote takes the leader's role from somebody who leads no group of the school.
func demote(tx *gorm.DB, c *Case, userID string) error {
	var leads int64
	err := tx.Model(&StudyGroup{}).Joins("JOIN cases ON cases.id = study_groups.case_id").
		Where("study_groups.leader_id = ? AND cases.school_id = ?", userID, c.SchoolID).Count(&leads).Error
	if err != nil || leads > 0 {
		return fail(err, "count groups led")
	}
	return tx.Where("user_id = ? AND role = ? AND org_id = ?", userID, domain.RoleGroupLeader, c.SchoolID).Delete(&Grant{}).Error
}

// DeleteGroup removes a group that has published nothing; its members are free again.
func (s *Store) DeleteGroup(ctx context.Context, caseID, groupID string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, _, err := s.writable(tx, caseID, untilTrained)
		if err != nil {
			return err
		}
		var g StudyGroup
		if err := lockGroup(tx, caseID, groupID, &g); err != nil {
			return err
		}
		var used int64
		if err := tx.Model(&Activity{}).Where("group_id = ?", groupID).Count(&used).Error; err != nil {
			return err
		}
		if used > 0 {
			return apperr.New(CodeInUse, "该教研组已发布研修活动，不能删除。")
		}
		if err := tx.Model(&RosterRow{}).Where("case_id = ? AND group_id = ?", caseID, groupID).Update("group_id", "").Error; err != nil {
			return err
		}
		if err := tx.Delete(&g).Error; err != nil {
			return err
		}
		return demote(tx, c, g.LeaderID)
	})
}

// ChangeMembers adds teachers to a group and removes others (003:98). The leader stays.
func (s *Store) ChangeMembers(ctx context.Context, caseID, groupID string, add, remove []string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		if _, _, err := s.writable(tx, caseID, untilTrained); err != nil {
			return err
		}
		var g StudyGroup
		if err := lockGroup(tx, caseID, groupID, &g); err != nil {
			return err
		}
		if slices.Contains(remove, g.LeaderID) {
			return apperr.New(CodeInUse, "组长不能移出本组，请先更换组长。").On("remove")
		}
		err := tx.Model(&RosterRow{}).Where("case_id = ? AND group_id = ? AND user_id IN ?", caseID, groupID, remove).
			Update("group_id", "").Error
		if err != nil {
			return err
		}
		for _, id := range sorted(add) {
			if err := joinGroup(tx, caseID, groupID, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Group returns one group of a case.
func (s *Store) Group(ctx context.Context, caseID, groupID string) (*StudyGroup, error) {
	var g StudyGroup
	if err := s.DB(ctx).Where("id = ? AND case_id = ?", groupID, caseID).Take(&g).Error; err != nil {
		return nil, found(err, "教研组", "load group")
	}
	return &g, nil
}

// GroupView is a group with the number of its active members.
type GroupView struct {
	StudyGroup

	Leader  string // name
	Members int
}

// Groups lists a case's groups by name.
func (s *Store) Groups(ctx context.Context, caseID string) ([]GroupView, error) {
	var rows []GroupView
	err := s.DB(ctx).Table("study_groups g").Where("g.case_id = ?", caseID).
		Select(`g.*, (SELECT r.name FROM roster r WHERE r.case_id = g.case_id AND r.user_id = g.leader_id) AS leader,
			(SELECT COUNT(*) FROM roster r WHERE r.case_id = g.case_id AND r.group_id = g.id AND r.status = ?) AS members`, domain.RosterActive).
		Order("g.name").Scan(&rows).Error
	return rows, fail(err, "list groups")
}

// ledBy refuses anybody but the group's leader (003:147).
func ledBy(tx *gorm.DB, caseID, groupID, userID string) error {
	var g StudyGroup
	if err := tx.Where("id = ? AND case_id = ?", groupID, caseID).Take(&g).Error; err != nil {
		return found(err, "教研组", "load group")
	}
	if g.LeaderID != userID {
		return apperr.Newf(CodeNotLeader, "只有“%s”的组长可以办理，请联系组长。", g.Name)
	}
	return nil
}
