package api

import (
	"context"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/notify"
	"zhengxiao/models"
)

// channelNames are the kinds of channels as users read them.
var channelNames = map[notify.Kind]string{
	notify.Mail: "邮件", notify.WeCom: "企业微信群机器人", notify.DingTalk: "钉钉群机器人", notify.Feishu: "飞书群机器人", notify.Webhook: "网络回调",
}

// ListChannels lists the channels below the caller's organisations.
func (s *server) ListChannels(ctx context.Context, r gen.ListChannelsRequestObject) (gen.ListChannelsResponseObject, error) {
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	f := models.ChannelFilter{Kind: notify.Kind(r.Params.Kind), Text: r.Params.Q}
	rows, next, err := s.store.Channels(ctx, accessOf(ctx).scope, f, p)
	return gen.ListChannels200JSONResponse{Items: convert(rows, channelOf), Next: next}, err
}

func channelOf(c models.ChannelView) gen.Channel {
	view := gen.Channel{
		Id: c.ID, Org: gen.Ref{Id: c.OrgID, Name: c.OrgName}, Kind: string(c.Kind), KindName: channelNames[c.Kind], Name: c.Name,
		Address: c.URLMask, Signed: c.SecretEnc != "", TwoSecrets: c.FormerEnc != "", Topics: topicsOf(c.Topics), PerMinute: c.PerMinute,
		Quiet: quietOf(c.Quiet), Disabled: c.Disabled, Failures: c.Failures, RestingUntil: at(c.OpenUntil), SentAt: at(c.SentAt),
		LastError: reasonOf(c.LastCode, c.LastText), Waiting: c.Waiting, Dead: c.Dead, UpdatedAt: c.UpdatedAt,
	}
	if c.Kind == notify.Mail {
		m := c.MailServer()
		view.Server = gen.MailServer{
			Host: m.Host, Port: m.Port, Security: string(m.Security), Username: m.Username, From: m.From, FromName: m.FromName,
		}
	}
	return view
}

func topicsOf(text string) []gen.NoticeTopic {
	topics := []gen.NoticeTopic{}
	for _, t := range models.NoticeTopics() {
		for chosen := range strings.FieldsSeq(text) {
			if chosen == string(t) {
				topics = append(topics, gen.NoticeTopic(t))
			}
		}
	}
	return topics
}

func quietOf(q models.Quiet) gen.QuietHours {
	return gen.QuietHours{From: q.QuietFrom, To: q.QuietTo, WorkingDays: q.WorkingDays, Urgent: q.Urgent}
}

func quietFrom(q gen.QuietHours) models.Quiet {
	return models.Quiet{QuietFrom: q.From, QuietTo: q.To, WorkingDays: q.WorkingDays, Urgent: q.Urgent}
}

func channelDraft(d gen.ChannelDraft) models.ChannelDraft {
	m := d.Server
	return models.ChannelDraft{
		Name: d.Name, URL: d.Url, Secret: d.Secret, PerMinute: d.PerMinute, Quiet: quietFrom(d.Quiet), Disabled: d.Disabled,
		Topics: convert(d.Topics, func(t gen.NoticeTopic) models.NoticeTopic { return models.NoticeTopic(t) }),
		Server: notify.Server{
			Host: m.Host, Port: m.Port, Security: notify.Security(m.Security), Username: m.Username, From: m.From, FromName: m.FromName,
		},
	}
}

// channel is a channel as it is now.
func (s *server) channel(ctx context.Context, id string) (gen.Channel, error) {
	c, err := s.store.ChannelInScope(ctx, accessOf(ctx).scope, id)
	if err != nil {
		return gen.Channel{}, err
	}
	return channelOf(*c), nil
}

// CreateChannel adds a channel.
func (s *server) CreateChannel(ctx context.Context, r gen.CreateChannelRequestObject) (gen.CreateChannelResponseObject, error) {
	a, d := accessOf(ctx), channelDraft(r.Body.Channel)
	d.OrgID, d.Kind = r.Body.OrgId, notify.Kind(r.Body.Kind)
	c, err := s.store.CreateChannel(ctx, a.scope, d, a.user.ID)
	if err != nil {
		return nil, err
	}
	view, err := s.channel(ctx, c.ID)
	return gen.CreateChannel201JSONResponse(view), err
}

// GetChannel returns one channel.
func (s *server) GetChannel(ctx context.Context, r gen.GetChannelRequestObject) (gen.GetChannelResponseObject, error) {
	view, err := s.channel(ctx, r.ChannelId)
	return gen.GetChannel200JSONResponse(view), err
}

// PutChannel changes a channel.
func (s *server) PutChannel(ctx context.Context, r gen.PutChannelRequestObject) (gen.PutChannelResponseObject, error) {
	a := accessOf(ctx)
	if _, err := s.store.PutChannel(ctx, a.scope, r.ChannelId, channelDraft(*r.Body), a.user.ID); err != nil {
		return nil, err
	}
	view, err := s.channel(ctx, r.ChannelId)
	return gen.PutChannel200JSONResponse(view), err
}

// TestChannel queues a message to see whether a channel works.
func (s *server) TestChannel(ctx context.Context, r gen.TestChannelRequestObject) (gen.TestChannelResponseObject, error) {
	a := accessOf(ctx)
	d, err := s.store.TestChannel(ctx, a.scope, r.ChannelId, a.user)
	if err != nil {
		return nil, err
	}
	return gen.TestChannel202JSONResponse{Id: d.ID}, nil
}

// RotateChannelSecret gives a webhook a new secret, shown only here.
func (s *server) RotateChannelSecret(ctx context.Context, r gen.RotateChannelSecretRequestObject) (gen.RotateChannelSecretResponseObject, error) {
	a, fresh := accessOf(ctx), auth.NewToken()
	if _, err := s.store.RotateChannelSecret(ctx, a.scope, r.ChannelId, fresh, a.user.ID); err != nil {
		return nil, err
	}
	return gen.RotateChannelSecret200JSONResponse{Secret: fresh}, nil
}

// DropChannelSecret ends the secret before.
func (s *server) DropChannelSecret(ctx context.Context, r gen.DropChannelSecretRequestObject) (gen.DropChannelSecretResponseObject, error) {
	a := accessOf(ctx)
	if _, err := s.store.DropChannelSecret(ctx, a.scope, r.ChannelId, a.user.ID); err != nil {
		return nil, err
	}
	view, err := s.channel(ctx, r.ChannelId)
	return gen.DropChannelSecret200JSONResponse(view), err
}
