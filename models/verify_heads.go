package models

import (
	"context"
	"fmt"

	"zhengxiao/internal/notary"
)

const headTable = "daily_heads"

// expect takes up what the heads say, once each is seen to be genuine. What they say of
// cases is left to chains.
func (v *verifier) expect(ctx context.Context, heads []KeptHead) error {
	v.wantedLog, v.kept, v.entered = map[int64]DailyHead{}, map[string]bool{}, map[string]string{}
	previous := ""
	for i, kept := range heads {
		v.report.Heads++
		lines, err := kept.read(ctx)
		if err != nil {
			v.unreadable(kept, err)
			previous = ""
			continue
		}
		lines.close()
		h := lines.DailyHead
		v.signed(headTable, h.Day, h.KeyID, notary.PurposeHead, h.message(), h.Signature)
		if i > 0 && h.Previous != previous {
			v.findf(headTable, h.Day, TamperDeleted, "与前一份每日摘要不衔接：中间有摘要不见了，或被替换")
		}
		if i == 0 && h.Previous != "" {
			v.findf(headTable, h.Day, TamperDeleted, "更早的每日摘要不见了")
		}
		previous = h.Digest()
		v.kept[previous] = true
		v.wantedLog[h.Seq] = h
	}
	return ctx.Err()
}

func (v *verifier) unreadable(h KeptHead, err error) {
	v.findf(headTable, h.Name, TamperUnreadable, "读不出这一份每日摘要：%v", err)
}

// chains compares what the heads saw of every case's events with what there is. A line that
// the head before has, too, was looked up with that one: most cases stand still from day to
// day, and two heads are read side by side with nothing of them kept.
func (v *verifier) chains(ctx context.Context, heads []KeptHead) error {
	for i, kept := range heads {
		lines, err := kept.read(ctx)
		if err != nil {
			continue // expect has found it
		}
		var before *headLines
		if i > 0 {
			before, _ = heads[i-1].read(ctx)
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
	var all tree
	fresh := make([]ChainLine, 0, batchSize)
	for lines.next() {
		all.add(lines.at.String())
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
		v.unreadable(kept, lines.err)
	} else if all.root() != lines.Root || all.size != lines.Cases {
		v.findf(headTable, lines.Day, TamperEdited, "各项目的行与摘要不符")
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
