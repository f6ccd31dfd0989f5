package models

import "time"

// PersonalRead is one look at personal data in clear. SubjectID is empty when a look-up
// found nobody; Path is that of the subject's organisation, else of the viewer's.
type PersonalRead struct {
	ID         string `gorm:"primaryKey"`
	Kind       ReadKind
	ViewerID   string
	SubjectID  string
	Field      PersonalField
	Purpose    Purpose
	Words      string
	CaseID     string
	Path       string
	At         time.Time
	Reviewed   bool
	ReviewedBy string
	ReviewedAt *time.Time
	ReviewNote string
}

// TableName is the table of PersonalRead.
func (PersonalRead) TableName() string { return "personal_reads" }

// ReadKind is how personal data were looked at.
type ReadKind string

// Kinds of reads.
const (
	ReadReveal ReadKind = "reveal" // of a person who was known
	ReadLookup ReadKind = "lookup" // of who has a number
)

// Name is what users read.
func (k ReadKind) Name() string {
	return map[ReadKind]string{ReadReveal: "查看", ReadLookup: "查找"}[k]
}

// PersonalField is a sealed field of an account.
type PersonalField string

// Sealed fields.
const (
	FieldIDNumber PersonalField = "id_number"
	FieldPhone    PersonalField = "phone"
)

// Name is what users read.
func (f PersonalField) Name() string {
	return map[PersonalField]string{FieldIDNumber: "身份证件号", FieldPhone: "手机号"}[f]
}

// Purpose is what somebody looks at personal data for.
type Purpose string

// Purposes.
const (
	PurposeContact  Purpose = "contact"
	PurposeIdentity Purpose = "identity"
	PurposeCredit   Purpose = "credit"
	PurposeRequest  Purpose = "request"
	PurposeIncident Purpose = "incident"
	PurposeOther    Purpose = "other"
)

// Name is what users read.
func (p Purpose) Name() string {
	return map[Purpose]string{
		PurposeContact: "督办联系", PurposeIdentity: "核对身份", PurposeCredit: "核对学时登记", PurposeRequest: "办理本人申请",
		PurposeIncident: "处置安全事件", PurposeOther: "其他",
	}[p]
}
