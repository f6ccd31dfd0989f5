package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/notify"
)

// ChannelView is a channel with what a reader needs to know of it.
type ChannelView struct {
	Channel

	OrgName   string
	Failures  int
	OpenUntil *time.Time
	SentAt    *time.Time
	LastCode  string
	LastText  string
	Waiting   int `gorm:"-"`
	Dead      int `gorm:"-"`
}

// ChannelFilter narrows a list of channels; empty fields do not.
type ChannelFilter struct {
	Kind notify.Kind
	Text string
}

var channelOrders = map[string]order[ChannelView]{
	"name":  {"channels.name, channels.id", channelName},
	"-name": {"channels.name DESC, channels.id DESC", channelName},
	"org":   {"channels.path, channels.id", func(c *ChannelView) []any { return []any{&c.Path, &c.ID} }},
}

func channelName(c *ChannelView) []any { return []any{&c.Name, &c.ID} }

func channelViews(tx *gorm.DB, scope Scope) *gorm.DB {
	return scope.people(tx.Table("channels"), "channels.path").
		Select("channels.*, COALESCE(o.name, '') AS org_name, COALESCE(h.failures, 0) AS failures, h.open_until, h.sent_at, " +
			"COALESCE(h.last_code, '') AS last_code, COALESCE(h.last_text, '') AS last_text").
		Joins("LEFT JOIN orgs o ON o.id = channels.org_id").Joins("LEFT JOIN channel_health h ON h.channel_id = channels.id")
}

// Channels lists the channels within a scope.
func (s *Store) Channels(ctx context.Context, scope Scope, f ChannelFilter, p Page) ([]ChannelView, string, error) {
	o, p, err := chosen(channelOrders, p, "org")
	if err != nil {
		return nil, "", err
	}
	q := channelViews(s.DB(ctx), scope)
	if f.Kind != "" {
		q = q.Where("channels.kind = ?", f.Kind)
	}
	if f.Text != "" {
		q = q.Where("channels.name LIKE ? ESCAPE '!'", contains(f.Text))
	}
	rows, next, err := paged(q, p, o.by, o.keys, "list channels")
	if err != nil {
		return nil, "", err
	}
	return rows, next, s.countDeliveries(ctx, rows)
}

// countMost bounds what is counted of one channel: beyond it nobody reads the number.
const countMost = 1000

func (s *Store) countDeliveries(ctx context.Context, rows []ChannelView) error {
	for i := range rows {
		c := &rows[i]
		for state, n := range map[DeliveryState]*int{DeliveryDead: &c.Dead, DeliveryQueued: &c.Waiting, DeliveryFailed: &c.Waiting} {
			var some int64
			few := s.DB(ctx).Model(&Delivery{}).Select("id").Where("channel_id = ? AND state = ?", c.ID, state).Limit(countMost)
			if err := s.DB(ctx).Table("(?) AS few", few).Count(&some).Error; err != nil {
				return fail(err, "count deliveries")
			}
			*n += int(some)
		}
	}
	return nil
}

// ChannelInScope is one channel.
func (s *Store) ChannelInScope(ctx context.Context, scope Scope, id string) (*ChannelView, error) {
	rows := make([]ChannelView, 1)
	if err := channelViews(s.DB(ctx), scope).Where("channels.id = ?", id).Take(&rows[0]).Error; err != nil {
		return nil, found(err, "渠道", "load channel")
	}
	return &rows[0], s.countDeliveries(ctx, rows)
}

// DeliveryView is a delivery with the names a reader needs.
type DeliveryView struct {
	Delivery

	ChannelName string
	ChannelKind notify.Kind
	UserName    string
}

// DeliveryFilter narrows a list of deliveries; empty fields do not.
type DeliveryFilter struct {
	ChannelID string
	State     DeliveryState
	Code      string
	From, To  *time.Time
}

var deliveryOrders = map[string]order[DeliveryView]{
	"created":  {"deliveries.created_at, deliveries.id", deliveryCreated},
	"-created": {"deliveries.created_at DESC, deliveries.id DESC", deliveryCreated},
}

func deliveryCreated(d *DeliveryView) []any { return []any{&d.CreatedAt, &d.ID} }

func (f DeliveryFilter) narrow(q *gorm.DB) *gorm.DB {
	if f.ChannelID != "" {
		q = q.Where("deliveries.channel_id = ?", f.ChannelID)
	}
	if f.State != "" {
		q = q.Where("deliveries.state = ?", f.State)
	}
	if f.Code != "" {
		q = q.Where("deliveries.code = ?", f.Code)
	}
	if f.From != nil {
		q = q.Where("deliveries.created_at >= ?", *f.From)
	}
	if f.To != nil {
		q = q.Where("deliveries.created_at < ?", *f.To)
	}
	return q
}

// Deliveries lists the deliveries of the channels within a scope.
func (s *Store) Deliveries(ctx context.Context, scope Scope, f DeliveryFilter, p Page) ([]DeliveryView, string, error) {
	o, p, err := chosen(deliveryOrders, p, "-created")
	if err != nil {
		return nil, "", err
	}
	return paged(f.narrow(deliveryViews(s.DB(ctx), scope)), p, o.by, o.keys, "list deliveries")
}

func deliveryViews(tx *gorm.DB, scope Scope) *gorm.DB {
	return scope.people(tx.Table("deliveries"), "deliveries.path").
		Select("deliveries.*, COALESCE(c.name, '') AS channel_name, COALESCE(c.kind, '') AS channel_kind, COALESCE(u.name, '') AS user_name").
		Joins("LEFT JOIN channels c ON c.id = deliveries.channel_id").Joins("LEFT JOIN users u ON u.id = deliveries.user_id")
}

// DeliveryInScope is one delivery.
func (s *Store) DeliveryInScope(ctx context.Context, scope Scope, id string) (*DeliveryView, error) {
	var d DeliveryView
	err := deliveryViews(s.DB(ctx), scope).Where("deliveries.id = ?", id).Take(&d).Error
	return &d, found(err, "发送记录", "load delivery")
}

// ReplayMost is how many deliveries are put back at once.
const ReplayMost = 1000

// Replay has dead deliveries sent again, those with one of the ids or all that a filter
// names, and returns how many they are. Receivers know them by the same id as before.
func (s *Store) Replay(ctx context.Context, scope Scope, ids []string, f DeliveryFilter) (int, error) {
	n := 0
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		n = 0
		f.State = DeliveryDead
		q := f.narrow(scope.people(tx.Table("deliveries"), "deliveries.path"))
		if ids != nil {
			q = q.Where("deliveries.id IN ?", ids)
		}
		var dead []string
		if err := q.Order("deliveries.created_at, deliveries.id").Limit(ReplayMost).Pluck("deliveries.id", &dead).Error; err != nil {
			return fail(err, "list dead deliveries")
		}
		if len(dead) == 0 && len(ids) == 1 {
			return s.notDead(tx, scope, ids[0])
		}
		if len(dead) == 0 {
			return nil
		}
		now := s.Now()
		res := tx.Model(&Delivery{}).Where("id IN ? AND state = ?", dead, DeliveryDead).Updates(map[string]any{
			"state": DeliveryQueued, "next_at": now, "queued_at": now, "ended_at": nil, "attempts": 0,
		})
		if res.Error != nil {
			return fail(res.Error, "put deliveries back")
		}
		n = int(res.RowsAffected)
		about := map[string]any{"count": n, "code": f.Code}
		return s.Audit(tx, AuditEntry{Action: "delivery.replay", SubjectKind: "channel", SubjectID: f.ChannelID, Details: about})
	})
	return n, err
}

func (s *Store) notDead(tx *gorm.DB, scope Scope, id string) error {
	var n int64
	err := scope.people(tx.Table("deliveries"), "deliveries.path").Where("deliveries.id = ?", id).Count(&n).Error
	switch {
	case err != nil:
		return fail(err, "load delivery")
	case n == 0:
		return notFound("发送记录")
	}
	return apperr.New(apperr.Conflict, "只有发送失败且不再重试的消息可以重发，请刷新列表查看它的状态。")
}
