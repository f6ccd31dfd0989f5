package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/notary"
)

// AuditCheckpoint stands for a stretch of the audit log that was purged. It ends where a
// daily head had seen the log, which proves it from outside; the last one may still be on
// its way there.
type AuditCheckpoint struct {
	FromSeq   int64 `gorm:"primaryKey;autoIncrement:false"`
	ToSeq     int64
	Hash      string // of the entry ToSeq
	Digest    string // over the hashes of all its entries
	At        time.Time
	KeyID     string
	Signature string
}

// TableName is the table of AuditCheckpoint.
func (*AuditCheckpoint) TableName() string { return checkpointTable }

const checkpointTable = "audit_checkpoints"

// message is what the signature covers.
func (c *AuditCheckpoint) message() string {
	return fmt.Sprintf("%d\n%d\n%s\n%s\n%s\n%s", c.FromSeq, c.ToSeq, c.Hash, c.Digest, plainValue(c.At), c.KeyID)
}

// take adds an entry to what is purged.
func (c *AuditCheckpoint) take(e *AuditEntry) {
	sum := sha256.Sum256([]byte(c.Digest + "\n" + e.Hash))
	c.ToSeq, c.Hash, c.Digest = *e.Seq, e.Hash, hex.EncodeToString(sum[:])
}

// ActionPurged is an entry that says which entries were purged, and carries what they
// stated.
const ActionPurged = "audit.purge"

// purgeBatch is how many entries one transaction purges.
const purgeBatch = 500

// headSeq is how far a daily head had seen the log, as the entry about it says.
func (e *AuditEntry) headSeq() int64 {
	var detail struct {
		Seq int64 `json:"seq"`
	}
	if json.Unmarshal([]byte(e.Detail), &detail) != nil {
		return 0 // no end of anything
	}
	return detail.Seq
}

// PurgeAudit removes the entries from before a time, up to the last daily head of then, and
// no further than upTo. What they stated of rows is carried into an entry of now, and a
// signed checkpoint takes their place. It may be broken off and called again; beat is
// called in between.
func (s *Store) PurgeAudit(ctx context.Context, by *notary.Signer, before time.Time, upTo int64, beat func()) (int, error) {
	var heads []AuditEntry
	err := s.DB(ctx).Select("id", "detail").Where("action = ? AND at < ? AND seq IS NOT NULL", ActionHead, before).Order("at, id").Find(&heads).Error
	if err != nil {
		return 0, fail(err, "list daily heads")
	}
	ends := map[int64]bool{}
	for i := range heads {
		ends[heads[i].headSeq()] = true
	}
	purged := 0
	for i := range heads {
		to := heads[i].headSeq()
		for more := to <= upTo; more; beat() {
			n := 0
			err := s.Tx(ctx, func(tx *gorm.DB) (err error) {
				n, more, err = s.purgeSome(tx, by, to, ends)
				return err
			})
			if err != nil {
				return purged, err
			}
			purged += n
		}
	}
	return purged, nil
}

// purgeSome removes the oldest entries up to one, ends are where checkpoints end.
func (s *Store) purgeSome(tx *gorm.DB, by *notary.Signer, to int64, ends map[int64]bool) (n int, more bool, err error) {
	var head AuditHead // who holds it has the log for itself
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Take(&head).Error; err != nil {
		return 0, false, fail(err, "lock head of audit log")
	}
	var c AuditCheckpoint
	if err := tx.Order("from_seq DESC").Limit(1).Find(&c).Error; err != nil {
		return 0, false, fail(err, "find last checkpoint")
	}
	rows, more, err := someEntries(tx.Where("seq > ? AND seq <= ?", c.ToSeq, to), "seq", purgeBatch)
	if err != nil || len(rows) == 0 {
		return 0, false, fail(err, "list old entries")
	}
	if err := genuine(rows, c); err != nil {
		return 0, false, err
	}
	if c.FromSeq == 0 || ends[c.ToSeq] {
		c = AuditCheckpoint{FromSeq: c.ToSeq + 1}
	}
	for i := range rows {
		c.take(&rows[i])
	}
	c.At, c.KeyID = s.Now(), by.ID()
	c.Signature = by.Sign(notary.PurposeCheckpoint, c.message())
	if err := upsert(tx).Create(&c).Error; err != nil {
		return 0, false, fail(err, "write checkpoint")
	}
	if err := carry(tx, rows, c); err != nil {
		return 0, false, err
	}
	res := tx.Where("seq BETWEEN ? AND ?", *rows[0].Seq, c.ToSeq).Delete(&AuditEntry{})
	if res.Error != nil || int(res.RowsAffected) != len(rows) {
		return 0, false, fmt.Errorf("purge entries: %d of %d: %w", res.RowsAffected, len(rows), res.Error)
	}
	return len(rows), more, fail(tx.Where("to_seq <= ?", c.ToSeq).Delete(&AuditSeal{}).Error, "purge seals")
}

// genuine checks that entries are what was sealed, one after the other from where the
// checkpoint ends: nothing is purged that would be evidence.
func genuine(rows []AuditEntry, c AuditCheckpoint) error {
	prev, seq := c.Hash, c.ToSeq
	for i := range rows {
		e := &rows[i]
		if seq++; *e.Seq != seq || e.digest(prev) != e.Hash {
			return fmt.Errorf("%w: entry %d is missing or edited, nothing is purged", ErrAuditCut, seq)
		}
		prev = e.Hash
	}
	return nil
}

// lastingActions are those whose entries say from when on something holds.
var lastingActions = []string{ActionKey, ActionBaselined, ActionTablesFound, ActionEnvelopes, ActionRebuilt}

// carry enters again what must outlive the entries that said it: what became of rows, from
// when on keys sign, rows are stated and actions have digests, which cases were rebuilt.
func carry(tx *gorm.DB, rows []AuditEntry, c AuditCheckpoint) error {
	var left carried
	for i := range rows {
		e := &rows[i]
		stated, err := decodeStatements(e.Stated)
		if err != nil {
			return err
		}
		left.add(stated, e.At)
		if !slices.Contains(lastingActions, e.Action) {
			continue
		}
		again := AuditEntry{
			Action: e.Action, ActorID: e.ActorID, ActorRole: e.ActorRole, ActorOrg: e.ActorOrg, SubjectKind: e.SubjectKind, SubjectID: e.SubjectID,
			OrgID: e.OrgID, Path: e.Path,
		}
		if err := json.Unmarshal([]byte(e.Detail), &again.Details); err != nil {
			return fmt.Errorf("read detail of entry %s: %w", e.ID, err)
		}
		if again.Details == nil {
			again.Details = map[string]any{}
		}
		again.Details[sinceDetail] = plainValue(e.since())
		if err := audit(tx, again); err != nil {
			return err
		}
	}
	return audit(tx, AuditEntry{
		Action: ActionPurged, SubjectKind: "audit", SubjectID: span(c.FromSeq, c.ToSeq), Stated: left.lasting().encode(),
		Details: map[string]any{"from": c.FromSeq, "to": c.ToSeq, "hash": c.Hash, "digest": c.Digest},
	})
}

// sinceDetail says when what an entry tells of really was.
const sinceDetail = "since"

// since is when what the entry tells of was: before the entry, when it was carried.
func (e *AuditEntry) since() time.Time {
	var detail struct {
		Since time.Time `json:"since"`
	}
	if json.Unmarshal([]byte(e.Detail), &detail) != nil || detail.Since.IsZero() {
		return e.At
	}
	return detail.Since
}

// carried is what purged entries stated, in the order in which they did.
type carried struct {
	list statements
	last map[[2]string]int // the last of a row
}

// add takes up what an entry of a time stated. What the audit log alone tells of a row
// becomes one statement; between two of another row events may have told of it, so those
// stay as they are.
func (c *carried) add(stated statements, at time.Time) {
	if c.last == nil {
		c.last = map[[2]string]int{}
	}
	for _, st := range stated {
		if st.At == 0 {
			st.At = at.UnixMicro()
		}
		key := [2]string{st.Table, st.Key}
		if i, known := c.last[key]; known && c.list[i].Is == st.Was && !statedTables[st.Table].Decided {
			c.list[i].Is, c.list[i].At = st.Is, st.At
			continue
		}
		c.last[key] = len(c.list)
		c.list = append(c.list, st)
	}
}

// lasting are those that are still needed: not of rows that came and went.
func (c *carried) lasting() statements {
	return slices.DeleteFunc(c.list, func(st statement) bool {
		return st.Is == "" && (st.Was == "" || st.Was == unknownRow) && !statedTables[st.Table].Decided
	})
}
