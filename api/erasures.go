package api

import (
	"cmp"
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/privacy"
	"zhengxiao/models"
)

// ListRetention shows how long what is kept, and why.
func (s *server) ListRetention(ctx context.Context, _ gen.ListRetentionRequestObject) (gen.ListRetentionResponseObject, error) {
	rows, err := s.store.Retentions(ctx)
	if err != nil {
		return nil, err
	}
	a := accessOf(ctx)
	whole, err := s.store.CoversRoots(ctx, a.reachAs(security))
	return gen.ListRetention200JSONResponse{Changeable: whole, Items: convert(rows, func(r models.Retention) gen.Retention {
		return gen.Retention{
			Class: r.Code, Title: r.Title, From: r.From, Months: r.Months, Floor: r.Floor, Basis: r.Basis, Whole: r.Whole,
			Reason: r.Reason, UpdatedBy: r.UpdatedBy, UpdatedAt: at(r.UpdatedAt),
		}
	})}, err
}

// PutRetention changes how long a class is kept, for everybody: by whom the roots reach.
func (s *server) PutRetention(ctx context.Context, r gen.PutRetentionRequestObject) (gen.PutRetentionResponseObject, error) {
	a := accessOf(ctx)
	whole, err := s.store.CoversRoots(ctx, a.scope)
	if err != nil {
		return nil, err
	}
	if !whole {
		return nil, apperr.New(apperr.Forbidden, "保存期限对整个系统生效，只能由管理最上级单位的安全管理员调整。")
	}
	defer s.access.notice.forget()
	return gen.PutRetention204Response{}, s.store.SetRetention(ctx, r.Class, r.Body.Months, r.Body.Reason, a.user.ID)
}

// ListErasures lists runs within reach.
func (s *server) ListErasures(ctx context.Context, r gen.ListErasuresRequestObject) (gen.ListErasuresResponseObject, error) {
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.Erasures(ctx, accessOf(ctx).scope, models.ErasureStatus(r.Params.Status), p)
	return gen.ListErasures200JSONResponse{Items: convert(rows, erasureFor(ctx)), Next: next}, err
}

// CreateErasure has what is due listed, at an organisation or of one account.
func (s *server) CreateErasure(ctx context.Context, r gen.CreateErasureRequestObject) (gen.CreateErasureResponseObject, error) {
	a, b := accessOf(ctx), r.Body
	orgID := b.OrgId
	if b.UserId != "" {
		u, err := s.store.User(ctx, b.UserId)
		if err != nil {
			return nil, err
		}
		orgID = u.OrgID
	}
	org, err := s.store.OrgInScope(ctx, a.scope, cmp.Or(orgID, a.user.OrgID))
	if err != nil {
		return nil, err
	}
	run, err := s.store.PrepareErasure(ctx, models.NewErasure{
		Org: org, Classes: b.Classes, Reason: b.Reason, SubjectID: b.UserId, RequestID: b.RequestId, By: a.user.ID,
	})
	if err != nil {
		return nil, err
	}
	v, err := s.erasure(ctx, run.ID)
	return gen.CreateErasure201JSONResponse(v), err
}

// GetErasure shows a run with its counts and its certificate.
func (s *server) GetErasure(ctx context.Context, r gen.GetErasureRequestObject) (gen.GetErasureResponseObject, error) {
	v, err := s.erasure(ctx, r.ErasureId)
	if err != nil {
		return nil, err
	}
	return gen.GetErasure200JSONResponse(v), nil
}

// ListErasureItems lists what a run is to erase, or has.
func (s *server) ListErasureItems(ctx context.Context, r gen.ListErasureItemsRequestObject) (gen.ListErasureItemsResponseObject, error) {
	if _, err := s.store.Erasure(ctx, accessOf(ctx).scope, r.ErasureId); err != nil {
		return nil, err
	}
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	f := models.ErasureFilter{Class: r.Params.Class, State: models.ErasureState(r.Params.State)}
	rows, next, err := s.store.ErasureItems(ctx, r.ErasureId, f, p)
	return gen.ListErasureItems200JSONResponse{Items: convert(rows, erasureItemOf), Next: next}, err
}

// ProposeErasure asks for a second person's approval.
func (s *server) ProposeErasure(ctx context.Context, r gen.ProposeErasureRequestObject) (gen.ProposeErasureResponseObject, error) {
	a := accessOf(ctx)
	if _, err := s.store.Erasure(ctx, a.scope, r.ErasureId); err != nil {
		return nil, err
	}
	if err := s.store.ProposeErasure(ctx, r.ErasureId, a.user.ID, r.Body.Reason); err != nil {
		return nil, err
	}
	v, err := s.erasure(ctx, r.ErasureId)
	return gen.ProposeErasure200JSONResponse(v), err
}

// DecideErasure has a worker begin, or not.
func (s *server) DecideErasure(ctx context.Context, r gen.DecideErasureRequestObject) (gen.DecideErasureResponseObject, error) {
	a := accessOf(ctx)
	if _, err := s.store.Erasure(ctx, a.scope, r.ErasureId); err != nil {
		return nil, err
	}
	if err := s.store.DecideErasure(ctx, r.ErasureId, a.user.ID, r.Body.Approve, r.Body.Comment); err != nil {
		return nil, err
	}
	v, err := s.erasure(ctx, r.ErasureId)
	return gen.DecideErasure200JSONResponse(v), err
}

func (s *server) erasure(ctx context.Context, id string) (gen.Erasure, error) {
	row, err := s.store.Erasure(ctx, accessOf(ctx).scope, id)
	if err != nil {
		return gen.Erasure{}, err
	}
	counts, err := s.store.ErasureCounts(ctx, id)
	v := erasureFor(ctx)(*row)
	v.Counts = convert(counts, func(c models.ErasureCount) gen.ErasureCount {
		return gen.ErasureCount{
			Class: c.Class, ClassName: className(c.Class), State: string(c.State), StateName: c.State.Name(), Items: c.Items, Amount: c.Amount, Done: c.Done,
		}
	})
	v.Certificate, v.KeyId, v.Signature = row.Certificate, row.KeyID, row.Signature
	return v, err
}

func className(code string) string {
	r, _ := privacy.RuleOf(code)
	return r.Title
}

func erasureFor(ctx context.Context) func(models.ErasureRunView) gen.Erasure {
	me := accessOf(ctx).user.ID
	return func(v models.ErasureRunView) gen.Erasure {
		return gen.Erasure{
			Id: v.ID, Kind: string(v.Kind), KindName: v.Kind.Name(), Org: gen.Ref{Id: v.OrgID, Name: v.Org}, Classes: convert(v.ClassList(), className),
			Subject: v.Subject, RequestId: v.RequestID,
			Status: string(v.Status), StatusName: v.Status.Name(), Reason: v.Reason, Items: v.Items, Sha256: v.SHA256,
			PreparedBy: v.Preparer, PreparedAt: v.PreparedAt, ProposedBy: v.Proposer, ProposedAt: at(v.ProposedAt),
			DecidedBy: v.Decider, DecidedAt: at(v.DecidedAt), Comment: v.Comment, FinishedAt: at(v.FinishedAt), Mine: v.ProposedBy == me,
		}
	}
}

func erasureItemOf(v models.ErasureItemView) gen.ErasureItem {
	return gen.ErasureItem{
		No: v.No, Class: v.Class, ClassName: className(v.Class), Kind: v.Kind, KindName: models.ErasureKindName(v.Kind),
		What: cmp.Or(v.Person, v.School, v.Ref), Org: v.Org, Amount: v.Amount, Done: v.Done, Since: v.Since,
		State: string(v.State), StateName: v.State.Name(), Note: v.Note, EndedAt: at(v.EndedAt),
	}
}

// ListHolds lists legal holds within reach.
func (s *server) ListHolds(ctx context.Context, r gen.ListHoldsRequestObject) (gen.ListHoldsResponseObject, error) {
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.Holds(ctx, accessOf(ctx).scope, models.HoldStatus(r.Params.Status), p)
	return gen.ListHolds200JSONResponse{Items: convert(rows, func(v models.LegalHoldView) gen.Hold {
		return gen.Hold{
			Id: v.ID, Kind: string(v.Kind), KindName: v.Kind.Name(), Subject: v.Subject, Org: v.Org, Reason: v.Reason,
			Status: string(v.Status), StatusName: v.Status.Name(), SetBy: v.Setter, SetAt: v.SetAt,
			LiftedBy: v.Lifter, LiftedAt: at(v.LiftedAt), LiftReason: v.LiftReason,
		}
	}), Next: next}, err
}

// CreateHold keeps something from being erased.
func (s *server) CreateHold(ctx context.Context, r gen.CreateHoldRequestObject) (gen.CreateHoldResponseObject, error) {
	a, b := accessOf(ctx), r.Body
	h, err := s.store.SetHold(ctx, a.scope, models.HoldKind(b.Kind), b.SubjectId, b.Reason, a.user.ID)
	if err != nil {
		return nil, err
	}
	return gen.CreateHold201JSONResponse{Id: h.ID}, nil
}

// LiftHold ends a hold.
func (s *server) LiftHold(ctx context.Context, r gen.LiftHoldRequestObject) (gen.LiftHoldResponseObject, error) {
	a := accessOf(ctx)
	return gen.LiftHold204Response{}, s.store.LiftHold(ctx, a.scope, r.HoldId, a.user.ID, r.Body.Reason)
}
