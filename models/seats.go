package models

import (
	"slices"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// seats lists at which levels a role can be held.
var seats = map[domain.Role][]Level{
	domain.RoleTeacher:     {LevelSchool},
	domain.RoleGroupLeader: {LevelSchool},
	domain.RoleSchoolAdmin: {LevelSchool},
	domain.RolePrincipal:   {LevelSchool},
	domain.RoleDistrict:    {LevelDistrict},
	domain.RoleExpert:      {LevelProvince, LevelCity, LevelDistrict},
	domain.RoleBureau:      {LevelCity, LevelDistrict},
	domain.RoleCityOffice:  {LevelCity},
	domain.RoleInspector:   {LevelCity, LevelDistrict},
	domain.RoleAuditor:     {LevelProvince, LevelCity},
	domain.RoleSysadmin:    {LevelProvince, LevelCity},
	domain.RoleSecurity:    {LevelProvince, LevelCity},
	domain.RoleAudit:       {LevelProvince, LevelCity},
}

// RoleLevels are the levels at which a role can be held.
func RoleLevels(r domain.Role) []Level { return seats[r] }

// CheckSeat refuses a role that cannot be held at an organisation's level.
func CheckSeat(r domain.Role, o *Org) error {
	if !slices.Contains(seats[r], o.Level) {
		return apperr.Newf(apperr.Invalid, "“%s”不能在该级别的单位担任，请选择合适的单位。", r.Name()).On("role")
	}
	return nil
}
