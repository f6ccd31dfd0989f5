package domain

import (
	"slices"
	"strings"
	"time"

	"zhengxiao/internal/apperr"
)

// Refusals of 委托.
const (
	CodeNotDelegable      apperr.Code = "not_delegable"
	CodeDelegateUnfit     apperr.Code = "delegate_unfit"
	CodeDelegationOverlap apperr.Code = "delegation_overlap"
	CodeDelegationChain   apperr.Code = "delegation_chain"
)

// LongestDelegation is how long one delegation may last.
const LongestDelegation = 366 * 24 * time.Hour

// DelegableRoles are the roles somebody may stand in for: an expert's judgement, a
// teacher's study and the administration of the system are one's own.
func DelegableRoles() []Role {
	return []Role{RoleSchoolAdmin, RolePrincipal, RoleDistrict, RoleBureau, RoleCityOffice}
}

// Delegation is 委托 of one role of one person to a colleague for a time, from StartsAt up
// to EndsAt.
type Delegation struct {
	From, To         string
	Role             Role
	OrgID            string
	StartsAt, EndsAt time.Time
	Reason           string
}

// DelegationFacts are what a delegation is judged by.
type DelegationFacts struct {
	Own       bool         // the delegator holds the role himself
	Colleague bool         // the delegate has an enabled account of the organisation
	Others    []Delegation // of the same role at the organisation, neither over nor ended
}

// Check judges what a delegation says by itself.
func (d Delegation) Check(now time.Time) error {
	switch {
	case d.To == "" || d.To == d.From:
		return apperr.Field("to_user", "请选择受托人，不能委托给自己。")
	case !d.EndsAt.After(d.StartsAt) || !d.EndsAt.After(now):
		return apperr.Field("ends_at", "委托的结束时间应晚于开始时间和当前时间。")
	case d.EndsAt.Sub(d.StartsAt) > LongestDelegation:
		return apperr.Field("ends_at", "一次委托最长一年，请缩短期限。")
	case strings.TrimSpace(d.Reason) == "":
		return apperr.Field("reason", "请填写委托的理由，例如外出学习、休假。")
	}
	return nil
}

// Fits judges a delegation by who the people are and what was delegated before. Nobody
// passes on what was delegated to them, and nobody is stood in for twice: so there is
// always one person who answers for a task.
func (d Delegation) Fits(f DelegationFacts) error {
	switch {
	case !slices.Contains(DelegableRoles(), d.Role):
		return apperr.Newf(CodeNotDelegable, "“%s”的工作须本人办理，不能委托。", d.Role.Name()).On("roles")
	case !f.Own:
		return apperr.New(CodeNotDelegable, "只能委托自己持有的身份；受托代办的身份不能再转托。").On("roles")
	case !f.Colleague:
		return DelegateUnfit()
	}
	for _, o := range f.Others {
		if !d.meets(o) {
			continue
		}
		switch {
		case o.From == d.From:
			return apperr.New(CodeDelegationOverlap, "您在这段时间已委托过该身份，请先结束原委托。").On("starts_at")
		case o.From == d.To:
			return apperr.New(CodeDelegationChain, "受托人在这段时间已把该身份委托给他人，请另选。").On("to_user")
		case o.To == d.From:
			return apperr.New(CodeDelegationChain, "您在这段时间正受托代他人办理该身份的工作，请先请对方改托他人。").On("starts_at")
		}
	}
	return nil
}

// meets reports whether two delegations of one role share an instant.
func (d Delegation) meets(o Delegation) bool {
	return o.Role == d.Role && o.OrgID == d.OrgID && o.StartsAt.Before(d.EndsAt) && o.EndsAt.After(d.StartsAt)
}

// DelegateUnfit refuses somebody who is no colleague.
func DelegateUnfit() error {
	return apperr.New(CodeDelegateUnfit, "受托人须是本单位的在用账号，请另选。").On("to_user")
}
