package domain

import "zhengxiao/internal/apperr"

// CodeWorkshopDistrict is a workshop with members of more than one district.
const CodeWorkshopDistrict apperr.Code = "workshop_cross_district"

// WorkshopMember is a member of a 研修工作坊 with the unit above the school: a district,
// or the city for 市直属 schools.
type WorkshopMember struct {
	UserID   string `json:"user_id"`
	District string `json:"district"`
}

// CheckWorkshop keeps a workshop within one district unless the policy allows more
// (000:150: 不跨区组织工作坊).
func CheckWorkshop(p GroupsPolicy, members []WorkshopMember) error {
	if p.CrossDistrict {
		return nil
	}
	for _, m := range members {
		if m.District != members[0].District {
			return apperr.New(CodeWorkshopDistrict, "研修工作坊不能跨区组织，成员来自不同的区，请移出外区成员或分区建坊。").On("members")
		}
	}
	return nil
}
