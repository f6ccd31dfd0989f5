package api

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/importer"
	"zhengxiao/internal/roster"
	"zhengxiao/models"
)

// Importer runs imports in the background; *importer.Jobs is one.
type Importer interface {
	Check(ctx context.Context, r importer.Request, body []byte, rights models.ImportRights) (*models.ImportJob, error)
	Apply(ctx context.Context, id string, mode models.ImportMode, by string, rights models.ImportRights) (*models.ImportJob, error)
}

// importable says who may import what, always below themselves only.
var importable = map[roster.Kind][]domain.Role{
	roster.Orgs:     sysadmin,
	roster.Schools:  roles(domain.RoleSysadmin, domain.RoleCityOffice, domain.RoleDistrict),
	roster.Accounts: managers,
	roster.Teachers: managers,
	roster.Groups:   managers,
}

// importRights is what the caller may do in an import of a kind, and the organisation on
// whose behalf it is: the highest within reach.
func (a *access) importRights(k roster.Kind) (models.ImportRights, string, error) {
	var reach models.Scope
	for _, r := range a.reached {
		if slices.Contains(importable[k], r.grant.Role) {
			reach = union([]models.Scope{reach, r.scope})
		}
	}
	roots := reach.Roots()
	if len(roots) == 0 {
		return models.ImportRights{}, "", apperr.Newf(apperr.Forbidden, "您的身份不能导入“%s”，请联系上级管理员。", k.Name())
	}
	shorter := func(a, b string) int { return len(a) - len(b) }
	return models.ImportRights{Reach: reach, Self: a.user.ID, May: a.mayGive}, slices.MinFunc(roots, shorter), nil
}

var importStatusNames = map[models.ImportStatus]string{
	models.ImportChecking: "试运行中", models.ImportChecked: "待导入", models.ImportApplying: "导入中",
	models.ImportDone: "已导入", models.ImportFailed: "失败", models.ImportLost: "中断",
}

// commandLine is shown of imports that no account has started.
const commandLine = "命令行"

func importOf(ctx context.Context, v models.ImportView) gen.Import {
	return gen.Import{
		Id: v.ID, Kind: v.Kind, KindName: v.Kind.Name(), Cohort: v.Cohort, FileName: v.FileName, FileSize: v.FileSize,
		Status: v.Status, StatusName: importStatusNames[v.Status], Mode: v.Mode, Total: v.Total, Processed: v.Processed,
		Created: v.Created, Changed: v.Changed, Same: v.Same, Bad: v.Bad, Message: v.Message,
		StartedBy: cmp.Or(v.Starter, commandLine), StartedAt: v.StartedAt,
		AppliedAt: at(v.AppliedAt), FinishedAt: at(v.FinishedAt), Passwords: v.Passwords, Mine: v.AppliedBy == accessOf(ctx).user.ID, Own: handled(ctx, v),
	}
}

// handled reports whether the caller handed the sheet in or wrote it: what it says about
// people is theirs already.
func handled(ctx context.Context, v models.ImportView) bool {
	me := accessOf(ctx).user.ID
	return v.StartedBy == me || v.AppliedBy == me
}

// GetImportTemplate is a workbook to fill in.
func (s *server) GetImportTemplate(_ context.Context, r gen.GetImportTemplateRequestObject) (gen.GetImportTemplateResponseObject, error) {
	file, size, err := spooling(func(w io.Writer) error { return roster.WriteTemplate(r.ImportKind, w) })
	name := s.attachment("template-"+string(r.ImportKind), r.ImportKind.Name()+"模板", "xlsx")
	return gen.GetImportTemplate200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{
		Body: file, ContentLength: size,
		Headers: gen.GetImportTemplate200ResponseHeaders{ContentDisposition: name},
	}, err
}

// ListImports lists the imports below the caller's organisations, and what he may import.
func (s *server) ListImports(ctx context.Context, r gen.ListImportsRequestObject) (gen.ListImportsResponseObject, error) {
	a := accessOf(ctx)
	f := models.ImportFilter{Kind: r.Params.Kind, Text: r.Params.Q}
	rows, next, err := s.store.Imports(ctx, a.scope, f, page(r.Params.Cursor, r.Params.Limit))
	kinds := []gen.ImportKindInfo{}
	for _, k := range roster.Kinds() {
		if _, _, err := a.importRights(k); err == nil {
			kinds = append(kinds, gen.ImportKindInfo{Kind: k, Name: k.Name()})
		}
	}
	return gen.ListImports200JSONResponse{
		Items: convert(rows, func(v models.ImportView) gen.Import { return importOf(ctx, v) }), Kinds: kinds, Next: next,
	}, err
}

// StartImport keeps a sheet and begins its dry run.
func (s *server) StartImport(ctx context.Context, r gen.StartImportRequestObject) (gen.StartImportResponseObject, error) {
	a := accessOf(ctx)
	rights, path, err := a.importRights(r.Params.Kind)
	if err != nil {
		return nil, err
	}
	if id := r.Params.CohortId; id != "" {
		c, err := s.store.Cohort(ctx, id)
		if err != nil {
			return nil, err
		}
		if !rights.Reach.Concerns(c.Path) {
			return nil, apperr.New(apperr.NotFound, "找不到该批次：可能已被删除，或不在您的管理范围内。")
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err, roster.MaxBytes)
	}
	job, err := s.importer.Check(ctx, importer.Request{
		Kind: r.Params.Kind, CohortID: r.Params.CohortId, FileName: strings.TrimSpace(r.Params.Name), Path: path, By: a.user.ID,
	}, body, rights)
	if err != nil {
		return nil, err
	}
	return gen.StartImport202JSONResponse(importOf(ctx, models.ImportView{ImportJob: *job, Starter: a.user.Name})), nil
}

func (s *server) importNamed(ctx context.Context, id string) (*models.ImportView, error) {
	return s.store.Import(ctx, accessOf(ctx).scope, id)
}

// GetImport shows how far an import is, or what came of it.
func (s *server) GetImport(ctx context.Context, r gen.GetImportRequestObject) (gen.GetImportResponseObject, error) {
	v, err := s.importNamed(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	return gen.GetImport200JSONResponse(importOf(ctx, *v)), nil
}

// ListImportErrors lists the bad rows.
func (s *server) ListImportErrors(ctx context.Context, r gen.ListImportErrorsRequestObject) (gen.ListImportErrorsResponseObject, error) {
	v, err := s.importNamed(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.ImportErrors(ctx, v.ID, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListImportErrors200JSONResponse{Next: next, Items: convert(rows, func(e models.ImportError) gen.ImportError {
		return gen.ImportError{Row: e.RowNo, Reason: e.Reason}
	})}, err
}

// ExportImportErrors is the bad rows as a sheet to be corrected and handed in again. It has
// whole ID and phone numbers, which nobody else sees.
func (s *server) ExportImportErrors(ctx context.Context, r gen.ExportImportErrorsRequestObject) (gen.ExportImportErrorsResponseObject, error) {
	v, err := s.importNamed(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	if !handled(ctx, *v) {
		return nil, apperr.New(apperr.Forbidden, "错误表含身份证号和手机号，只能由上传或执行这次导入的人下载；请与其联系，或自行重新上传。")
	}
	if err := s.store.KeepErrorsTaken(ctx, &v.ImportJob, clearFile(ctx, *r.Body)); err != nil {
		return nil, err
	}
	file, size, err := spooling(func(w io.Writer) error { return importer.WriteErrors(ctx, s.store, &v.ImportJob, w) })
	return gen.ExportImportErrors200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{
		Body: file, ContentLength: size,
		Headers: gen.ExportImportErrors200ResponseHeaders{ContentDisposition: s.attachment("import-errors", v.Kind.Name()+"错误表", "xlsx")},
	}, err
}

// ApplyImport begins to write a checked sheet.
func (s *server) ApplyImport(ctx context.Context, r gen.ApplyImportRequestObject) (gen.ApplyImportResponseObject, error) {
	a := accessOf(ctx)
	v, err := s.importNamed(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	rights, _, err := a.importRights(v.Kind)
	if err != nil {
		return nil, err
	}
	job, err := s.importer.Apply(ctx, v.ID, r.Body.Mode, a.user.ID, rights)
	if err != nil {
		return nil, err
	}
	v.ImportJob = *job
	return gen.ApplyImport202JSONResponse(importOf(ctx, *v)), nil
}

// TakeImportPasswords hands the one-time passwords of new accounts to whoever made them,
// once.
func (s *server) TakeImportPasswords(ctx context.Context, r gen.TakeImportPasswordsRequestObject) (gen.TakeImportPasswordsResponseObject, error) {
	v, err := s.importNamed(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	if v.AppliedBy != accessOf(ctx).user.ID {
		return nil, apperr.New(apperr.Forbidden, "初始密码只能由执行导入的人下载；需要时请在用户页重置密码。")
	}
	if v.Going() {
		return nil, apperr.New(apperr.Conflict, "导入还在进行，请等它完成后再下载初始密码。")
	}
	list, err := s.store.TakePasswords(ctx, &v.ImportJob, clearFile(ctx, *r.Body))
	if err != nil {
		return nil, err
	}
	file, size, err := spooling(func(w io.Writer) error { return importer.WritePasswords(list, w) })
	return gen.TakeImportPasswords200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{
		Body: file, ContentLength: size,
		Headers: gen.TakeImportPasswords200ResponseHeaders{ContentDisposition: s.attachment("passwords", "初始密码", "xlsx")},
	}, err
}
