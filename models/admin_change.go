package models

import (
	"time"

	"zhengxiao/internal/domain"
)

// AdminChangeKind is what is to happen to one of 三员.
type AdminChangeKind string

// The kinds.
const (
	AdminGrant   AdminChangeKind = "grant"
	AdminRevoke  AdminChangeKind = "revoke"
	AdminReset   AdminChangeKind = "reset"
	AdminDisable AdminChangeKind = "disable"
	AdminEnable  AdminChangeKind = "enable"
)

var adminChangeNames = map[AdminChangeKind]string{
	AdminGrant: "授予", AdminRevoke: "收回", AdminReset: "重置密码", AdminDisable: "停用账号", AdminEnable: "启用账号",
}

// Name is what users see.
func (k AdminChangeKind) Name() string { return adminChangeNames[k] }

// AdminChangeStatus is where such a change stands.
type AdminChangeStatus string

// The states.
const (
	AdminChangeOpen      AdminChangeStatus = "open"
	AdminChangeApproved  AdminChangeStatus = "approved"
	AdminChangeDeclined  AdminChangeStatus = "declined"
	AdminChangeWithdrawn AdminChangeStatus = "withdrawn"
)

var adminChangeStatusNames = map[AdminChangeStatus]string{
	AdminChangeOpen: "待复核", AdminChangeApproved: "已同意", AdminChangeDeclined: "不同意", AdminChangeWithdrawn: "已撤回",
}

// Name is what users see.
func (s AdminChangeStatus) Name() string { return adminChangeStatusNames[s] }

// AdminChange is a change to one of 三员 that one administrator asks for and another one
// decides on.
type AdminChange struct {
	ID        string `gorm:"primaryKey"`
	Kind      AdminChangeKind
	UserID    string
	Role      domain.Role
	OrgID     string
	Reason    string
	Status    AdminChangeStatus
	OpenSlot  string
	AskedBy   string
	AskedAt   time.Time
	DecidedBy string
	DecidedAt *time.Time
	Comment   string
}

// TableName is the table of AdminChange.
func (AdminChange) TableName() string { return "admin_changes" }
