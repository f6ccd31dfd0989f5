package papers_test

import (
	"fmt"
	"strings"
	"time"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/papers"
)

var made = time.Date(2026, 11, 22, 4, 30, 0, 0, time.UTC)

const longSchool = "广州市白云区人和镇太和第一实验外国语学校附属九年一贯制民办寄宿制学校（北校区）暨乡村教师发展基地"

func sampleCase(school string) papers.Case {
	return papers.Case{
		School: school, District: "白云区", Cohort: "2026年秋季第一批", Programme: "2.0", FilingNo: "BA-2026-白云-0302", CaseID: "0199b2c4-7f1e",
		MadeAt: made, Mark: "9f86d081884c",
	}
}

func sampleFiling(school string) papers.Filing {
	text := strings.Repeat("学校已建成千兆校园网，配有多媒体教室36间、智慧教室4间，教师人手一机；但设备使用以演示为主，Interactive-Whiteboard-Model-X200等设备利用率不高。", 3)
	return papers.Filing{
		Case: sampleCase(school), Teachers: 86, FullTime: 80, Environment: "混合学习环境", Version: 2,
		Digest: strings.Repeat("0123456789abcdef", 4), SubmittedBy: "陈小文", SubmittedAt: made.AddDate(0, -2, 0), FiledAt: made.AddDate(0, -2, 5), Reviewer: "白云区教师信息技术应用能力提升工程办公室",
		Team: []papers.Member{
			{Name: "欧阳䶮", Duty: "校(园)长", CIO: true, Responsibility: "全面负责，领衔信息化管理团队"},
			{Name: "𬱖文", Duty: "教学(教研)主任", Responsibility: "组织教研组研修"},
			{Name: "李㛃", Duty: "信息技术骨干", Responsibility: "技术支持与资源建设"},
		},
		Diagnosis: []papers.Topic{{Name: "优势", Text: text}, {Name: "劣势", Text: text}, {Name: "机会", Text: text}, {Name: "威胁", Text: "", File: "诊断报告.pdf"}},
		Parts:     []papers.Topic{{Name: "发展规划", Text: strings.Repeat(text, 3)}, {Name: "校本研修方案", File: "校本研修方案.docx"}, {Name: "考核细则", Text: text}},
		Opinions: []papers.Opinion{
			{Step: "经办", Actor: "王静", Decision: "退回", Comment: "研修方案缺少考核细则，请补充。", At: made.AddDate(0, -2, 2)},
			{Step: "经办", Actor: "王静", Decision: "同意", Comment: "", At: made.AddDate(0, -2, 5)},
		},
	}
}

func sampleRegister(school string, teachers int) papers.Register {
	r := papers.Register{Case: sampleCase(school)}
	for i := range teachers {
		t := papers.TeacherHours{
			Name: fmt.Sprintf("教师%03d", i+1), IDNumber: "440111********" + fmt.Sprintf("%04d", i), Group: []string{"语文组", "数学组", "综合实践与信息科技教研组"}[i%3],
			FullTime: i%9 != 0, Year: 2026, Hours: 250, State: "已登记", Receipt: "JX2026-0001",
		}
		if i%40 == 17 {
			t.Year, t.Hours, t.State, t.Receipt = 0, 0, "未认定", ""
		}
		r.Teachers = append(r.Teachers, t)
	}
	r.Teachers[0].Name = "䶮𬱖㛃"
	return r
}

func sampleRectification(school string) papers.Rectification {
	return papers.Rectification{
		Case: sampleCase(school), Round: 1, Deadline: made.AddDate(0, 1, 0), Issuer: "白云区教育局", At: made, Comment: "请于整改期内联系区工程办预约指导。",
		Items: []papers.RectifyItem{
			{No: "5", Name: "校本研修活动记录", Text: "缺少第二学期的活动照片与签到表，请补齐并注明日期。"},
			{No: "9", Name: "教师应用能力点测评结果登记表", Text: strings.Repeat("登记表与系统内测评结果不一致，请核对。", 6)},
		},
	}
}

func sampleResult(school string) papers.Result {
	s := func(v int) *domain.Score { return new(domain.Score(v)) }
	r := papers.Result{Case: sampleCase(school), Verdict: "通过", Score: 875, Pass: 600, Full: 1000, Issuer: "白云区教育局", At: made}
	for i, d := range []string{"组织管理", "组织管理", "校本研修", "校本研修", "校本研修", "应用成效"} {
		r.Indicators = append(r.Indicators, papers.Indicator{Dimension: d, Name: fmt.Sprintf("指标%d：信息化管理团队职责明确，规划科学可行", i+1), Max: 150, Self: s(145), Mean: s(131 + i)})
	}
	return r
}

func sampleEvidence(school string) papers.Evidence {
	e := papers.Evidence{Case: sampleCase(school), SubmittedAt: made}
	for i := range 15 {
		v := papers.EvidenceItem{No: i + 1, HandedIn: true, Name: "学校信息化教育教学发展规划及年度实施计划", SHA256: strings.Repeat("ab12", 16), At: made}
		if i > 1 {
			v.File, v.Version = fmt.Sprintf("%d-整校推进总结报告最终版_2026-11-20_final_v3.docx", i), 3
		}
		e.Items = append(e.Items, v)
	}
	return e
}

// samples are all papers, by name.
func samples() map[string]papers.Paper {
	list := map[string]papers.Paper{}
	for name, school := range map[string]string{"normal": "白云区第三小学", "long": longSchool} {
		list["filing-"+name] = papers.FilingForm(sampleFiling(school))
		list["receipt-"+name] = papers.FilingReceipt(sampleFiling(school))
		list["rectify-"+name] = papers.RectificationNotice(sampleRectification(school))
		list["result-"+name] = papers.ResultNotice(sampleResult(school))
		list["evidence-"+name] = papers.EvidenceList(sampleEvidence(school))
	}
	list["hours-200"] = papers.HoursRegister(sampleRegister("白云区第三小学", 200))
	list["hours-long"] = papers.HoursRegister(sampleRegister(longSchool, 30))
	return list
}
