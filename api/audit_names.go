package api

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"zhengxiao/api/gen"
)

// auditNames are what people call the entries of the audit log.
var auditNames = map[string]string{
	"login": "登录", "login.provider": "经平台登录", "login.link": "绑定平台账号", "login.unlink": "解除平台绑定", "logout": "退出", "logout.provider": "平台结束登录",
	"session.prove": "再次验证本人", "session.end": "结束一处登录", "session.end_others": "结束本人其他登录", "session.end_all": "结束全部登录",
	"password.change": "修改密码", "password.reset": "重置密码", "password.renew": "密码按新参数存储", "account.reset": "用命令重置账号",
	"second_factor.begin": "开始设置动态验证码", "second_factor.enable": "启用动态验证码", "second_factor.codes": "更换恢复码",
	"second_factor.recover": "使用恢复码", "second_factor.disable": "停用动态验证码",
	"contact.ask": "登记邮箱", "contact.prove": "验证邮箱", "contact.drop": "删除邮箱",

	"user.create": "新建账号", "user.update": "修改账号", "user.disable": "停用账号", "user.enable": "启用账号", "user.unlock": "解除锁定",
	"user.grant": "授予身份", "user.revoke": "取消身份", "user.transfer": "调动教师", "user.erase": "清理账号", "role.hand_over": "交接职务",
	"admin.ask": "申请三员变更", "admin.decide": "复核三员变更", "admin.approved": "同意三员变更", "admin.declined": "不同意三员变更", "admin.withdrawn": "撤回三员变更",
	"delegation.create": "委托", "delegation.end": "结束委托", "org.create": "新建机构",
	"token.create": "新建对接令牌", "token.revoke": "作废对接令牌", "token.use": "使用对接令牌",

	"personal.reveal": "查看完整号码", "personal.lookup": "按号码查找", "personal.export": "下载含号码的文件", "personal.review": "复核查看记录",
	"personal.copy": "本人导出个人信息", "privacy.acknowledge": "阅读隐私政策", "privacy.notice": "隐私政策有新版本",
	"data_request.ask": "提出个人信息申请", "data_request.answer": "答复个人信息申请",
	"retention.set": "调整保存期限", "hold.set": "设置保全", "hold.lift": "解除保全",
	"erasure.prepare": "发起清理", "erasure.list": "列出清理内容", "erasure.propose": "提出清理", "erasure.decide": "决定清理",
	"erasure.approve": "批准清理", "erasure.decline": "不同意清理", "erasure.withdraw": "撤回清理", "erasure.erase": "清理个人信息", "erasure.done": "清理完成",

	"import.check": "上传导入表", "import.apply": "执行导入", "import.rows": "导入数据", "import.passwords": "领取初始密码", "import.errors": "下载导入错误表",
	"policy.store": "保存政策", "overlay.publish": "发布细则", "calendar.store": "保存工作日历",
	"cohort.create": "新建批次", "cohort.update": "修改批次", "cohort.extend": "延长批次", "cohort.add_schools": "批次增加学校",
	"cohort.remove_school": "批次移出学校", "cohort.open": "开启批次", "cohort.rest_schools": "学校缓期", "cohort.second_round": "开启第二轮",
	"cohort.schedule": "安排批次", "cohort.calendar": "更换批次日历", "cohort.migrate": "迁移政策", "cohort.status": "批次状态变化",
	"cohort.school_opened": "学校立项", "board_view.create": "新建看板视图", "board_view.update": "修改看板视图", "board_view.delete": "删除看板视图",
	"digest.send": "发送周报", "bulletin.send": "下发通知", "bulletin.remind": "催读通知", "bulletin.confirm": "确认通知",
	"channel.create": "增加通知渠道", "channel.change": "修改通知渠道", "channel.test": "测试通知渠道", "channel.rotate": "更换渠道密钥",
	"channel.drop_secret": "停用渠道旧密钥", "delivery.replay": "重发消息",
	"roster.put": "编辑名册", "roster.ask": "申请变更名册", "roster.withdraw": "撤回名册申请", "visit.add": "登记进校指导", "review.set": "过程性材料初审",
	"registry.set": "修改登记设置", "registry.batch": "编成报送批次", "registry.file": "下载报送文件", "registry.resend": "重新报送",
	"registry.receipts": "上传登记回执", "registry.settle": "核实登记结果", "registry.ask_reversal": "申请冲正", "registry.decide_reversal": "复核冲正",
	"file.link": "关联材料", "file.unlink": "取消关联材料", "file.download": "下载文件", "paper.download": "下载文书", "export": "导出表格",

	"access": "访问", "system.change": "系统写入", "alarm.close": "处置告警", "reconcile.start": "开始核对", "case.rebuild": "重建项目",
	"keys.rotate": "更换数据密钥", "audit.key": "启用签名密钥", "audit.baseline": "登记已有数据", "audit.baseline_done": "登记完毕",
	"audit.new_tables": "发现新纳入校验的表", "audit.head": "每日摘要", "audit.package": "导出审计包", "audit.purge": "清理到期的审计记录",
	"action.keyed": "启用办理校验", "action.adopted": "补记办理校验",
}

// auditActions are the names to choose from, what belongs together together.
func auditActions() []gen.AuditAction {
	codes := slices.SortedFunc(maps.Keys(auditNames), func(a, b string) int {
		return cmp.Or(cmp.Compare(area(a), area(b)), cmp.Compare(a, b))
	})
	return convert(codes, func(code string) gen.AuditAction { return gen.AuditAction{Code: code, Name: auditNames[code]} })
}

func area(action string) string {
	first, _, _ := strings.Cut(action, ".")
	return first
}
