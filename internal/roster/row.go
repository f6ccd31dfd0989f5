package roster

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/hygiene"
	"zhengxiao/internal/secret"
)

// Row is one row of a sheet. Which fields it has depends on the kind. Problems are what
// is wrong with it in the user's words; a row with problems has no other meaning.
type Row struct {
	N     int      // its number in the sheet, as a spreadsheet shows it
	Cells []string // as they are in the sheet

	Org       string // code of the organisation above (orgs, schools), or its own
	Level     string // 市, 区, 学校
	Code      string
	Name      string
	Login     string // the leader's, of a group
	IDNumber  string
	Phone     string
	Roles     []domain.Role
	Subject   string
	FullTime  *bool // nil: the sheet does not say
	GroupKind string
	Members   []string

	Problems []string
}

// Badf notes one thing that is wrong.
func (r *Row) Badf(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// OK reports whether nothing is wrong so far.
func (r *Row) OK() bool { return len(r.Problems) == 0 }

// Keys are what the row must not share with another row of the sheet.
func (r *Row) Keys(k Kind) []string {
	switch k {
	case Orgs, Schools:
		return []string{"代码 " + r.Code}
	case Groups:
		keys := []string{"教研组 " + r.Org + " " + r.Name}
		for _, m := range append([]string{r.Login}, r.Members...) {
			keys = append(keys, "教师 "+m)
		}
		return keys
	}
	var keys []string
	if r.Login != "" {
		keys = append(keys, "账号 "+r.Login)
	}
	if r.IDNumber != "" {
		keys = append(keys, "身份证号 "+r.IDNumber)
	}
	return keys
}

// The lengths that the store keeps, in characters.
const (
	maxCode  = 32
	maxLogin = 64
	maxName  = 64
	maxTitle = 128
	maxPhone = 20
)

// breaks may be in a cell that lists several things.
var breaks = strings.NewReplacer("\r", "", "\n", "", "\t", "")

// check says what is wrong with the row's form.
func (r *Row) check(k Kind) {
	for i, c := range r.Cells {
		if c, bad := hygiene.Line(breaks.Replace(c)); bad {
			r.Badf("第%d列含有看不见或无法识别的字符（%s）", i+1, hygiene.Name(c))
		}
	}
	r.filled("单位代码", r.Org, maxCode)
	switch k {
	case Orgs, Schools:
		r.filled("代码", r.Code, maxCode)
		r.filled("名称", r.Name, maxTitle)
		if k == Orgs && !slices.Contains([]string{"市", "区", "学校"}, r.Level) {
			r.Badf("层级应为市、区或学校")
		}
	case Groups:
		r.checkGroup()
	case Accounts, Teachers:
		r.checkPerson(k)
	}
}

func (r *Row) checkPerson(k Kind) {
	r.filled("姓名", r.Name, maxName)
	switch {
	case r.Login == "" && r.IDNumber == "":
		r.Badf("账号未填")
	case utf8.RuneCountInString(r.Login) > maxLogin || strings.ContainsFunc(r.Login, unicode.IsSpace):
		r.Badf("账号不能超过%d个字，也不能有空格", maxLogin)
	}
	if r.IDNumber != "" && !secret.ValidID(r.IDNumber) {
		r.Badf("身份证号不正确：应为18位，且日期和校验码有效（单元格须为文本）")
	}
	if utf8.RuneCountInString(r.Phone) > maxPhone || strings.Trim(r.Phone, "0123456789+- ") != "" {
		r.Badf("手机号不正确：只能有数字，不超过%d位", maxPhone)
	}
	if utf8.RuneCountInString(r.Subject) > maxName {
		r.Badf("学科不能超过%d个字", maxName)
	}
	if k == Accounts && len(r.Roles) == 0 && r.OK() {
		r.Badf("身份未填")
	}
}

func (r *Row) checkGroup() {
	r.filled("教研组名称", r.Name, maxTitle)
	r.filled("组长账号", r.Login, maxLogin)
	if utf8.RuneCountInString(r.GroupKind) > maxCode {
		r.Badf("类型不能超过%d个字", maxCode)
	}
	r.Members = slices.DeleteFunc(r.Members, func(m string) bool { return m == r.Login })
	slices.Sort(r.Members)
	r.Members = slices.Compact(r.Members)
}

func (r *Row) filled(title, value string, most int) {
	switch {
	case value == "":
		r.Badf("%s未填", title)
	case utf8.RuneCountInString(value) > most:
		r.Badf("%s不能超过%d个字", title, most)
	}
}

// list splits a cell that names several things.
func list(value string) []string {
	return strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune("、，,；;\n", c) })
}

func putRoles(r *Row, value string) {
	for _, name := range list(value) {
		name = strings.TrimSpace(name)
		role := roleNamed(name)
		switch {
		case name == "":
		case role == "":
			r.Badf("没有“%s”这种身份", name)
		case role == domain.RoleGroupLeader:
			r.Badf("教研组组长请用“教研组”表导入")
		case !slices.Contains(r.Roles, role):
			r.Roles = append(r.Roles, role)
		}
	}
}

func roleNamed(name string) domain.Role {
	for _, role := range domain.Roles() {
		if role.Name() == name {
			return role
		}
	}
	return ""
}

func putFullTime(r *Row, value string) {
	yes := value == "是"
	switch value {
	case "":
	case "是", "否":
		r.FullTime = &yes
	default:
		r.Badf("专任教师应填“是”或“否”")
	}
}

func putMembers(r *Row, value string) {
	for _, m := range list(value) {
		if m = strings.ToLower(strings.TrimSpace(m)); m != "" {
			r.Members = append(r.Members, m)
		}
	}
}
