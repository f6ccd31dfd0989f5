package api

import (
	"context"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/policy"
	"zhengxiao/models"
)

func (s *server) contactOf(c models.Contact) gen.MailContact {
	view := gen.MailContact{DailyCodesLeft: s.store.CodesLeft(c)}
	if c.VerifiedAt != nil {
		view.Mail, view.VerifiedAt = c.MailMask, *c.VerifiedAt
	}
	if c.PendingEnc != "" {
		view.Pending, view.CodeUntil = c.PendingMask, at(c.CodeUntil)
	}
	return view
}

// GetContact shows the caller's mail address, masked.
func (s *server) GetContact(ctx context.Context, _ gen.GetContactRequestObject) (gen.GetContactResponseObject, error) {
	c, err := s.store.Contact(ctx, accessOf(ctx).user.ID)
	return gen.GetContact200JSONResponse(s.contactOf(c)), err
}

// AskContact sends a code to an address.
func (s *server) AskContact(ctx context.Context, r gen.AskContactRequestObject) (gen.AskContactResponseObject, error) {
	c, err := s.store.AskMail(ctx, accessOf(ctx).user, r.Body.Mail)
	if err != nil {
		return nil, err
	}
	return gen.AskContact200JSONResponse(s.contactOf(c)), nil
}

// ProveContact takes the code.
func (s *server) ProveContact(ctx context.Context, r gen.ProveContactRequestObject) (gen.ProveContactResponseObject, error) {
	c, err := s.store.ProveMail(ctx, accessOf(ctx).user, r.Body.Code)
	if err != nil {
		return nil, err
	}
	return gen.ProveContact200JSONResponse(s.contactOf(c)), nil
}

// DropContact forgets the caller's address.
func (s *server) DropContact(ctx context.Context, _ gen.DropContactRequestObject) (gen.DropContactResponseObject, error) {
	return gen.DropContact204Response{}, s.store.DropMail(ctx, accessOf(ctx).user)
}

func choiceOf(c models.NoticeChoice) gen.NoticeChoice {
	return gen.NoticeChoice{Topics: topicsOf(c.Topics), Daily: c.Daily, DailyAt: c.DailyAt, Quiet: quietOf(c.Quiet)}
}

// GetNoticeChoice shows what the caller wants by mail.
func (s *server) GetNoticeChoice(ctx context.Context, _ gen.GetNoticeChoiceRequestObject) (gen.GetNoticeChoiceResponseObject, error) {
	c, err := s.store.NoticeChoice(ctx, accessOf(ctx).user.ID)
	return gen.GetNoticeChoice200JSONResponse(choiceOf(c)), err
}

// GetUrgentNotices shows which notices disturb the caller all the same.
func (s *server) GetUrgentNotices(ctx context.Context, _ gen.GetUrgentNoticesRequestObject) (gen.GetUrgentNoticesResponseObject, error) {
	org, err := s.store.Org(ctx, accessOf(ctx).user.OrgID)
	if err != nil {
		return nil, err
	}
	rules, err := s.store.NoticeRules(ctx, org.Path)
	list := gen.GetUrgentNotices200JSONResponse{Items: []gen.UrgentNoticeKinds{}}
	for _, programme := range policy.Programmes() {
		list.Items = append(list.Items, gen.UrgentNoticeKinds{Programme: programme, Kinds: models.UrgentNames(rules[programme])})
	}
	return list, err
}

// PutNoticeChoice keeps what the caller wants by mail.
func (s *server) PutNoticeChoice(ctx context.Context, r gen.PutNoticeChoiceRequestObject) (gen.PutNoticeChoiceResponseObject, error) {
	topics := convert(r.Body.Topics, func(t gen.NoticeTopic) string { return string(t) })
	c, err := s.store.PutNoticeChoice(ctx, models.NoticeChoice{
		UserID: accessOf(ctx).user.ID, Topics: strings.Join(topics, " "), Daily: r.Body.Daily, DailyAt: r.Body.DailyAt, Quiet: quietFrom(r.Body.Quiet),
	})
	return gen.PutNoticeChoice200JSONResponse(choiceOf(c)), err
}
