package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// SetHold keeps what is told of a person, a case or an organisation from being erased. A
// case is named by its id or its 备案号.
func (s *Store) SetHold(ctx context.Context, scope Scope, kind HoldKind, subject, reason, by string) (*LegalHold, error) {
	h := LegalHold{ID: newID(), Kind: kind, Reason: strings.TrimSpace(reason), Status: HoldSet, SetBy: by, SetAt: s.Now()}
	if h.Reason == "" {
		return nil, apperr.Field("reason", "请写明保全的理由，例如案件名称和要求保全的机关。")
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := nameHeld(tx, scope, &h, subject); err != nil {
			return err
		}
		if err := tx.Create(&h).Error; IsDuplicate(err) {
			return apperr.New(apperr.Conflict, "已经保全，不必重复设置。").On("subject_id")
		} else if err != nil {
			return err
		}
		return audit(tx, holding("hold.set", h))
	})
	return &h, fail(err, "set legal hold")
}

// nameHeld takes what is named into a hold, if it is in scope.
func nameHeld(tx *gorm.DB, scope Scope, h *LegalHold, subject string) error {
	q := tx.Table("orgs").Select("orgs.id, orgs.path").Where("orgs.id = ?", subject)
	switch h.Kind {
	case HoldPerson:
		q = tx.Table("orgs").Select("users.id, orgs.path").Joins("JOIN users ON users.org_id = orgs.id").Where("users.id = ?", subject)
	case HoldCase:
		q = tx.Table("orgs").Select("cases.id, orgs.path").Joins("JOIN cases ON cases.school_id = orgs.id").
			Where("(cases.id = ? OR cases.filing_no = ?)", subject, subject)
	case HoldOrg:
	default:
		return apperr.Field("kind", "请选择人员、项目或单位。")
	}
	var found []struct{ ID, Path string }
	if err := scope.Orgs(q).Limit(1).Scan(&found).Error; err != nil {
		return err
	}
	if len(found) == 0 {
		return notFound(h.Kind.Name()).On("subject_id")
	}
	h.SubjectID, h.Path = found[0].ID, found[0].Path
	h.OpenSlot = string(h.Kind) + "/" + h.SubjectID
	return nil
}

func holding(action string, h LegalHold) AuditEntry {
	return AuditEntry{Action: action, SubjectKind: "hold", SubjectID: h.ID, Details: map[string]any{"kind": h.Kind, "subject": h.SubjectID}}
}

// LiftHold ends a hold.
func (s *Store) LiftHold(ctx context.Context, scope Scope, id, by, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return apperr.Field("reason", "请写明解除保全的理由。")
	}
	return fail(s.Tx(ctx, func(tx *gorm.DB) error {
		var h LegalHold
		if err := scope.people(forUpdate(tx), "legal_holds.path").Where("id = ?", id).Take(&h).Error; err != nil {
			return found(err, "保全", "load legal hold")
		}
		if h.Status == HoldLifted {
			return apperr.New(apperr.Conflict, "这项保全已经解除，请刷新后查看。")
		}
		now := s.Now()
		h.Status, h.OpenSlot, h.LiftedBy, h.LiftedAt, h.LiftReason = HoldLifted, h.ID, by, &now, reason
		if err := tx.Save(&h).Error; err != nil {
			return err
		}
		return audit(tx, holding("hold.lift", h))
	}), "lift legal hold")
}

// LegalHoldView is a hold with the names that lists show.
type LegalHoldView struct {
	LegalHold

	Subject, Org, Setter, Lifter string
}

var holdOrders = map[string]order[LegalHoldView]{
	"set":  {"legal_holds.set_at, legal_holds.id", holdSetAt},
	"-set": {"legal_holds.set_at DESC, legal_holds.id DESC", holdSetAt},
}

func holdSetAt(v *LegalHoldView) []any { return []any{&v.SetAt, &v.ID} }

// Holds lists legal holds within scope, the newest first.
func (s *Store) Holds(ctx context.Context, scope Scope, status HoldStatus, p Page) ([]LegalHoldView, string, error) {
	o, p, err := chosen(holdOrders, p, "-set")
	if err != nil {
		return nil, "", err
	}
	q := scope.people(s.DB(ctx).Table("legal_holds"), "legal_holds.path").
		Select(`legal_holds.*, COALESCE(u.name, c.school_name, so.name, '') AS subject, COALESCE(o.name, '') AS org,
			COALESCE(a.name, '') AS setter, COALESCE(l.name, '') AS lifter`).
		Joins("LEFT JOIN users u ON u.id = legal_holds.subject_id").Joins("LEFT JOIN cases c ON c.id = legal_holds.subject_id").
		Joins("LEFT JOIN orgs so ON so.id = legal_holds.subject_id").Joins("LEFT JOIN orgs o ON o.path = legal_holds.path").
		Joins("LEFT JOIN users a ON a.id = legal_holds.set_by").Joins("LEFT JOIN users l ON l.id = legal_holds.lifted_by")
	if status != "" {
		q = q.Where("legal_holds.status = ?", status)
	}
	return paged(q, p, o.by, o.keys, "list legal holds")
}

// inForce are the holds in force.
type inForce struct {
	people, cases, paths []string
}

func heldBy(tx *gorm.DB) (inForce, error) {
	var rows []LegalHold
	var h inForce
	err := tx.Where("status = ?", HoldSet).Order("id").Find(&rows).Error
	for _, r := range rows {
		switch r.Kind {
		case HoldPerson:
			h.people = append(h.people, r.SubjectID)
		case HoldCase:
			h.cases = append(h.cases, r.SubjectID)
		case HoldOrg:
			h.paths = append(h.paths, r.Path)
		}
	}
	return h, fail(err, "list legal holds")
}

const heldNote = "已设置保全"

// place says whether what is at a path is held.
func (h inForce) place(path string) bool {
	return slices.ContainsFunc(h.paths, func(p string) bool { return strings.HasPrefix(path, p) })
}

// spare leaves out the rows of people and of cases that are held, by the columns that name
// them; "" for none.
func (h inForce) spare(q *gorm.DB, user, inCase string) *gorm.DB {
	if user != "" && len(h.people) > 0 {
		q = q.Where(user+" NOT IN ?", h.people)
	}
	if inCase != "" && len(h.cases) > 0 {
		q = q.Where(inCase+" NOT IN ?", h.cases)
	}
	for _, p := range h.paths {
		if user != "" {
			q = q.Where(user+" NOT IN (SELECT users.id FROM users JOIN orgs ON orgs.id = users.org_id WHERE orgs.path >= ? AND orgs.path < ?)", p, pathEnd(p))
		}
		if inCase != "" {
			q = q.Where(inCase+" NOT IN (SELECT cases.id FROM cases WHERE cases.path >= ? AND cases.path < ?)", p, pathEnd(p))
		}
	}
	return q
}

// needed is why an account must not be erased yet, "" when nothing stands against it.
func needed(tx *gorm.DB, h inForce, u User) (string, error) {
	why, err := neededOf(tx, h, []User{u})
	return why[u.ID], err
}

// neededOf is why which of some accounts must not be erased yet, asked once for all.
func neededOf(tx *gorm.DB, h inForce, users []User) (map[string]string, error) {
	why := map[string]string{}
	if len(users) == 0 {
		return why, nil
	}
	if err := onCases(tx, h, why, idsOf(users)); err != nil {
		return nil, err
	}
	var triad []Grant
	if err := tx.Where("user_id IN ? AND role IN ?", idsOf(users), domain.TriadRoles()).Find(&triad).Error; err != nil {
		return nil, fail(err, "look for administrators")
	}
	for _, g := range triad {
		if i := slices.IndexFunc(users, func(u User) bool { return u.ID == g.UserID }); !users[i].Disabled {
			why[g.UserID] = "仍是" + g.Role.Name() + "，须先办理三员变更"
		}
	}
	orgs := make([]string, len(users))
	for i, u := range users {
		orgs[i] = u.OrgID
	}
	var paths []Org
	if err := tx.Select("id", "path").Where("id IN ?", orgs).Find(&paths).Error; err != nil {
		return nil, fail(err, "load organisations")
	}
	for _, u := range users {
		at := slices.IndexFunc(paths, func(o Org) bool { return o.ID == u.OrgID })
		if slices.Contains(h.people, u.ID) || at >= 0 && h.place(paths[at].Path) {
			why[u.ID] = heldNote
		}
	}
	return why, nil
}

// onCases adds those who are on the roster of a case that goes on, or that is held.
func onCases(tx *gorm.DB, h inForce, why map[string]string, ids []string) error {
	var on []struct {
		UserID, SchoolName string
		Stage              domain.Stage
	}
	err := tx.Table("cases").Select("roster.user_id, cases.school_name, cases.stage").Joins("JOIN roster ON roster.case_id = cases.id").
		Where("roster.user_id IN ? AND (cases.stage <> ? OR cases.id IN ?)", ids, domain.StageClosed, append([]string{""}, h.cases...)).
		Order("cases.id").Scan(&on).Error
	for _, c := range on {
		switch {
		case why[c.UserID] != "":
		case c.Stage != domain.StageClosed:
			why[c.UserID] = fmt.Sprintf("仍在%s未办结项目的参训名册中", c.SchoolName)
		default:
			why[c.UserID] = "所在项目" + heldNote
		}
	}
	return fail(err, "look for cases that go on")
}
