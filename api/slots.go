package api

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// uploadSlot turns what the caller asked for into a slot they may fill: teachers their
// own, leaders their group's, the school the rest.
func (s *server) uploadSlot(ctx context.Context, a *access, kind, key string) (models.Slot, error) {
	slot := models.Slot{Kind: kind, Key: key}
	head, tail, numbered := strings.Cut(key, "/")
	switch kind {
	case models.SlotPlan:
		slot.Key = a.user.ID
		return slot, emptyKey(key)
	case models.SlotSummary, models.SlotPractice:
		slot.Key = a.user.ID + "/" + key
		if (kind == models.SlotPractice) != numbered {
			return slot, badKey()
		}
		return slot, s.ownPoint(ctx, a, head)
	case models.SlotActivity:
		if tail == "" {
			return slot, badKey()
		}
		activity, err := s.store.Activity(ctx, a.c.ID, head)
		if err != nil {
			return slot, err
		}
		return slot, s.ownGroup(ctx, a, activity.GroupID)
	case models.SlotTeachingCase:
		return slot, s.ownGroup(ctx, a, key)
	}
	return slot, s.schoolSlot(ctx, a, slot)
}

func badKey() error {
	return apperr.Field("slot_key", "没有说明文件属于哪一项，请刷新页面后重新上传。")
}

func emptyKey(key string) error {
	if key != "" {
		return badKey()
	}
	return nil
}

// ownPoint: files belong to points the teacher has chosen.
func (s *server) ownPoint(ctx context.Context, a *access, code string) error {
	sheet, err := s.sheet(ctx, a.c.ID, a.user.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(sheet.Points, func(p models.PointView) bool { return p.Code == code }) {
		return apperr.Newf(apperr.Invalid, "您没有选择能力点%s，请先选择再上传。", code).On("slot_key")
	}
	return nil
}

func (s *server) ownGroup(ctx context.Context, a *access, groupID string) error {
	g, err := s.store.Group(ctx, a.c.ID, groupID)
	if err != nil {
		return err
	}
	if g.LeaderID != a.user.ID {
		return apperr.Newf(models.CodeNotLeader, "只有“%s”的组长可以上传，请联系组长。", g.Name)
	}
	return nil
}

// schoolSlot checks the slots that the school itself fills.
func (s *server) schoolSlot(ctx context.Context, a *access, slot models.Slot) error {
	if !a.holds(schoolSide...) {
		return apperr.New(apperr.Forbidden, "该材料由学校管理员或校长上传。")
	}
	policy, err := s.store.Policy(ctx, a.c.PolicyDigest)
	if err != nil {
		return err
	}
	known := false
	switch slot.Kind {
	case models.SlotDiagnosis:
		known = slot.Key == ""
	case models.SlotPlanPart:
		known = slices.ContainsFunc(policy.PlanParts, func(p domain.PlanPart) bool { return p.Code == slot.Key })
	case models.SlotDossier:
		known = slices.ContainsFunc(policy.Evidence, func(i domain.EvidenceItem) bool { return strconv.Itoa(i.No) == slot.Key })
	}
	if !known {
		return badKey()
	}
	return nil
}

// reader decides which files of one case the caller may read, looking up relations once.
type reader struct {
	s      *server
	a      *access
	member *bool           // of the school's team
	led    map[string]bool // groups the caller leads
	group  map[string]string
}

func (s *server) reader(a *access) *reader { return &reader{s: s, a: a} }

// mayRead: those above and the school read everything; experts what the dossier is made
// of; teachers their own and what their groups share; leaders and the team what they
// review.
func (r *reader) mayRead(ctx context.Context, f models.File) (bool, error) {
	if r.a.holds(overseers...) {
		return true, nil
	}
	owner, _, _ := strings.Cut(f.SlotKey, "/")
	switch f.SlotKind {
	case models.SlotDiagnosis, models.SlotPlanPart, models.SlotDossier:
		return r.a.holds(domain.RoleExpert), nil
	case models.SlotTeachingCase, models.SlotActivity:
		return true, nil
	}
	if owner == r.a.user.ID {
		return true, nil
	}
	if ok, err := r.leads(ctx, owner); ok || err != nil {
		return ok, err
	}
	if r.member == nil {
		member, err := r.s.inTeam(ctx, r.a)
		if err != nil {
			return false, err
		}
		r.member = &member
	}
	return *r.member && f.SlotKind == models.SlotPractice, nil
}

// leads reports whether the caller leads the group of a teacher.
func (r *reader) leads(ctx context.Context, userID string) (bool, error) {
	if r.led == nil {
		groups, err := r.s.store.Groups(ctx, r.a.c.ID)
		if err != nil {
			return false, err
		}
		r.led, r.group = map[string]bool{}, map[string]string{}
		for _, g := range groups {
			r.led[g.ID] = g.LeaderID == r.a.user.ID
		}
	}
	if !slices.Contains(values(r.led), true) {
		return false, nil
	}
	group, ok := r.group[userID]
	if !ok {
		sheet, err := r.s.sheet(ctx, r.a.c.ID, userID)
		if err != nil && !apperr.Is(err, apperr.NotFound) {
			return false, err
		}
		group = sheet.GroupID
		r.group[userID] = group
	}
	return r.led[group], nil
}

func values[K comparable, V any](m map[K]V) []V {
	list := make([]V, 0, len(m))
	for _, v := range m {
		list = append(list, v)
	}
	return list
}
