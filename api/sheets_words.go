package api

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/xlsx"
	"zhengxiao/models"
)

// What codes are called in workbooks, as on the pages.
var (
	levelNames = map[models.Level]string{
		models.LevelProvince: "省", models.LevelCity: "市", models.LevelDistrict: "区", models.LevelSchool: "学校",
	}
	cohortStatusNames = map[models.CohortStatus]string{
		models.CohortDraft: "草稿", models.CohortOpening: "正在立项", models.CohortOpen: "进行中", models.CohortClosed: "已结束",
	}
	placeNames = map[gen.CohortSchoolStatus]string{
		models.SchoolPlanned: "未立项", models.SchoolOpened: "已立项", models.SchoolDeferred: "缓期", models.SchoolExempt: "免考", models.SchoolMoved: "转入第二轮",
	}
	readingNames = map[gen.BulletinRecipientState]string{
		models.BulletinUnread: "未读", models.BulletinRead: "已读", models.BulletinConfirmed: "已回执",
	}
	revisionStatusNames = map[gen.PlanRevisionSummaryStatus]string{
		gen.PlanRevisionSummaryStatusSubmitted: "待审核", gen.PlanRevisionSummaryStatusWithdrawn: "已撤回",
		gen.PlanRevisionSummaryStatusReturned: "已退回", gen.PlanRevisionSummaryStatusFiled: "已备案",
	}
	rosterStatusNames = map[domain.RosterStatus]string{"active": "在岗", "leave": "请假", "retired": "退休", "transferred": "调离"}
	taskStatusNames   = map[gen.TaskItemStatus]string{
		gen.TaskItemStatusOpen: "待办", gen.TaskItemStatusDone: "已办", gen.TaskItemStatusCancelled: "已取消",
		gen.TaskItemStatusPending: "处理中", gen.TaskItemStatusAccepted: "已受理", gen.TaskItemStatusRefused: "未受理",
	}
	decisionNames = map[models.FilingDecision]string{
		models.OpinionApprove: "同意", models.OpinionReturn: "退回", models.OpinionTakeBack: "收回",
	}
	outcomeNames = map[string]string{"pending": "处理中", "accepted": "已生效", "refused": "未生效"}
	reviewNames  = map[domain.ReviewResult]string{domain.ReviewPending: "待审核", domain.ReviewPassed: "通过", domain.ReviewFailed: "不通过"}
	gradeNames   = map[domain.Grade]string{domain.GradePending: "待测评", domain.GradeQualified: "合格", domain.GradeUnqualified: "不合格"}
	slotNames    = map[gen.SlotKind]string{
		"plan": "个人提升计划", "summary": "提升总结", "practice": "实践证据", "activity": "活动佐证", "teaching_case": "教学设计",
		"diagnosis": "诊断报告", "plan_part": "两案", "dossier": "验收材料",
	}
	fileStateNames = map[models.FileState]string{
		models.FileGranted: "待上传", models.FileUploaded: "检查中", models.FileChecked: "可用", models.FileLocked: "已锁定", models.FileRejected: "未通过检查",
	}
)

// word is a code's name, the code itself where it has none.
func word[K ~string](names map[K]string, code K) string {
	if name, ok := names[code]; ok {
		return name
	}
	return string(code)
}

// tenthsOf shows hours and points, which are counted in tenths.
func tenthsOf[N ~int](n N) any { return float64(n) / 10 }

// onDay is a date of which a cell shows the day only.
func onDay(t time.Time) any { return xlsx.Day(t) }

// china has had no daylight saving time since 1991.
var china = time.FixedZone("CST", 8*3600)

func reasonText(list []gen.Reason) string {
	return strings.Join(convert(list, func(r gen.Reason) string { return strings.Trim(r.Part+"："+r.Text, "：") }), "；")
}

// opinionText is a reviewer's words, or the reasons of a return.
func opinionText(o gen.FilingOpinion) string {
	var reasons []gen.Reason
	if o.Decision == models.OpinionReturn && json.Unmarshal([]byte(o.Comment), &reasons) == nil {
		return reasonText(reasons)
	}
	return o.Comment
}

func grantText(list []gen.Grant) string {
	return strings.Join(convert(list, func(g gen.Grant) string { return g.Org.Name + " " + g.RoleName }), "；")
}

// scoreLine is one indicator of an expert's sheet.
type scoreLine struct {
	gen.ScoreSheet

	code string
}

func scoreLines(s gen.ScoreSheet) []scoreLine {
	codes := make([]string, 0, len(s.Scores))
	for code := range s.Scores {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return convert(codes, func(code string) scoreLine { return scoreLine{s, code} })
}
