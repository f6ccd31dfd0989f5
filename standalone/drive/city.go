package drive

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// City is the city of the first administrator, with its offices and its experts.
type City struct {
	ID, Name, Code string
	Admin          *Session // 系统管理员
	Security       *Session // 安全管理员
	Office         *Session // 市工程办
	Bureau         *Session // 市教育局
	Experts        []Expert

	c *Client
}

// Expert is one 考核专家.
type Expert struct {
	*Session

	ID, Name string
}

// Founders are the first accounts of an installation.
type Founders struct {
	Admin    *Session // 系统管理员
	Security *Session // 安全管理员
}

var founder = regexp.MustCompile(`账号：(\S+?)（\S*）　一次性密码：(\S+)`)

// Founders reads the first accounts from what the first start says.
func (c *Client) Founders(said string) Founders {
	var f Founders
	for _, m := range founder.FindAllStringSubmatch(said, -1) {
		switch m[1] {
		case "admin":
			f.Admin = c.NewAccount(m[1], m[2])
		case "security":
			f.Security = c.NewAccount(m[1], m[2])
		}
	}
	return f
}

// Unit is a district, or the city itself as the superior of its 局属 schools: who reviews
// and who confirms.
type Unit struct {
	ID, Name, Code string
	Office         *Session // 区工程办, or 市工程办
	Bureau         *Session // 教育局

	city *City
}

// NewCity finds the city in which the system was set up and gives it an office, a bureau
// and experts.
func (c *Client) NewCity(ctx context.Context, f Founders, experts int) (*City, error) {
	admin, security := f.Admin, f.Security
	found, err := get[gen.OrgPage](ctx, admin, "/api/v1/orgs", url.Values{"level": {string(models.LevelCity)}})
	if err != nil {
		return nil, err
	}
	if len(found.Items) == 0 {
		return nil, fmt.Errorf("find the city: there is none")
	}
	city := &City{c: c, Admin: admin, Security: security, ID: found.Items[0].Id, Name: found.Items[0].Name, Code: found.Items[0].Code}
	if city.Office, _, err = c.hire(ctx, security, city.ID, "office-city", "市工程办经办人", domain.RoleCityOffice); err != nil {
		return nil, err
	}
	if city.Bureau, _, err = c.hire(ctx, security, city.ID, "bureau-city", "市教育局经办人", domain.RoleBureau); err != nil {
		return nil, err
	}
	for i := range experts {
		e := Expert{Name: fmt.Sprintf("专家%02d", i+1)}
		if e.Session, e.ID, err = c.hire(ctx, security, city.ID, fmt.Sprintf("expert-%02d", i+1), e.Name, domain.RoleExpert); err != nil {
			return nil, err
		}
		city.Experts = append(city.Experts, e)
	}
	return city, nil
}

// Hire adds one more account of the city, such as an inspector's or an auditor's.
func (city *City) Hire(ctx context.Context, login, name string, role domain.Role) (*Session, error) {
	s, _, err := city.c.hire(ctx, city.Security, city.ID, login, name, role)
	return s, err
}

// Appoint adds one of 三员: an account without a role, which two people agree to give it.
func (city *City) Appoint(ctx context.Context, login, name string, role domain.Role) (*Session, error) {
	s, id, err := city.c.hire(ctx, city.Security, city.ID, login, name)
	if err != nil {
		return nil, err
	}
	asked := gen.NewAdminChange{Kind: models.AdminGrant, UserId: id, Role: role, OrgId: city.ID, Reason: "演示账号"}
	ref, err := send[gen.AdminChangeRef](ctx, city.Security, http.MethodPost, "/api/v1/admin-changes", asked)
	if err != nil {
		return nil, err
	}
	_, err = send[gen.AdminChangeResult](ctx, city.Admin, http.MethodPost, "/api/v1/admin-changes/"+ref.Id+"/decision", gen.AdminDecision{Approve: true})
	return s, err
}

// Direct is the city as the superior of its 局属 schools.
func (city *City) Direct(name string) *Unit {
	return &Unit{ID: city.ID, Name: name, Code: city.Code, Office: city.Office, Bureau: city.Bureau, city: city}
}

// NewDistrict adds a district with its office and its bureau.
func (city *City) NewDistrict(ctx context.Context, code, name string) (*Unit, error) {
	org, err := city.newOrg(ctx, gen.NewOrg{ParentId: city.ID, Level: models.LevelDistrict, Code: code, Name: name})
	if err != nil {
		return nil, err
	}
	u := &Unit{ID: org.Id, Name: name, Code: code, city: city}
	if u.Office, _, err = city.c.hire(ctx, city.Security, org.Id, "office-"+code, name+"工程办经办人", domain.RoleDistrict); err != nil {
		return nil, err
	}
	u.Bureau, _, err = city.c.hire(ctx, city.Security, org.Id, "bureau-"+code, name+"教育局经办人", domain.RoleBureau)
	return u, err
}

func (city *City) newOrg(ctx context.Context, n gen.NewOrg) (gen.Org, error) {
	return post(ctx, city.Admin, "/api/v1/orgs", n, func() (gen.Org, bool, error) {
		page, err := get[gen.OrgPage](ctx, city.Admin, "/api/v1/orgs", url.Values{"parent_id": {n.ParentId}, "q": {n.Name}})
		i := slices.IndexFunc(page.Items, func(o gen.Org) bool { return o.Code == n.Code })
		if err != nil || i < 0 {
			return gen.Org{}, false, err
		}
		return page.Items[i], true, nil
	})
}

// hire creates an account with roles at an organisation. Where the answer with the
// one-time password was lost, the password is reset.
func (c *Client) hire(ctx context.Context, by *Session, orgID, login, name string, roles ...domain.Role) (*Session, string, error) {
	n := gen.NewUser{Login: login, Name: name, OrgId: orgID, Roles: roles}
	created, err := post(ctx, by, "/api/v1/users", n, func() (gen.CreatedUser, bool, error) {
		return c.rehire(ctx, by, orgID, login)
	})
	if err != nil {
		return nil, "", err
	}
	return c.NewAccount(login, created.Password), created.User.Id, nil
}

func (c *Client) rehire(ctx context.Context, by *Session, orgID, login string) (gen.CreatedUser, bool, error) {
	page, err := get[gen.UserPage](ctx, by, "/api/v1/users", url.Values{"org_id": {orgID}, "q": {login}})
	i := slices.IndexFunc(page.Items, func(u gen.User) bool { return u.Login == login })
	if err != nil || i < 0 {
		return gen.CreatedUser{}, false, err
	}
	reset, err := send[gen.OneTimePassword](ctx, by, http.MethodPost, "/api/v1/users/"+page.Items[i].Id+"/password", nil)
	return gen.CreatedUser{User: page.Items[i], Password: reset.Password}, err == nil, err
}

// exists reports whether a creation was refused because the thing is there already.
func exists(err error) bool { return Refused(err, apperr.Conflict) }
