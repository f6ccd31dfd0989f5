package importer_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/importer"
	"zhengxiao/internal/roster"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// everything is an operator's right: any role where it can be held.
var everything = models.ImportRights{Reach: models.Scope{All: true}, May: models.CheckSeat}

func validID(id string) bool { return secret.ValidID(id) }

func counts(t *testing.T, s *models.Store, id string, status models.ImportStatus) models.Counts {
	t.Helper()
	v, err := s.Import(t.Context(), models.Scope{All: true}, id)
	require.NoError(t, err)
	require.Equal(t, status, v.Status, v.Message)
	require.Equal(t, v.Total, v.Processed)
	return models.Counts{Created: v.Created, Changed: v.Changed, Same: v.Same, Bad: v.Bad}
}

// errorRows are the rows of the error sheet, its header first.
func errorRows(t *testing.T, s *models.Store, j *models.ImportJob) [][]string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, importer.WriteErrors(t.Context(), s, j, &out))
	f, err := excelize.OpenReader(&out)
	require.NoError(t, err)
	rows, err := f.GetRows(f.GetSheetName(0))
	require.NoError(t, err)
	return rows
}

// desk is a world with a way to hand sheets in.
type desk struct {
	*testkit.World

	request importer.Request
	rights  models.ImportRights
}

func newDesk(t *testing.T, kind roster.Kind) desk {
	t.Helper()
	clock := testkit.NewClock()
	w := testkit.NewWorld(t, testkit.Store(t, clock), clock)
	return desk{w, importer.Request{Kind: kind, FileName: "表.csv", Path: w.City.Path, By: "tester"}, everything}
}

func (d desk) check(sheet string) *models.ImportJob {
	d.T.Helper()
	j, err := importer.Begin(d.T.Context(), d.Store, d.request, []byte(sheet))
	require.NoError(d.T, err)
	require.NoError(d.T, importer.Run(d.T.Context(), d.Store, j, d.rights, func(int) {}))
	return j
}

func (d desk) apply(j *models.ImportJob, mode models.ImportMode) error {
	d.T.Helper()
	j, err := d.Store.ApplyImport(d.T.Context(), j.ID, mode, "tester")
	if err != nil {
		return err
	}
	require.NoError(d.T, importer.Run(d.T.Context(), d.Store, j, d.rights, func(int) {}))
	return nil
}

func (d desk) counts(j *models.ImportJob, status models.ImportStatus) models.Counts {
	d.T.Helper()
	return counts(d.T, d.Store, j.ID, status)
}

// imports checks and applies a sheet that must have no bad row, twice: the second time
// nothing changes.
func (d desk) imports(sheet string, want models.Counts) {
	d.T.Helper()
	j := d.check(sheet)
	require.Equal(d.T, want, d.counts(j, models.ImportChecked), d.reasons(j))
	require.NoError(d.T, d.apply(j, models.ImportAll))
	require.Equal(d.T, want, d.counts(j, models.ImportDone))
	j = d.check(sheet)
	require.Equal(d.T, models.Counts{Same: j.Total}, d.counts(j, models.ImportChecked))
}

func (d desk) reasons(j *models.ImportJob) map[int]string {
	d.T.Helper()
	list, _, err := d.Store.ImportErrors(d.T.Context(), j.ID, models.Page{Limit: 500})
	require.NoError(d.T, err)
	by := map[int]string{}
	for _, e := range list {
		by[e.RowNo] = e.Reason
	}
	return by
}

func TestOrganisationsComeParentsFirst(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Orgs)
	d.imports("上级代码,层级,代码,名称\n4401,区,440111,白云区\n440111,学校,440111001,白云一小\n", models.Counts{Created: 2})
	school, err := d.Store.OrgByCode(t.Context(), "440111001")
	require.NoError(t, err)
	parent, err := d.Store.OrgByCode(t.Context(), "440111")
	require.NoError(t, err)
	require.Equal(t, parent.Path+school.ID+"/", school.Path)
	d.imports("上级代码,层级,代码,名称\n440111,学校,440111001,白云实验小学\n", models.Counts{Changed: 1})

	j := d.check("上级代码,层级,代码,名称\n440199001,学校,x1,甲\n4401,学校,440111001,乙\n440111,区,x2,丙\n440111,学校,x3,丁\n440111,学校,x3,戊\n")
	reasons := d.reasons(j)
	require.Contains(t, reasons[2], "找不到代码为440199001的上级单位")
	require.Contains(t, reasons[3], "不能变更上级")
	require.Contains(t, reasons[4], "层级不对")
	require.Contains(t, reasons[6], "与第5行重复")
	require.Len(t, reasons, 4)
}

func TestAccountsWithRolesAndOneTimePasswords(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Accounts)
	sheet := "单位代码,账号,姓名,身份证号,手机号,身份\n440106001,XIAOZHANG,校长,,13800000001,校长、教师\n440106,shenhe,审核,,,区工程办\n"
	d.imports(sheet, models.Counts{Created: 2})
	u, err := d.Store.UserByLogin(t.Context(), "xiaozhang")
	require.NoError(t, err)
	require.True(t, u.MustChange)
	grants, err := d.Store.Grants(t.Context(), u.ID)
	require.NoError(t, err)
	require.Len(t, grants, 2)
	list, _, err := d.Store.Imports(t.Context(), models.Scope{All: true}, models.ImportFilter{}, models.Page{})
	require.NoError(t, err)
	first := list[len(list)-1]
	require.True(t, first.Passwords)
	passwords, err := d.Store.TakePasswords(t.Context(), &first.ImportJob, models.ClearFile{})
	require.NoError(t, err)
	require.Len(t, passwords, 2)
	_, err = d.Store.TakePasswords(t.Context(), &first.ImportJob, models.ClearFile{})
	require.Equal(t, apperr.Conflict, apperr.CodeOf(err), "once")

	reasons := d.reasons(d.check("单位代码,账号,姓名,身份\n440106,a,甲,校长\n440106001,b,乙,厨师\n440104001,xiaozhang,校长,教师\n440106001,c,丙,\n"))
	require.Contains(t, reasons[2], "不能在该级别的单位担任")
	require.Contains(t, reasons[3], "没有“厨师”这种身份")
	require.Contains(t, reasons[4], "属于另一个单位")
	require.Contains(t, reasons[5], "身份未填")
}

// An account out of reach is not named to whoever knows an ID number only.
func TestAccountsOutOfReachAreNotNamed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Teachers)
	d.imports("学校代码,账号,姓名,身份证号\n440104001,secret-login,张三,11010519491231002X\n", models.Counts{Created: 1})
	d.rights.Reach = models.Scope{Paths: []string{d.District.Path}}
	const head = "学校代码,账号,姓名,身份证号\n"
	d.rights.Self = d.User(d.District, domain.RoleDistrict).ID
	for name, test := range map[string]struct{ row, want string }{
		"by ID number":            {"440106001,,张三,11010519491231002X\n", "您的管理范围内也没有这个身份证号的账号"},
		"by a number of nobody's": {"440106001,,张三,440524188001010014\n", "您的管理范围内也没有这个身份证号的账号"},
		"by ID, with a new login": {"440106001,zhang,张三,11010519491231002X\n", "这个身份证号不能用来新建账号"},
		"by the login itself":     {"440106001,secret-login,张三,\n", "账号secret-login已有另一个单位的人使用"},
	} {
		reason := d.reasons(d.check(head + test.row))[2]
		require.Contains(t, reason, test.want, name)
		require.Contains(t, reason, "上级管理部门", name)
		require.Equal(t, name == "by the login itself", strings.Contains(reason, "secret-login"), name)
	}
	d.rights = everything
	require.Contains(t, d.reasons(d.check(head + "440106001,,张三,11010519491231002X\n"))[2], "账号secret-login属于另一个单位")
	who, err := d.Store.UserByLogin(t.Context(), "secret-login")
	require.NoError(t, err)
	mine, _, err := d.Store.ReadsOf(t.Context(), who.ID, models.Page{})
	require.NoError(t, err)
	require.Len(t, mine, 2, "the person sees who tried the number")
	require.Equal(t, models.ReadLookup, mine[0].Kind)
	require.Equal(t, "导入《表.csv》第2行", mine[0].Words)
}

// What rows tell about whose a number is counts as look-ups do, once for the dry run and the
// writing of a sheet; when there are no more, numbers are not looked up, right or wrong.
func TestSheetsAskAboutNumbersAsOftenAsPeopleMay(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Teachers)
	d.imports("学校代码,账号,姓名,身份证号\n440106001,zhang,张三,11010519491231002X\n", models.Counts{Created: 1})
	d.rights.Self = d.User(d.City, domain.RoleCityOffice).ID
	var b strings.Builder
	b.WriteString("学校代码,账号,姓名,身份证号\n440106001,wang,王五,\n")
	for i := range models.ReadsAnHour + 1 {
		fmt.Fprintf(&b, "440106001,,路人,%s\n", numberOf(i))
	}
	b.WriteString("440106001,,张三,11010519491231002X\n440106001,li,李四,440524188001010014\n")
	j := d.check(b.String())
	reasons := d.reasons(j)
	last := models.ReadsAnHour + 2
	require.Contains(t, reasons[last], "没有这个身份证号的账号")
	for row := last + 1; row <= last+3; row++ {
		require.Contains(t, reasons[row], "没有核对", row)
	}
	require.NoError(t, d.apply(j, models.ImportGood))
	again := d.reasons(j)
	require.Contains(t, again[last], "没有这个身份证号的账号", "told before")
	require.Contains(t, again[last+1], "没有核对")
	open := models.ReadFilter{Viewer: d.rights.Self}
	list, _, err := d.Store.PersonalReads(t.Context(), models.Scope{All: true}, open, models.Page{Limit: 100})
	require.NoError(t, err)
	require.Len(t, list, models.ReadsAnHour)

	d.Clock.Advance(time.Hour)
	own := "学校代码,账号,姓名,身份证号\n440106001,,张三,11010519491231002X\n440106001,zhang,张三丰,11010519491231002X\n"
	require.NotContains(t, d.reasons(d.check(own)), 2, "an own account that is found by its number tells nothing new")
}

// numberOf is the n-th of some valid ID numbers.
func numberOf(n int) string {
	body := fmt.Sprintf("44052419900101%03d", n)
	for _, last := range "0123456789X" {
		if id := body + string(last); secret.ValidID(id) {
			return id
		}
	}
	return ""
}

// Sheets and passwords are kept for a week, whether or not anybody imports again.
func TestOldImportsForgetPersonalData(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Teachers)
	j := d.check("学校代码,账号,姓名\n440106001,t1,张三\n440106001,t2,\n")
	require.NoError(t, d.apply(j, models.ImportGood))
	d.Clock.Advance(7*24*time.Hour - time.Second)
	require.NoError(t, d.Store.TidyImports(t.Context()))
	require.NoError(t, d.Store.ImportFile(t.Context(), j.ID, io.Discard))
	d.Clock.Advance(2 * time.Second)
	require.NoError(t, d.Store.TidyImports(t.Context()))
	require.Equal(t, apperr.NotFound, apperr.CodeOf(d.Store.ImportFile(t.Context(), j.ID, io.Discard)))
	_, err := d.Store.TakePasswords(t.Context(), j, models.ClearFile{})
	require.Equal(t, apperr.Conflict, apperr.CodeOf(err))
	v, err := d.Store.Import(t.Context(), models.Scope{All: true}, j.ID)
	require.NoError(t, err)
	require.Equal(t, 1, v.Created, "what came of it stays")
}

// The same sheet in each form that offices send.
func TestSheetsInEveryForm(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Teachers)
	text := "学校代码*,账号,姓名,备注\r\n440106001,t1,张三,\r\n\r\n440106001,t2,欧阳䶮,\"两\n行\"\r\n440106001,t3,,x\r\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	require.NoError(t, err)
	for name, body := range map[string]string{"utf-8": text, "utf-8 with mark": "\ufeff" + text, "gb18030": gb, "xlsx": workbook(t, text)} {
		j := d.check(body)
		require.Equal(t, models.Counts{Created: 2, Bad: 1}, d.counts(j, models.ImportChecked), name)
	}
	require.Contains(t, d.reasons(d.check(text))[6], "姓名未填", "numbered as an editor shows it")
}

// workbook is the rows of a CSV as a workbook.
func workbook(t *testing.T, text string) string {
	t.Helper()
	f := excelize.NewFile()
	for i, line := range strings.Split(strings.ReplaceAll(text, "两\n行", "两行"), "\r\n") {
		cells := strings.Split(line, ",")
		require.NoError(t, f.SetSheetRow("Sheet1", "A"+string(rune('1'+i)), &cells))
	}
	var out bytes.Buffer
	require.NoError(t, f.Write(&out))
	return out.String()
}

func TestTeachersGoOnTheRosterUntilItIsFrozen(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Teachers)
	d.request.CohortID = d.Cohort.ID
	c, _ := d.Case(d.School, 0)
	const head = "学校代码,账号,姓名,身份证号,学科,专任教师\n"
	d.imports(head+"440106001,t1,张三,11010519491231002X,语文,是\n440106001,t2,李四,,数学,否\n", models.Counts{Created: 2})
	teachers, fullTime, err := d.Store.CountRoster(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, []int{2, 1}, []int{teachers, fullTime})
	d.imports(head+"440106001,,张三丰,11010519491231002x,美术,\n", models.Counts{Changed: 1}) // known by the ID number

	reasons := d.reasons(d.check(head + "440106001,t2,李四,11010519491231002X,,\n440104001,t9,王五,,,\n440106001,t3,赵六,11010519491231002X,,\n440106,t4,孙七,,,\n"))
	require.Contains(t, reasons[2], "两个人")
	require.Contains(t, reasons[3], "没有项目")
	require.Contains(t, reasons[4], "身份证号")
	require.Contains(t, reasons[5], "不是学校")

	frozen := d.Clock.Now()
	d.Move(c.ID, domain.StageTraining, func(*domain.State) {})
	require.NoError(t, d.Store.DB(t.Context()).Model(&models.Case{}).Where("id = ?", c.ID).Update("roster_frozen_at", frozen).Error)
	j := d.check(head + "440106001,t2,李四,,数学,否\n440106001,t5,新来的,,,\n")
	require.Equal(t, models.Counts{Same: 1, Bad: 1}, d.counts(j, models.ImportChecked))
	require.Contains(t, d.reasons(j)[3], "冻结")
}

func TestGroupsWithLeadersAndMembers(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Groups)
	d.request.CohortID = d.Cohort.ID
	c, users := d.Case(d.School, 4)
	const head = "学校代码,教研组名称,类型,组长账号,组员账号\n"
	login := func(i int) string { return users[i].Login }
	d.imports(head+"440106001,语文组,教研组,"+login(0)+",\""+login(1)+"、"+login(0)+"\"\n", models.Counts{Created: 1})
	groups, err := d.Store.Groups(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, []any{users[0].ID, 2}, []any{groups[0].LeaderID, groups[0].Members})
	d.imports(head+"440106001,语文组,,"+login(1)+","+login(2)+"\n", models.Counts{Changed: 1})
	grants, err := d.Store.Grants(t.Context(), users[0].ID)
	require.NoError(t, err)
	require.Len(t, grants, 1, "the former leader is a teacher only")

	reasons := d.reasons(d.check(head + "440106001,数学组,,nobody,\n440106001,英语组,," + login(3) + "," + login(2) + "\n"))
	require.Contains(t, reasons[2], "nobody不在该校项目的名册中")
	require.Contains(t, reasons[3], "已在另一个教研组")
}

// A sheet with bad rows writes nothing, unless the good rows are asked for; corrected and
// handed in again it is complete.
func TestBadRowsComeBackToBeCorrected(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Teachers)
	j := d.check("学校代码,账号,姓名\n440106001,t1,张三\n440106001,t2,\n440106001,t1,重名\n")
	require.Equal(t, models.Counts{Created: 1, Bad: 2}, d.counts(j, models.ImportChecked))
	err := d.apply(j, models.ImportAll)
	require.Equal(t, models.CodeImportBad, apperr.CodeOf(err))
	_, err = d.Store.UserByLogin(t.Context(), "t1")
	require.True(t, apperr.Is(err, apperr.NotFound), "nothing is written")
	require.NoError(t, d.apply(j, models.ImportGood))
	require.Equal(t, models.Counts{Created: 1, Bad: 2}, d.counts(j, models.ImportDone))
	require.Equal(t, apperr.Conflict, apperr.CodeOf(d.apply(j, models.ImportGood)), "once")

	rows := errorRows(t, d.Store, j)
	require.Equal(t, [][]string{
		{"原行号", "错误原因", "学校代码", "账号", "姓名"},
		{"3", "姓名未填", "440106001", "t2"},
		{"4", "与第2行重复（账号 t1）", "440106001", "t1", "重名"},
	}, rows)
	f := excelize.NewFile()
	require.NoError(t, f.SetSheetRow("Sheet1", "A1", &rows[0]))
	rows[1] = append(rows[1], "李四")
	require.NoError(t, f.SetSheetRow("Sheet1", "A2", &rows[1]))
	var out bytes.Buffer
	require.NoError(t, f.Write(&out))
	d.imports(out.String(), models.Counts{Created: 1})
}

// What became wrong after the dry run is found before anything is written.
func TestAStaleDryRunWritesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Teachers)
	j := d.check("学校代码,账号,姓名\n440106001,t1,张三\n440106001,t2,李四\n")
	_, err := d.Store.CreateUser(t.Context(), models.NewUser{Login: "t2", Name: "另一个", OrgID: d.Foreign.ID})
	require.NoError(t, err)
	require.NoError(t, d.apply(j, models.ImportAll))
	v, err := d.Store.Import(t.Context(), models.Scope{All: true}, j.ID)
	require.NoError(t, err)
	require.Equal(t, models.ImportFailed, v.Status)
	require.Contains(t, v.Message, "没有写入任何内容")
	_, err = d.Store.UserByLogin(t.Context(), "t1")
	require.True(t, apperr.Is(err, apperr.NotFound))
}

func TestNobodyImportsBeyondHisReach(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Teachers)
	d.rights = models.ImportRights{Reach: models.Scope{Paths: []string{d.District.Path}}, May: func(r domain.Role, o *models.Org) error {
		if r != domain.RoleTeacher {
			return apperr.New(apperr.Forbidden, "您不能授予这种身份。")
		}
		return models.CheckSeat(r, o)
	}}
	_, err := d.Store.CreateUser(t.Context(), models.NewUser{Login: "boss", Name: "校长", OrgID: d.School.ID, Roles: []domain.Role{domain.RolePrincipal}})
	require.NoError(t, err)
	reasons := d.reasons(d.check("学校代码,账号,姓名\n440104001,t1,邻区\n440106001,boss,改名\n440106001,boss2,可以\n"))
	require.Contains(t, reasons[2], "不在您的管理范围内")
	require.Contains(t, reasons[3], "您不能修改其资料")
	require.Len(t, reasons, 2)
}

// What nobody may do at a page, they may not do by a sheet.
func TestNobodyImportsARoleOfTheirOwnOrTwoOfTheThree(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Accounts)
	me, err := d.Store.CreateUser(t.Context(), models.NewUser{Login: "me", Name: "我", OrgID: d.City.ID, Roles: []domain.Role{domain.RoleCityOffice}})
	require.NoError(t, err)
	_, err = d.Store.CreateUser(t.Context(), models.NewUser{Login: "one", Name: "安全", OrgID: d.City.ID, Roles: []domain.Role{domain.RoleSecurity}})
	require.NoError(t, err)
	d.rights = everything
	d.rights.Self = me.ID
	const head = "单位代码,账号,姓名,身份\n"
	reasons := d.reasons(d.check(head + d.City.Code + ",me,我,市工程办、评估中心\n"))
	require.Contains(t, reasons[2], "不能给自己授予“评估中心”")
	reasons = d.reasons(d.check(head + d.City.Code + ",one,安全,系统管理员\n" + d.City.Code + ",two,新,系统管理员\n"))
	require.Contains(t, reasons[2], "必须由不同的人担任")
	require.Len(t, reasons, 1)
}

func TestFilesThatAreNoSheets(t *testing.T) {
	t.Parallel()
	d := newDesk(t, roster.Teachers)
	for name, c := range map[string]struct {
		body string
		code apperr.Code
	}{
		"empty":            {"", apperr.Invalid},
		"only a header":    {"学校代码,账号,姓名\n", roster.CodeEmpty},
		"blank":            {"\n\n\n", roster.CodeHeader},
		"another kind":     {"上级代码,层级,代码,名称\n1,2,3,4\n", roster.CodeHeader},
		"a column twice":   {"学校代码,账号,姓名,姓名\n1,2,3,4\n", roster.CodeHeader},
		"old Excel":        {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", roster.CodeSheet},
		"not a workbook":   {"PK\x03\x04 and no more", roster.CodeSheet},
		"a quote too much": {"学校代码,账号,姓名\n1,\"2,3\n", roster.CodeSheet},
		"too many rows":    {"学校代码,账号,姓名\n" + strings.Repeat("1,2,3\n", roster.MaxRows+1), apperr.TooLarge},
	} {
		_, err := importer.Begin(t.Context(), d.Store, d.request, []byte(c.body))
		require.Equal(t, c.code, apperr.CodeOf(err), "%s: %v", name, err)
		require.NotEmpty(t, apperr.MessageOf(err), name)
	}
}

// A template can be handed in as it is filled in: its example is passed over.
func TestTemplatesExplainThemselves(t *testing.T) {
	t.Parallel()
	for _, k := range roster.Kinds() {
		path := filepath.Join(t.TempDir(), string(k)+".xlsx")
		f, err := os.Create(path)
		require.NoError(t, err)
		require.NoError(t, roster.WriteTemplate(k, f))
		require.NoError(t, f.Close())
		s, err := roster.Open(k, path)
		require.NoError(t, err)
		_, err = s.Next()
		require.ErrorIs(t, err, io.EOF, k)
		require.NoError(t, s.Close())
		book, err := excelize.OpenFile(path)
		require.NoError(t, err)
		notes, err := book.GetRows("填写说明")
		require.NoError(t, err)
		require.Len(t, notes, len(s.Header)+4)
	}
}
