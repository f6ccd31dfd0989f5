package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/xlsx"
	"zhengxiao/models"
)

// ListNotStarted lists planned schools without a case.
func (s *server) ListNotStarted(ctx context.Context, r gen.ListNotStartedRequestObject) (gen.ListNotStartedResponseObject, error) {
	a, f := accessOf(ctx), models.ProgressFilter{CohortID: r.Params.CohortId, DistrictID: r.Params.DistrictId, Text: r.Params.Q}
	var err error
	if f.Under, err = s.under(ctx, r.Params.Under); err != nil {
		return nil, err
	}
	rows, next, err := s.store.NotStartedSchools(ctx, a.scope, f, page(r.Params.Cursor, r.Params.Limit))
	if err != nil {
		return nil, err
	}
	total, err := s.store.CountNotStarted(ctx, a.scope, f)
	return gen.ListNotStarted200JSONResponse{Next: next, Total: total, Items: convert(rows, func(n models.NotStarted) gen.NotStarted {
		return gen.NotStarted{
			CohortId: n.CohortID, School: gen.Ref{Id: n.SchoolID, Name: n.SchoolName},
			District: gen.Ref{Id: n.DistrictID, Name: n.DistrictName},
		}
	})}, err
}

var notStartedColumns = []xlsx.Column{
	{Title: "学校", Width: 28}, {Title: "区", Width: 14}, {Title: "批次", Width: 18}, {Title: "校长", Width: 16}, {Title: "学校管理员", Width: 16},
}

// ExportNotStarted writes the whole list as a workbook, with the schools' own people.
func (s *server) ExportNotStarted(ctx context.Context, r gen.ExportNotStartedRequestObject) (gen.ExportNotStartedResponseObject, error) {
	f := models.ProgressFilter{CohortID: r.Params.CohortId, DistrictID: r.Params.DistrictId, Text: r.Params.Q}
	var err error
	if f.Under, err = s.under(ctx, r.Params.Under); err != nil {
		return nil, err
	}
	w, err := xlsx.New("未启动的学校", notStartedColumns)
	if err != nil {
		return nil, err
	}
	defer w.Close() //nolint:errcheck // temporary files
	cohorts := map[string]string{}
	for cursor := ""; ; {
		rows, next, err := s.store.NotStartedSchools(ctx, accessOf(ctx).scope, f, models.Page{Limit: exportPage, Cursor: cursor})
		if err == nil {
			err = s.notStartedRows(ctx, rows, cohorts, w)
		}
		if err != nil {
			return nil, err
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	file, size, err := spool(w)
	if err != nil {
		return nil, err
	}
	return gen.ExportNotStarted200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{
		Body: file, ContentLength: size,
		Headers: gen.ExportNotStarted200ResponseHeaders{ContentDisposition: s.attachment("not-started", "未启动的学校", "xlsx")},
	}, nil
}

// exportPage is how many rows of a list an export reads at once.
const exportPage = 500

func (s *server) notStartedRows(ctx context.Context, rows []models.NotStarted, cohorts map[string]string, w *xlsx.Writer) error {
	var seats []models.Seat
	for _, r := range rows {
		seats = append(seats, models.Seat{OrgID: r.SchoolID, Role: domain.RolePrincipal}, models.Seat{OrgID: r.SchoolID, Role: domain.RoleSchoolAdmin})
	}
	holders, err := s.store.SeatHolders(ctx, seats)
	if err != nil {
		return err
	}
	for _, r := range rows {
		cohort, err := s.cohortName(ctx, cohorts, r.CohortID)
		if err == nil {
			err = w.Row(r.SchoolName, r.DistrictName, cohort,
				people(holders[models.Seat{OrgID: r.SchoolID, Role: domain.RolePrincipal}]),
				people(holders[models.Seat{OrgID: r.SchoolID, Role: domain.RoleSchoolAdmin}]))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
