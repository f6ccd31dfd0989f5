package models

import "time"

// PersonalRead is one look at personal data in clear. SubjectID is empty when a look-up
// found nobody, and of a file, which is about AboutID and tells of several people; Path is
// that of the subject's organisation, else of the viewer's or of what the file is about.
type PersonalRead struct {
	ID         string `gorm:"primaryKey"`
	Kind       ReadKind
	ViewerID   string
	SubjectID  string
	Field      PersonalField
	Purpose    Purpose
	Words      string
	CaseID     string
	AboutID    string
	People     int
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
	ReadExport ReadKind = "export" // of many people, as a file
)

// Name is what users read.
func (k ReadKind) Name() string {
	return map[ReadKind]string{ReadReveal: "查看", ReadLookup: "查找", ReadExport: "下载"}[k]
}

// PersonalField is a sealed field of an account, or what else is given out in clear.
type PersonalField string

// What is seen.
const (
	FieldIDNumber PersonalField = "id_number"
	FieldPhone    PersonalField = "phone"
	FieldPassword PersonalField = "password" // one-time passwords of new accounts
)

// Name is what users read.
func (f PersonalField) Name() string {
	return map[PersonalField]string{FieldIDNumber: "身份证件号", FieldPhone: "手机号", FieldPassword: "初始密码"}[f]
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
