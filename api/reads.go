package api

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/models"
)

// RevealUser shows one whole number of an account. Who may only call people sees phones.
func (s *server) RevealUser(ctx context.Context, r gen.RevealUserRequestObject) (gen.RevealUserResponseObject, error) {
	a := accessOf(ctx)
	field := models.PersonalField(r.Body.Field)
	if field == models.FieldIDNumber && !a.holds(managers...) {
		return nil, apperr.New(apperr.Forbidden, "您的身份只能查看手机号；身份证件号由管理账号的单位核对。").On("field")
	}
	value, err := s.store.Reveal(ctx, a.other, models.NewRead{
		ViewerID: a.user.ID, Field: field, Purpose: models.Purpose(r.Body.Purpose), Words: r.Body.Words,
	})
	return gen.RevealUser200JSONResponse{Value: value}, err
}

// RevealContact shows the phone number of one of the people that the case's contacts list.
func (s *server) RevealContact(ctx context.Context, r gen.RevealContactRequestObject) (gen.RevealContactResponseObject, error) {
	a := accessOf(ctx)
	contacts, err := s.contacts(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(contacts, func(c gen.Contact) bool { return c.UserId != "" && c.UserId == r.UserId }) {
		return nil, apperr.New(apperr.NotFound, "该项目的联系人中没有此人，或您的身份不能查看其号码。")
	}
	u, err := s.store.User(ctx, r.UserId)
	if err != nil {
		return nil, err
	}
	value, err := s.store.Reveal(ctx, u, models.NewRead{
		ViewerID: a.user.ID, Field: models.FieldPhone, Purpose: models.Purpose(r.Body.Purpose), Words: r.Body.Words, CaseID: a.c.ID,
	})
	return gen.RevealContact200JSONResponse{Value: value}, err
}

// clearFile is the caller's wish for a file with personal data of several people.
func clearFile(ctx context.Context, r gen.ReadReason) models.ClearFile {
	return models.ClearFile{ViewerID: accessOf(ctx).user.ID, Purpose: models.Purpose(r.Purpose), Words: r.Words}
}

// FindPerson looks an account up by a whole number.
func (s *server) FindPerson(ctx context.Context, r gen.FindPersonRequestObject) (gen.FindPersonResponseObject, error) {
	a := accessOf(ctx)
	home, err := s.store.Org(ctx, a.user.OrgID)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.FindPerson(ctx, a.scope, r.Body.Value, models.NewRead{
		ViewerID: a.user.ID, Field: models.PersonalField(r.Body.Field), Purpose: models.Purpose(r.Body.Purpose), Words: r.Body.Words, Path: home.Path,
	})
	if err != nil {
		return nil, err
	}
	items, err := s.usersOf(ctx, rows)
	return gen.FindPerson200JSONResponse{Items: items}, err
}

// ListReads lists who saw personal data in clear, for review.
func (s *server) ListReads(ctx context.Context, r gen.ListReadsRequestObject) (gen.ListReadsResponseObject, error) {
	q := r.Params
	f := models.ReadFilter{
		Subject: q.Subject, Viewer: q.Viewer, Field: models.PersonalField(q.Field), Purpose: models.Purpose(q.Purpose), From: q.From, To: q.To,
	}
	if q.State == "open" || q.State == "reviewed" {
		reviewed := q.State == "reviewed"
		f.Reviewed = &reviewed
	}
	p := page(q.Cursor, q.Limit)
	p.Sort = q.Sort
	rows, next, err := s.store.PersonalReads(ctx, accessOf(ctx).scope, f, p)
	return gen.ListReads200JSONResponse{Items: convert(rows, readOf), Next: next}, err
}

// ListMyReads tells people who saw their own data.
func (s *server) ListMyReads(ctx context.Context, r gen.ListMyReadsRequestObject) (gen.ListMyReadsResponseObject, error) {
	rows, next, err := s.store.ReadsOf(ctx, accessOf(ctx).user.ID, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListMyReads200JSONResponse{Items: convert(rows, readOf), Next: next}, err
}

// ReviewRead ticks one look off.
func (s *server) ReviewRead(ctx context.Context, r gen.ReviewReadRequestObject) (gen.ReviewReadResponseObject, error) {
	a := accessOf(ctx)
	v, err := s.store.ReviewRead(ctx, a.scope, r.ReadId, a.user.ID, r.Body.Note)
	if err != nil {
		return nil, err
	}
	return gen.ReviewRead200JSONResponse(readOf(*v)), nil
}

func readOf(v models.ReadView) gen.PersonalRead {
	return gen.PersonalRead{
		Id: v.ID, At: v.At, Kind: string(v.Kind), KindName: v.Kind.Name(), Field: string(v.Field), FieldName: v.Field.Name(),
		Purpose: string(v.Purpose), PurposeName: v.Purpose.Name(), Words: v.Words, Viewer: v.Viewer, ViewerOrg: v.ViewerOrg,
		Subject: v.Subject, SubjectOrg: v.SubjectOrg, People: v.People, Reviewed: v.Reviewed, ReviewedBy: v.ReviewerWho, ReviewedAt: at(v.ReviewedAt),
		ReviewNote: v.ReviewNote,
	}
}
