package models

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/notify"
)

// The sealed columns of a channel.
const (
	columnChannelURL    = "channels.url"
	columnChannelSecret = "channels.secret"
)

// ChannelDraft is what an administrator says about a channel. URL and Secret are never given
// out again; nil leaves them as they are.
type ChannelDraft struct {
	OrgID     string // of a new one
	Kind      notify.Kind
	Name      string
	URL       *string
	Secret    *string
	Server    notify.Server
	Topics    []NoticeTopic
	PerMinute int
	Quiet     Quiet
	Disabled  bool
}

// paces are how many messages a minute a channel may get: usual and most. The vendors' bots
// fall silent above twenty.
var paces = map[notify.Kind][2]int{
	notify.Mail: {60, 600}, notify.Webhook: {120, 1200}, notify.WeCom: {15, 16}, notify.DingTalk: {15, 16}, notify.Feishu: {15, 60},
}

// CreateChannel adds a channel of an organisation within a scope.
func (s *Store) CreateChannel(ctx context.Context, scope Scope, d ChannelDraft, by string) (*Channel, error) {
	org, err := s.OrgInScope(ctx, scope, d.OrgID)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	c := Channel{ID: newID(), OrgID: org.ID, Path: org.Path, Kind: d.Kind, CreatedBy: by, CreatedAt: now}
	if err := s.fillChannel(&c, d, by); err != nil {
		return nil, err
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		if err := roomForChannel(tx, &c); err != nil {
			return err
		}
		if err := tx.Create(&c).Error; err != nil {
			return fail(err, "create channel")
		}
		if err := tx.Create(&ChannelHealth{ChannelID: c.ID, SlotAt: now}).Error; err != nil {
			return fail(err, "create channel")
		}
		return s.Audit(tx, channelEntry("channel.create", c))
	})
	return &c, err
}

// channelsMost is how many channels an organisation may have switched on.
const channelsMost = 20

// roomForChannel refuses one channel more than an organisation may have.
func roomForChannel(tx *gorm.DB, c *Channel) error {
	if c.Disabled {
		return nil
	}
	var n int64
	err := tx.Model(&Channel{}).Where("path = ? AND disabled = ? AND id <> ?", c.Path, false, c.ID).Count(&n).Error
	if err == nil && n >= channelsMost {
		return apperr.Newf(apperr.Conflict, "一个机构最多启用%d个渠道。请先停用不再需要的渠道。", channelsMost)
	}
	return fail(err, "count channels")
}

func channelEntry(action string, c Channel) AuditEntry {
	return AuditEntry{Action: action, SubjectKind: "channel", SubjectID: c.ID, OrgID: c.OrgID, Details: map[string]any{
		"kind": c.Kind, "name": c.Name, "url": c.URLMask, "disabled": c.Disabled,
	}}
}

// fillChannel puts a draft into the row.
func (s *Store) fillChannel(c *Channel, d ChannelDraft, by string) error {
	c.Name = strings.TrimSpace(d.Name)
	pace, known := paces[c.Kind]
	switch {
	case !known:
		return apperr.Field("kind", "没有这种渠道，请从列表中选择。")
	case c.Name == "" || utf8.RuneCountInString(c.Name) > 64:
		return apperr.Field("name", "请填写不超过64个字的渠道名称。")
	case d.PerMinute < 0 || d.PerMinute > pace[1]:
		return apperr.Newf(apperr.Invalid, "这种渠道每分钟最多发送 %d 条，请改小。", pace[1]).On("per_minute")
	}
	if c.PerMinute = d.PerMinute; c.PerMinute == 0 {
		c.PerMinute = pace[0]
	}
	topics := make([]string, 0, len(d.Topics))
	for _, t := range d.Topics {
		if !slices.Contains(NoticeTopics(), t) {
			return apperr.Field("topics", "没有这类通知，请从列表中选择。")
		}
		topics = append(topics, string(t))
	}
	c.Topics, c.Quiet, c.Disabled, c.UpdatedBy, c.UpdatedAt = strings.Join(topics, " "), d.Quiet, d.Disabled, by, s.Now()
	if c.Kind == notify.Mail {
		if err := fillServer(c, d); err != nil {
			return err
		}
	} else if err := s.fillURL(c, d); err != nil {
		return err
	}
	if d.Secret != nil {
		c.SecretEnc = s.keys.Seal(columnChannelSecret, c.ID, *d.Secret)
	}
	if c.Kind == notify.Webhook && c.SecretEnc == "" {
		return apperr.Field("secret", "请填写签名密钥，对方凭它确认消息来自本系统。")
	}
	return nil
}

// urlShown is how much of an address is shown: its key is not.
func urlShown(u *url.URL) string { return truncate(u.Scheme+"://"+u.Host, 240) + "/…" }

func (s *Store) fillURL(c *Channel, d ChannelDraft) error {
	if d.URL == nil && c.URLEnc != "" {
		return nil
	}
	if d.URL == nil {
		return apperr.Field("url", "请填写接收地址。")
	}
	u, err := s.outbound.CheckURL(strings.TrimSpace(*d.URL))
	if err != nil {
		return apperr.Wrap(err, apperr.Invalid,
			"接收地址不能使用：应为 https:// 开头的外网地址；内网地址须由系统管理员在配置 ZX_NOTIFY_ALLOW 中放行。").On("url")
	}
	c.URLEnc, c.URLMask = s.keys.Seal(columnChannelURL, c.ID, u.String()), urlShown(u)
	return nil
}

func fillServer(c *Channel, d ChannelDraft) error {
	m := d.Server
	m.Host, m.From, m.FromName = strings.TrimSpace(m.Host), strings.TrimSpace(m.From), strings.TrimSpace(m.FromName)
	switch {
	case m.Host == "" || strings.ContainsAny(m.Host, "/:@ \r\n") || len(m.Host) > 253:
		return apperr.Field("server.host", "请填写邮件服务器的域名或地址，不带 http:// 和端口。")
	case m.Port < 1 || m.Port > 65535:
		return apperr.Field("server.port", "端口应为 1 到 65535。STARTTLS 通常为 587，TLS 通常为 465。")
	case !slices.Contains([]notify.Security{notify.StartTLS, notify.TLS, notify.Plain}, m.Security):
		return apperr.Field("server.security", "请选择加密方式。")
	case notify.CheckAddress(m.From) != nil:
		return apperr.Field("server.from", "发件地址不正确，应形如 name@example.com。")
	case strings.ContainsAny(m.FromName+m.Username, "\r\n"):
		return apperr.Field("server.from_name", "不能含有换行。")
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return fail(err, "encode mail server")
	}
	c.Server, c.URLMask = string(raw), truncate(m.Host, 240)
	return nil
}

// MailServer is the mail server of a channel, the zero value for others.
func (c *Channel) MailServer() notify.Server {
	var m notify.Server
	_ = json.Unmarshal([]byte(c.Server), &m) // written by fillServer
	return m
}

// Endpoint is where a channel's messages go, opened.
func (s *Store) Endpoint(c Channel) (notify.Endpoint, error) {
	e := notify.Endpoint{Kind: c.Kind, Server: c.MailServer()}
	var err error
	if e.URL, err = s.keys.Open(columnChannelURL, c.ID, c.URLEnc); err != nil {
		return e, err
	}
	if e.Secret, err = s.keys.Open(columnChannelSecret, c.ID, c.SecretEnc); err != nil {
		return e, err
	}
	e.Former, err = s.keys.Open(columnChannelSecret, c.ID, c.FormerEnc)
	return e, err
}

// changeChannel locks a channel within a scope, changes it and says so.
func (s *Store) changeChannel(ctx context.Context, scope Scope, id, action string, change func(tx *gorm.DB, c *Channel) error) (*Channel, error) {
	var c Channel
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		c = Channel{}
		if err := scope.people(forUpdate(tx), "channels.path").Where("id = ?", id).Take(&c).Error; err != nil {
			return found(err, "渠道", "load channel")
		}
		if err := change(tx, &c); err != nil {
			return err
		}
		if err := tx.Save(&c).Error; err != nil {
			return fail(err, "change channel")
		}
		return s.Audit(tx, channelEntry(action, c))
	})
	return &c, err
}

// PutChannel changes a channel. Its kind and organisation stay. Whoever sends its messages
// elsewhere gives the secret again: it must not go where it was not meant to.
func (s *Store) PutChannel(ctx context.Context, scope Scope, id string, d ChannelDraft, by string) (*Channel, error) {
	return s.changeChannel(ctx, scope, id, "channel.change", func(tx *gorm.DB, c *Channel) error {
		before := *c
		if err := s.fillChannel(c, d, by); err != nil {
			return err
		}
		if err := roomForChannel(tx, c); err != nil {
			return err
		}
		if before.SecretEnc != "" && d.Secret == nil {
			moved, err := s.elsewhere(before, *c)
			if err != nil {
				return err
			}
			if moved {
				return apperr.Field("secret", "接收地址、端口、账号或加密方式换了，请重新填写密钥（密码）。")
			}
		}
		return restart(tx, c.ID) // whatever was wrong, it may be mended now
	})
}

// elsewhere reports whether a channel's messages go somewhere else than before, or another
// way: another path of the same host is another receiver, and a password that was meant for
// an encrypted connection is not for one without.
func (s *Store) elsewhere(before, now Channel) (bool, error) {
	was, err := s.Endpoint(before)
	if err != nil {
		return false, err
	}
	is, err := s.Endpoint(now)
	a, b := was.Server, is.Server
	return was.URL != is.URL || a.Host != b.Host || a.Port != b.Port || a.Username != b.Username || a.Security != b.Security, err
}

// restart has a channel tried again at once.
func restart(tx *gorm.DB, id string) error {
	err := tx.Model(&ChannelHealth{}).Where("channel_id = ?", id).Updates(map[string]any{"open_until": nil}).Error
	return fail(err, "try channel again")
}

// RotateChannelSecret gives a webhook a new secret. The one before signs, too, until it is
// dropped: receivers are changed over without missing anything.
func (s *Store) RotateChannelSecret(ctx context.Context, scope Scope, id, fresh, by string) (*Channel, error) {
	return s.changeChannel(ctx, scope, id, "channel.rotate", func(_ *gorm.DB, c *Channel) error {
		if c.Kind != notify.Webhook {
			return apperr.New(apperr.Conflict, "只有网络回调有可以轮换的签名密钥；机器人和邮件的密钥请在“修改”中填写。")
		}
		c.FormerEnc, c.SecretEnc = c.SecretEnc, s.keys.Seal(columnChannelSecret, c.ID, fresh)
		c.UpdatedBy, c.UpdatedAt = by, s.Now()
		return nil
	})
}

// DropChannelSecret ends the secret before.
func (s *Store) DropChannelSecret(ctx context.Context, scope Scope, id, by string) (*Channel, error) {
	return s.changeChannel(ctx, scope, id, "channel.drop_secret", func(_ *gorm.DB, c *Channel) error {
		c.FormerEnc, c.UpdatedBy, c.UpdatedAt = "", by, s.Now()
		return nil
	})
}

// TestChannel queues a message that tells nothing, for the group or to the one who asks.
func (s *Store) TestChannel(ctx context.Context, scope Scope, id string, by *User) (*Delivery, error) {
	var d Delivery
	_, err := s.changeChannel(ctx, scope, id, "channel.test", func(tx *gorm.DB, c *Channel) error {
		if c.Disabled {
			return apperr.New(apperr.Conflict, "该渠道已停用，请先启用再测试。")
		}
		d = s.delivery(c, deliveryTest, "test/"+newID())
		d.Title, d.Body = "测试消息", "这是一条测试消息，收到即表示该渠道可用。"
		if c.Kind == notify.Mail {
			var to Contact
			err := tx.Where("user_id = ? AND verified_at IS NOT NULL", by.ID).Limit(1).Find(&to).Error
			if err != nil {
				return fail(err, "load contact")
			}
			if to.UserID == "" {
				return apperr.New(apperr.Conflict, "测试邮件发往您本人的邮箱，请先在“通知设置”中登记并验证邮箱。")
			}
			d.UserID = by.ID
		}
		if err := restart(tx, c.ID); err != nil {
			return err
		}
		return fail(tx.Create(&d).Error, "queue test")
	})
	return &d, err
}
