// Package roster is the pure part of importing sheets of people and organisations: which
// columns a sheet has, how its rows are read from xlsx or CSV, and what can be said of a
// row without looking anything up.
package roster

import (
	"slices"

	"zhengxiao/internal/apperr"
)

// Kind is what a sheet holds.
type Kind string

// The kinds, in the order in which an installation is filled.
const (
	Orgs     Kind = "orgs"     // 机构
	Schools  Kind = "schools"  // 学校
	Accounts Kind = "accounts" // 用户与身份
	Teachers Kind = "teachers" // 教师名册
	Groups   Kind = "groups"   // 教研组
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Orgs, Schools, Accounts, Teachers, Groups} }

var kindNames = map[Kind]string{Orgs: "机构", Schools: "学校", Accounts: "用户与身份", Teachers: "教师名册", Groups: "教研组"}

// Name is what users see.
func (k Kind) Name() string { return kindNames[k] }

// Valid reports whether k is one of Kinds.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Refusals of a whole sheet.
const (
	CodeSheet  apperr.Code = "import_sheet"  // it cannot be read
	CodeHeader apperr.Code = "import_header" // columns are missing or named twice
	CodeEmpty  apperr.Code = "import_empty"  // there is no row below the header
)

// The limits of a sheet.
const (
	MaxBytes = 20 << 20
	MaxRows  = 50_000
	maxCell  = 2000 // characters
)

// column is one column of a kind.
type column struct {
	title    string
	required bool // the sheet must have it; whether each row must is the row's affair
	example  string
	note     string
	width    float64
	put      func(r *Row, value string)
}

var (
	loginColumn = column{"账号", true, "t0001", "登录用的账号，全系统唯一；不区分大小写。已有账号的按账号认人。", 16, func(r *Row, v string) { r.Login = v }}
	nameColumn  = column{"姓名", true, "张三", "必填，不超过64个字。", 12, func(r *Row, v string) { r.Name = v }}
	idColumn    = column{"身份证号", false, "", "选填，18位；单元格请设为“文本”，否则后几位会变成0。加密保存，用于认出同一个人。", 22, func(r *Row, v string) { r.IDNumber = v }}
	phoneColumn = column{"手机号", false, "13800000000", "选填，加密保存。", 14, func(r *Row, v string) { r.Phone = v }}
	codeOf      = func(title, example, note string) column {
		return column{title, true, example, note, 16, func(r *Row, v string) { r.Org = v }}
	}
)

var columns = map[Kind][]column{
	Orgs: {
		codeOf("上级代码", "4401", "必填，上级机构的代码；上级须已在系统中，或在本表的前面。"),
		{"层级", true, "区", "必填：市、区或学校。", 8, func(r *Row, v string) { r.Level = v }},
		{"代码", true, "440106", "必填，全系统唯一；按代码认机构。", 16, func(r *Row, v string) { r.Code = v }},
		{"名称", true, "天河区", "必填，不超过128个字；已有机构的名称会改成这里的。", 28, func(r *Row, v string) { r.Name = v }},
	},
	Schools: {
		codeOf("上级代码", "440106", "必填，所属区的代码；市直属学校填市的代码。"),
		{"学校代码", true, "440106001", "必填，全系统唯一；按代码认学校。", 16, func(r *Row, v string) { r.Code = v }},
		{"学校名称", true, "天河区第一小学", "必填，不超过128个字；已有学校的名称会改成这里的。", 28, func(r *Row, v string) { r.Name = v }},
	},
	Accounts: {
		codeOf("单位代码", "440106001", "必填，账号所属的机构或学校。"),
		loginColumn, nameColumn, idColumn, phoneColumn,
		{"身份", true, "学校管理员、教师", "必填，可填多个，用顿号分开：教师、学校管理员、校长、区工程办、考核专家、教育局、市工程办、督学、评估中心、系统管理员。只增不减。", 24, putRoles},
	},
	Teachers: {
		codeOf("学校代码", "440106001", "必填，教师所在学校的代码。"),
		loginColumn, nameColumn, idColumn, phoneColumn,
		{"学科", false, "语文", "选填，不超过64个字。", 12, func(r *Row, v string) { r.Subject = v }},
		{"专任教师", false, "是", "是或否；新教师不填为“是”。", 10, putFullTime},
	},
	Groups: {
		codeOf("学校代码", "440106001", "必填，教研组所在学校的代码。"),
		{"教研组名称", true, "语文教研组", "必填，不超过128个字；同一学校内按名称认组。", 20, func(r *Row, v string) { r.Name = v }},
		{"类型", false, "教研组", "选填：学科组、教研组或年级组。", 10, func(r *Row, v string) { r.GroupKind = v }},
		{"组长账号", true, "t0001", "必填，须在本校名册中；自动成为组员。", 16, func(r *Row, v string) { r.Login = v }},
		{"组员账号", false, "t0002、t0003", "选填，多个用顿号或逗号分开；只增不减。", 40, putMembers},
	},
}
