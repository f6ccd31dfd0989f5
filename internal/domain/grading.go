package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
)

// CodePointStep is a step of 测评 out of turn.
const CodePointStep apperr.Code = "point_step"

// PointStatus is where one chosen point of one teacher stands in the three-actor chain
// of 应用能力点测评 (003:447): the teacher submits practice evidence, the 教研组 reviews
// it, the 信息化管理团队 grades it.
type PointStatus string

// The statuses.
const (
	PointChosen      PointStatus = "chosen"      // 待提交实践证据
	PointSubmitted   PointStatus = "submitted"   // 待教研组审核
	PointReturned    PointStatus = "returned"    // 教研组退回
	PointReviewed    PointStatus = "reviewed"    // 待团队测评
	PointQualified   PointStatus = "qualified"   // 合格
	PointUnqualified PointStatus = "unqualified" // 不合格
)

var pointStatusNames = map[PointStatus]string{
	PointChosen: "待提交实践证据", PointSubmitted: "待教研组审核", PointReturned: "教研组退回",
	PointReviewed: "待团队测评", PointQualified: "合格", PointUnqualified: "不合格",
}

// Name is what users see.
func (s PointStatus) Name() string { return pointStatusNames[s] }

// PointStep is what somebody does to a point.
type PointStep string

// The steps, with who takes them.
const (
	StepSubmit  PointStep = "submit"  // teacher: practice evidence
	StepApprove PointStep = "approve" // 教研组: 审核通过
	StepReturn  PointStep = "return"  // 教研组: 退回
	StepQualify PointStep = "qualify" // 信息化管理团队: 合格
	StepFail    PointStep = "fail"    // 信息化管理团队: 不合格
)

var pointStepNames = map[PointStep]string{
	StepSubmit: "提交实践证据", StepApprove: "审核通过", StepReturn: "退回", StepQualify: "评为合格", StepFail: "评为不合格",
}

// pointSteps lists the legal steps and where they lead. New evidence may replace what
// nobody has reviewed, answer a return or follow a 不合格; it then goes through the whole
// chain again. A grade may be corrected.
var pointSteps = map[PointStatus]map[PointStep]PointStatus{
	PointChosen:      {StepSubmit: PointSubmitted},
	PointSubmitted:   {StepSubmit: PointSubmitted, StepApprove: PointReviewed, StepReturn: PointReturned},
	PointReturned:    {StepSubmit: PointSubmitted},
	PointReviewed:    {StepQualify: PointQualified, StepFail: PointUnqualified},
	PointQualified:   {StepFail: PointUnqualified},
	PointUnqualified: {StepQualify: PointQualified, StepSubmit: PointSubmitted},
}

// Next is where the step leads, or why it cannot be taken now.
func (s PointStatus) Next(step PointStep) (PointStatus, error) {
	next, ok := pointSteps[s][step]
	if !ok {
		return s, apperr.Newf(CodePointStep, "该能力点现在是“%s”，不能%s。请刷新后查看最新状态。", s.Name(), pointStepNames[step])
	}
	return next, nil
}

// Grade is a teacher's overall 测评 result.
type Grade string

// The grades (003:449).
const (
	GradePending     Grade = "pending"     // 待测评
	GradeQualified   Grade = "qualified"   // 合格
	GradeUnqualified Grade = "unqualified" // 不合格
)

// Overall is the weakest link of a teacher's chosen points: any 不合格 decides; 合格 takes
// at least the minimum of points, every one of them 合格.
func Overall(p PointsPolicy, points []PointStatus) Grade {
	if slices.Contains(points, PointUnqualified) {
		return GradeUnqualified
	}
	pending := func(s PointStatus) bool { return s != PointQualified }
	if len(points) == 0 || len(points) < p.Min || slices.ContainsFunc(points, pending) {
		return GradePending
	}
	return GradeQualified
}

// TeacherResult is what the gates and crediting look at, for one teacher.
type TeacherResult struct {
	UserID   string       `json:"user_id"`
	FullTime bool         `json:"full_time"` // 专任教师
	Review   ReviewResult `json:"review"`
	Grade    Grade        `json:"grade"`
}

// CountResults counts what the gates compare: passed among all teachers, and qualified
// among 专任教师.
func CountResults(results []TeacherResult) (GateAFact, GateBFact) {
	a, b := GateAFact{Teachers: len(results)}, GateBFact{}
	for _, r := range results {
		if r.Review == ReviewPassed {
			a.Passed++
		}
		if !r.FullTime {
			continue
		}
		b.FullTime++
		if r.Grade == GradeQualified {
			b.Qualified++
		}
	}
	return a, b
}

// ResultsDigest is the hex sha256 over one line a teacher, sorted, so that the recorded
// gate can be checked against the rows later. The order of results does not matter.
func ResultsDigest(results []TeacherResult) string {
	lines := make([]string, len(results))
	for i, r := range results {
		lines[i] = fmt.Sprintf("%s\t%t\t%s\t%s\n", r.UserID, r.FullTime, r.Review, r.Grade)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return hex.EncodeToString(sum[:])
}
