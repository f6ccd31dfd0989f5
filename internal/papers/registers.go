package papers

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"zhengxiao/internal/domain"
)

// Register is the data of the 学时登记表.
type Register struct {
	Case

	Teachers []TeacherHours
}

// TeacherHours is one teacher's hours of one year; Year is 0 for a teacher without any.
type TeacherHours struct {
	Name     string
	IDNumber string // masked
	Group    string
	FullTime bool
	Year     int
	Hours    domain.Hours
	State    string
	Receipt  string
}

// HoursRegister is the 学时登记表: every teacher of the roster, the sum of each year and
// places to sign.
func HoursRegister(r Register) Paper {
	p := r.paper("校本研修学时登记表", "-XS")
	t := Table{
		Dense:  true,
		Widths: []float64{6.5, 12, 23, 16, 6.5, 7, 7.5, 9, 14.5},
		Head: []Row{{
			label("序号"), label("姓名"), label("身份证件号"), label("教研组"), label("专任"), label("年度"), label("学时"), label("状态"), label("登记回执"),
		}},
	}
	byYear := map[int]domain.Hours{}
	people, credited := map[int]int{}, 0
	for i, v := range r.Teachers {
		fullTime := "否"
		if v.FullTime {
			fullTime = "是"
		}
		year, hours := "—", "—"
		if v.Year != 0 {
			year, hours = fmt.Sprint(v.Year), v.Hours.String()
			byYear[v.Year] += v.Hours
			people[v.Year]++
			credited++
		}
		t.Rows = append(t.Rows, Row{
			{Text: fmt.Sprint(i + 1), Align: Center}, value(v.Name), value(v.IDNumber), value(v.Group), {Text: fullTime, Align: Center},
			{Text: year, Align: Center}, number(hours), {Text: v.State, Align: Center}, value(v.Receipt),
		})
	}
	var total domain.Hours
	for _, year := range slices.Sorted(maps.Keys(byYear)) {
		t.Rows = append(t.Rows, sumRow(fmt.Sprintf("%d年合计　%d人", year, people[year]), byYear[year]))
		total += byYear[year]
	}
	t.Rows = append(t.Rows, sumRow(fmt.Sprintf("总计　%d人次", credited), total))
	p.Blocks = []Block{
		Table{Widths: []float64{16, 42, 16, 26}, Rows: []Row{
			{label("学校"), value(r.School), label("备案号"), value(r.FilingNo)},
			{label("批次"), value(r.Cohort), label("所属区（市）"), value(r.District)},
		}},
		t,
		Signs{"制表人：", "审核人：", "校（园）长：", "学校（公章）：", "日期："},
	}
	return p
}

func sumRow(name string, hours domain.Hours) Row {
	return Row{{Text: name, Span: 6, Align: Right, Bold: true}, {Text: hours.String(), Align: Right, Bold: true}, {Span: 2}}
}

// Evidence is the data of one round's 证明清单.
type Evidence struct {
	Case

	Round       int
	SubmittedAt time.Time
	Items       []EvidenceItem
}

// EvidenceItem is one of the items as it was handed in. Without a file it is what the
// system itself had on record.
type EvidenceItem struct {
	No       int
	HandedIn bool
	Name     string
	File     string
	Version  int
	SHA256   string
	At       time.Time
}

// shortHash is as much of a sha256 as people compare.
const shortHash = 12

// EvidenceList is the 证明清单: exactly the versions that were handed in.
func EvidenceList(e Evidence) Paper {
	p := e.paper("整校推进证明清单", fmt.Sprintf("-QD%d", e.Round+1))
	t := Table{
		Dense:  true,
		Widths: []float64{6.5, 28, 29, 8, 12.5, 16},
		Head:   []Row{{label("序号"), label("材料名称"), label("文件"), label("版本"), label("上传日期"), label("校验码")}},
	}
	for _, v := range e.Items {
		file, version := "系统内记录", "—"
		switch {
		case !v.HandedIn:
			file = "未提交"
		case v.File != "":
			file, version = v.File, fmt.Sprintf("第%d版", v.Version)
		}
		t.Rows = append(t.Rows, Row{
			{Text: fmt.Sprint(v.No), Align: Center}, value(v.Name), value(file), {Text: version, Align: Center},
			{Text: shortDay(v.At), Align: Center}, value(cmp.Or(v.SHA256[:min(shortHash, len(v.SHA256))], "—")),
		})
	}
	round := "首次提交"
	if e.Round > 0 {
		round = fmt.Sprintf("第%d轮整改后提交", e.Round)
	}
	p.Blocks = []Block{
		Table{Widths: []float64{16, 42, 16, 26}, Rows: []Row{
			{label("学校"), value(e.School), label("备案号"), value(e.FilingNo)},
			{label("批次"), value(e.Cohort), label("所属区（市）"), value(e.District)},
			{label("提交"), value(round + "　" + day(e.SubmittedAt)), label("项数"), value(fmt.Sprintf("%d项", len(e.Items)))},
		}},
		t,
		Para{Small: true, Text: "校验码为文件 sha256 的前12位；提交后各版本即锁定，以系统内所存版本为准。"},
		Signs{"经办人：", "校（园）长：", "学校（公章）：", "日期："},
	}
	return p
}
