package models

import (
	"errors"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/secret"
)

// columnCorrection is what a new value is sealed as until its request is answered.
const columnCorrection = "data_requests.value"

// CorrectionField is what of their data somebody wants corrected.
type CorrectionField string

// Fields that can be corrected. The first three are written when the request is met; for
// the others somebody must do what Steps says.
const (
	CorrectName     CorrectionField = "name"
	CorrectIDNumber CorrectionField = "id_number"
	CorrectPhone    CorrectionField = "phone"
	CorrectOrg      CorrectionField = "org"
	CorrectRole     CorrectionField = "role"
	CorrectStudy    CorrectionField = "study"
	CorrectCredit   CorrectionField = "credit"
	CorrectOther    CorrectionField = "other"
)

// Name is what users read.
func (f CorrectionField) Name() string {
	return map[CorrectionField]string{
		CorrectName: "姓名", CorrectIDNumber: "身份证件号", CorrectPhone: "手机号", CorrectOrg: "所在单位", CorrectRole: "身份、职务",
		CorrectStudy: "研修与考核记录", CorrectCredit: "学时", CorrectOther: "其他",
	}[f]
}

// Applied reports whether meeting the request writes the new value.
func (f CorrectionField) Applied() bool {
	return f == CorrectName || f == CorrectIDNumber || f == CorrectPhone
}

// Steps is who must do what before the request can be answered as met.
func (f CorrectionField) Steps() string {
	return map[CorrectionField]string{
		CorrectName: "答复“已办理”即写入新姓名；未办结项目的名册同时更新，已归档的文书不变。", CorrectIDNumber: "答复“已办理”即写入新证件号；请先核对本人证件。",
		CorrectPhone:  "答复“已办理”即写入新手机号。",
		CorrectOrg:    "由调出、调入学校共同的上级（区工程办或市工程办）在用户页办理“调动”，完成后再答复。",
		CorrectRole:   "由管理该单位账号的管理员在用户页增减身份；三员由安全管理员提出变更申请，完成后再答复。",
		CorrectStudy:  "由本校管理员或教研组组长在项目页更正；已提交审核的，由审核单位退回后更正，完成后再答复。",
		CorrectCredit: "未登记的由教育局在学时确认时更正；已登记的由教育局在学时登记页提出冲正，另一人批准后重新登记，完成后再答复。",
		CorrectOther:  "请联系保存该信息的单位更正，完成后再答复，并写明由谁在何处更正。",
	}[f]
}

// corrected checks what a request for correction asks for, and seals the new value into it.
func (s *Store) corrected(r *DataRequest, value string) error {
	value = strings.TrimSpace(value)
	switch {
	case r.Kind != AskCorrect:
		r.Field = ""
		return nil
	case r.Field.Name() == "":
		return apperr.Field("field", "请选择要更正哪一项。")
	case r.Field.Applied() && value == "":
		return apperr.Field("value", "请填写正确的"+r.Field.Name()+"。")
	case utf8.RuneCountInString(value) > 64:
		return apperr.Field("value", "不能超过64个字。")
	}
	r.ValueMask = value
	switch r.Field {
	case CorrectIDNumber:
		if value = secret.NormalizeID(value); !secret.ValidID(value) {
			return apperr.New(CodeIDNumber, "身份证号不正确：应为18位，且日期和校验码有效，请核对。").On("value")
		}
		r.ValueMask = secret.MaskID(value)
	case CorrectPhone:
		if secret.NormalizePhone(value) == "" {
			return apperr.Field("value", "手机号不正确，请核对。")
		}
		r.ValueMask = secret.MaskPhone(value)
	}
	r.ValueEnc = s.keys.Seal(columnCorrection, r.ID, value)
	return nil
}

// correct writes what a request asks for into the account: one field, with the checks that
// any change of it passes. The new value is not kept in the request.
func (s *Store) correct(tx *gorm.DB, r *DataRequest) error {
	if !r.Field.Applied() {
		return nil
	}
	value, err := s.keys.Open(columnCorrection, r.ID, r.ValueEnc)
	if err != nil {
		return err
	}
	var u User
	if err := forUpdate(tx).Where("id = ?", r.UserID).Take(&u).Error; err != nil {
		return found(err, "用户", "load user to correct")
	}
	if u.ErasedAt != nil {
		return apperr.Field("status", "该账号的个人信息已经清理，不能更正；请答复不予办理。")
	}
	var columns []string
	switch r.Field {
	case CorrectName:
		u.Name, columns = value, []string{"name"}
	case CorrectIDNumber:
		if err := s.notBeside(tx, u.ID, value); err != nil {
			return taken(err)
		}
		s.sealID(&u, value)
		columns = []string{"id_number_enc", "id_number_index", "id_number_mask"}
	case CorrectPhone:
		s.sealPhone(&u, value)
		columns = []string{"phone_enc", "phone_index"}
	}
	u.UpdatedAt = s.Now()
	res := tx.Model(&u).Where("id = ?", u.ID).Select(append(columns, "updated_at")).Updates(&u)
	if err := one(res, taken(duplicateUser(res.Error)), "用户", "correct user"); err != nil {
		return err
	}
	if r.Field == CorrectName {
		if err := renameOnRosters(tx, u); err != nil {
			return err
		}
	}
	return audit(tx, AuditEntry{
		Action: "user.update", SubjectKind: "user", SubjectID: u.ID, OrgID: u.OrgID, Details: map[string]any{"field": r.Field, "request": r.ID},
	})
}

// taken says to whoever answers why a number cannot be written.
func taken(err error) error {
	if e, ok := errors.AsType[*apperr.Error](err); ok && e.Code == apperr.Conflict {
		return apperr.Wrap(err, apperr.Conflict, "该身份证号已有另一个账号，不能写入。请先查明是不是同一个人的两个账号，或答复不予办理并说明。").On("status")
	}
	return err
}

// renameOnRosters corrects the name on the rosters of cases that go on: those of closed
// ones are what was filed.
func renameOnRosters(tx *gorm.DB, u User) error {
	return tx.Model(&RosterRow{}).
		Where("user_id = ? AND case_id IN (SELECT id FROM cases WHERE stage <> ?)", u.ID, domain.StageClosed).Update("name", u.Name).Error
}

// clerks are those who are told of a request: whoever may meet it, from the person's
// organisation upwards, other than the person.
func clerks(tx *gorm.DB, r DataRequest) ([]string, error) {
	var ids []string
	err := tx.Model(&User{}).Distinct("users.id").Joins("JOIN grants ON grants.user_id = users.id").
		Where("grants.role IN ? AND grants.org_id IN (SELECT id FROM orgs WHERE path IN ?)", EraserRoles(), ancestors([]string{r.Path})).
		Where("users.disabled = ? AND users.id <> ?", false, r.UserID).Order("users.id").Pluck("users.id", &ids).Error
	return ids, fail(err, "list who answers requests")
}
