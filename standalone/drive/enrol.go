package drive

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/roster"
)

// Place is a district or a school that a sheet adds. Unit is the superior of a school.
type Place struct {
	Unit       *Unit
	Code, Name string
}

// ImportDistricts adds districts from a sheet, and their offices and bureaus from another.
func (city *City) ImportDistricts(ctx context.Context, places []Place) ([]*Unit, error) {
	orgs := Sheet{Kind: roster.Orgs, Name: "各区机构.xlsx"}
	people := Sheet{Kind: roster.Accounts, Name: "各区经办人账号.xlsx"}
	for _, p := range places {
		orgs.Rows = append(orgs.Rows, Line{"上级代码": city.Code, "层级": "区", "代码": p.Code, "名称": p.Name})
		people.Rows = append(people.Rows,
			account(p.Code, "office-"+p.Code, p.Name+"工程办经办人", domain.RoleDistrict),
			account(p.Code, "bureau-"+p.Code, p.Name+"教育局经办人", domain.RoleBureau))
	}
	passwords, err := city.importBoth(ctx, orgs, people)
	if err != nil {
		return nil, err
	}
	units := make([]*Unit, len(places))
	for i, p := range places {
		org, err := city.org(ctx, p)
		if err != nil {
			return nil, err
		}
		c := city.c
		units[i] = &Unit{
			ID: org.Id, Name: p.Name, Code: p.Code, city: city,
			Office: c.NewAccount("office-"+p.Code, passwords["office-"+p.Code]), Bureau: c.NewAccount("bureau-"+p.Code, passwords["bureau-"+p.Code]),
		}
	}
	return units, nil
}

// ImportSchools adds schools from a sheet, and their principals and administrators from
// another. They have no teachers yet: see ImportTeachers.
func (city *City) ImportSchools(ctx context.Context, places []Place) ([]*School, error) {
	orgs := Sheet{Kind: roster.Schools, Name: "全市学校.xlsx"}
	people := Sheet{Kind: roster.Accounts, Name: "学校负责人账号.xlsx"}
	for _, p := range places {
		orgs.Rows = append(orgs.Rows, Line{"上级代码": p.Unit.Code, "学校代码": p.Code, "学校名称": p.Name})
		people.Rows = append(people.Rows,
			account(p.Code, "principal-"+p.Code, p.Name+"校长", domain.RolePrincipal),
			account(p.Code, "admin-"+p.Code, p.Name+"管理员", domain.RoleSchoolAdmin))
	}
	passwords, err := city.importBoth(ctx, orgs, people)
	if err != nil {
		return nil, err
	}
	schools := make([]*School, len(places))
	for i, p := range places {
		org, err := city.org(ctx, p)
		if err != nil {
			return nil, err
		}
		principal, admin := "principal-"+p.Code, "admin-"+p.Code
		ids, err := logins(ctx, city.Admin, org.Id)
		if err != nil {
			return nil, err
		}
		schools[i] = &School{
			ID: org.Id, Name: p.Name, Code: p.Code, Unit: p.Unit, c: city.c, principalID: ids[principal], adminID: ids[admin],
			Principal: city.c.NewAccount(principal, passwords[principal]), Admin: city.c.NewAccount(admin, passwords[admin]),
		}
	}
	return schools, nil
}

func account(code, login, name string, role domain.Role) Line {
	return Line{"单位代码": code, "账号": login, "姓名": name, "身份": role.Name()}
}

// importBoth adds organisations, then their people, whose passwords it returns.
func (city *City) importBoth(ctx context.Context, orgs, people Sheet) (map[string]string, error) {
	if _, err := city.Admin.Import(ctx, orgs); err != nil {
		return nil, err
	}
	return city.Security.Import(ctx, people)
}

// org finds an organisation that was imported.
func (city *City) org(ctx context.Context, p Place) (gen.Org, error) {
	page, err := get[gen.OrgPage](ctx, city.Admin, "/api/v1/orgs", url.Values{"q": {p.Name}})
	o, there, err := first(page.Items, err, func(o gen.Org) bool { return o.Code == p.Code })
	if err == nil && !there {
		err = fmt.Errorf("find %s: it was not imported", p.Name)
	}
	return o, err
}

// logins are the ids of the accounts of an organisation, by login.
func logins(ctx context.Context, who *Session, orgID string) (map[string]string, error) {
	ids := map[string]string{}
	for q := (url.Values{"org_id": {orgID}, "limit": {"500"}}); ; {
		page, err := get[gen.UserPage](ctx, who, "/api/v1/users", q)
		if err != nil {
			return nil, err
		}
		for _, u := range page.Items {
			ids[u.Login] = u.Id
		}
		if page.Next == "" {
			return ids, nil
		}
		q.Set("cursor", page.Next)
	}
}

// Intake is a school with the number of teachers that a sheet brings it.
type Intake struct {
	School   *School
	Teachers int
}

// subjects are what teachers teach, one after the other.
var subjects = []string{"语文", "数学", "英语", "科学", "道德与法治", "音乐", "美术", "体育", "信息科技"}

// ImportTeachers has somebody hire teachers from one sheet, and enter them on the rosters
// of a cohort if one is named. Mistakes are further rows; those that cannot be imported are
// left out.
func ImportTeachers(ctx context.Context, by *Session, name, cohort string, intakes []Intake, mistakes ...Line) error {
	sheet := Sheet{Kind: roster.Teachers, Name: name, Cohort: cohort}
	for _, in := range intakes {
		for i := range in.Teachers {
			sheet.Rows = append(sheet.Rows, Line{
				"学校代码": in.School.Code, "账号": in.School.login(i), "姓名": teacherName(i), "学科": subjects[i%len(subjects)], "专任教师": "是",
			})
		}
	}
	sheet.Rows = append(sheet.Rows, mistakes...)
	passwords, err := by.Import(ctx, sheet)
	if err != nil {
		return err
	}
	for _, in := range intakes {
		s := in.School
		ids, err := logins(ctx, by, s.ID)
		if err != nil {
			return err
		}
		s.Teachers = nil
		for i := range in.Teachers {
			login := s.login(i)
			s.Teachers = append(s.Teachers, &Teacher{Session: s.c.NewAccount(login, passwords[login]), ID: ids[login], Name: teacherName(i)})
		}
	}
	return nil
}

// ImportGroups forms the groups of schools whose teachers are on the rosters of a cohort.
func ImportGroups(ctx context.Context, by *Session, name, cohort string, schools []*School) error {
	sheet := Sheet{Kind: roster.Groups, Name: name, Cohort: cohort}
	for _, s := range schools {
		n := 0
		for members := range s.teams() {
			n++
			sheet.Rows = append(sheet.Rows, Line{
				"学校代码": s.Code, "教研组名称": groupName(n), "类型": "教研组", "组长账号": members[0].Login, "组员账号": listed(members[1:]),
			})
		}
	}
	if _, err := by.Import(ctx, sheet); err != nil {
		return err
	}
	for _, s := range schools {
		if err := s.findGroups(ctx, by); err != nil {
			return err
		}
	}
	return nil
}

func listed(members []*Teacher) string {
	names := make([]string, len(members))
	for i, t := range members {
		names[i] = t.Login
	}
	return strings.Join(names, "、")
}

// findGroups looks up the groups that were imported.
func (s *School) findGroups(ctx context.Context, by *Session) error {
	list, err := get[gen.GroupList](ctx, by, s.path("/groups"), nil)
	if err != nil {
		return err
	}
	s.groups = nil
	for members := range s.teams() {
		name := groupName(len(s.groups) + 1)
		i := slices.IndexFunc(list.Items, func(g gen.Group) bool { return g.Name == name && g.Members == len(members) })
		if i < 0 {
			return fmt.Errorf("find %s of %s: it was not imported", name, s.Name)
		}
		s.groups = append(s.groups, &group{id: list.Items[i].Id, members: members})
	}
	s.enrolled = true
	return nil
}
