package policy

import (
	"fmt"
	"strconv"
	"strings"

	"zhengxiao/internal/domain"
)

// titles name the values of a policy by path.
var titles = map[string]string{
	"programme": "工程", "title": "名称",
	"team.min": "信息化管理团队最少人数", "team.max": "信息化管理团队最多人数",
	"environments": "教学环境类型", "plan_parts": "两案的组成", "filing.chain": "审核备案的环节", "filing.distinct": "各审核环节须由不同的人办理",
	"groups.cross_district": "允许跨区组建工作坊",
	"hours.target":          "校本研修应修学时", "hours.cap": "校本研修记录上限", "hours.online": "网络研修学时",
	"hours.total": "总学时", "hours.online_choice": "自主选学上限", "hours.activity_kinds": "研修活动形式与学时",
	"points.min": "每人至少选择的能力点", "points.list": "应用能力点",
	"gates.b_num": "测评合格率（分子）", "gates.b_den": "测评合格率（分母）",
	"evidence": "整校推进证明清单", "panel.min": "考核专家最少人数", "panel.max": "考核专家最多人数", "panel.aggregate": "总分的计算方式",
	"rubric.title": "评分量表", "rubric.full": "满分", "rubric.pass": "合格分", "rubric.indicators": "评分指标",
	"rectification.max_rounds": "最多整改次数", "credit.failed_teachers": "测评不合格的教师也认定学时", "credit.await_receipts": "收齐登记系统的回执后才能办结",
	"notices.urge_waits": "催办督办也遵守收件人的免打扰", "notices.overdue_waits": "逾期提醒也遵守收件人的免打扰",
	"notices.due_urgent": "期限临近和改期的提醒不受免打扰限制", "notices.task_urgent": "新待办不受免打扰限制",
	"notices.progress_urgent": "抄送与项目变动不受免打扰限制",
	"appeal.days":             "申请复核的期限（工作日，0为不设）", "urge.per_day": "每人每天对同一待办催办的次数（0为不开放催办）", "escalation": "逾期逐级督办的告知对象",
}

// slotTitles name the kinds of upload.
var slotTitles = map[string]string{
	"plan": "个人提升计划", "summary": "能力点提升总结", "practice": "实践证据", "activity": "研修活动材料", "dossier": "验收材料",
	"teaching_case": "教学案例", "diagnosis": "诊断报告", "plan_part": "两案文件",
}

// partTitles name what is said of every kind of upload and of every stage.
var partTitles = map[string]string{
	"types": "允许的文件类型", "max_bytes": "大小上限", "max_video_bytes": "视频大小上限",
	"days": "办理期限（工作日）", "remind_before": "提前提醒（工作日）", "escalate": "逾期后逐级督办（工作日）",
}

// columnTitles name the members of a table's rows.
var columnTitles = map[string]string{
	"code": "代码", "name": "名称", "no": "序号", "form": "形式", "source": "来源", "required": "必备", "max": "满分", "path": "路径",
	"evidence": "对应材料", "hours": "学时", "fixed": "固定学时", "offline": "线下", "tell": "告知",
}

// titleOf names a value for people.
func titleOf(keys []string) string {
	if len(keys) != 3 {
		return titles[strings.Join(keys, ".")]
	}
	first := slotTitles[keys[1]]
	if keys[0] == "deadlines" {
		first = domain.Stage(keys[1]).Name()
	}
	if part := partTitles[keys[2]]; first != "" && part != "" {
		return first + "：" + part
	}
	return ""
}

// place is where a path leads, in words: rubric.indicators[1].name is 评分指标第2行的名称.
// Empty where there are none.
func place(path string) string {
	value, rest, _ := strings.Cut(path, "[")
	words := titleOf(strings.Split(value, "."))
	for rest != "" && words != "" {
		var at, member string
		at, rest, _ = strings.Cut(rest, "]")
		i, err := strconv.Atoi(at)
		if err != nil {
			return ""
		}
		member, rest, _ = strings.Cut(rest, "[")
		if member == "" {
			words += fmt.Sprintf("第%d项", i+1)
			continue
		}
		column := columnTitles[strings.TrimPrefix(member, ".")]
		if column == "" {
			return ""
		}
		words += fmt.Sprintf("第%d行的%s", i+1, column)
	}
	return words
}
