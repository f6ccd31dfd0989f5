package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// sender is the organisation in whose name a notice goes out, and what the caller reaches
// there. Who works for several says for which.
func (a *access) sender(orgID string) (string, models.Scope, error) {
	if orgID == "" {
		orgID = a.as.OrgID
		if slices.ContainsFunc(a.admitted, func(g models.Grant) bool { return g.OrgID != orgID }) {
			return "", models.Scope{}, apperr.Field("audience.sender_id", "您在多个单位任职，请选择以哪个单位的名义下发。")
		}
	}
	scopes := scopesOf(filter(a.reached, func(r reach) bool { return r.grant.OrgID == orgID }))
	if len(scopes) == 0 {
		return "", models.Scope{}, apperr.Field("audience.sender_id", "您不在该单位负责下发通知，请选择您任职的单位。")
	}
	return orgID, union(scopes), nil
}

// audience is whom a request means, and who sends. Organisations out of reach do not exist.
func (s *server) audience(ctx context.Context, r gen.Audience) (models.Audience, string, error) {
	from, scope, err := accessOf(ctx).sender(r.SenderId)
	if err != nil {
		return models.Audience{}, "", err
	}
	out := models.Audience{Scope: scope, Roles: r.Roles, CohortID: r.CohortId}
	if (r.CohortId == "") == (len(r.OrgIds) == 0) {
		return out, from, apperr.Field("audience", "请选择收件单位，或选择一个批次的学校，二者取其一。")
	}
	if r.CohortId != "" {
		c, err := s.store.Cohort(ctx, r.CohortId)
		if err == nil && !scope.Concerns(c.Path) {
			err = apperr.New(apperr.NotFound, "找不到该批次：可能已被删除，或不在您的管理范围内。")
		}
		return out, from, err
	}
	for _, id := range unique(r.OrgIds) {
		org, err := s.store.OrgInScope(ctx, scope, id)
		if err != nil {
			return out, from, err
		}
		out.Paths = append(out.Paths, org.Path)
	}
	return out, from, nil
}

// CountAudience tells how many people a choice of addressees means.
func (s *server) CountAudience(ctx context.Context, r gen.CountAudienceRequestObject) (gen.CountAudienceResponseObject, error) {
	to, _, err := s.audience(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	n, err := s.store.CountAddressees(ctx, to, accessOf(ctx).user.ID)
	return gen.CountAudience200JSONResponse{Recipients: n}, err
}

// SendBulletin sends a notice out, once however often the same key comes.
func (s *server) SendBulletin(ctx context.Context, r gen.SendBulletinRequestObject) (gen.SendBulletinResponseObject, error) {
	a := accessOf(ctx)
	to, from, err := s.audience(ctx, r.Body.Audience)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(r.Body)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	org, err := s.store.Org(ctx, from)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	b, err := s.store.SendBulletin(ctx, models.Bulletin{
		ID: domain.ActionID(a.user.ID, "", "bulletin", r.Params.IdempotencyKey), OrgID: org.ID, Path: org.Path, AuthorID: a.user.ID,
		Title: r.Body.Title, Body: r.Body.Body, Receipt: r.Body.Receipt, ReceiptBy: when(r.Body.ReceiptBy), SHA256: hex.EncodeToString(sum[:]),
	}, to)
	if err != nil {
		return nil, err
	}
	view, err := s.bulletinOf(ctx, b.ID)
	return gen.SendBulletin201JSONResponse(view), err
}

func (s *server) bulletinOf(ctx context.Context, id string) (gen.Bulletin, error) {
	v, err := s.store.BulletinView(ctx, id)
	if err != nil {
		return gen.Bulletin{}, err
	}
	return s.bulletinView(accessOf(ctx), *v), nil
}

func (s *server) bulletinView(a *access, v models.BulletinView) gen.Bulletin {
	return gen.Bulletin{
		Id: v.ID, Org: gen.Ref{Id: v.OrgID, Name: v.OrgName}, Author: v.AuthorName, Title: v.Title, Body: v.Body,
		Receipt: v.Receipt, ReceiptBy: at(v.ReceiptBy), SentAt: v.SentAt,
		Recipients: v.Recipients, Delivered: v.Delivered, Read: v.Read, Confirmed: v.Confirmed,
		Own: a.of(v.OrgID), RemindedToday: v.RemindedDay == calendar.DayNumber(s.store.Now()),
	}
}

// of reports whether the caller works at an organisation, in a role that let them in.
func (a *access) of(orgID string) bool {
	return slices.ContainsFunc(a.admitted, func(g models.Grant) bool { return g.OrgID == orgID })
}

// ListBulletins lists what the offices in reach have sent.
func (s *server) ListBulletins(ctx context.Context, r gen.ListBulletinsRequestObject) (gen.ListBulletinsResponseObject, error) {
	a, p := accessOf(ctx), page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.Bulletins(ctx, a.scope, r.Params.Q, p)
	return gen.ListBulletins200JSONResponse{Next: next, Items: convert(rows, func(v models.BulletinView) gen.Bulletin {
		return s.bulletinView(a, v)
	})}, err
}

// GetBulletin is one that an office in reach has sent.
func (s *server) GetBulletin(ctx context.Context, r gen.GetBulletinRequestObject) (gen.GetBulletinResponseObject, error) {
	if _, err := s.store.Bulletin(ctx, accessOf(ctx).scope, r.BulletinId); err != nil {
		return nil, err
	}
	view, err := s.bulletinOf(ctx, r.BulletinId)
	return gen.GetBulletin200JSONResponse(view), err
}

// ListBulletinRecipients tells who has read a bulletin and who has not.
func (s *server) ListBulletinRecipients(
	ctx context.Context, r gen.ListBulletinRecipientsRequestObject,
) (gen.ListBulletinRecipientsResponseObject, error) {
	b, err := s.store.Bulletin(ctx, accessOf(ctx).scope, r.BulletinId)
	if err != nil {
		return nil, err
	}
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	now := s.store.Now()
	rows, next, err := s.store.BulletinRecipients(ctx, b.ID, models.RecipientFilter{State: r.Params.State, Text: r.Params.Q}, p)
	return gen.ListBulletinRecipients200JSONResponse{Next: next, Items: convert(rows, func(v models.RecipientView) gen.BulletinRecipient {
		return gen.BulletinRecipient{
			User: gen.Ref{Id: v.UserID, Name: v.UserName}, Org: gen.Ref{Id: v.OrgID, Name: v.OrgName}, Role: v.Role, RoleName: v.Role.Name(),
			State: gen.BulletinRecipientState(v.State), ReadAt: at(v.ReadAt), ConfirmedAt: at(v.ConfirmedAt), Reply: v.Reply,
			Late: b.Late(v.BulletinRecipient, now),
		}
	})}, err
}

// RemindBulletin tells those again who have not answered, once a day.
func (s *server) RemindBulletin(ctx context.Context, r gen.RemindBulletinRequestObject) (gen.RemindBulletinResponseObject, error) {
	a := accessOf(ctx)
	b, err := s.store.Bulletin(ctx, a.scope, r.BulletinId)
	if err != nil {
		return nil, err
	}
	if !a.of(b.OrgID) {
		return nil, apperr.New(apperr.Forbidden, "该通知由下级单位下发，您只能查看；如需提醒，请联系下发单位。")
	}
	n, err := s.store.RemindBulletin(ctx, b.ID)
	return gen.RemindBulletin200JSONResponse{Recipients: n}, err
}

// GetReceivedBulletin is one that went to the caller.
func (s *server) GetReceivedBulletin(ctx context.Context, r gen.GetReceivedBulletinRequestObject) (gen.GetReceivedBulletinResponseObject, error) {
	view, err := s.receivedOf(ctx, r.BulletinId)
	return gen.GetReceivedBulletin200JSONResponse(view), err
}

func (s *server) receivedOf(ctx context.Context, id string) (gen.ReceivedBulletin, error) {
	v, err := s.store.ReceivedBulletin(ctx, id, accessOf(ctx).user.ID)
	if err != nil {
		return gen.ReceivedBulletin{}, err
	}
	return gen.ReceivedBulletin{
		Id: v.ID, Org: gen.Ref{Id: v.OrgID, Name: v.OrgName}, Author: v.AuthorName, Title: v.Title, Body: v.Body,
		Receipt: v.Receipt, ReceiptBy: at(v.ReceiptBy), SentAt: v.SentAt, ReadAt: at(v.Mine.ReadAt),
		ConfirmedAt: at(v.Mine.ConfirmedAt), Reply: v.Mine.Reply, Late: v.Late(v.Mine, s.store.Now()),
	}, nil
}

// ReadBulletin notes that the caller has opened one.
func (s *server) ReadBulletin(ctx context.Context, r gen.ReadBulletinRequestObject) (gen.ReadBulletinResponseObject, error) {
	return gen.ReadBulletin204Response{}, s.store.ReadBulletin(ctx, r.BulletinId, accessOf(ctx).user.ID)
}

// ConfirmBulletin is the caller's 回执.
func (s *server) ConfirmBulletin(ctx context.Context, r gen.ConfirmBulletinRequestObject) (gen.ConfirmBulletinResponseObject, error) {
	if err := s.store.ConfirmBulletin(ctx, r.BulletinId, accessOf(ctx).user.ID, r.Body.Reply); err != nil {
		return nil, err
	}
	view, err := s.receivedOf(ctx, r.BulletinId)
	return gen.ConfirmBulletin200JSONResponse(view), err
}
