package papers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/papers"
	"zhengxiao/internal/testkit/pdftext"
)

// mostBytes keeps papers light enough for mail and phones: the fonts are embedded as far
// as they are used.
const mostBytes = 300 << 10

func pages(t *testing.T, p papers.Paper) []string {
	t.Helper()
	data, err := p.PDF()
	require.NoError(t, err)
	return pdftext.Pages(t, data)
}

func TestEveryPaperIsWholeAndNumbered(t *testing.T) {
	t.Parallel()
	for name, p := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := p.PDF()
			require.NoError(t, err)
			require.Less(t, len(data), mostBytes)
			again, err := p.PDF()
			require.NoError(t, err)
			require.Equal(t, data, again, "the same data make the same bytes")
			list := pdftext.Pages(t, data)
			require.True(t, strings.HasPrefix(list[0], p.Title))
			for i, text := range list {
				require.Contains(t, text, fmt.Sprintf("第 %d 页 共 %d 页", i+1, len(list)))
				require.Contains(t, text, p.Number)
				require.Contains(t, text, "2026-11-22 12:30（北京时间）")
				require.Contains(t, text, p.Mark)
			}
			whole := strings.Join(list, "")
			require.NotContains(t, whole, "〓", "every character is in the font")
			if strings.HasSuffix(name, "long") {
				require.Contains(t, whole, longSchool, "a long name is broken, not cut")
			}
		})
	}
}

// pagesOf pins how many pages the samples take: what runs over shows here first.
var pagesOf = map[string]int{
	"filing-normal": 2, "filing-long": 2, "receipt-normal": 1, "receipt-long": 1, "rectify-normal": 1, "rectify-long": 1,
	"result-normal": 1, "result-long": 1, "evidence-normal": 2, "evidence-long": 2, "hours-200": 8, "hours-long": 2,
}

func TestPapersTakeAsManyPagesAsTheyNeed(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	for name, p := range samples() {
		got[name] = len(pages(t, p))
	}
	require.Equal(t, pagesOf, got)
}

func TestALongTableRepeatsItsHeadAndLosesNobody(t *testing.T) {
	t.Parallel()
	r := sampleRegister("白云区第三小学", 200)
	list := pages(t, papers.HoursRegister(r))
	for i, text := range list {
		require.Equal(t, 1, strings.Count(text, "身份证件号"), "page %d", i+1)
	}
	whole := strings.Join(list, "")
	for _, v := range r.Teachers {
		require.Contains(t, whole, v.Name+v.IDNumber)
	}
	require.Contains(t, whole, "2026年合计　195人4875")
	require.Contains(t, whole, "总计　195人次4875")
	last := list[len(list)-1]
	require.Contains(t, last, "制表人：")
	require.Contains(t, last, "200教师200", "a page with the sums alone would prove nothing")
}

// The whole text is on the page even where a row is longer than one.
func TestARowLongerThanAPageGoesOn(t *testing.T) {
	t.Parallel()
	text := ""
	for i := range 900 {
		text += fmt.Sprintf("X%d，", i)
	}
	r := sampleRectification("白云区第三小学")
	r.Items[0].Text = text
	list := pages(t, papers.RectificationNotice(r))
	require.Greater(t, len(list), 1)
	whole := strings.Join(list, "")
	for i := range 900 {
		require.Contains(t, whole, fmt.Sprintf("X%d，", i))
	}
}

// A character that the font lacks is marked and named, never an empty box.
func TestAMissingCharacterIsSaid(t *testing.T) {
	t.Parallel()
	r := sampleRegister("白云区第三小学", 3)
	r.Teachers[1].Name = "张\U0002A6A5\u200b\x07"
	r.Teachers[2].Group = "语文组😀"
	whole := strings.Join(pages(t, papers.HoursRegister(r)), "")
	require.Contains(t, whole, "张〓440111", "what takes no place is left out")
	require.Contains(t, whole, "语文组〓")
	require.Contains(t, whole, "U+1F600、U+2A6A5")
	require.Contains(t, whole, "不在系统字库内")
}

func TestRareNamesCanBeSearchedAndCopied(t *testing.T) {
	t.Parallel()
	whole := strings.Join(pages(t, papers.FilingForm(sampleFiling("白云区第三小学"))), "")
	for _, name := range []string{"欧阳䶮", "𬱖文", "李㛃"} {
		require.Contains(t, whole, name)
	}
}

func TestTheRectificationNoticeSaysWhatAndUntilWhen(t *testing.T) {
	t.Parallel()
	whole := strings.Join(pages(t, papers.RectificationNotice(sampleRectification("白云区第三小学"))), "")
	for _, want := range []string{"整改（第1轮）", "2026年12月22日前", "第5项　校本研修活动记录", "以上共2项", "白云区教育局2026年11月22日"} {
		require.Contains(t, whole, want)
	}
}

func TestTheResultSumsItsDimensions(t *testing.T) {
	t.Parallel()
	whole := strings.Join(pages(t, papers.ResultNotice(sampleResult("白云区第三小学"))), "")
	for _, want := range []string{"得分87.5分（满分100分，合格线60分）", "考核结果为：通过", "小计302926.3", "小计4543.540.2", "得分908787.5"} {
		require.Contains(t, whole, want)
	}
}

func TestTheFormShowsASummaryOfLongPlans(t *testing.T) {
	t.Parallel()
	f := sampleFiling("白云区第三小学")
	f.Parts[0].Text = strings.Repeat("长", 5000)
	whole := strings.Join(pages(t, papers.FilingForm(f)), "")
	require.Contains(t, whole, "（全文见系统内提交的版本）")
	require.Less(t, strings.Count(whole, "长"), 500)
	f.FiledAt, f.FilingNo, f.Opinions = f.FiledAt.AddDate(-5000, 0, 0), "", nil
	f.Diagnosis[3].File = ""
	whole = strings.Join(pages(t, papers.FilingForm(f)), "")
	require.Contains(t, whole, "尚无审核意见")
	require.Contains(t, whole, "（未填写）")
	require.Contains(t, whole, f.CaseID, "without a 备案号 the case's own number")
}
