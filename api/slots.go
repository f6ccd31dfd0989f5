package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// uploadSlot is the slot a request names. Teachers never name themselves: their own slots
// begin with who they are. Whether the slot exists and is the caller's to fill is judged
// with the rows, except that only the school's own people fill the school's.
func uploadSlot(a *access, kind, key string) (models.Slot, error) {
	slot := models.Slot{Kind: kind, Key: key}
	switch kind {
	case models.SlotPlan:
		slot.Key = a.user.ID
	case models.SlotSummary, models.SlotPractice:
		slot.Key = a.user.ID + "/" + key
	case models.SlotDiagnosis, models.SlotPlanPart, models.SlotDossier:
		if !a.holds(schoolSide...) {
			return slot, apperr.New(apperr.Forbidden, "该材料由学校管理员或校长上传。")
		}
	}
	return slot, nil
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
	if !slices.Contains(slices.Collect(maps.Values(r.led)), true) {
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
