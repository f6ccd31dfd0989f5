package models

import (
	"encoding/json"
	"strconv"

	"zhengxiao/internal/notary"
)

// checkpoints walks what stands for purged entries: from the first on, without a gap, each
// signed and ending where a daily head had seen the log.
func (v *verifier) checkpoints() error {
	var list []AuditCheckpoint
	err := stream(v, v.tx.Model(&AuditCheckpoint{}).Order("from_seq"), checkpointTable, []string{"from_seq"}, func(c *AuditCheckpoint) {
		list = append(list, *c)
	})
	for i, c := range list {
		row := strconv.FormatInt(c.FromSeq, 10)
		if c.FromSeq != v.purged.ToSeq+1 || c.ToSeq < c.FromSeq {
			v.findf(checkpointTable, row, TamperInserted, "清除凭证应从第%d条开始，且不早于其起点结束", v.purged.ToSeq+1)
			continue
		}
		v.signed(checkpointTable, row, c.KeyID, notary.PurposeCheckpoint, c.message(), c.Signature)
		v.report.Purged += c.ToSeq - c.FromSeq + 1
		v.purged = c
		h, seen := v.wantedLog[c.ToSeq]
		switch {
		case seen && h.Hash != c.Hash:
			v.findf(checkpointTable, row, TamperRewritten, "清除的第%d条与 %s 的每日摘要所见的不同", c.ToSeq, h.Day)
		case !seen && len(v.wantedLog) > 0 && len(v.strange) == 0 && i < len(list)-1:
			v.findf(checkpointTable, row, TamperRewritten, "没有每日摘要见过第%d条，不能证明清除的是什么", c.ToSeq)
		}
	}
	return err
}

// purge compares what the log says was purged with the checkpoints.
func (v *verifier) purge(e *AuditEntry) {
	var said struct {
		From   int64  `json:"from"`
		To     int64  `json:"to"`
		Hash   string `json:"hash"`
		Digest string `json:"digest"`
	}
	if err := json.Unmarshal([]byte(e.Detail), &said); err != nil {
		v.findf(logTable, e.ID, TamperUnreadable, "%v", err)
		return
	}
	if said.To > v.purged.ToSeq {
		v.findf(checkpointTable, span(said.From, said.To), TamperDeleted, "日志记着清除了第%d至%d条，凭证不见了", said.From, said.To)
	}
	if said.To == v.purged.ToSeq && (said.Hash != v.purged.Hash || said.Digest != v.purged.Digest || said.From != v.purged.FromSeq) {
		v.findf(checkpointTable, strconv.FormatInt(v.purged.FromSeq, 10), TamperRewritten, "凭证与日志所记的清除不同")
	}
}

// unsignedDigest is the digest of the events that were unsigned when a key began to sign.
func (e *AuditEntry) unsignedDigest() string {
	var detail struct {
		Digest string `json:"unsigned_digest"`
	}
	if json.Unmarshal([]byte(e.Detail), &detail) != nil {
		return "" // none is like it
	}
	return detail.Digest
}

// prefix compares the events without a signature with those that there were when signing
// began: only they need none.
func (v *verifier) prefix() error {
	if v.signing.IsZero() {
		return nil
	}
	u, err := readUnsigned(v.tx)
	if err != nil || u.digest == v.unsigned {
		return err
	}
	if len(v.rebuilt) > 0 {
		v.notef("有项目经核对重建：没有签名的事件与启用签名时登记的不同，未作比较。")
		return nil
	}
	v.findf(eventTable, "unsigned", TamperRewritten, "没有签名的事件现有%d个项目的%d个，与启用签名时登记的不同", u.cases, u.events)
	return nil
}
