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
	scope, err := s.auditScope(ctx)
	if err != nil {
		return nil, err
	}
	p := page(q.Cursor, q.Limit)
	p.Sort = q.Sort
	rows, next, err := s.store.AuditLog(ctx, scope, f, p)
	return gen.ListAudit200JSONResponse{Items: convert(rows, auditRow), Next: next}, err
}

// auditScope is what of the log is within reach.
func (s *server) auditScope(ctx context.Context) (models.Scope, error) {
	scope := accessOf(ctx).scope
	top, err := s.store.TopPath(ctx)
	if err == nil && scope.Covers(top) {
		scope = models.Scope{All: true} // what the system itself does is nobody's below
	}
	return scope, err
}

// GetAuditEntry answers with the whole of one entry, which may have megabytes.
func (s *server) GetAuditEntry(ctx context.Context, r gen.GetAuditEntryRequestObject) (gen.GetAuditEntryResponseObject, error) {
	scope, err := s.auditScope(ctx)
	if err != nil {
		return nil, err
	}
	v, err := s.store.AuditEntryIn(ctx, scope, r.EntryId)
	if err != nil {
		return nil, err
	}
	return gen.GetAuditEntry200JSONResponse(auditRow(*v)), nil
}

func auditRow(v models.AuditView) gen.AuditRow {
	name := auditNames[v.Action]
	if name == "" {
		name = v.Action
	}
	return gen.AuditRow{
		Id: v.ID, At: v.At, ActorId: v.ActorID, Actor: v.ActorName, ActorRole: v.ActorRole.Name(), Org: gen.Ref{Id: v.OrgID, Name: v.OrgName},
		Session: v.Session, Ip: v.IP, Request: v.Request, Action: v.Action, ActionName: name, Result: string(v.Result), Code: v.Code, Times: v.Times,
		SubjectKind: v.SubjectKind, SubjectId: v.SubjectID, Subject: v.SubjectName, Detail: v.Detail, Stated: v.Stated, StatedOmitted: v.StatedOmitted,
		Sealed: v.Seq != nil, Seq: some(v.Seq), Hash: v.Hash,
	}
}

// GetAuditState says how far the audit log is proved.
func (s *server) GetAuditState(ctx context.Context, _ gen.GetAuditStateRequestObject) (gen.GetAuditStateResponseObject, error) {
	a, err := s.store.AuditState(ctx)
	return gen.GetAuditState200JSONResponse{
		Sealed: a.Sealed, SealedAt: at(a.SealedAt), Waiting: a.Waiting, WaitingSince: at(a.Since), KeyId: a.KeyID, HeadDay: a.HeadDay, HeadAt: at(a.HeadAt),
		Actions: auditActions(),
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
