package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// ListAcknowledgements lists who has read the 隐私政策 in force, and who has not.
func (s *server) ListAcknowledgements(
	ctx context.Context, r gen.ListAcknowledgementsRequestObject,
) (gen.ListAcknowledgementsResponseObject, error) {
	q := r.Params
	under, err := s.under(ctx, q.Under)
	if err != nil {
		return nil, err
	}
	notice, err := s.access.notice.lately(ctx)
	if err != nil {
		return nil, err
	}
	f := models.AcknowledgementFilter{
		UserFilter: models.UserFilter{Under: under, Role: string(q.Role), Text: q.Q}, Version: notice.Version,
	}
	if q.State != "" {
		read := q.State == "read"
		f.Read = &read
	}
	if models.SortsAcknowledged(q.Sort) && f.Read != nil && !*f.Read {
		return nil, apperr.Field("sort", "没有阅读的人没有阅读时间，请按姓名或账号排序。")
	}
	p := page(q.Cursor, q.Limit)
	p.Sort = q.Sort
	rows, next, err := s.store.Acknowledgements(ctx, accessOf(ctx).scope, f, p)
	if err != nil {
		return nil, err
	}
	names, err := s.store.OrgNames(ctx, convert(rows, func(v models.AcknowledgementView) string { return v.OrgID }))
	return gen.ListAcknowledgements200JSONResponse{
		Version: notice.Version, Next: next, Items: convert(rows, func(v models.AcknowledgementView) gen.Acknowledgement {
			a := gen.Acknowledgement{
				Id: v.ID, Login: v.Login, Name: v.Name, Org: gen.Ref{Id: v.OrgID, Name: names[v.OrgID]},
				Version: v.PrivacyVersion, Read: v.PrivacyVersion == notice.Version,
			}
			if a.Read {
				a.At = at(v.At)
			}
			return a
		}),
	}, err
}

// ListAcknowledgedOrgs counts them for one organisation and what is directly below it.
func (s *server) ListAcknowledgedOrgs(
	ctx context.Context, r gen.ListAcknowledgedOrgsRequestObject,
) (gen.ListAcknowledgedOrgsResponseObject, error) {
	a, q := accessOf(ctx), r.Params
	above, err := s.store.OrgInScope(ctx, a.scope, cmp.Or(q.Under, a.as.OrgID))
	if err != nil {
		return nil, err
	}
	notice, err := s.access.notice.lately(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.AcknowledgedOrgs(ctx, above, notice.Version)
	if err != nil {
		return nil, err
	}
	list := gen.AcknowledgedOrgList{Version: notice.Version, Org: gen.Ref{Id: above.ID, Name: above.Name}}
	for _, v := range rows {
		list.Accounts, list.Read = list.Accounts+v.Accounts, list.Read+v.Read
	}
	models.SortAcknowledged(rows, cmp.Or(q.Sort, "-unread"))
	rows = slices.DeleteFunc(rows, func(v models.AcknowledgedOrg) bool {
		return (q.Behind && v.Unread() == 0) || !strings.Contains(v.Name, strings.TrimSpace(q.Q))
	})
	list.Items = convert(rows, func(v models.AcknowledgedOrg) gen.AcknowledgedOrg {
		return gen.AcknowledgedOrg{
			Org: gen.Ref{Id: v.ID, Name: v.Name}, Level: v.Level, Own: v.Own,
			Accounts: v.Accounts, Read: v.Read, Unread: v.Unread(),
		}
	})
	return gen.ListAcknowledgedOrgs200JSONResponse(list), nil
}
