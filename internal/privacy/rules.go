package privacy

// Rule is how long what it names is kept before erasing it is proposed, in months from
// when it was last needed.
type Rule struct {
	Code   string
	Title  string
	From   string // when the time begins
	Basis  string
	Months int
	Floor  int  // the fewest months that may be set
	Whole  bool // concerns everybody at once: proposed for the whole system only
}

const necessary = "个人信息保护法第十九条：保存期限为实现处理目的所必要的最短时间；"

// rules are in the order in which a run erases.
var rules = []Rule{
	{"account", "停用的账号", "停用后没有任何变动", "个人信息保护法第四十七条第一款第一项：处理目的已实现", 36, 6, false},
	{"draft", "已办结项目的草稿", "项目办结", necessary + "正式文本和评分另行留存", 12, 3, false},
	{"study", "已办结项目的研修记录", "项目办结", necessary + "学时和考核结论依教师继续教育管理规定另行留存", 120, 60, false},
	{"file", "已办结项目的材料文件", "项目办结", necessary + "归档文件锁定五年，锁定期内不能删除", 60, 60, false},
	{"message", "通知、抄送、催办和下发通知", "发出", necessary + "办理决定记在办理事件中", 24, 6, true},
	{"access", "个人信息查看记录和申请", "查看或答复", "个人信息保护法第五十六条：处理情况记录至少保存三年", 36, 36, true},
	{"diagnostic", "已处理的告警和对账", "处理完毕", "网络安全法第二十一条：网络日志留存不少于六个月", 24, 6, true},
	{"import", "导入任务及其错误说明", "导入完成", necessary + "导入的表格内容满七天即自动清除", 6, 1, true},
}

// Rules are how long things are kept unless set otherwise.
func Rules() []Rule { return append([]Rule(nil), rules...) }

// RuleOf is one of them.
func RuleOf(code string) (Rule, bool) {
	for _, r := range rules {
		if r.Code == code {
			return r, true
		}
	}
	return Rule{}, false
}
