package registry

import (
	"strconv"
	"strings"

	"zhengxiao/internal/domain"
)

// Line is a record as the registry gets it, with the person in clear. It is made when it is
// sent and kept nowhere.
type Line struct {
	No       string
	Reverses string
	Name     string
	IDNumber string
	OrgCode  string
	OrgName  string
	Project  string
	Category string
	Cohort   string
	Year     int
	Hours    domain.Hours
}

// Answer is what the registry says of one record.
type Answer struct {
	No      string
	State   State // Acknowledged or Refused; Sent: it has the record and has not decided
	Hours   domain.Hours
	Receipt string
	Reason  string
}

// Entry is the answer as a journal keeps it; ok is false when it decides nothing. What a
// registry leaves out of an acknowledgement is what it was sent.
func (a Answer) Entry() (e Entry, ok bool) {
	switch a.State {
	case Acknowledged:
		return Entry{Kind: EntryAcknowledged, Hours: a.Hours, Receipt: clip(a.Receipt, maxReceipt)}, true
	case Refused:
		return Entry{Kind: EntryRefused, Reason: clip(a.Reason, maxReason)}, true
	case Queued, Sent, Disputed:
	}
	return Entry{}, false
}

// The lengths that are kept, in characters.
const (
	maxNo      = 64
	maxReceipt = 64
	maxReason  = 200
)

func clip(s string, n int) string {
	r := []rune(strings.ToValidUTF8(strings.TrimSpace(s), "�"))
	return string(r[:min(len(r), n)])
}

// ParseHours reads 学时 with at most one decimal; reversals are below zero.
func ParseHours(text string) (domain.Hours, bool) {
	text = strings.TrimSpace(text)
	whole, part, dotted := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	part = strings.TrimRight(part, "0")
	if whole == "" || len(whole) > 4 || len(part) > 1 || dotted && strings.HasSuffix(text, ".") {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+(part + "0")[:1], 10, 32)
	if err != nil {
		return 0, false
	}
	h := domain.Hours(n)
	if strings.HasPrefix(text, "-") {
		h = -h
	}
	return h, true
}

// ReadAnswer makes an answer of what a registry wrote, or says in the user's words why it
// is none.
func ReadAnswer(no, state, hours, receipt, reason string) (a Answer, problem string) {
	a = Answer{No: strings.TrimSpace(no), Receipt: clip(receipt, maxReceipt), Reason: clip(reason, maxReason)}
	switch {
	case a.No == "":
		return a, "没有记录号"
	case len(a.No) > maxNo:
		return a, "记录号过长"
	}
	switch strings.ToLower(strings.TrimSpace(state)) {
	case "acknowledged", "duplicate", "已登记", "登记成功", "成功", "重复":
		a.State = Acknowledged
	case "refused", "已退回", "退回", "登记失败", "失败":
		a.State = Refused
	case "pending", "处理中", "待处理":
		a.State = Sent
		return a, ""
	default:
		return a, "结果应为“已登记”或“退回”"
	}
	if a.State == Refused {
		if a.Reason == "" {
			a.Reason = "登记系统没有说明原因"
		}
		return a, ""
	}
	var ok bool
	if a.Hours, ok = ParseHours(hours); !ok {
		return a, "登记学时应为数字，最多一位小数"
	}
	if a.Receipt == "" {
		return a, "已登记的记录没有回执号"
	}
	return a, ""
}
