package privacy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/privacy"
)

// The notice says everything that the inventory says, and no change of it keeps its version.
func TestTheNoticeTellsWhatIsKept(t *testing.T) {
	t.Parallel()
	usual := privacy.NoticeOf("", "", privacy.Rules())
	require.Len(t, usual.Classes, len(privacy.Classes()))
	for i, c := range privacy.Classes() {
		require.Equal(t, privacy.NoticeData{
			Title: c.Title, Category: c.Category.Title(), Purpose: c.Purpose, Basis: c.Basis, SeenBy: c.SeenBy, Mask: c.Mask,
			Retention: c.Retention.Title(), Fate: c.Fate.Title(), Why: c.Why,
		}, usual.Classes[i])
	}
	require.NotEmpty(t, usual.Contact)
	require.Equal(t, usual.Version, privacy.NoticeOf(" \n", " ", privacy.Rules()).Version)
	own := privacy.NoticeOf("第一段\r\n\n第二段\n", "张老师 020-1", privacy.Rules())
	require.Equal(t, []string{"第一段", "第二段"}, own.Intro)
	require.Equal(t, "张老师 020-1", own.Contact)
	longer := privacy.Rules()
	longer[0].Months++
	versions := map[string]bool{}
	for _, n := range []privacy.Notice{usual, own, privacy.NoticeOf("", "", longer), privacy.NoticeOf("第一段", "", privacy.Rules())} {
		versions[n.Version] = true
	}
	require.Len(t, versions, 4)
}

// What is kept of a notice is the whole of it, and no other text passes for its version.
func TestTheTextOfANoticeIsKeptWhole(t *testing.T) {
	t.Parallel()
	n := privacy.NoticeOf("甲<乙>&丙", "张老师 020-1", privacy.Rules())
	read, err := privacy.ReadNotice(n.Version, n.Encode())
	require.NoError(t, err)
	require.Equal(t, n, read)
	_, err = privacy.ReadNotice(n.Version, strings.Replace(n.Encode(), "020-1", "020-2", 1))
	require.ErrorContains(t, err, n.Version)
	_, err = privacy.ReadNotice(privacy.NoticeOf("", "", nil).Version, n.Encode())
	require.Error(t, err)
}

// What a notice changes is told part by part: paragraphs as they were and are, classes and
// rules by what was added, taken away, or said otherwise of them.
func TestWhatANoticeChanges(t *testing.T) {
	t.Parallel()
	before := privacy.NoticeOf("第一段\n第二段", "张老师", privacy.Rules()).Text
	require.Empty(t, before.Since(before))
	rules := privacy.Rules()
	rules[0].Months++
	after := privacy.NoticeOf("第一段\n第三段", "李老师", rules).Text
	gone, kept := after.Classes[0], after.Classes[1:]
	after.Classes = append([]privacy.NoticeData{{Title: "新的一类", Purpose: "新的目的", Basis: "依据"}}, kept...)
	after.Rights = after.Rights[1:]

	changes := after.Since(before)
	byPart := map[string][]privacy.NoticeChange{}
	for _, c := range changes {
		byPart[c.Part] = append(byPart[c.Part], c)
	}
	require.Equal(t, []privacy.NoticeChange{{Part: "开头", Was: "第一段\n第二段", Is: "第一段\n第三段"}}, byPart["开头"])
	classes := byPart["处理哪些个人信息"]
	require.Len(t, classes, 2)
	require.Equal(t, privacy.NoticeChange{Part: "处理哪些个人信息", Title: "新的一类", Is: "目的：新的目的\n依据：依据"}, classes[0])
	require.Equal(t, []any{gone.Title, ""}, []any{classes[1].Title, classes[1].Is})
	require.Contains(t, classes[1].Was, "目的："+gone.Purpose)
	require.Equal(t, []privacy.NoticeChange{{
		Part: "到期清理", Title: rules[0].Title, Field: "现行期限", Was: rules[0].From + "满 36 个月", Is: rules[0].From + "满 37 个月",
	}}, byPart["到期清理"])
	require.Len(t, byPart["您的权利"], 1)
	require.Equal(t, []privacy.NoticeChange{{Part: "联系人", Was: "张老师", Is: "李老师"}}, byPart["联系人"])

	after = before
	after.Rules = append([]privacy.NoticeRule{before.Rules[1], before.Rules[0]}, before.Rules[2:]...)
	require.Empty(t, after.Since(before), "only the order")
}
