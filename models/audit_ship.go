package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// AuditShipping is how far the audit log was sent to a receiver outside.
type AuditShipping struct {
	ID        string `gorm:"primaryKey"` // there is one
	Seq       int64
	Hash      string // of the entry Seq
	ShippedAt *time.Time
	Holder    string // the worker that sends
	HeldUntil *time.Time
}

// TableName is the table of AuditShipping.
func (AuditShipping) TableName() string { return shippingTable }

const (
	shippingTable = "audit_shipping"
	shippingID    = "syslog"
)

// ErrNotHolder is a worker that took too long: another one sends by now.
var ErrNotHolder = errors.New("another worker sends the audit log")

// Shipment is what is to be sent next of the audit log, in its order.
type Shipment struct {
	Entries []ShippedEntry
	More    bool // there may be others
	// Again says that the log is not the one that was sent, and why: it is sent from its
	// beginning.
	Again string
}

// ShippedEntry is a sealed entry with the hash of the one before it.
type ShippedEntry struct {
	AuditEntry

	Prev string
}

// Text is the entry as it was hashed, so that whoever has it can recompute the hash. One
// longer than most bytes goes without some of what it says, which omitted names.
func (e ShippedEntry) Text(most int) (text string, omitted []string) {
	t := e.sealedText(e.Prev)
	text = t.encode()
	for _, field := range []struct {
		name string
		of   *string
	}{{"stated", &t.Stated}, {"detail", &t.Detail}} {
		if len(text) <= most {
			break
		}
		if *field.of != "" {
			*field.of, omitted = "", append(omitted, field.name)
			text = t.encode()
		}
	}
	return text, omitted
}

// ClaimShipment takes what is to be sent next, at most so many entries (fewer when they are
// large), and keeps them from other workers for as long as hold. There is nothing while another one sends.
func (s *Store) ClaimShipment(ctx context.Context, holder string, most int, hold time.Duration) (Shipment, error) {
	var sh Shipment
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		sh = Shipment{}
		var at AuditShipping
		if err := forUpdate(tx).Where("id = ?", shippingID).Take(&at).Error; err != nil {
			return fail(err, "look how far the audit log was sent")
		}
		now := s.Now()
		if at.Holder != holder && at.HeldUntil != nil && at.HeldUntil.After(now) {
			return nil
		}
		was := at.Seq
		if err := onward(tx, &at, &sh); err != nil {
			return err
		}
		rows, more, err := someEntries(tx.Where("seq > ?", at.Seq), "seq", most)
		if err != nil {
			return fail(err, "list entries to send")
		}
		sh.More = more
		prev := at.Hash
		for _, e := range rows {
			sh.Entries = append(sh.Entries, ShippedEntry{e, prev})
			prev = e.Hash
		}
		if len(rows) == 0 && at.Seq == was && at.Holder != "" {
			return nil
		}
		until := now.Add(hold)
		at.Holder, at.HeldUntil = holder, &until
		return fail(tx.Save(&at).Error, "take entries to send")
	})
	return sh, err
}

// onward checks that the log still has the entry that was sent last, or was purged up to
// it. One that has not is another log, a backup or a forgery: all of it is sent.
func onward(tx *gorm.DB, at *AuditShipping, sh *Shipment) error {
	var last AuditCheckpoint
	if err := tx.Order("from_seq DESC").Limit(1).Find(&last).Error; err != nil {
		return fail(err, "find last checkpoint")
	}
	if at.Seq <= last.ToSeq {
		same := at.Seq < last.ToSeq || at.Hash == last.Hash // what is purged unsent was purged while nothing was sent
		if at.Seq, at.Hash = last.ToSeq, last.Hash; !same {
			sh.Again = fmt.Sprintf("entry %d is not the one that was sent", last.ToSeq)
		}
		return nil
	}
	var hashes []string
	if err := tx.Model(&AuditEntry{}).Where("seq = ?", at.Seq).Pluck("hash", &hashes).Error; err != nil {
		return fail(err, "look for the last entry sent")
	}
	if len(hashes) == 1 && hashes[0] == at.Hash {
		return nil
	}
	sh.Again = fmt.Sprintf("entry %d is not the one that was sent", at.Seq)
	at.Seq, at.Hash = last.ToSeq, last.Hash
	return nil
}

// Shipped says that the entries up to one have arrived.
func (s *Store) Shipped(ctx context.Context, holder string, last AuditEntry) error {
	now := s.Now()
	res := s.DB(ctx).Model(&AuditShipping{}).Where("id = ? AND holder = ? AND seq < ?", shippingID, holder, *last.Seq).
		Updates(map[string]any{"seq": *last.Seq, "hash": last.Hash, "shipped_at": now})
	if res.Error == nil && res.RowsAffected == 0 {
		return ErrNotHolder
	}
	return fail(res.Error, "note how far the audit log was sent")
}

// ReleaseShipment lets other workers send at once.
func (s *Store) ReleaseShipment(ctx context.Context, holder string) error {
	err := s.DB(ctx).Model(&AuditShipping{}).Where("id = ? AND holder = ?", shippingID, holder).Update("held_until", nil).Error
	return fail(err, "let go of the audit log")
}

// StopShipping says that the audit log is sent nowhere, unless another worker sends it.
func (s *Store) StopShipping(ctx context.Context) error {
	err := s.DB(ctx).Model(&AuditShipping{}).Where("id = ? AND holder <> '' AND (held_until IS NULL OR held_until <= ?)", shippingID, s.Now()).
		Update("holder", "").Error
	return fail(err, "say that the audit log is sent nowhere")
}

// ShippedTo is how far the audit log was sent.
func (s *Store) ShippedTo(ctx context.Context) (int64, error) {
	var at AuditShipping
	err := s.DB(ctx).Where("id = ?", shippingID).Take(&at).Error
	return at.Seq, fail(err, "look how far the audit log was sent")
}
