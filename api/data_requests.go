package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/secret"
	"zhengxiao/models"
)

// GetMyPersonal shows people what their account holds about them.
func (s *server) GetMyPersonal(ctx context.Context, _ gen.GetMyPersonalRequestObject) (gen.GetMyPersonalResponseObject, error) {
	u := accessOf(ctx).user
	user, err := s.userOf(ctx, *u)
	if err != nil {
		return nil, err
	}
	p, err := s.store.Personal(u)
	return gen.GetMyPersonal200JSONResponse{
		Login: u.Login, Name: u.Name, Org: user.Org, Grants: user.Grants, IdNumber: u.IDNumberMask, Phone: secret.MaskPhone(p.Phone),
		CreatedAt: u.CreatedAt,
	}, err
}

// AskAboutData opens a request about one's own data.
func (s *server) AskAboutData(ctx context.Context, r gen.AskAboutDataRequestObject) (gen.AskAboutDataResponseObject, error) {
	v, err := s.store.AskAboutData(ctx, accessOf(ctx).user, models.NewDataRequest{
		Kind: models.DataRequestKind(r.Body.Kind), Words: r.Body.Words, Field: models.CorrectionField(r.Body.Field), Value: r.Body.Value,
	})
	if err != nil {
		return nil, err
	}
	return gen.AskAboutData201JSONResponse(s.dataRequestOf(*v)), nil
}

// ListMyDataRequests lists one's own requests.
func (s *server) ListMyDataRequests(ctx context.Context, r gen.ListMyDataRequestsRequestObject) (gen.ListMyDataRequestsResponseObject, error) {
	rows, next, err := s.store.DataRequestsOf(ctx, accessOf(ctx).user.ID, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListMyDataRequests200JSONResponse{Items: convert(rows, s.dataRequestOf), Next: next}, err
}

// ListDataRequests is the queue of those who answer.
func (s *server) ListDataRequests(ctx context.Context, r gen.ListDataRequestsRequestObject) (gen.ListDataRequestsResponseObject, error) {
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.DataRequests(ctx, accessOf(ctx).scope, models.DataRequestStatus(r.Params.Status), p)
	if err != nil {
		return nil, err
	}
	runs, err := s.store.ErasuresAskedBy(ctx, rows)
	return gen.ListDataRequests200JSONResponse{Next: next, Items: convert(rows, func(v models.DataRequestView) gen.DataRequest {
		d := s.dataRequestOf(v)
		if run, ok := runs[v.ID]; ok {
			d.Erasure = gen.RequestErasure{Id: run.ID, Status: string(run.Status), StatusName: run.Status.Name()}
		}
		return d
	})}, err
}

// AnswerDataRequest closes a request.
func (s *server) AnswerDataRequest(ctx context.Context, r gen.AnswerDataRequestRequestObject) (gen.AnswerDataRequestResponseObject, error) {
	a := accessOf(ctx)
	v, err := s.store.AnswerRequest(ctx, a.scope, r.RequestId, a.user.ID, models.DataRequestStatus(r.Body.Status), r.Body.Answer)
	if err != nil {
		return nil, err
	}
	return gen.AnswerDataRequest200JSONResponse(s.dataRequestOf(*v)), nil
}

func (s *server) dataRequestOf(v models.DataRequestView) gen.DataRequest {
	return gen.DataRequest{
		Id: v.ID, Kind: string(v.Kind), KindName: v.Kind.Name(), Words: v.Words, Status: string(v.Status), StatusName: v.Status.Name(),
		Field: string(v.Field), FieldName: v.Field.Name(), Value: v.ValueMask, Applied: v.Field.Applied(), Steps: v.Field.Steps(),
		AskedAt: v.AskedAt, DueAt: v.DueAt, Overdue: v.Status == models.DataRequestOpen && s.store.Now().After(v.DueAt),
		Person: v.Person, PersonId: v.UserID, Org: v.PersonOrg, AnsweredBy: v.AnswererBy, AnsweredAt: at(v.AnsweredAt), Answer: v.Answer,
	}
}
