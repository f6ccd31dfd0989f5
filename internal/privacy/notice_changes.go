package privacy

import (
	"fmt"
	"slices"
	"strings"
)

// Parts of a notice, as its page calls them.
const (
	partIntro   = "开头"
	partClasses = "处理哪些个人信息"
	partRules   = "到期清理"
	partRights  = "您的权利"
	partContact = "联系人"
)

// NoticeChange is what differs between two texts of the notice in one place: what it was, ""
// for nothing, and what it is. Title names the class or rule, Field what of it.
type NoticeChange struct {
	Part, Title, Field string
	Was, Is            string
}

// Since is what a text changes against an earlier one, in the order of the notice. Classes
// and rules are followed by their titles, whatever their order.
func (t Text) Since(was Text) []NoticeChange {
	var all []NoticeChange
	whole := func(part, was, is string) {
		if was != is {
			all = append(all, NoticeChange{Part: part, Was: was, Is: is})
		}
	}
	whole(partIntro, strings.Join(was.Intro, "\n"), strings.Join(t.Intro, "\n"))
	all = append(all, entriesSince(partClasses, entriesOf(was.Classes, NoticeData.entry), entriesOf(t.Classes, NoticeData.entry))...)
	all = append(all, entriesSince(partRules, entriesOf(was.Rules, NoticeRule.entry), entriesOf(t.Rules, NoticeRule.entry))...)
	whole(partRights, strings.Join(was.Rights, "\n"), strings.Join(t.Rights, "\n"))
	whole(partContact, was.Contact, t.Contact)
	return all
}

// noticeEntry is a class or a rule, as fields with their names.
type noticeEntry struct {
	title  string
	fields [][2]string
}

func entriesOf[T any](list []T, entry func(T) noticeEntry) []noticeEntry {
	all := make([]noticeEntry, len(list))
	for i, v := range list {
		all[i] = entry(v)
	}
	return all
}

func (d NoticeData) entry() noticeEntry {
	return noticeEntry{d.Title, [][2]string{
		{"性质", d.Category}, {"目的", d.Purpose}, {"依据", d.Basis}, {"谁能看到", d.SeenBy}, {"掩码", d.Mask},
		{"保存期限", d.Retention}, {"期满后", d.Fate}, {"保留理由", d.Why},
	}}
}

func (r NoticeRule) entry() noticeEntry {
	return noticeEntry{r.Title, [][2]string{{"现行期限", fmt.Sprintf("%s满 %d 个月", r.From, r.Months)}, {"依据", r.Basis}}}
}

// whole is all that is said of it, a field a line.
func (e noticeEntry) whole() string {
	var lines []string
	for _, f := range e.fields {
		if f[1] != "" {
			lines = append(lines, f[0]+"："+f[1])
		}
	}
	return strings.Join(lines, "\n")
}

func entriesSince(part string, was, is []noticeEntry) []NoticeChange {
	var all []NoticeChange
	for _, e := range is {
		i := slices.IndexFunc(was, func(w noticeEntry) bool { return w.title == e.title })
		if i < 0 {
			all = append(all, NoticeChange{Part: part, Title: e.title, Is: e.whole()})
			continue
		}
		for n, f := range e.fields {
			if before := was[i].fields[n][1]; before != f[1] {
				all = append(all, NoticeChange{Part: part, Title: e.title, Field: f[0], Was: before, Is: f[1]})
			}
		}
	}
	for _, w := range was {
		if !slices.ContainsFunc(is, func(e noticeEntry) bool { return e.title == w.title }) {
			all = append(all, NoticeChange{Part: part, Title: w.title, Was: w.whole()})
		}
	}
	return all
}
