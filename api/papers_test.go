package api

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/papers"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/internal/testkit/pdftext"
)

// ready lists the papers there are, as kind or kind@round.
func (k *walk) ready(a domain.Actor) []string {
	k.t.Helper()
	list := []string{}
	for _, p := range ok[gen.PaperList](k.as(a.UserID).get(casePath(k.id, "/papers")), 200).Items {
		require.Equal(k.t, p.Ready, p.Reason == "")
		if !p.Ready {
			k.paper(a, p.Kind, "").refused(http.StatusConflict, apperr.WrongStage)
			continue
		}
		name, query := p.Kind, ""
		if p.Round != nil {
			name, query = fmt.Sprintf("%s@%d", p.Kind, *p.Round), fmt.Sprintf("round=%d", *p.Round)
		}
		require.Equal(k.t, http.StatusOK, k.paper(a, p.Kind, query).Code, name)
		list = append(list, name)
	}
	return list
}

func (k *walk) paper(a domain.Actor, kind, query string) reply {
	k.t.Helper()
	return k.as(a.UserID).get(casePath(k.id, "/papers/"+kind+"?"+query))
}

// text is a paper's text from its first page to its last.
func (k *walk) text(a domain.Actor, kind, query string) string {
	k.t.Helper()
	r := k.paper(a, kind, query)
	require.Equal(k.t, http.StatusOK, r.Code, r.Body.String())
	require.Equal(k.t, "application/pdf", r.Header().Get("Content-Type"))
	return strings.Join(pdftext.Pages(k.t, r.Body.Bytes()), "")
}

// Each paper is there from its stage on, refused with the reason before, and says what is
// on record.
func TestPapersComeWithTheirStage(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	admin := k.w.Admin
	require.Empty(t, k.ready(admin))

	script.ToFiling()
	require.Equal(t, []string{"filing_form"}, k.ready(admin))
	script.ReturnOnce()
	form := k.text(admin, "filing_form", "")
	require.Contains(t, form, "待备案")
	require.Contains(t, form, "退回")
	require.Contains(t, form, "目标不明确")
	require.NotContains(t, form, "training_plan", "parts go by their names")

	script.ToScoring()
	filed := []string{"filing_form", "filing_receipt", "evidence_list@0"}
	require.Equal(t, filed, k.ready(admin))
	receipt := k.text(admin, "filing_receipt", "")
	require.Contains(t, receipt, k.w.State(t, k.id).FilingNo)
	require.Contains(t, receipt, "天河区")

	script.Score(500)
	require.Equal(t, filed, k.ready(k.w.Bureau), "nothing tells a result before it is confirmed")
	script.Confirm(domain.VerdictRectify)
	require.Equal(t, append(filed, "rectification_notice@1"), k.ready(admin))
	notice := k.text(admin, "rectification_notice", "round=1")
	require.Contains(t, notice, "缺少签章")
	due := k.w.State(t, k.id).OpenWaits()[0].Due.In(time.FixedZone("CST", 8*3600))
	require.Contains(t, notice, fmt.Sprintf("%d年%d月%d日", due.Year(), due.Month(), due.Day()))

	script.HandIn()
	script.Score(900)
	script.Confirm(domain.VerdictPass)
	all := []string{
		"filing_form", "filing_receipt", "evidence_list@0", "evidence_list@1", "rectification_notice@1", "result_notice", "hours_register",
	}
	require.Equal(t, all, k.ready(admin))
	script.Register()
	require.Equal(t, all, k.ready(admin))
	result := k.text(admin, "result_notice", "")
	require.Contains(t, result, "考核结果为：通过")
	require.NotContains(t, result, "expert", "no expert is named")
	hours := k.text(k.w.Bureau, "hours_register", "")
	require.Contains(t, hours, "R-2026-001")
	require.Contains(t, hours, "未认定", "the teacher who is 不合格 is listed as well")
	require.Contains(t, hours, fmt.Sprint(25*(lifecycle.Teachers-1)))
	require.Contains(t, k.text(admin, "evidence_list", "round=1"), "第1轮整改后提交")
}

// A decision that was taken back is not an opinion on the form, and the taking back no
// approval; the list of opinions tells of both.
func TestOpinionsTakenBackAreNotOnTheForm(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	script.Do(domain.ReturnPlan, k.w.Reviewer, domain.Body{Revision: 1, Reasons: []domain.Reason{{Part: "training_plan", Text: "目标不明确"}}})
	script.Do(domain.TakeBack, k.w.Reviewer, domain.Body{Comment: "误操作"})
	form := k.text(k.w.Admin, "filing_form", "")
	for _, gone := range []string{"同意", "误操作", "目标不明确"} {
		require.NotContains(t, form, gone)
	}
	require.Contains(t, form, "尚无审核意见")
	rows := sheetOf(t, k.as(k.w.Admin.UserID).get(casePath(k.id, "/filing-opinions?format=xlsx")))
	decided := map[string]string{}
	for _, r := range rows {
		decided[r[3]] = r[4]
	}
	require.Equal(t, map[string]string{"决定": "意见", "退回": "training_plan：目标不明确", "收回": "误操作"}, decided)

	script.Do(domain.ApprovePlan, k.w.Reviewer, domain.Body{Revision: 1, Comment: "方案可行"})
	form = k.text(k.w.Admin, "filing_form", "")
	require.Contains(t, form, "同意")
	require.Contains(t, form, "方案可行")
	require.NotContains(t, form, "误操作")
}

func TestWhoMayHavePapers(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	script.ToScoring()
	foreign := k.w.Another(t, "2")
	for _, path := range []string{"/papers", "/papers/filing_form"} {
		for _, may := range []domain.Actor{k.w.Admin, k.w.Head, k.w.Reviewer, k.w.Bureau} {
			require.Equal(t, http.StatusOK, k.as(may.UserID).get(casePath(k.id, path)).Code, may.Role)
		}
		k.as(k.w.Experts[0].UserID).get(casePath(k.id, path)).refused(http.StatusForbidden, apperr.Forbidden)
		k.as(foreign.Admin.UserID).get(casePath(k.id, path)).refused(http.StatusNotFound, apperr.NotFound)
		k.nobody().get(casePath(k.id, path)).refused(http.StatusUnauthorized, apperr.Unauthenticated)
	}
}

func TestPapersAreDownloadsInTheFormatAskedFor(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	script.ToScoring()
	r := k.paper(k.w.Admin, "filing_form", "format=docx")
	require.Equal(t, http.StatusOK, r.Code)
	require.Equal(t, papers.DocxType, r.Header().Get("Content-Type"))
	_, params, err := mime.ParseMediaType(r.Header().Get("Content-Disposition"))
	require.NoError(t, err)
	require.Contains(t, params["filename"], "备案表-天河区第1小学")
	require.True(t, strings.HasSuffix(params["filename"], ".docx"))
	z, err := zip.NewReader(bytes.NewReader(r.Body.Bytes()), int64(r.Body.Len()))
	require.NoError(t, err)
	f, err := z.Open("word/document.xml")
	require.NoError(t, err)
	body, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Contains(t, string(body), "天河区第1小学")

	require.Equal(t, "format", k.paper(k.w.Admin, "filing_receipt", "format=docx").refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)
	require.Equal(t, "format", k.paper(k.w.Admin, "filing_form", "format=exe").refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)
	k.paper(k.w.Admin, "diploma", "").refused(http.StatusUnprocessableEntity, apperr.Invalid)
	k.paper(k.w.Admin, "evidence_list", "round=1").refused(http.StatusNotFound, apperr.NotFound)
	require.Equal(t, http.StatusOK, k.paper(k.w.Admin, "evidence_list", "round=0").Code)
}
