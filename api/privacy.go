package api

import (
	"context"
	"slices"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/privacy"
)

// ListPersonalData shows what the system keeps about people, column by column.
func (s *server) ListPersonalData(_ context.Context, r gen.ListPersonalDataRequestObject) (gen.ListPersonalDataResponseObject, error) {
	p := r.Params
	rows := slices.DeleteFunc(privacy.Columns(), func(c privacy.Column) bool {
		return p.Category != "" && p.Category != string(c.Class.Category) || p.Fate != "" && p.Fate != string(c.Class.Fate) ||
			!mentions(c, strings.ToLower(strings.TrimSpace(p.Q)))
	})
	order, descending := strings.CutPrefix(p.Sort, "-")
	by := map[string]func(a, b privacy.Column) int{
		"": inTable, "table": inTable, "class": func(a, b privacy.Column) int { return strings.Compare(a.Class.Code, b.Class.Code) },
	}[order]
	if by == nil {
		return nil, apperr.Field("sort", "这个列表不能这样排序，可选：table、class。")
	}
	slices.SortStableFunc(rows, by)
	if descending {
		slices.Reverse(rows)
	}
	return gen.ListPersonalData200JSONResponse{Items: convert(rows, datumOf)}, nil
}

func inTable(a, b privacy.Column) int {
	return strings.Compare(a.Table+"."+a.Name, b.Table+"."+b.Name)
}

func mentions(c privacy.Column, text string) bool {
	return slices.ContainsFunc([]string{c.Table + "." + c.Name, c.TableTitle, c.Class.Title, c.Class.Purpose}, func(in string) bool {
		return strings.Contains(strings.ToLower(in), text)
	})
}

func datumOf(c privacy.Column) gen.PersonalDatum {
	return gen.PersonalDatum{
		Table: c.Table, TableTitle: c.TableTitle, Column: c.Name, Class: c.Class.Title, Category: string(c.Class.Category),
		CategoryName: c.Class.Category.Title(), Purpose: c.Class.Purpose, Basis: c.Class.Basis, SeenBy: c.Class.SeenBy, Mask: c.Class.Mask,
		Retention: c.Class.Retention.Title(), Fate: string(c.Class.Fate), FateName: c.Class.Fate.Title(), Why: c.Class.Why,
	}
}
