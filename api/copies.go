package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/models"
)

// ListCopies is 抄送我的.
func (s *server) ListCopies(ctx context.Context, r gen.ListCopiesRequestObject) (gen.ListCopiesResponseObject, error) {
	f := models.CopyFilter{CohortID: r.Params.CohortId, Text: r.Params.Q}
	if r.Params.State == gen.ListCopiesParamsStateRead || r.Params.State == gen.ListCopiesParamsStateUnread {
		unread := r.Params.State == gen.ListCopiesParamsStateUnread
		f.Unread = &unread
	}
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.Copies(ctx, accessOf(ctx).user.ID, f, p)
	return gen.ListCopies200JSONResponse{Next: next, Items: convert(rows, func(c models.CopyView) gen.CopyItem {
		return gen.CopyItem{
			Id: c.ID, CaseId: c.CaseID, CohortId: c.CohortID, School: c.SchoolName, Stage: c.Stage, StageName: c.Stage.Name(),
			Sender: c.SenderName, Words: c.Words, SentAt: c.SentAt, ReadAt: at(c.ReadAt),
		}
	})}, err
}

// ReadCopy marks one of the caller's copies as read.
func (s *server) ReadCopy(ctx context.Context, r gen.ReadCopyRequestObject) (gen.ReadCopyResponseObject, error) {
	return gen.ReadCopy204Response{}, s.store.ReadCopy(ctx, r.CopyId, accessOf(ctx).user.ID)
}

// ListCaseCopies tells who was sent a copy of a case, and who has read it.
func (s *server) ListCaseCopies(ctx context.Context, _ gen.ListCaseCopiesRequestObject) (gen.ListCaseCopiesResponseObject, error) {
	rows, err := s.store.CaseCopies(ctx, accessOf(ctx).c.ID)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.UserID, r.SentBy)
	}
	names, err := s.store.UserNames(ctx, unique(ids))
	return gen.ListCaseCopies200JSONResponse{Items: convert(rows, func(r models.CopyRow) gen.CaseCopy {
		return gen.CaseCopy{Seq: r.Seq, To: names[r.UserID], Sender: names[r.SentBy], Words: r.Words, SentAt: r.SentAt, ReadAt: at(r.ReadAt)}
	})}, err
}

// ListCaseUrges is the record of 催办 of a case.
func (s *server) ListCaseUrges(ctx context.Context, _ gen.ListCaseUrgesRequestObject) (gen.ListCaseUrgesResponseObject, error) {
	rows, err := s.store.CaseUrges(ctx, accessOf(ctx).c.ID)
	if err != nil {
		return nil, err
	}
	names, err := s.store.UserNames(ctx, unique(convert(rows, func(u models.Urge) string { return u.ByUser })))
	return gen.ListCaseUrges200JSONResponse{Items: convert(rows, func(u models.Urge) gen.UrgeItem {
		return gen.UrgeItem{Seq: u.Seq, Visit: u.Visit, By: names[u.ByUser], Words: u.Words, At: u.At}
	})}, err
}
