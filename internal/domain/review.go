package domain

import (
	"fmt"
	"strings"

	"zhengxiao/internal/apperr"
)

// Codes of 初审.
const (
	CodeReviewResult   apperr.Code = "review_result"    // neither 通过 nor 不通过
	CodeReviewReason   apperr.Code = "review_reason"    // 不通过 without a reason
	CodeReviewNotReady apperr.Code = "review_not_ready" // 通过 while something is missing
)

// ReviewResult is the 初审 of one teacher.
type ReviewResult string

// The results of 初审 (003:449). A teacher not yet reviewed counts as not passed.
const (
	ReviewPending ReviewResult = "pending" // 待审核
	ReviewPassed  ReviewResult = "passed"  // 通过
	ReviewFailed  ReviewResult = "failed"  // 不通过
)

// Materials are what 初审 looks at, for one teacher.
type Materials struct {
	Plan      bool     // a current 个人提升计划 is there
	Hours     Hours    // sum of school-based hours, uncapped
	Points    []string // chosen 应用能力点
	Summaries []string // points with a current 提升总结
}

// Readiness says whether one teacher's materials are complete, as 003:448 lists them.
type Readiness struct {
	Plan             bool     `json:"plan"`
	Hours            Hours    `json:"hours"` // recorded
	Target           Hours    `json:"target"`
	Points           int      `json:"points"`
	PointsMin        int      `json:"points_min"`
	Summaries        int      `json:"summaries"` // chosen points that have one
	MissingSummaries []string `json:"missing_summaries,omitempty"`
}

// CheckMaterials reads one teacher's readiness.
func CheckMaterials(p Policy, m Materials) Readiness {
	missing := MissingSummaries(m.Points, m.Summaries)
	return Readiness{
		Plan: m.Plan, Hours: Recorded(p.Hours, m.Hours), Target: p.Hours.Target,
		Points: len(m.Points), PointsMin: p.Points.Min,
		Summaries: len(m.Points) - len(missing), MissingSummaries: missing,
	}
}

// Ready reports whether nothing is missing.
func (r Readiness) Ready() bool { return len(r.Missing()) == 0 }

// Missing says in the user's words what is missing, one text each.
func (r Readiness) Missing() []string {
	var missing []string
	if !r.Plan {
		missing = append(missing, "未上传个人提升计划")
	}
	if r.Hours < r.Target {
		missing = append(missing, fmt.Sprintf("校本研修%s/%s学时", r.Hours, r.Target))
	}
	if r.Points < r.PointsMin {
		missing = append(missing, fmt.Sprintf("应用能力点只选了%d个，至少%d个", r.Points, r.PointsMin))
	}
	if len(r.MissingSummaries) > 0 {
		missing = append(missing, "缺能力点提升总结："+strings.Join(r.MissingSummaries, "、"))
	}
	return missing
}

// CheckReview judges a reviewer's mark: 通过 only when nothing is missing, 不通过 at any
// time but with a reason.
func CheckReview(r Readiness, result ReviewResult, reason string) error {
	switch result {
	case ReviewPassed:
		if missing := r.Missing(); len(missing) > 0 {
			return apperr.Newf(CodeReviewNotReady, "材料不齐，不能评为通过：%s。", strings.Join(missing, "；")).On("result")
		}
	case ReviewFailed:
		if strings.TrimSpace(reason) == "" {
			return apperr.New(CodeReviewReason, "评为不通过须写明原因，以便教师修改。").On("reason")
		}
	default:
		return apperr.New(CodeReviewResult, "初审结果只能是通过或不通过。").On("result")
	}
	return nil
}
