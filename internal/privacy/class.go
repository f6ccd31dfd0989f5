// Package privacy states what the system keeps about people: every column that holds
// personal data, why, who sees it, how it is masked, how long it is kept and what becomes
// of it when a person's data are erased.
package privacy

// Category is how far a column tells of a person.
type Category string

// Categories, after PIPL art. 4 and 28.
const (
	Ordinary   Category = "ordinary"
	Sensitive  Category = "sensitive"
	Credential Category = "credential" // proves who somebody is
	Free       Category = "free"       // words that may speak of people
	Link       Category = "link"       // an identifier that leads to a person
)

// Title is what users read.
func (c Category) Title() string {
	return map[Category]string{
		Ordinary: "一般个人信息", Sensitive: "敏感个人信息", Credential: "鉴别信息", Free: "可能提及个人的文字", Link: "人员编号",
	}[c]
}

// Fate is what erasure does to a column.
type Fate string

// Fates.
const (
	Delete       Fate = "delete"
	Pseudonymise Fate = "pseudonymise"
	Keep         Fate = "keep"
)

// Title is what users read.
func (f Fate) Title() string {
	return map[Fate]string{Delete: "删除", Pseudonymise: "去标识化", Keep: "保留"}[f]
}

// Class is a kind of personal data with one purpose and one rule.
type Class struct {
	Code      string
	Title     string
	Category  Category
	Purpose   string
	Basis     string
	SeenBy    string
	Mask      string
	Retention Retention
	Fate      Fate
	Why       string // the reason of Keep
}

// Legal bases, PIPL art. 13.
const (
	duty     = "为履行教师继续教育管理的法定职责所必需（个人信息保护法第十三条第一款第三项）"
	security = "为履行网络安全保护义务所必需（网络安全法第二十一条、个人信息保护法第五十一条）"
)

// Who sees what.
const (
	seenSchool  = "本人；本校管理员、校长；所属区、市主管单位"
	seenCase    = "本人；所在项目的学校、审核单位；经回避声明的考核专家（仅评分所需）"
	seenNobody  = "无人；只供系统比对"
	seenOneself = "仅本人"
	seenTrail   = "审计管理员、评估中心"
	seenGuards  = "安全管理员、审计管理员、市工程办、评估中心"
	seenFaults  = "系统管理员；各单位的通知渠道另由其安全管理员、市工程办、区工程办、学校管理员查看"
	seenNumber  = "无人直接可见；写明用途并再次验证身份后逐次查看"
	seenFile    = "；学时报送文件由教育局下载，导入错误表由上传或导入的人下载，同样须写明用途，逐次留有记录"
	shown       = "不掩码：办理业务须识别本人"
	unmasked    = "不掩码"
	never       = "从不显示"
)

// Why data stay although their person's are erased.
const (
	whyRecord = "学时登记与考核记录依教师继续教育管理规定须留存备查；编号所指账号已去标识化，不能再识别本人"
	whyChain  = "办理事件逐条以哈希相连，改动即失去证明力；其中只有编号与办理文字，不含证件号、电话"
	whyTrail  = "网络日志依网络安全法须留存不少于六个月；逐条以哈希相连，改动即失去证明力"
	whyLink   = "编号本身不能识别个人，账号去标识化后不再指向任何人"
)

// classes are all kinds of personal data, by code.
var classes = []Class{
	{"name", "姓名与账号名", Ordinary, "识别办理人和学时所属人", duty, seenSchool, shown, RetainAccount, Pseudonymise, ""},
	{"document", "身份证件号", Sensitive, "核对身份，防止同一人重复登记学时", duty, seenNumber + seenFile, "前三后四", RetainAccount, Delete, ""},
	{"phone", "手机号", Ordinary, "督办联系，短信通知", duty, seenNumber, "前三后四", RetainAccount, Delete, ""},
	{"mail", "邮箱", Ordinary, "按本人的选择用邮件通知", "取得本人同意：由本人登记并验证，可随时删除（个人信息保护法第十三条第一款第一项）", seenOneself, "首字与域名", RetainAccount, Delete, ""},
	{"credential", "密码与会话凭据", Credential, "验证登录人身份", security, seenNobody, never, RetainAccount, Delete, ""},
	{"session", "登录痕迹", Ordinary, "发现冒用账号，限制猜测密码", security, "本人；安全管理员", "管理账号的其他单位只见登录时间，不见地址和设备", RetainSession, Delete, ""},
	{"post", "单位、职务与身份", Ordinary, "确定办理权限和责任人", duty, seenSchool, unmasked, RetainAccount, Delete, ""},
	{"place", "项目中的职务与名册", Ordinary, "组建团队，确定参训教师", duty, seenCase, unmasked, RetainCase, Keep, whyRecord},
	{"study", "研修记录", Ordinary, "记录参训情况，计算学时", duty, seenCase, unmasked, RetainCase, Delete, ""},
	{"assessment", "考核评价", Ordinary, "校本应用考核与绩效考核", duty, seenCase, unmasked, RetainCase, Keep, whyRecord},
	{"credit", "学时记录", Ordinary, "认定、登记继续教育学时", duty, seenCase, unmasked, RetainForever, Keep, whyRecord},
	{"words", "办理时填写的文字", Free, "说明申请、意见和理由", duty, seenCase, unmasked, RetainCase, Keep, whyRecord},
	{"draft", "未提交的草稿", Free, "分次填写后再提交", duty, seenCase, unmasked, RetainDraft, Delete, ""},
	{"event", "办理事件", Free, "证明谁在何时作了什么决定", duty, seenCase, unmasked, RetainForever, Keep, whyChain},
	{"file", "材料文件及文件名", Free, "作为考核与评审的依据", duty, seenCase, unmasked, RetainFile, Delete, ""},
	{"import", "导入表", Sensitive, "批量建立账号和名册", duty, "导入人", "加密保存，不显示", RetainImport, Delete, ""},
	{"message", "通知与附言", Free, "告知办理进展", duty, "发送人、收件人", unmasked, RetainMessage, Delete, ""},
	{"access", "个人信息查看记录", Ordinary, "让本人知道谁看过，让安全管理员复核", security, "本人；" + seenGuards, unmasked, RetainAccess, Delete, ""},
	{"informed", "阅读隐私政策的记录", Ordinary, "证明已经告知，内容变化后再次告知", "为履行告知义务所必需（个人信息保护法第十七条）", "本人；" + seenGuards, unmasked, RetainAccount, Delete, ""},
	{"preference", "个人设置", Ordinary, "按本人习惯显示", duty, seenOneself, unmasked, RetainAccount, Delete, ""},
	{"diagnostic", "运行告警详情", Free, "查明故障", security, seenFaults, unmasked, RetainDiagnostic, Delete, ""},
	{"trail", "审计痕迹", Ordinary, "证明谁在何时从何处做了什么", security, seenTrail, "详情不含证件号、电话", RetainAudit, Keep, whyTrail},
	{"link", "人员编号", Link, "把记录与办理人关联", duty, seenCase, unmasked, RetainCase, Keep, whyLink},
}

// Retention names how long a class is kept.
type Retention string

// Retentions.
const (
	RetainAccount Retention = "account"
	RetainCase    Retention = "case"
	RetainFile    Retention = "file"
	RetainSession Retention = "session"
	RetainImport  Retention = "import"
	RetainMessage Retention = "message"
	RetainForever Retention = "forever"
	RetainAudit   Retention = "audit"
	RetainDraft   Retention = "draft"
	RetainAccess  Retention = "access"
	// RetainDiagnostic is what faults leave.
	RetainDiagnostic Retention = "diagnostic"
)

// Title is what users read.
func (r Retention) Title() string {
	return map[Retention]string{
		RetainAccount: "账号在用期间；停用满三年后清理", RetainCase: "项目办结后满十年清理", RetainFile: "项目办结满五年且锁定期满后清理",
		RetainSession: "会话到期即清理", RetainImport: "表格内容导入后七天清除，任务满六个月清理", RetainMessage: "满两年清理；通知渠道的发送记录，送达的满三十天、失败的满九十天清理", RetainForever: "依规定长期留存",
		RetainAudit: "不少于六个月，期满后清理", RetainDraft: "项目办结后满一年清理", RetainAccess: "满三年清理", RetainDiagnostic: "处理完毕满两年清理；渠道的发送结果随发送记录清理",
	}[r]
}
