package api

import (
	"context"
	"io"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

var auditResults = map[string]string{string(models.AuditOK): "成功", string(models.AuditRefused): "被拒绝"}

// auditNames are what people call the entries of the audit log.
var auditNames = map[string]string{
	"login": "登录", "logout": "退出", "password.change": "修改密码", "password.reset": "重置密码", "session.end_all": "结束全部登录",
	"user.create": "新建账号", "user.update": "修改账号", "user.disable": "停用账号", "user.enable": "启用账号", "user.unlock": "解除锁定",
	"user.grant": "授予身份", "user.revoke": "取消身份", "user.transfer": "调动教师", "role.hand_over": "交接职务",
	"org.create": "新建机构", "import.check": "上传导入表", "import.apply": "执行导入", "import.rows": "导入数据", "import.passwords": "领取初始密码",
	"import.errors": "下载导入错误表",
	"policy.store":  "保存政策", "overlay.publish": "发布细则", "calendar.store": "保存工作日历",
	"cohort.create": "新建批次", "cohort.update": "修改批次", "cohort.extend": "延长批次", "cohort.add_schools": "批次增加学校",
	"cohort.remove_school": "批次移出学校", "cohort.open": "开启批次", "cohort.rest_schools": "学校缓期", "cohort.second_round": "开启第二轮",
	"cohort.schedule": "安排批次", "cohort.calendar": "更换批次日历", "cohort.migrate": "迁移政策", "cohort.status": "批次状态变化",
	"cohort.school_opened": "学校立项", "board_view.create": "新建看板视图", "board_view.update": "修改看板视图", "board_view.delete": "删除看板视图",
	"digest.send": "发送周报", "bulletin.send": "下发通知", "bulletin.remind": "催读通知", "bulletin.confirm": "确认通知",
	"delegation.create": "委托", "delegation.end": "结束委托", "alarm.close": "处置告警", "reconcile.start": "开始核对", "case.rebuild": "重建项目",
	"roster.put": "编辑名册", "roster.ask": "申请变更名册", "roster.withdraw": "撤回名册申请", "visit.add": "登记进校指导", "review.set": "过程性材料初审",
	"file.link": "关联材料", "file.unlink": "取消关联材料", "file.download": "下载文件", "paper.download": "下载文书", "export": "导出表格",
	"access": "访问", "system.change": "系统写入", "audit.key": "启用签名密钥", "audit.baseline": "登记已有数据", "audit.baseline_done": "登记完毕",
	"audit.new_tables": "发现新纳入校验的表", "audit.head": "每日摘要", "audit.package": "导出审计包", "personal.copy": "本人导出个人信息",
}

// ListAudit lists the audit log within reach.
func (s *server) ListAudit(ctx context.Context, r gen.ListAuditRequestObject) (gen.ListAuditResponseObject, error) {
	q := r.Params
	under, err := s.under(ctx, q.Under)
	if err != nil {
		return nil, err
	}
	f := models.AuditFilter{
		ActorID: q.Actor, Action: q.Action, SubjectKind: q.SubjectKind, SubjectID: q.SubjectId, Under: under,
		Result: models.AuditResult(q.Result), From: q.From, To: q.To, Text: q.Q,
	}
	scope := accessOf(ctx).scope
	top, err := s.store.TopPath(ctx)
	if err != nil {
		return nil, err
	}
	if scope.Covers(top) {
		scope = models.Scope{All: true} // what the system itself does is nobody's below
	}
	p := page(q.Cursor, q.Limit)
	p.Sort = q.Sort
	rows, next, err := s.store.AuditLog(ctx, scope, f, p)
	return gen.ListAudit200JSONResponse{Items: convert(rows, auditRow), Next: next}, err
}

func auditRow(v models.AuditView) gen.AuditRow {
	name := auditNames[v.Action]
	if name == "" {
		name = v.Action
	}
	return gen.AuditRow{
		Id: v.ID, At: v.At, ActorId: v.ActorID, Actor: v.ActorName, ActorRole: v.ActorRole.Name(), Org: gen.Ref{Id: v.OrgID, Name: v.OrgName},
		Session: v.Session, Ip: v.IP, Request: v.Request, Action: v.Action, ActionName: name, Result: string(v.Result), Code: v.Code, Times: v.Times,
		SubjectKind: v.SubjectKind, SubjectId: v.SubjectID, Subject: v.SubjectName, Detail: v.Detail, Stated: v.Stated,
		Sealed: v.Seq != nil, Seq: some(v.Seq), Hash: v.Hash,
	}
}

// GetAuditState says how far the audit log is proved.
func (s *server) GetAuditState(ctx context.Context, _ gen.GetAuditStateRequestObject) (gen.GetAuditStateResponseObject, error) {
	a, err := s.store.AuditState(ctx)
	return gen.GetAuditState200JSONResponse{
		Sealed: a.Sealed, SealedAt: at(a.SealedAt), Waiting: a.Waiting, WaitingSince: at(a.Since), KeyId: a.KeyID, HeadDay: a.HeadDay, HeadAt: at(a.HeadAt),
	}, err
}

// ExportCaseAudit packs what proves a case. The package is finished on disk before the
// answer begins, so that a fault still gets a proper answer.
func (s *server) ExportCaseAudit(ctx context.Context, r gen.ExportCaseAuditRequestObject) (gen.ExportCaseAuditResponseObject, error) {
	if a := accessOf(ctx); a.sits(a.state) {
		return nil, apperr.New(apperr.Forbidden, "您是本校的评审专家，考核结果确认之前不能导出审计包：其中有其他专家的打分。请由其他人员导出，或在结果确认后再导出。")
	}
	var head *models.DailyHead
	if s.lastHead != nil {
		var err error
		if head, err = s.lastHead(ctx); err != nil {
			return nil, err
		}
	}
	file, size, err := spooling(func(out io.Writer) error { return s.store.WriteCasePackage(ctx, out, r.CaseId, head) })
	if err != nil {
		return nil, err
	}
	name := s.attachment("audit", "审计包-"+strings.ReplaceAll(accessOf(ctx).c.SchoolName, "/", " "), "zip")
	return gen.ExportCaseAudit200ApplicationzipResponse{
		Body: file, ContentLength: size, Headers: gen.ExportCaseAudit200ResponseHeaders{ContentDisposition: name},
	}, nil
}
