package api

import (
	"strings"
	"time"

	"zhengxiao/api/gen"
)

// teacherSheets are the lists of teachers and their study.
var teacherSheets = map[string]sheet{
	"listMyCredits": workbook(
		"我的学时",
		col("年度", 8, func(v gen.MyCredit) any { return v.Year }),
		col("学时", 8, func(v gen.MyCredit) any { return tenthsOf(v.Hours) }),
		col("状态", 14, func(v gen.MyCredit) any { return v.StateName }),
	),
	"listRoster": workbook(
		"教师名册",
		col("姓名", 14, func(v gen.RosterRow) any { return v.Name }),
		col("学科", 14, func(v gen.RosterRow) any { return v.Subject }),
		named("教研组", 20, func(n *lookup, v gen.RosterRow) any { return n.group(v.GroupId) }),
		col("专任教师", 10, func(v gen.RosterRow) any { return v.FullTime }),
		col("在岗状态", 10, func(v gen.RosterRow) any { return word(rosterStatusNames, v.Status) }),
		col("变更记录", 50, func(v gen.RosterRow) any { return changeText(v.Changes) }),
	),
	"listOpenRosterRequests": requestSheet,
	"listRosterRequests":     requestSheet,
	"listGroups": workbook(
		"教研组",
		col("名称", 24, func(v gen.Group) any { return v.Name }),
		col("类型", 12, func(v gen.Group) any { return v.Kind }),
		col("组长", 14, func(v gen.Group) any { return v.Leader.Name }),
		col("组员数", 8, func(v gen.Group) any { return v.Members }),
	),
	"listTopics": workbook(
		"研修主题",
		col("主题", 36, func(v gen.Topic) any { return v.Title }),
		named("教研组", 20, func(n *lookup, v gen.Topic) any { return n.group(v.GroupId) }),
		col("说明", 60, func(v gen.Topic) any { return v.Description }),
		col("建立时间", 18, func(v gen.Topic) any { return v.CreatedAt }),
	),
	"listActivities": workbook(
		"研修活动",
		col("活动", 36, func(v gen.Activity) any { return v.Title }),
		named("教研组", 20, func(n *lookup, v gen.Activity) any { return n.group(v.GroupId) }),
		col("形式", 14, func(v gen.Activity) any { return v.KindName }),
		col("学时", 8, func(v gen.Activity) any { return tenthsOf(v.Hours) }),
		col("线下", 6, func(v gen.Activity) any { return v.Offline }),
		col("开始", 18, func(v gen.Activity) any { return v.StartsAt }),
		col("截止", 18, func(v gen.Activity) any { return v.EndsAt }),
		col("发布", 18, func(v gen.Activity) any { return v.PublishedAt }),
		col("取消", 18, func(v gen.Activity) any { return v.CancelledAt }),
		col("说明", 60, func(v gen.Activity) any { return v.Description }),
	),
	"listParticipations": workbook(
		"活动参与",
		col("教师", 14, func(v gen.Participation) any { return v.Name }),
		col("学时", 8, func(v gen.Participation) any { return tenthsOf(v.Hours) }),
		col("组长指定", 10, func(v gen.Participation) any { return v.Named }),
		col("参加", 18, func(v gen.Participation) any { return v.JoinedAt }),
		col("完成", 18, func(v gen.Participation) any { return v.CompletedAt }),
		col("体会与成果", 60, func(v gen.Participation) any { return v.Content }),
	),
	"listCourseChoices": workbook(
		"自主选学",
		col("课程", 40, func(v gen.CourseChoice) any { return v.Course }),
		col("学时", 8, func(v gen.CourseChoice) any { return tenthsOf(v.Hours) }),
	),
	"listInitialReviews": workbook(
		"过程性材料初审",
		col("姓名", 14, func(v gen.InitialReviewRow) any { return v.Name }),
		col("身份证件号", 22, func(v gen.InitialReviewRow) any { return v.IdNumber }),
		col("教研组", 20, func(v gen.InitialReviewRow) any { return v.Group }),
		col("学时", 8, func(v gen.InitialReviewRow) any { return tenthsOf(v.Hours) }),
		col("应有学时", 10, func(v gen.InitialReviewRow) any { return tenthsOf(v.Target) }),
		col("提升计划", 10, func(v gen.InitialReviewRow) any { return v.Plan }),
		col("能力点", 8, func(v gen.InitialReviewRow) any { return v.Points }),
		col("提升总结", 10, func(v gen.InitialReviewRow) any { return v.Summaries }),
		col("材料齐全", 10, func(v gen.InitialReviewRow) any { return v.Complete }),
		col("缺少", 40, func(v gen.InitialReviewRow) any { return strings.Join(v.Missing, "；") }),
		col("初审结果", 10, func(v gen.InitialReviewRow) any { return word(reviewNames, v.Result) }),
		col("原因", 40, func(v gen.InitialReviewRow) any { return v.Reason }),
	),
	"listPractice": workbook(
		"能力点测评",
		col("教师", 14, func(v gen.PracticeRow) any { return v.Name }),
		named("教研组", 20, func(n *lookup, v gen.PracticeRow) any { return n.group(v.GroupId) }),
		col("能力点", 10, func(v gen.PracticeRow) any { return v.Code }),
		col("状态", 16, func(v gen.PracticeRow) any { return v.StatusName }),
		col("提交时间", 18, func(v gen.PracticeRow) any { return v.SubmittedAt }),
		col("说明", 40, func(v gen.PracticeRow) any { return v.Note }),
		col("教研组意见", 40, func(v gen.PracticeRow) any { return v.GroupReason }),
		col("测评意见", 40, func(v gen.PracticeRow) any { return v.GradeNote }),
	),
	"listPracticeRegister": workbook(
		"测评结果登记表",
		col("教师", 14, func(v gen.RegisterRow) any { return v.Name }),
		col("教研组", 20, func(v gen.RegisterRow) any { return v.Group }),
		col("专任教师", 10, func(v gen.RegisterRow) any { return v.FullTime }),
		col("能力点", 60, func(v gen.RegisterRow) any {
			return strings.Join(convert(v.Points, func(p gen.RegisterPoint) string { return p.Code + " " + p.StatusName }), "；")
		}),
		col("总评", 10, func(v gen.RegisterRow) any { return word(gradeNames, v.Grade) }),
	),
}

var requestSheet = workbook(
	"名册变更申请",
	col("学校", 28, func(v gen.RosterRequest) any { return v.School }),
	col("教师", 14, func(v gen.RosterRequest) any { return v.Name }),
	col("原状态", 8, func(v gen.RosterRequest) any { return word(rosterStatusNames, v.From) }),
	col("新状态", 8, func(v gen.RosterRequest) any { return word(rosterStatusNames, v.To) }),
	col("理由", 40, func(v gen.RosterRequest) any { return v.Reason }),
	col("申请人", 14, func(v gen.RosterRequest) any { return v.AskedBy }),
	col("申请时间", 18, func(v gen.RosterRequest) any { return v.AskedAt }),
	col("状态", 10, func(v gen.RosterRequest) any { return v.StatusName }),
	col("答复人", 14, func(v gen.RosterRequest) any { return v.AnsweredBy }),
	col("答复时间", 18, func(v gen.RosterRequest) any { return v.AnsweredAt }),
	col("答复意见", 40, func(v gen.RosterRequest) any { return v.Comment }),
)

func changeText(list []gen.RosterChange) string {
	return strings.Join(convert(list, func(c gen.RosterChange) string {
		return c.At.In(china).Format(time.DateOnly) + " " + word(rosterStatusNames, c.From) + "→" +
			word(rosterStatusNames, c.To) + "：" + c.Reason
	}), "；")
}
