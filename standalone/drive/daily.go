package drive

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// Urge has the school urge whoever its case waits for.
func (s *School) Urge(ctx context.Context) error {
	return s.act(ctx, s.Admin, domain.Urge, gen.ActionRequest{Comment: "开学在即，请尽快审核。"})
}

// CopyPrincipal has the school's administrator send a copy to the principal.
func (s *School) CopyPrincipal(ctx context.Context) error {
	return s.act(ctx, s.Admin, domain.Copy, gen.ActionRequest{Users: []string{s.principalID}, Comment: "两案已报送，请知悉。"})
}

// Pause has the bureau let the case rest.
func (s *School) Pause(ctx context.Context) error {
	return s.act(ctx, s.Unit.Bureau, domain.Pause, gen.ActionRequest{Comment: "校舍加固，暂停教学活动。"})
}

// deferral is how long a deferred case rests.
const deferral = 30 * 24 * time.Hour

// Defer has the bureau let the case rest until a date.
func (s *School) Defer(ctx context.Context) error {
	view, err := s.Unit.Bureau.Case(ctx, s.CaseID)
	if err != nil {
		return err
	}
	until := view.UpdatedAt.Add(deferral)
	return s.act(ctx, s.Unit.Bureau, domain.Pause, gen.ActionRequest{Comment: "新校长到任，缓期一个月。", Until: &until})
}

// Appeal has the school object to the result.
func (s *School) Appeal(ctx context.Context) error {
	return s.act(ctx, s.Principal, domain.AppealResult, gen.ActionRequest{Comment: "第11项材料已补充数据，请求复核。"})
}

// AcceptResult has the school accept the result before the time to object is over.
func (s *School) AcceptResult(ctx context.Context) error {
	return s.act(ctx, s.Principal, domain.AcceptResult, gen.ActionRequest{})
}

// Delegate has the office hand its role to a new colleague for two weeks, who claims the
// case's task for it.
func (s *School) Delegate(ctx context.Context) error {
	u := s.Unit
	colleague, err := u.standIn(ctx, s.Code)
	if err != nil {
		return err
	}
	view, err := u.Office.Case(ctx, s.CaseID)
	if err != nil {
		return err
	}
	from := view.OpenedAt
	err = put(ctx, u.Office, http.MethodPost, "/api/v1/delegations", gen.NewDelegation{
		ToUser: colleague.ID, StartsAt: from, EndsAt: view.UpdatedAt.Add(deferral), Reason: "外出参加省级培训",
		Roles: []gen.DelegatedRole{{Role: s.Reviewer(), OrgId: u.ID}},
	})
	if err != nil && !Refused(err, "delegation_overlap") {
		return err
	}
	return s.act(ctx, colleague.Session, domain.ClaimTask, gen.ActionRequest{})
}

// standIn hires a colleague who has another role in the same organisation.
func (u *Unit) standIn(ctx context.Context, code string) (*Expert, error) {
	s, id, err := u.city.c.hire(ctx, u.city.Security, u.ID, "office-deputy-"+code, u.Name+"工程办副手", domain.RoleInspector)
	return &Expert{Session: s, ID: id}, err
}

// ReadHalf marks every other notice of a person as read.
func (s *Session) ReadHalf(ctx context.Context) error {
	page, err := get[gen.NoticePage](ctx, s, "/api/v1/notices", nil)
	if err != nil {
		return err
	}
	for i, n := range page.Items {
		if i%2 == 1 || !n.ReadAt.IsZero() {
			continue
		}
		if err := put(ctx, s, http.MethodPost, "/api/v1/notices/"+n.Id+"/read", nil); err != nil && !Refused(err, apperr.NotFound) {
			return err
		}
	}
	return nil
}

// Announce has the office of the city send a notice to every school. Every other school
// opens it, and half of those send the 回执 that it asks for.
func (city *City) Announce(ctx context.Context, title, body string, by time.Time, schools []*School) (gen.Bulletin, error) {
	var b gen.Bulletin
	key := uuid.NewString()
	err := city.c.repeat(ctx, func() error {
		_, err := city.Office.call(ctx, request{method: http.MethodPost, path: "/api/v1/bulletins", key: key, body: gen.NewBulletin{
			Title: title, Body: body, Receipt: true, ReceiptBy: by,
			Audience: gen.Audience{OrgIds: []string{city.ID}, Roles: []domain.Role{domain.RoleSchoolAdmin, domain.RolePrincipal}},
		}}, &b)
		return err
	})
	if err != nil {
		return b, err
	}
	path := "/api/v1/bulletins/" + b.Id
	err = city.c.await(ctx, "the delivery of a notice", func() (bool, error) {
		now, err := get[gen.Bulletin](ctx, city.Office, path, nil)
		return now.Delivered == now.Recipients, err
	})
	if err != nil {
		return b, err
	}
	received := "/api/v1/received-bulletins/" + b.Id
	for i, s := range schools {
		if i%2 == 1 {
			continue
		}
		if err := put(ctx, s.Admin, http.MethodPost, received+"/read", nil); err != nil {
			return b, err
		}
		if i%4 == 0 {
			if err := put(ctx, s.Admin, http.MethodPost, received+"/receipt", gen.BulletinReceipt{Reply: "已核对，按期办理。"}); err != nil {
				return b, err
			}
		}
	}
	return get[gen.Bulletin](ctx, city.Office, path, nil)
}
