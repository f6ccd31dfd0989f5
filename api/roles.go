package api

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// managed lists which roles a role's holder may give to others below. Group leaders are
// made by leading a group.
var managed = map[domain.Role][]domain.Role{
	domain.RoleSecurity: ordinary(),
	domain.RoleCityOffice: roles(domain.RoleTeacher, domain.RoleGroupLeader, domain.RoleSchoolAdmin, domain.RolePrincipal,
		domain.RoleDistrict, domain.RoleExpert, domain.RoleBureau, domain.RoleInspector),
	domain.RoleDistrict:    roles(domain.RoleTeacher, domain.RoleGroupLeader, domain.RoleSchoolAdmin, domain.RolePrincipal),
	domain.RoleSchoolAdmin: roles(domain.RoleTeacher, domain.RoleGroupLeader),
}

// ordinary are the roles that one security administrator gives alone: all but the three
// that keep each other in check (models/triad.go).
func ordinary() []domain.Role {
	return slices.DeleteFunc(domain.Roles(), domain.Role.Triad)
}

// ListRoles shows the role table.
func (s *server) ListRoles(context.Context, gen.ListRolesRequestObject) (gen.ListRolesResponseObject, error) {
	return gen.ListRoles200JSONResponse{Items: convert(domain.Roles(), func(r domain.Role) gen.RoleInfo {
		info := gen.RoleInfo{Role: r, Name: r.Name(), Levels: models.RoleLevels(r), Grants: slices.Clone(managed[r]), Actions: []gen.ActionInfo{}}
		if info.Grants == nil {
			info.Grants = []domain.Role{}
		}
		for _, k := range domain.Kinds() {
			if slices.Contains(domain.RolesFor(k), r) {
				info.Actions = append(info.Actions, gen.ActionInfo{Kind: k, Name: k.Name()})
			}
		}
		return info
	})}, nil
}

// mayGive checks that one of the caller's roles manages a role at an organisation, and
// that the role can be held there.
func (a *access) mayGive(role domain.Role, org *models.Org) error {
	if err := models.CheckSeat(role, org); err != nil {
		return err
	}
	if role.Triad() && a.holds(security...) {
		return apperr.Newf(models.CodeTwoPersons, "“%s”的变更须两人办理：请在“三员变更”中提出申请，由另一名安全管理员复核。", role.Name())
	}
	for _, r := range a.reached {
		if slices.Contains(managed[r.grant.Role], role) && r.scope.Covers(org.Path) {
			return nil
		}
	}
	return apperr.Newf(apperr.Forbidden, "您不能授予或收回“%s”，请联系上级管理员。", role.Name())
}
