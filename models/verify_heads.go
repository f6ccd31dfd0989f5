package models

import (
	"context"
	"errors"
	"fmt"

	"zhengxiao/internal/notary"
)

const headTable = "daily_heads"

// expect takes up what the heads say, once each is seen to be genuine. What they say of
// cases is left to chains. Whoever may add files to the store may add any among the heads:
// what is none is found, and accuses nobody else.
func (v *verifier) expect(ctx context.Context, heads []KeptHead) error {
	v.wantedLog, v.kept, v.strange, v.entered = map[int64]DailyHead{}, map[string]bool{}, map[string]strangeHead{}, map[string]string{}
	previous, first := "", true
	for _, kept := range heads {
		h, ok := v.trusted(ctx, kept)
		if !ok {
			continue
		}
		if _, strange := v.strange[h.Previous]; !strange && h.Previous != previous {
			v.findf(headTable, h.Day, TamperDeleted, "%s", gap(first))
		}
		first, previous = false, h.Digest()
		v.kept[previous] = true
		v.wantedLog[h.Seq] = h
		v.genuine = append(v.genuine, kept)
		v.report.Heads++
	}
	return ctx.Err()
}

// strangeHead is one whose signature nobody can check.
type strangeHead struct {
	kept  KeptHead
	seq   int64
	keyID string
}

func gap(first bool) string {
	if first {
		return "更早的每日摘要不见了"
	}
	return "与前一份每日摘要不衔接：中间有摘要不见了，或被替换"
}

// trusted reads a head and reports whether what it says counts.
func (v *verifier) trusted(ctx context.Context, kept KeptHead) (DailyHead, bool) {
	h, err := kept.Whole(ctx)
	if err != nil {
		v.noHead(kept, err)
		return h, false
	}
	switch err := h.Check(v.keys); {
	case errors.Is(err, notary.ErrUnknownKey):
		v.strange[h.Digest()] = strangeHead{kept, h.Seq, h.KeyID} // missing tells what it is, once the log is read
		return h, false
	case err != nil:
		v.forged(kept, "签名与内容不符")
		return h, false
	case v.kept[h.Digest()]:
		v.notef("每日摘要 %s 存有不止一个相同的版本。", kept.Name)
		return h, false
	}
	return h, true
}

// noHead finds a file among the heads that cannot be read as one.
func (v *verifier) noHead(h KeptHead, err error) {
	if IsForgedHead(err) {
		v.forged(h, err.Error())
		return
	}
	v.findf(headTable, h.Name, TamperUnreadable, "读不出这一份每日摘要：%v", err)
}

func (v *verifier) forged(h KeptHead, why string) {
	v.findf(headTable, h.Name, TamperForged, "版本 %s：%s", h.Version, why)
}

// chains compares what the heads saw of every case's events with what there is. A line that
// the head before has, too, was looked up with that one: most cases stand still from day to
// day, and two heads are read side by side with nothing of them kept.
func (v *verifier) chains(ctx context.Context) error {
	for i, kept := range v.genuine {
		lines, err := kept.read(ctx)
		if err != nil {
			v.noHead(kept, err)
			continue
		}
		var before *headLines
		if i > 0 {
			before, _ = v.genuine[i-1].read(ctx)
		}
		err = v.chain(kept, lines, before)
		lines.close()
		if before != nil {
			before.close()
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// chain compares one head.
func (v *verifier) chain(kept KeptHead, lines, before *headLines) error {
	fresh := make([]ChainLine, 0, batchSize)
	for lines.next() {
		if lines.at.Seq == 0 || before.has(lines.at) {
			continue
		}
		if fresh = append(fresh, lines.at); len(fresh) == batchSize {
			if err := v.headSaw(fresh); err != nil {
				return err
			}
			fresh = fresh[:0]
		}
	}
	if lines.err != nil {
		v.noHead(kept, lines.err)
	}
	return v.headSaw(fresh)
}

// has reports whether the head has a line. Lines are asked for in their order; one that is
// out of it is not found.
func (h *headLines) has(line ChainLine) bool {
	if h == nil {
		return false
	}
	for h.at.CaseID < line.CaseID && h.next() {
	}
	return h.at == line
}

// headSaw compares lines of a head with the events there are.
func (v *verifier) headSaw(lines []ChainLine) error {
	if len(lines) == 0 {
		return nil
	}
	keys := make([][]any, len(lines))
	for i, l := range lines {
		keys[i] = []any{l.CaseID, l.Seq}
	}
	var list []Event
	if err := v.tx.Select("case_id", "seq", "hash").Where("(case_id, seq) IN ?", keys).Find(&list).Error; err != nil {
		return fail(err, "read events that a head saw")
	}
	type at struct {
		id  string
		seq int
	}
	is := make(map[at]string, len(list))
	for i := range list {
		is[at{list[i].CaseID, list[i].Seq}] = list[i].Hash
	}
	for _, l := range lines {
		key := fmt.Sprintf("%s%s%d", l.CaseID, keySeparator, l.Seq)
		rebuilt, was := v.rebuilt[l.CaseID]
		switch hash, there := is[at{l.CaseID, l.Seq}]; {
		case !there:
			v.findf(eventTable, key, TamperCut, "每日摘要见过第%d个事件，现在没有", l.Seq)
		case hash == l.Hash:
		case was:
			v.notef("项目 %s 于 %s 经核对重建，其后的事件与更早的每日摘要不同属正常。", l.CaseID, plainValue(rebuilt))
		default:
			v.findf(eventTable, key, TamperRewritten, "与每日摘要所见的不同")
		}
	}
	return nil
}

// missing finds what heads have seen of the log and the database does not have any more.
func (v *verifier) missing() {
	for digest, h := range v.strange {
		v.kept[digest] = true
		if _, entered := v.entered[digest]; entered || h.seq <= v.purged.ToSeq {
			v.findf(headTable, h.kept.Name, TamperKey, "签名密钥 %s 不在已知之列，未与这一份对照", h.keyID)
		} else {
			v.forged(h.kept, fmt.Sprintf("签名密钥 %s 不在已知之列，日志也没有记着保存过它", h.keyID))
		}
	}
	for digest, day := range v.entered {
		if !v.kept[digest] {
			v.findf(headTable, day, TamperDeleted, "日志记着保存过这一份每日摘要，现在没有")
		}
	}
	for seq, h := range v.wantedLog {
		if seq > v.end {
			v.findf(logTable, span(v.end+1, seq), TamperCut, "%s 的每日摘要见过第%d条，现在只到第%d条", h.Day, seq, v.end)
		}
	}
}
