package api

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/registry/file"
	"zhengxiao/internal/registry/push"
	"zhengxiao/internal/roster"
	"zhengxiao/models"
)

// GetRegistry shows how an organisation registers hours: by its own settings, or those of
// the nearest above.
func (s *server) GetRegistry(ctx context.Context, _ gen.GetRegistryRequestObject) (gen.GetRegistryResponseObject, error) {
	org := accessOf(ctx).org
	reg, err := s.store.RegistryFor(ctx, org.Path)
	if apperr.Is(err, models.CodeNoRegistry) {
		return gen.GetRegistry200JSONResponse{Mode: models.RegistryFile, Columns: columnsOfTemplate(file.Standard())}, nil
	}
	if err != nil {
		return nil, err
	}
	return gen.GetRegistry200JSONResponse(registryOf(*reg, org.ID)), nil
}

func registryOf(r models.Registry, orgID string) gen.Registry {
	c := r.Settings
	v := gen.Registry{
		Set: true, Own: r.OrgID == orgID, Mode: r.Mode, Project: c.Project, Category: c.Category, Url: c.URL, Auth: string(c.Auth),
		HasSecret: r.Secret != "", PageSize: c.PageSize, PerMinute: c.PerMinute, Format: string(c.Format),
		Columns: columnsOfTemplate(c.Columns), OrgPattern: c.OrgPattern,
		YearCap: c.YearCap, OnePerYear: c.OnePerYear, FirstYear: c.FirstYear, LastYear: c.LastYear, LeftAllowed: c.LeftAllowed,
		Trouble: r.Trouble, UpdatedAt: r.UpdatedAt,
	}
	if cert := r.ClientCertificate(); cert != nil {
		v.CertificateSubject, v.CertificateUntil = cert.Subject, cert.Until
	}
	return v
}

// clientPair is the certificate of a draft, nil when it says nothing of it.
func clientPair(b *gen.RegistryDraft) *models.ClientPair {
	if b.Certificate == nil && b.ClientKey == nil {
		return nil
	}
	return &models.ClientPair{Certificate: some(b.Certificate), Key: some(b.ClientKey)}
}

func columnsOfTemplate(list []file.Column) []gen.RegistryColumn {
	return convert(list, func(c file.Column) gen.RegistryColumn {
		return gen.RegistryColumn{Field: string(c.Field), Title: c.Title}
	})
}

// PutRegistry sets an organisation's own.
func (s *server) PutRegistry(ctx context.Context, r gen.PutRegistryRequestObject) (gen.PutRegistryResponseObject, error) {
	a, b := accessOf(ctx), r.Body
	n := models.NewRegistry{Mode: b.Mode, Secret: b.Secret, Client: clientPair(b), Settings: models.RegistrySettings{
		Project: b.Project, Category: b.Category, URL: b.Url, Auth: push.Auth(b.Auth), PageSize: b.PageSize, PerMinute: b.PerMinute,
		Format:     file.Format(b.Format),
		Columns:    convert(b.Columns, func(c gen.RegistryColumn) file.Column { return file.Column{Field: file.Field(c.Field), Title: c.Title} }),
		OrgPattern: b.OrgPattern, YearCap: b.YearCap, OnePerYear: b.OnePerYear, FirstYear: b.FirstYear, LastYear: b.LastYear, LeftAllowed: b.LeftAllowed,
	}}
	reg, err := s.store.PutRegistry(ctx, a.org, n, a.user.ID)
	if err != nil {
		return nil, err
	}
	return gen.PutRegistry200JSONResponse(registryOf(*reg, a.org.ID)), nil
}

// registryOffice is the path of the office for which the caller registers: the highest.
func (s *server) registryOffice(ctx context.Context) (string, error) {
	a := accessOf(ctx)
	var paths []string
	for _, r := range a.reached {
		if r.grant.Role == domain.RoleBureau {
			paths = append(paths, r.scope.Paths...)
		}
	}
	if len(paths) == 0 {
		return "", apperr.New(apperr.Forbidden, "只有教育局可以报送学时，请联系所属教育局。")
	}
	return slices.MinFunc(paths, func(a, b string) int { return len(a) - len(b) }), nil
}

// CreateRegistryBatch puts what may be sent into a batch.
func (s *server) CreateRegistryBatch(ctx context.Context, r gen.CreateRegistryBatchRequestObject) (gen.CreateRegistryBatchResponseObject, error) {
	a := accessOf(ctx)
	office, err := s.registryOffice(ctx)
	if err != nil {
		return nil, err
	}
	made, err := s.store.CreateRegistryBatch(ctx, models.NewBatch{
		Scope: a.scope, Office: office, CaseIDs: r.Body.CaseIds, Year: r.Body.Year, By: a.user.ID,
	})
	if err != nil {
		return nil, err
	}
	out := gen.CreateRegistryBatch201JSONResponse{Id: made.ID, Records: made.Records, More: made.More, Problems: []gen.RegistryProblem{}}
	for _, p := range registry.Problems() {
		if n := made.Problems[p]; n > 0 {
			v := problemToFix(p)
			v.Rows = n
			out.Problems = append(out.Problems, v)
		}
	}
	return out, nil
}

func problemToFix(p registry.Problem) gen.RegistryProblem {
	f := p.Fix()
	return gen.RegistryProblem{Code: string(p), Title: f.Title, Why: f.Why, How: f.How}
}

// TakeRegistryFile hands a batch out as a file.
func (s *server) TakeRegistryFile(ctx context.Context, r gen.TakeRegistryFileRequestObject) (gen.TakeRegistryFileResponseObject, error) {
	a := accessOf(ctx)
	out, err := s.store.RegistryFile(ctx, a.scope, r.BatchId, clearFile(ctx, *r.Body))
	if err != nil {
		return nil, err
	}
	body, size, err := spooling(out.Write)
	return gen.TakeRegistryFile200ApplicationoctetStreamResponse{
		Body: body, ContentLength: size,
		Headers: gen.TakeRegistryFile200ResponseHeaders{ContentDisposition: s.attachment("registry", "学时登记", string(out.Format))},
	}, err
}

// ResendRegistryBatch sends again what has no answer.
func (s *server) ResendRegistryBatch(ctx context.Context, r gen.ResendRegistryBatchRequestObject) (gen.ResendRegistryBatchResponseObject, error) {
	a := accessOf(ctx)
	if _, err := s.store.ResendRegistryBatch(ctx, a.scope, r.BatchId); err != nil {
		return nil, err
	}
	v, err := s.store.RegistryBatch(ctx, a.scope, r.BatchId)
	if err != nil {
		return nil, err
	}
	return gen.ResendRegistryBatch200JSONResponse(registryBatchOf(*v)), nil
}

// PutRegistryReceipts takes a registry's receipts from a file.
func (s *server) PutRegistryReceipts(ctx context.Context, r gen.PutRegistryReceiptsRequestObject) (gen.PutRegistryReceiptsResponseObject, error) {
	office, err := s.registryOffice(ctx)
	if err != nil {
		return nil, err
	}
	reg, err := s.store.RegistryFor(ctx, office)
	if err != nil {
		return nil, err
	}
	if a := accessOf(ctx); a.token != nil && a.token.OrgID != reg.OrgID {
		return nil, apperr.New(apperr.Forbidden, "令牌所属单位没有自己的学时登记设置，不能由它回传回执。请为设置所在的单位另建令牌。")
	}
	receipts, err := readReceipts(r.Body)
	if err != nil {
		return nil, err
	}
	h, err := s.store.HearRegistry(ctx, reg.OrgID, receipts.Answers, accessOf(ctx).user.ID)
	if err != nil {
		return nil, err
	}
	return gen.PutRegistryReceipts200JSONResponse{
		Acknowledged: h.Acknowledged, Refused: h.Refused, Disputed: h.Disputed, Known: h.Known, Pending: h.Pending, Stray: h.Stray,
		Bad: convert(receipts.Bad, func(b file.Bad) gen.RegistryBadRow { return gen.RegistryBadRow{Row: b.Row, Why: b.Why} }),
	}, nil
}

// readReceipts keeps the file only as long as it is read.
func readReceipts(body io.Reader) (file.Receipts, error) {
	f, err := os.CreateTemp("", "zhengxiao-receipts-*")
	if err != nil {
		return file.Receipts{}, fmt.Errorf("create temporary file: %w", err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // a temporary file
	_, err = io.Copy(f, body)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return file.Receipts{}, bodyError(err, roster.MaxBytes)
	}
	return file.ReadReceipts(f.Name())
}

// SettleRegistryRecord ends a dispute.
func (s *server) SettleRegistryRecord(ctx context.Context, r gen.SettleRegistryRecordRequestObject) (gen.SettleRegistryRecordResponseObject, error) {
	a := accessOf(ctx)
	_, err := s.store.SettleRegistryRecord(ctx, a.scope, r.RecordNo, registry.Entry{
		Outcome: registry.State(r.Body.Outcome), Receipt: r.Body.Receipt, Reason: r.Body.Reason,
	}, a.user.ID)
	return gen.SettleRegistryRecord204Response{}, err
}

// AskRegistryReversal asks for a record to be taken back.
func (s *server) AskRegistryReversal(ctx context.Context, r gen.AskRegistryReversalRequestObject) (gen.AskRegistryReversalResponseObject, error) {
	a := accessOf(ctx)
	_, err := s.store.AskReversal(ctx, a.scope, models.NewReversal{No: r.RecordNo, Hours: r.Body.Hours, Reason: r.Body.Reason, By: a.user.ID})
	return gen.AskRegistryReversal204Response{}, err
}

// DecideRegistryReversal is the second person's word.
func (s *server) DecideRegistryReversal(
	ctx context.Context, r gen.DecideRegistryReversalRequestObject,
) (gen.DecideRegistryReversalResponseObject, error) {
	a := accessOf(ctx)
	_, err := s.store.DecideReversal(ctx, a.scope, r.ReversalId, r.Body.Approve, r.Body.Note, a.user.ID)
	return gen.DecideRegistryReversal204Response{}, err
}
