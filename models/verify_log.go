package models

import (
	"errors"
	"fmt"
	"strconv"

	"zhengxiao/internal/notary"
)

// The actions of entries that the log writes about itself.
const (
	ActionKey       = "audit.key"           // a key begins to sign
	ActionBaseline  = "audit.baseline"      // rows from before the log, as they are
	ActionBaselined = "audit.baseline_done" // every row is stated from here on
	// ActionTablesFound names tables that no release before this one stated.
	ActionTablesFound = "audit.new_tables"
	ActionHead        = "audit.head"   // a daily head was kept
	ActionRebuilt     = "case.rebuild" // a case was brought up to what its workflow remembers
)

const logTable = "audit_log"

// log walks the audit log: every entry in its place, with the right hash.
func (v *verifier) log() error {
	var prev *AuditEntry
	if err := v.checkpoints(); err != nil {
		return err
	}
	prevHash, next := v.purged.Hash, v.purged.ToSeq+1
	v.end = v.purged.ToSeq
	err := stream(v, v.tx.Model(&AuditEntry{}).Where("seq IS NOT NULL").Order("seq"), logTable, []string{"id"}, func(e *AuditEntry) {
		if *e.Seq < next {
			v.findf(logTable, e.ID, TamperInserted, "第%d条早已清除", *e.Seq)
			return
		}
		v.place(e, next)
		if e.digest(prevHash) != e.Hash {
			v.findf(logTable, e.ID, TamperEdited, "第%d条的内容与其校验值不符", *e.Seq)
		}
		if prev != nil && e.SealedAt != nil && prev.SealedAt != nil && !e.SealedAt.After(*prev.SealedAt) {
			v.findf(logTable, e.ID, TamperReordered, "第%d条的封存时间不在前一条之后", *e.Seq)
		}
		v.marked(e)
		if h, seen := v.wantedLog[*e.Seq]; seen && h.Hash != e.Hash {
			v.findf(logTable, e.ID, TamperRewritten, "与 %s 的每日摘要所见的不同", h.Day)
		}
		prevHash, next, prev, v.end = e.Hash, *e.Seq+1, e, *e.Seq
		v.report.Entries++
		v.entry(e)
	})
	if err != nil {
		return err
	}
	if err := v.head(next-1, prevHash, prev); err != nil {
		return err
	}
	return stream(v, v.tx.Model(&AuditEntry{}).Where("seq IS NULL").Order("id"), logTable, []string{"id"}, func(e *AuditEntry) {
		v.report.Unsealed++
		v.marked(e)
		if e.Hash != "" || e.SealedAt != nil {
			v.findf(logTable, e.ID, TamperEdited, "尚未封存的记录不应有校验值")
		}
		v.entry(e)
	})
}

// marked checks that one of our processes wrote an entry.
func (v *verifier) marked(e *AuditEntry) {
	if e.MAC == foreignMark || (e.Seq == nil && !v.s.marked(e)) {
		v.findf(logTable, e.ID, TamperInserted, "不是由系统的进程写入的")
	}
}

// place checks an entry's number against the one that is due.
func (v *verifier) place(e *AuditEntry, due int64) {
	if seq := *e.Seq; seq > due {
		v.findf(logTable, span(due, seq-1), TamperDeleted, "第%d至%d条不见了", due, seq-1)
	}
}

// span names rows by their numbers.
func span(from, to int64) string {
	if from == to {
		return strconv.FormatInt(from, 10)
	}
	return fmt.Sprintf("%d-%d", from, to)
}

// head compares where the log ends with where it was sealed last.
func (v *verifier) head(seq int64, hash string, last *AuditEntry) error {
	const table = "audit_head"
	var heads []AuditHead
	err := stream(v, v.tx.Model(&AuditHead{}).Order("id"), table, []string{"id"}, func(h *AuditHead) { heads = append(heads, *h) })
	if err != nil {
		return err
	}
	if len(heads) == 0 {
		v.findf(table, "audit", TamperDeleted, "封存进度不见了")
		return nil
	}
	var sealed int64
	if err := v.tx.Model(&AuditSeal{}).Select("COALESCE(MAX(to_seq), 0)").Scan(&sealed).Error; err != nil {
		return fail(err, "find last seal")
	}
	for _, h := range heads {
		switch {
		case h.ID != "audit":
			v.findf(table, h.ID, TamperInserted, "封存进度只应有一行（audit）")
		case h.Seq > seq && sealed > seq:
			v.findf(logTable, span(seq+1, h.Seq), TamperCut, "封存到第%d条，现在只到第%d条", h.Seq, seq)
		case h.Seq != seq, h.Hash != hash, last != nil && !sameTime(h.SealedAt, last.SealedAt), last == nil && h.SealedAt != nil:
			v.findf(table, h.ID, TamperEdited, "封存进度是第%d条，日志到第%d条", h.Seq, seq)
		}
	}
	return nil
}

// entry takes up what an entry says: of rows, and of the log itself.
func (v *verifier) entry(e *AuditEntry) {
	list, err := decodeStatements(e.Stated)
	if err != nil {
		v.findf(logTable, e.ID, TamperUnreadable, "%v", err)
	}
	v.stories.hear(list, e.At.UnixMicro(), logTable+" "+e.ID)
	switch e.Action {
	case ActionHead:
		v.entered[headDigest(e)] = e.SubjectID
	case ActionBaselined:
		said := e.baselined()
		for _, table := range said.Tables {
			v.baseline[table] = baseline{from: said.From, done: e.since()}
		}
	case ActionRebuilt:
		v.rebuilt[e.SubjectID] = e.since()
	case ActionPurged:
		v.purge(e)
	case ActionKey:
		if at := e.since(); v.signing.IsZero() || at.Before(v.signing) {
			v.signing, v.unsigned = at, e.unsignedDigest()
		}
	}
}

// seals checks that every stretch of the log is signed.
func (v *verifier) seals() error {
	const table = "audit_seals"
	type sealOf struct {
		AuditSeal

		Entry *string // hash of the entry ToSeq, nil when it is gone
	}
	due := v.purged.ToSeq + 1
	q := v.tx.Model(&AuditSeal{}).Select("audit_seals.*, audit_log.hash AS entry").Joins("LEFT JOIN audit_log ON audit_log.seq = audit_seals.to_seq")
	err := stream(v, q.Order("audit_seals.to_seq"), table, []string{"to_seq"}, func(s *sealOf) {
		v.report.Seals++
		row := strconv.FormatInt(s.ToSeq, 10)
		if s.FromSeq > due {
			v.findf(table, span(due, s.FromSeq-1), TamperDeleted, "第%d至%d条没有签名", due, s.FromSeq-1)
		}
		due = max(due, s.ToSeq+1)
		v.signed(table, row, s.KeyID, notary.PurposeSeal, s.message(), s.Signature)
		if s.Entry == nil || *s.Entry != s.Hash {
			v.findf(table, row, TamperRewritten, "签名下的校验值与日志第%d条的不同", s.ToSeq)
		}
	})
	if end := v.end; err == nil && due <= end {
		v.findf(table, span(due, end), TamperCut, "第%d至%d条没有签名", due, end)
	}
	return err
}

// signed checks one signature.
func (v *verifier) signed(table, row, keyID string, p notary.Purpose, message, signature string) {
	switch err := v.keys.Check(keyID, p, message, signature); {
	case errors.Is(err, notary.ErrUnknownKey):
		v.findf(table, row, TamperKey, "签名密钥 %s 不在已知之列", keyID)
	case err != nil:
		v.findf(table, row, TamperEdited, "签名与内容不符")
	}
}
