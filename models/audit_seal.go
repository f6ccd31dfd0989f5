package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/notary"
)

// AuditSeal is a signature under a stretch of the audit log.
type AuditSeal struct {
	ToSeq     int64 `gorm:"primaryKey;autoIncrement:false"`
	FromSeq   int64
	Hash      string // of the entry ToSeq
	At        time.Time
	KeyID     string
	Signature string
}

// TableName is the table of AuditSeal.
func (AuditSeal) TableName() string { return "audit_seals" }

// message is what the signature covers.
func (s AuditSeal) message() string {
	return fmt.Sprintf("%d\n%d\n%s\n%s\n%s", s.FromSeq, s.ToSeq, s.Hash, plainValue(s.At), s.KeyID)
}

// AuditHead is how far the audit log is sealed.
type AuditHead struct {
	ID       string `gorm:"primaryKey"` // there is one
	Seq      int64
	Hash     string
	SealedAt *time.Time
}

// TableName is the table of AuditHead.
func (AuditHead) TableName() string { return "audit_head" }

// ErrAuditCut is an audit log that is not the one that was sealed: cut, emptied or set back.
// Sealing stops; it would hide that.
var ErrAuditCut = errors.New("the audit log is not what was sealed")

// entryText is what is hashed of an entry, in this order and spelling for ever.
type entryText struct {
	ID      string      `json:"id"`
	At      string      `json:"at"`
	Actor   string      `json:"actor"`
	Role    domain.Role `json:"role"`
	Org     string      `json:"org"`
	Session string      `json:"session"`
	IP      string      `json:"ip"`
	Request string      `json:"request"`
	Action  string      `json:"action"`
	Result  AuditResult `json:"result"`
	Code    string      `json:"code"`
	Times   int         `json:"times"`
	Kind    string      `json:"kind"`
	Subject string      `json:"subject"`
	Whose   string      `json:"whose"`
	Path    string      `json:"path"`
	Detail  string      `json:"detail"`
	Stated  string      `json:"stated"`
	MAC     string      `json:"mac,omitempty"`
	Seq     int64       `json:"seq,omitempty"`
	Sealed  string      `json:"sealed,omitempty"`
	Prev    string      `json:"prev,omitempty"`
}

func (e *AuditEntry) text() entryText {
	return entryText{
		ID: e.ID, At: plainValue(e.At), Actor: e.ActorID, Role: e.ActorRole, Org: e.ActorOrg, Session: e.Session, IP: e.IP,
		Request: e.Request, Action: e.Action, Result: e.Result, Code: e.Code, Times: e.Times, Kind: e.SubjectKind, Subject: e.SubjectID,
		Whose: e.OrgID, Path: e.Path, Detail: e.Detail, Stated: e.Stated,
	}
}

func (t entryText) encode() string {
	raw, err := json.Marshal(t)
	if err != nil {
		panic(fmt.Sprintf("encode entry: %v", err)) // strings and numbers only
	}
	return string(raw)
}

// columnAudit is what the keyed digest of an entry is for.
const columnAudit = "audit_log"

// mark is the keyed digest of an entry.
func (s *Store) mark(e *AuditEntry) string {
	if s.keys == nil {
		return ""
	}
	return s.keys.Index(columnAudit, e.text().encode())
}

// foreignMark stands in place of the keyed digest of an entry that none of our processes
// wrote. Once sealed, an entry needs no keyed digest: its key may be replaced.
const foreignMark = "foreign"

// marked reports whether one of our processes wrote an entry, under any key there is.
func (s *Store) marked(e *AuditEntry) bool {
	return s.keys == nil || slices.Contains(s.keys.Indexes(columnAudit, e.text().encode()), e.MAC)
}

// sealedText is what is hashed of a sealed entry and its predecessor's hash.
func (e *AuditEntry) sealedText(prev string) entryText {
	t := e.text()
	t.MAC, t.Sealed, t.Prev = e.MAC, plainValue(e.SealedAt), prev
	if e.Seq != nil {
		t.Seq = *e.Seq
	}
	return t
}

// digest is the hex sha256 of a sealed entry and its predecessor's hash.
func (e *AuditEntry) digest(prev string) string {
	sum := sha256.Sum256([]byte(e.sealedText(prev).encode()))
	return hex.EncodeToString(sum[:])
}

// sealBatch is how many entries one transaction seals.
const sealBatch = 200

// SealAudit chains and signs the entries that are committed and not sealed yet, and returns
// how many. floor is how many there were at the last daily head. One process at a time does
// so; another finds nothing to do. Entries that none of our processes wrote raise an alarm.
func (s *Store) SealAudit(ctx context.Context, by *notary.Signer, floor int64) (int, error) {
	sealed := 0
	for {
		var some sealedSome
		err := s.Tx(ctx, func(tx *gorm.DB) (err error) {
			some, err = s.sealSome(tx, by, floor)
			return err
		})
		if err != nil {
			return sealed, err
		}
		s.SealedTo(some.end.seq, some.end.hash)
		if sealed += some.n; !some.more {
			return sealed, nil
		}
	}
}

// sealedSome is what one transaction sealed.
type sealedSome struct {
	n    int
	end  sealedTo
	more bool // there may be others to seal
}

func (s *Store) sealSome(tx *gorm.DB, by *notary.Signer, floor int64) (some sealedSome, err error) {
	var head AuditHead
	err = tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Limit(1).Find(&head).Error
	if err != nil || head.ID == "" {
		return some, s.headless(tx, err)
	}
	some.end = sealedTo{head.Seq, head.Hash}
	if err := errors.Join(s.remembers(tx, head), continues(tx, head, floor)); err != nil {
		return some, err
	}
	rows, more, err := someEntries(tx.Where("seq IS NULL"), "id", sealBatch)
	if err != nil || len(rows) == 0 {
		return some, fail(err, "list new entries")
	}
	at := s.Now()
	prev, from := head.Hash, head.Seq+1
	for i := range rows {
		e := &rows[i]
		if !s.marked(e) { // sealed all the same, or whoever adds one would stop the seal
			strange := Alarm{
				ID: "audit-" + e.ID, Kind: AlarmAudit, CreatedAt: at, Detail: "entry " + e.ID + " of the audit log was written by none of our processes",
			}
			if err := raise(tx, strange); err != nil {
				return some, err
			}
			e.MAC = foreignMark
		}
		if head.SealedAt != nil && !at.After(*head.SealedAt) {
			at = head.SealedAt.Add(time.Microsecond)
		}
		seq, when := head.Seq+1, at
		e.Seq, e.SealedAt = &seq, &when
		e.Hash = e.digest(prev)
		prev, head.Seq, head.Hash, head.SealedAt = e.Hash, seq, e.Hash, &when
	}
	if err := numberEntries(tx, rows); err != nil {
		return some, err
	}
	seal := AuditSeal{FromSeq: from, ToSeq: head.Seq, Hash: head.Hash, At: at, KeyID: by.ID()}
	seal.Signature = by.Sign(notary.PurposeSeal, seal.message())
	if err := tx.Create(&seal).Error; err != nil {
		return some, fail(err, "seal entries")
	}
	return sealedSome{len(rows), sealedTo{head.Seq, head.Hash}, more}, fail(tx.Save(&head).Error, "move head of audit log")
}

// headless tells a head that another process holds from one that is gone.
func (s *Store) headless(tx *gorm.DB, err error) error {
	if err != nil {
		return fail(err, "lock head of audit log")
	}
	var n int64
	if err := tx.Model(&AuditHead{}).Count(&n).Error; err != nil || n > 0 {
		return fail(err, "look for head of audit log")
	}
	return fmt.Errorf("%w: its head is gone", ErrAuditCut)
}

// continues checks that the log ends where it was sealed last.
func continues(tx *gorm.DB, head AuditHead, floor int64) error {
	var last AuditEntry
	if err := tx.Select("seq", "hash").Where("seq IS NOT NULL").Order("seq DESC").Limit(1).Find(&last).Error; err != nil {
		return fail(err, "find end of audit log")
	}
	var seal AuditSeal
	if err := tx.Order("to_seq DESC").Limit(1).Find(&seal).Error; err != nil {
		return fail(err, "find last seal")
	}
	var seq int64
	if last.Seq != nil {
		seq = *last.Seq
	}
	switch {
	case head.Seq < floor:
		return fmt.Errorf("%w: it ends at %d, a daily head has seen %d", ErrAuditCut, head.Seq, floor)
	case seq != head.Seq || last.Hash != head.Hash:
		return fmt.Errorf("%w: it ends at %d, it was sealed up to %d", ErrAuditCut, seq, head.Seq)
	case seal.ToSeq != head.Seq || seal.Hash != head.Hash:
		return fmt.Errorf("%w: the last seal is under %d, it was sealed up to %d", ErrAuditCut, seal.ToSeq, head.Seq)
	}
	return nil
}

// numberEntries writes the places of entries in the chain, in one statement.
func numberEntries(tx *gorm.DB, rows []AuditEntry) error {
	var cases strings.Builder
	var seqs, hashes, times, marks, ids []any
	for i := range rows {
		e := &rows[i]
		cases.WriteString(" WHEN ? THEN ?")
		seqs, hashes, times = append(seqs, e.ID, *e.Seq), append(hashes, e.ID, e.Hash), append(times, e.ID, *e.SealedAt)
		marks = append(marks, e.ID, e.MAC)
		ids = append(ids, e.ID)
	}
	sql := "UPDATE audit_log SET seq = CASE id" + cases.String() + " END, hash = CASE id" + cases.String() + " END, sealed_at = CASE id" +
		cases.String() + " END, mac = CASE id" + cases.String() + " END WHERE seq IS NULL AND id IN ?"
	args := append(append(append(append(seqs, hashes...), times...), marks...), ids)
	res := tx.Exec(sql, args...)
	if res.Error == nil && int(res.RowsAffected) != len(rows) {
		return fmt.Errorf("number entries: %d of %d", res.RowsAffected, len(rows))
	}
	return fail(res.Error, "number entries")
}
