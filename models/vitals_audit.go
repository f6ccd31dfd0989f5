package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Proving is how far the audit log is proved.
type Proving struct {
	// Sealing says that entries are sealed at all; without a key they never are.
	Sealing  bool
	Unsealed Backlog // entries that are not sealed
	// Head is when the last daily head was kept or, before there is one, since when one is due.
	Head time.Time
	// Shipping says that some worker sends the log elsewhere.
	Shipping bool
	Unsent   Backlog // sealed entries that have not arrived there
}

func (s *Store) proving(ctx context.Context, v *Vitals) error {
	var head AuditHead
	if err := s.DB(ctx).Limit(1).Find(&head).Error; err != nil {
		return fail(err, "read head of audit log")
	}
	p := &v.Audit
	if p.Sealing = head.Seq > 0; p.Sealing {
		unsealed := s.DB(ctx).Table(logTable).Where("seq IS NULL")
		if err := backlog(unsealed, "at", &p.Unsealed); err != nil {
			return fail(err, "count unsealed entries")
		}
	}
	for _, q := range []*gorm.DB{
		s.DB(ctx).Where("action = ?", ActionHead).Order("at DESC, id DESC"), s.DB(ctx).Where("action = ?", ActionKey).Order("at, id"),
	} {
		var at []time.Time
		if err := q.Table(logTable).Limit(1).Pluck("at", &at).Error; err != nil {
			return fail(err, "find last daily head")
		}
		if len(at) > 0 {
			p.Head = at[0]
			break
		}
	}
	var sent AuditShipping
	if err := s.DB(ctx).Where("id = ?", shippingID).Take(&sent).Error; err != nil {
		return fail(err, "look how far the audit log was sent")
	}
	if p.Shipping = sent.Holder != ""; !p.Shipping || sent.Seq >= head.Seq {
		return nil
	}
	p.Unsent.Count = int(head.Seq - sent.Seq)
	var sealed []time.Time
	err := s.DB(ctx).Table(logTable).Where("seq > ?", sent.Seq).Order("seq").Limit(1).Pluck("sealed_at", &sealed).Error
	if len(sealed) > 0 {
		p.Unsent.Oldest = sealed[0]
	}
	return fail(err, "find the next entry to send")
}
