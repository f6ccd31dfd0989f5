package models

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/notify"
)

// How deliveries are tried again, and channels left alone.
const (
	deliveryAttempts = 12
	deliveryFirst    = 15 * time.Second
	deliveryPause    = time.Hour
	// deliveryLife is how long a delivery is tried at all: older news help nobody.
	deliveryLife = 72 * time.Hour
	// channelTrips failures in a row have a channel left alone.
	channelTrips = 5
	channelFirst = 30 * time.Second
	channelPause = 10 * time.Minute
	// channelBurst is how much may go out at once after a silence, of what a channel may
	// send in that time.
	channelBurst = 10 * time.Second
	// dailyMost is how many messages one mail of a day has.
	dailyMost = 200
)

// The codes of deliveries that end without having been sent.
const (
	CodeChannelOff = "channel_off"
	CodeExpired    = "expired"
	CodeAbandoned  = "abandoned" // workers died over it again and again
	CodeNoAddress  = "no_address"
	CodeNoSecret   = "secret_unreadable"
)

// Post is what goes out as one message: a delivery, or those of a day.
type Post struct {
	Channel Channel
	Items   []Delivery // the first gives its id
}

// DueChannels lists channels that have something to send and may.
func (s *Store) DueChannels(ctx context.Context, limit int) ([]string, error) {
	now := s.Now()
	var ids []string
	err := s.DB(ctx).Table("channel_health h").
		Where("(h.open_until IS NULL OR h.open_until <= ?) AND h.slot_at <= ?", now, now.Add(channelBurst)).
		Where("EXISTS (SELECT 1 FROM deliveries d WHERE d.channel_id = h.channel_id AND d.next_at <= ?)", now).
		Order("h.slot_at, h.channel_id").Limit(limit).Pluck("h.channel_id", &ids).Error
	return ids, fail(err, "look for deliveries")
}

// ClaimPosts takes the next messages of a channel, at most as many as it may send now, and
// keeps them from others for as long as hold. Who dies with them loses nothing: they are
// due again after that.
func (s *Store) ClaimPosts(ctx context.Context, channelID string, most int, hold time.Duration) ([]Post, error) {
	var posts []Post
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		posts = nil
		var h ChannelHealth
		err := tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Where("channel_id = ?", channelID).Limit(1).Find(&h).Error
		if err != nil || h.ChannelID == "" {
			return fail(err, "lock channel")
		}
		var c Channel
		if err := tx.Where("id = ?", channelID).Take(&c).Error; err != nil {
			return fail(err, "load channel")
		}
		if c.Disabled {
			return s.discard(tx, channelID)
		}
		if h.Failures >= channelTrips {
			most = 1 // is it better by now?
		}
		n, slot := s.admitted(h, c.PerMinute, most)
		if n == 0 {
			return nil
		}
		leads, err := s.dueNow(tx, channelID, n)
		if err != nil || len(leads) == 0 {
			return err
		}
		for i := range leads {
			p, err := s.claimPost(tx, c, &leads[i], hold)
			if err != nil {
				return err
			}
			if len(p.Items) > 0 {
				posts = append(posts, p)
			}
		}
		return fail(tx.Model(&h).Update("slot_at", slot(len(posts))).Error, "note pace of channel")
	})
	return posts, err
}

// admitted is how many messages may go out now, and the slot after so many of them.
func (s *Store) admitted(h ChannelHealth, perMinute, most int) (n int, after func(int) time.Time) {
	now, step := s.Now(), time.Minute/time.Duration(max(perMinute, 1))
	from := h.SlotAt
	if from.Before(now) {
		from = now
	}
	if h.OpenUntil != nil && h.OpenUntil.After(now) {
		return 0, nil
	}
	for n < most && !from.Add(time.Duration(n)*step).After(now.Add(channelBurst)) {
		n++
	}
	return n, func(sent int) time.Time { return from.Add(time.Duration(sent) * step) }
}

func (s *Store) dueNow(tx *gorm.DB, channelID string, n int) ([]Delivery, error) {
	var rows []Delivery
	err := tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).
		Where("channel_id = ? AND next_at <= ?", channelID, s.Now()).Order("next_at, id").Limit(n).Find(&rows).Error
	return rows, fail(err, "list due deliveries")
}

// discard ends what waits for a channel that was switched off.
func (s *Store) discard(tx *gorm.DB, channelID string) error {
	var ids []string
	err := tx.Model(&Delivery{}).Where("channel_id = ? AND next_at <= ?", channelID, s.Now()).Order("next_at, id").Limit(500).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return fail(err, "list deliveries of channel")
	}
	return s.giveUp(tx, ids, CodeChannelOff, "")
}

func (s *Store) giveUp(tx *gorm.DB, ids []string, code, detail string) error {
	err := tx.Model(&Delivery{}).Where("id IN ?", ids).Updates(map[string]any{
		"state": DeliveryDead, "next_at": nil, "ended_at": s.Now(), "claim": "", "code": code, "detail": truncate(detail, 200),
	}).Error
	return fail(err, "give deliveries up")
}

// claimPost claims a delivery with those that go out with it. It has no items when the
// delivery was claimed with another already, or has been tried for long enough.
func (s *Store) claimPost(tx *gorm.DB, c Channel, lead *Delivery, hold time.Duration) (Post, error) {
	p := Post{Channel: c}
	var now Delivery
	if err := tx.Where("id = ?", lead.ID).Take(&now).Error; err != nil {
		return p, fail(err, "load delivery")
	}
	if now.NextAt == nil || now.NextAt.After(s.Now()) {
		return p, nil
	}
	items, err := s.together(tx, now)
	if err != nil {
		return p, err
	}
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].ID
	}
	switch {
	case now.Attempts >= deliveryAttempts:
		if err := s.tellDead(tx, c, CodeAbandoned); err != nil {
			return p, err
		}
		return p, s.giveUp(tx, ids, CodeAbandoned, "")
	case s.Now().Sub(now.QueuedAt) > deliveryLife+24*time.Hour: // a day's mail and a quiet night wait longer
		return p, s.giveUp(tx, ids, CodeExpired, "")
	}
	claim, until := newID(), s.Now().Add(hold)
	err = tx.Model(&Delivery{}).Where("id IN ?", ids).Updates(map[string]any{
		"state": DeliverySending, "claim": claim, "next_at": until, "attempts": gorm.Expr("attempts + 1"),
	}).Error
	for i := range items {
		items[i].Claim, items[i].Attempts, items[i].State, items[i].NextAt = claim, items[i].Attempts+1, DeliverySending, &until
	}
	p.Items = items
	return p, fail(err, "claim deliveries")
}

// together are the messages that go out as one with a delivery. Which they are is settled
// when they are first taken up: receivers know the message by the first of them.
func (s *Store) together(tx *gorm.DB, lead Delivery) ([]Delivery, error) {
	if !lead.Daily {
		return []Delivery{lead}, nil
	}
	if lead.Batch == "" {
		var ids []string
		err := tx.Model(&Delivery{}).
			Where("channel_id = ? AND user_id = ? AND daily = ? AND batch = '' AND next_at <= ?", lead.ChannelID, lead.UserID, true, s.Now()).
			Order("next_at, id").Limit(dailyMost).Pluck("id", &ids).Error
		if err != nil {
			return nil, fail(err, "list messages of the day")
		}
		lead.Batch = lead.ID
		if err := tx.Model(&Delivery{}).Where("id IN ? OR id = ?", ids, lead.ID).Update("batch", lead.ID).Error; err != nil {
			return nil, fail(err, "join messages of the day")
		}
	}
	var items []Delivery
	err := tx.Where("batch = ? AND next_at IS NOT NULL", lead.Batch).Order("id").Find(&items).Error
	for i := range items {
		if items[i].ID == lead.Batch {
			items[0], items[i] = items[i], items[0]
		}
	}
	return items, fail(err, "load messages of the day")
}

// own narrows to what a post still holds: after its time somebody else may have it.
func (p Post) own(tx *gorm.DB) *gorm.DB {
	return tx.Model(&Delivery{}).Where("claim = ? AND state = ?", p.Items[0].Claim, DeliverySending)
}

// PostSent notes that a message was taken, and what was said about it.
func (s *Store) PostSent(ctx context.Context, p Post, receipt string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		h, err := lockHealth(tx, p.Channel.ID)
		if err != nil {
			return err
		}
		err = p.own(tx).Updates(map[string]any{
			"state": DeliverySent, "next_at": nil, "ended_at": s.Now(), "claim": "", "code": "", "detail": "", "receipt": truncate(receipt, 200),
		}).Error
		if err != nil {
			return fail(err, "note delivery")
		}
		if h.Failures >= channelTrips {
			if err := s.calm(tx, h); err != nil {
				return err
			}
		}
		return fail(tx.Model(h).Updates(map[string]any{
			"failures": 0, "since": nil, "open_until": nil, "sent_at": s.Now(), "last_code": "", "last_text": "",
		}).Error, "note health of channel")
	})
}

func lockHealth(tx *gorm.DB, channelID string) (*ChannelHealth, error) {
	var h ChannelHealth
	return &h, fail(forUpdate(tx).Where("channel_id = ?", channelID).Take(&h).Error, "lock channel")
}

// PostFailed notes why a message was not taken, and when it is tried again, if it is.
func (s *Store) PostFailed(ctx context.Context, p Post, f *notify.SendError) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		h, err := lockHealth(tx, p.Channel.ID)
		if err != nil {
			return err
		}
		if err := s.putBack(tx, p, f); err != nil {
			return err
		}
		return s.judgeChannel(tx, h, p.Channel, f)
	})
}

func (s *Store) putBack(tx *gorm.DB, p Post, f *notify.SendError) error {
	lead := p.Items[0]
	next := s.Now().Add(max(pause(lead.Attempts), f.After))
	change := map[string]any{"state": DeliveryFailed, "next_at": next, "claim": "", "code": f.Code, "detail": truncate(f.Detail, 200)}
	switch {
	case f.Permanent, !f.Throttled && lead.Attempts >= deliveryAttempts, next.Sub(lead.QueuedAt) > deliveryLife+24*time.Hour:
		change["state"], change["next_at"], change["ended_at"] = DeliveryDead, nil, s.Now()
		if err := s.tellDead(tx, p.Channel, f.Code); err != nil {
			return err
		}
	case f.Throttled:
		change["attempts"] = gorm.Expr("attempts - 1") // it was never looked at
	}
	return fail(p.own(tx).Updates(change).Error, "give delivery back")
}

// tellDead raises the alarm that messages of a channel were given up, once a day.
func (s *Store) tellDead(tx *gorm.DB, c Channel, code string) error {
	day := s.Now().In(china).Format(time.DateOnly)
	return raise(tx, Alarm{
		ID: alarmID("dead " + c.ID + day), Kind: AlarmDelivery, CreatedAt: s.Now(),
		Detail: fmt.Sprintf("channel %s (%s) %s: messages were given up, the first with %s", c.ID, c.Kind, c.Name, code),
	})
}

// pause is how long a delivery rests after so many attempts, a little different each time.
func pause(attempts int) time.Duration {
	d := min(deliveryFirst<<min(max(attempts-1, 0), 10), deliveryPause)
	return d + rand.N(d/4) //nolint:gosec // jitter
}

// about reports whether a failure is of one message only and says nothing of its channel.
func about(f *notify.SendError) bool {
	switch f.Code {
	case notify.CodeAddress, CodeNoAddress:
		return true
	}
	return f.Permanent && len(f.Code) > 5 && f.Code[:5] == "smtp_"
}

// judgeChannel leaves a channel alone that fails again and again, or asks for it.
func (s *Store) judgeChannel(tx *gorm.DB, h *ChannelHealth, c Channel, f *notify.SendError) error {
	change := map[string]any{"last_code": f.Code, "last_text": truncate(f.Detail, 200)}
	now := s.Now()
	switch {
	case about(f):
		return nil
	case f.Throttled:
		change["open_until"] = now.Add(max(f.After, channelFirst))
	default:
		h.Failures++
		change["failures"] = h.Failures
		if h.Since == nil {
			h.Since = &now
			change["since"] = now
		}
		if h.Failures >= channelTrips {
			rest := min(channelFirst<<min(h.Failures-channelTrips, 10), channelPause)
			change["open_until"] = now.Add(max(rest+rand.N(rest/4), f.After)) //nolint:gosec // jitter
			if err := raise(tx, Alarm{
				ID: troubleID(h), Kind: AlarmDelivery, CreatedAt: now,
				Detail: fmt.Sprintf("channel %s (%s) %s takes no messages: %s %s", c.ID, c.Kind, c.Name, f.Code, f.Detail),
			}); err != nil {
				return err
			}
		}
	}
	return fail(tx.Model(h).Updates(change).Error, "note health of channel")
}

// troubleID is the alarm about a channel's present trouble.
func troubleID(h *ChannelHealth) string {
	if h.Since == nil {
		return alarmID("channel " + h.ChannelID)
	}
	return alarmID("channel " + h.ChannelID + h.Since.UTC().Format(time.RFC3339Nano))
}

// calm clears the alarm about a channel that works again.
func (s *Store) calm(tx *gorm.DB, h *ChannelHealth) error {
	res := tx.Model(&Alarm{}).Where("id = ? AND cleared_at IS NULL", troubleID(h)).Update("cleared_at", s.Now())
	if res.Error != nil || res.RowsAffected == 0 {
		return fail(res.Error, "clear alarm of channel")
	}
	return tell(tx, alarmed)
}

// PurgeDeliveries removes old ones: sent ones after a month, dead ones after three, and what
// a channel said last when it has had nothing to do since.
func (s *Store) PurgeDeliveries(ctx context.Context) error {
	const month, most = 30 * 24 * time.Hour, 1000
	var errs error
	for state, kept := range map[DeliveryState]time.Duration{DeliverySent: month, DeliveryDead: 3 * month} {
		var ids []string
		err := s.DB(ctx).Model(&Delivery{}).Where("state = ? AND ended_at < ?", state, s.Now().Add(-kept)).Limit(most).Pluck("id", &ids).Error
		if err == nil && len(ids) > 0 {
			err = s.DB(ctx).Where("id IN ?", ids).Delete(&Delivery{}).Error
		}
		errs = errors.Join(errs, fail(err, "remove old deliveries"))
	}
	old := s.DB(ctx).Model(&ChannelHealth{}).Where("slot_at < ? AND last_text <> ''", s.Now().Add(-3*month)).UpdateColumn("last_text", "")
	return errors.Join(errs, fail(old.Error, "forget what channels said"))
}
