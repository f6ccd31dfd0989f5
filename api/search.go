package api

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// The bounds of a search.
const (
	searchMin   = 2 // characters
	searchShown = 8 // of each kind
)

// Search finds schools, users and 备案号 within the caller's reach.
func (s *server) Search(ctx context.Context, r gen.SearchRequestObject) (gen.SearchResponseObject, error) {
	a, text := accessOf(ctx), strings.TrimSpace(r.Params.Q)
	if utf8.RuneCountInString(text) < searchMin {
		return nil, apperr.Field("q", "请至少输入2个字，空格不算。")
	}
	found := gen.Search200JSONResponse{Groups: []gen.SearchGroup{}}
	for _, g := range []struct {
		kind gen.SearchGroupKind
		name string
		find func() ([]models.Hit, error)
		item func(models.Hit) gen.SearchItem
	}{
		{gen.SearchGroupKindSchool, "学校", func() ([]models.Hit, error) { return s.store.FindSchools(ctx, a.scope, text, searchShown+1) }, schoolFound},
		{gen.SearchGroupKindUser, "用户", func() ([]models.Hit, error) {
			return s.store.FindUsers(ctx, a.reachAs(lookups), a.scope, text, searchShown+1)
		}, userFound},
		{gen.SearchGroupKindFiling, "备案号", func() ([]models.Hit, error) { return s.store.FindFilings(ctx, a.scope, text, searchShown+1) }, filingFound},
	} {
		hits, err := g.find()
		if err != nil {
			return nil, err
		}
		if len(hits) == 0 {
			continue
		}
		items := convert(hits[:min(searchShown, len(hits))], g.item)
		for i := range items {
			items[i].Kind = g.kind
		}
		found.Groups = append(found.Groups, gen.SearchGroup{Kind: g.kind, Name: g.name, Items: items, More: len(hits) > searchShown})
	}
	return found, nil
}

// reachAs is what the caller reaches by some roles only.
func (a *access) reachAs(allowed []domain.Role) models.Scope {
	return union(scopesOf(filter(a.reached, func(r reach) bool { return slices.Contains(allowed, r.grant.Role) })))
}

func schoolFound(h models.Hit) gen.SearchItem {
	stage := "未立项"
	if h.CaseID != "" {
		stage = h.Stage.Name()
	}
	return gen.SearchItem{Id: h.ID, Title: h.Name, Subtitle: h.Org + " · " + h.Code + " · " + stage, CaseId: h.CaseID}
}

func userFound(h models.Hit) gen.SearchItem {
	return gen.SearchItem{Id: h.ID, Title: h.Name, Subtitle: h.Org + " · " + h.Code, CaseId: h.CaseID}
}

func filingFound(h models.Hit) gen.SearchItem {
	return gen.SearchItem{Id: h.ID, Title: h.Code, Subtitle: h.Name + " · " + h.Stage.Name(), CaseId: h.CaseID}
}
