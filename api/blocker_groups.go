package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/xlsx"
	"zhengxiao/models"
)

// ungrouped is the name of the line for teachers who are in no group.
const ungrouped = "未编入教研组"

// groupOrders are what the groups of a case can be sorted by.
var groupOrders = map[string]func(a, b gen.BlockerGroup) int{
	"blocked": func(a, b gen.BlockerGroup) int { return cmp.Compare(a.Blocked, b.Blocked) },
	"name":    func(a, b gen.BlockerGroup) int { return cmp.Compare(a.Name, b.Name) },
	"members": func(a, b gen.BlockerGroup) int { return cmp.Compare(a.Members, b.Members) },
	"hours":   func(a, b gen.BlockerGroup) int { return cmp.Compare(a.Hours, b.Hours) },
	"plan":    func(a, b gen.BlockerGroup) int { return cmp.Compare(a.Plan, b.Plan) },
	"points":  func(a, b gen.BlockerGroup) int { return cmp.Compare(a.Points, b.Points) },
	"summary": func(a, b gen.BlockerGroup) int { return cmp.Compare(a.Summary, b.Summary) },
	"review":  func(a, b gen.BlockerGroup) int { return cmp.Compare(a.Review, b.Review) },
	"grade":   func(a, b gen.BlockerGroup) int { return cmp.Compare(a.Grade, b.Grade) },
}

// blockerGroups are the groups of the case in the order that is asked for, equals by name.
func (s *server) blockerGroups(ctx context.Context, sort string) ([]gen.BlockerGroup, error) {
	rows, err := s.store.BlockersByGroup(ctx, accessOf(ctx).c)
	if err != nil {
		return nil, err
	}
	items := convert(rows, func(g models.GroupBlockers) gen.BlockerGroup {
		view := gen.BlockerGroup{
			Id: g.ID, Name: g.Name, Leader: g.Leader, Members: g.Members, Blocked: g.Blocked, Missing: int(g.Missing),
			Hours: g.Lacks[models.BlockerHours], Plan: g.Lacks[models.BlockerPlan], Points: g.Lacks[models.BlockerPoints],
			Summary: g.Lacks[models.BlockerSummary], Review: g.Lacks[models.BlockerReview], Grade: g.Lacks[models.BlockerGrade],
		}
		if g.ID == "" {
			view.Name = ungrouped
		}
		return view
	})
	by, down := strings.CutPrefix(sort, "-")
	slices.SortStableFunc(items, func(a, b gen.BlockerGroup) int {
		if down {
			return groupOrders[by](b, a)
		}
		return groupOrders[by](a, b)
	})
	return items, nil
}

// ListBlockerGroups says which groups hold a school up.
func (s *server) ListBlockerGroups(ctx context.Context, r gen.ListBlockerGroupsRequestObject) (gen.ListBlockerGroupsResponseObject, error) {
	items, err := s.blockerGroups(ctx, cmp.Or(r.Params.Sort, "-blocked"))
	return gen.ListBlockerGroups200JSONResponse{Items: items}, err
}

var groupColumns = []xlsx.Column{
	{Title: "教研组", Width: 20}, {Title: "组长", Width: 14}, {Title: "人数", Width: 8}, {Title: "有缺项的人", Width: 10},
	{Title: "未满学时（人）", Width: 10}, {Title: "还差学时", Width: 10}, {Title: "缺提升计划（人）", Width: 10}, {Title: "能力点不足（人）", Width: 10},
	{Title: "缺提升总结（人）", Width: 10}, {Title: "初审未通过（人）", Width: 10}, {Title: "测评未合格（人）", Width: 10},
}

// ExportBlockerGroups writes the same as a workbook.
func (s *server) ExportBlockerGroups(ctx context.Context, r gen.ExportBlockerGroupsRequestObject) (gen.ExportBlockerGroupsResponseObject, error) {
	items, err := s.blockerGroups(ctx, cmp.Or(r.Params.Sort, "-blocked"))
	if err != nil {
		return nil, err
	}
	w, err := xlsx.New("各组滞留", groupColumns)
	if err != nil {
		return nil, err
	}
	defer w.Close() //nolint:errcheck // temporary files
	for _, g := range items {
		const tenths = 10
		err := w.Row(g.Name, g.Leader, g.Members, g.Blocked, g.Hours, float64(g.Missing)/tenths, g.Plan, g.Points, g.Summary, g.Review, g.Grade)
		if err != nil {
			return nil, err
		}
	}
	file, size, err := spool(w)
	if err != nil {
		return nil, err
	}
	return gen.ExportBlockerGroups200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{
		Body: file, ContentLength: size,
		Headers: gen.ExportBlockerGroups200ResponseHeaders{ContentDisposition: s.attachment("groups", accessOf(ctx).c.SchoolName+"各组滞留", "xlsx")},
	}, nil
}
