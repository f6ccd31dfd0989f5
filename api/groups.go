package api

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// GetTheme shows the 校本主题 and its 应用能力点.
func (s *server) GetTheme(ctx context.Context, _ gen.GetThemeRequestObject) (gen.GetThemeResponseObject, error) {
	theme, err := s.theme(ctx, accessOf(ctx).c.ID)
	return gen.GetTheme200JSONResponse(theme), err
}

func (s *server) theme(ctx context.Context, caseID string) (gen.Theme, error) {
	t, points, err := s.store.Theme(ctx, caseID)
	return gen.Theme{Title: t.Title, Text: t.Text, Points: append([]string{}, points...)}, err
}

// PutTheme stores them.
func (s *server) PutTheme(ctx context.Context, r gen.PutThemeRequestObject) (gen.PutThemeResponseObject, error) {
	a := accessOf(ctx)
	t := models.Theme{Title: r.Body.Title, Text: r.Body.Text, UpdatedBy: a.user.ID}
	if err := s.store.PutTheme(ctx, a.c.ID, t, r.Body.Points); err != nil {
		return nil, err
	}
	theme, err := s.theme(ctx, a.c.ID)
	return gen.PutTheme200JSONResponse(theme), err
}

func groupOf(g models.GroupView) gen.Group {
	return gen.Group{
		Id: g.ID, Kind: g.Kind, Name: g.Name, Leader: gen.Ref{Id: g.LeaderID, Name: g.Leader}, Members: g.Members,
	}
}

// ListGroups lists the 教研组.
func (s *server) ListGroups(ctx context.Context, _ gen.ListGroupsRequestObject) (gen.ListGroupsResponseObject, error) {
	rows, err := s.store.Groups(ctx, accessOf(ctx).c.ID)
	return gen.ListGroups200JSONResponse{Items: convert(rows, groupOf)}, err
}

func (s *server) group(ctx context.Context, caseID, groupID string) (gen.Group, error) {
	rows, err := s.store.Groups(ctx, caseID)
	if err != nil {
		return gen.Group{}, err
	}
	i := slices.IndexFunc(rows, func(g models.GroupView) bool { return g.ID == groupID })
	if i < 0 {
		return gen.Group{}, apperr.New(apperr.NotFound, "找不到该教研组：可能已被删除。")
	}
	return groupOf(rows[i]), nil
}

func groupDraft(d gen.GroupDraft) models.NewGroup {
	return models.NewGroup{Kind: d.Kind, Name: d.Name, LeaderID: d.LeaderId}
}

// CreateGroup adds a 教研组 with its leader.
func (s *server) CreateGroup(ctx context.Context, r gen.CreateGroupRequestObject) (gen.CreateGroupResponseObject, error) {
	a := accessOf(ctx)
	g, err := s.store.CreateGroup(ctx, a.c.ID, groupDraft(*r.Body), a.user.ID)
	if err != nil {
		return nil, err
	}
	view, err := s.group(ctx, a.c.ID, g.ID)
	return gen.CreateGroup201JSONResponse(view), err
}

// UpdateGroup renames a group or replaces its leader.
func (s *server) UpdateGroup(ctx context.Context, r gen.UpdateGroupRequestObject) (gen.UpdateGroupResponseObject, error) {
	id := accessOf(ctx).c.ID
	if _, err := s.store.EditGroup(ctx, id, r.GroupId, groupDraft(*r.Body)); err != nil {
		return nil, err
	}
	view, err := s.group(ctx, id, r.GroupId)
	return gen.UpdateGroup200JSONResponse(view), err
}

// DeleteGroup removes a group that has published nothing.
func (s *server) DeleteGroup(ctx context.Context, r gen.DeleteGroupRequestObject) (gen.DeleteGroupResponseObject, error) {
	return gen.DeleteGroup204Response{}, s.store.DeleteGroup(ctx, accessOf(ctx).c.ID, r.GroupId)
}

// ChangeGroupMembers adds and removes members: the school for any group, a leader for
// the own one (003:98).
func (s *server) ChangeGroupMembers(ctx context.Context, r gen.ChangeGroupMembersRequestObject) (gen.ChangeGroupMembersResponseObject, error) {
	a := accessOf(ctx)
	if !a.holds(schoolSide...) {
		g, err := s.store.Group(ctx, a.c.ID, r.GroupId)
		if err != nil {
			return nil, err
		}
		if g.LeaderID != a.user.ID {
			return nil, apperr.Newf(models.CodeNotLeader, "只有“%s”的组长可以办理，请联系组长。", g.Name)
		}
	}
	if err := s.store.ChangeMembers(ctx, a.c.ID, r.GroupId, r.Body.Add, r.Body.Remove); err != nil {
		return nil, err
	}
	view, err := s.group(ctx, a.c.ID, r.GroupId)
	return gen.ChangeGroupMembers200JSONResponse(view), err
}

// GetTeachingCase shows a group's 教学案例; without one it is empty.
func (s *server) GetTeachingCase(ctx context.Context, r gen.GetTeachingCaseRequestObject) (gen.GetTeachingCaseResponseObject, error) {
	view, err := s.teachingCase(ctx, accessOf(ctx).c.ID, r.GroupId)
	return gen.GetTeachingCase200JSONResponse(view), err
}

func (s *server) teachingCase(ctx context.Context, caseID, groupID string) (gen.TeachingCase, error) {
	var v gen.TeachingCase
	if _, err := s.store.Group(ctx, caseID, groupID); err != nil {
		return v, err
	}
	rows, err := s.store.TeachingCases(ctx, caseID)
	if err != nil {
		return v, err
	}
	for _, t := range rows {
		if t.GroupID == groupID {
			v = gen.TeachingCase{Title: t.Title, Reflection: t.Reflection, VideoLocation: t.VideoLocation, UpdatedAt: t.UpdatedAt}
		}
	}
	files, err := s.store.Files(ctx, caseID, models.SlotTeachingCase, groupID)
	if err == nil && len(files) > 0 {
		v.Design = fileRef(files[0])
	}
	return v, err
}

// PutTeachingCase stores it, by the group's leader.
func (s *server) PutTeachingCase(ctx context.Context, r gen.PutTeachingCaseRequestObject) (gen.PutTeachingCaseResponseObject, error) {
	a := accessOf(ctx)
	err := s.store.PutTeachingCase(ctx, models.TeachingCase{
		CaseID: a.c.ID, GroupID: r.GroupId, Title: r.Body.Title, Reflection: r.Body.Reflection,
		VideoLocation: r.Body.VideoLocation, UpdatedBy: a.user.ID,
	})
	if err != nil {
		return nil, err
	}
	view, err := s.teachingCase(ctx, a.c.ID, r.GroupId)
	return gen.PutTeachingCase200JSONResponse(view), err
}
