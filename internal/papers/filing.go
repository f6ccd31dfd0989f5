package papers

import (
	"fmt"
	"strings"
	"time"
)

// Case is what every paper says about its 整校推进项目.
type Case struct {
	School    string
	District  string
	Cohort    string
	Programme string // the policy's title
	FilingNo  string // 备案号, empty before filing
	CaseID    string
	MadeAt    time.Time
	Mark      string
}

// number is the document's own number: the 备案号, or the case's before there is one, with
// a letter for the kind of paper.
func (c Case) number(suffix string) string {
	base := c.FilingNo
	if base == "" {
		base = c.CaseID
	}
	return base + suffix
}

func (c Case) paper(title, suffix string) Paper {
	n := c.number(suffix)
	return Paper{Title: title, Number: n, MadeAt: c.MadeAt, Mark: c.Mark}
}

// Filing is the data of 备案表 and 备案回执.
type Filing struct {
	Case

	Teachers    int
	FullTime    int // 专任教师
	Team        []Member
	Environment string
	Diagnosis   []Topic
	Parts       []Topic
	Version     int    // of the 两案
	Digest      string // its sha256
	SubmittedBy string
	SubmittedAt time.Time
	FiledAt     time.Time // zero before filing
	Reviewer    string    // the reviewing organisation
	Opinions    []Opinion
}

// Member is one of the 信息化管理团队.
type Member struct {
	Name           string
	Duty           string
	CIO            bool
	Responsibility string
}

// Topic is one headed text; File names what was uploaded instead or besides.
type Topic struct {
	Name string
	Text string
	File string
}

// Opinion is one decision of the review chain.
type Opinion struct {
	Step     string
	Actor    string
	Decision string
	Comment  string
	At       time.Time
}

// summary is how many characters of a plan's part the 备案表 shows.
const summary = 400

func (t Topic) short() string {
	text := strings.TrimSpace(t.Text)
	if runes := []rune(text); len(runes) > summary {
		text = strings.TrimSpace(string(runes[:summary])) + "……（全文见系统内提交的版本）"
	}
	if t.File != "" {
		text = strings.TrimSpace(text + "\n附件：" + t.File)
	}
	if text == "" {
		text = "（未填写）"
	}
	return text
}

func label(text string) Cell { return Cell{Text: text, Align: Center, Bold: true} }
func value(text string) Cell { return Cell{Text: text} }

// FilingForm is the 备案表: what the school hands in, what the reviewers said, and room
// for both to stamp.
func FilingForm(f Filing) Paper {
	p := f.paper("整校推进方案备案表", "-BAB")
	filed := "待备案"
	if !f.FiledAt.IsZero() {
		filed = f.FilingNo + "（" + day(f.FiledAt) + "）"
	}
	basic := Table{Widths: []float64{17, 28, 14, 41}, Rows: []Row{
		{label("学校名称"), {Text: f.School, Span: 3}},
		{label("所属区（市）"), value(f.District), label("批次"), value(f.Cohort)},
		{label("在册教师"), value(fmt.Sprintf("%d人", f.Teachers)), label("专任教师"), value(fmt.Sprintf("%d人", f.FullTime))},
		{label("教学环境"), value(f.Environment), label("备案号"), value(filed)},
		{label("两案版本"), value(fmt.Sprintf("第%d版", f.Version)), label("提交"), value(f.SubmittedBy + "　" + shortDay(f.SubmittedAt))},
		{label("两案校验码"), {Text: f.Digest, Span: 3}},
	}}
	p.Blocks = []Block{
		basic,
		Para{Text: "一、信息化管理团队", Bold: true, Small: true}, f.team(),
		Para{Text: "二、诊断评估", Bold: true, Small: true}, topics(f.Diagnosis),
		Para{Text: "三、发展规划与校本研修、考核方案（摘要）", Bold: true, Small: true}, topics(f.Parts),
		Para{Text: "四、审核意见", Bold: true, Small: true}, f.opinions(),
		Table{Widths: []float64{15, 85}, Rows: []Row{
			{label("学校意见"), {Tall: true, Sign: "校（园）长（签字）：　　　　　　（公章）　　　　年　　月　　日"}},
			{label("审核单位\n意见"), {Text: f.Reviewer, Tall: true, Sign: "（公章）　　　　年　　月　　日"}},
		}},
	}
	return p
}

func (f Filing) team() Table {
	t := Table{
		Widths: []float64{8, 16, 24, 10, 42},
		Head:   []Row{{label("序号"), label("姓名"), label("职务"), label("CIO"), label("职责")}},
	}
	for i, m := range f.Team {
		cio := ""
		if m.CIO {
			cio = "√"
		}
		t.Rows = append(t.Rows, Row{
			{Text: fmt.Sprint(i + 1), Align: Center}, value(m.Name), value(m.Duty), {Text: cio, Align: Center}, value(m.Responsibility),
		})
	}
	return t
}

func topics(list []Topic) Table {
	t := Table{Widths: []float64{18, 82}}
	for _, v := range list {
		t.Rows = append(t.Rows, Row{label(v.Name), value(v.short())})
	}
	return t
}

func (f Filing) opinions() Table {
	t := Table{
		Widths: []float64{14, 16, 12, 40, 18},
		Head:   []Row{{label("步骤"), label("审核人"), label("决定"), label("意见"), label("日期")}},
	}
	for _, o := range f.Opinions {
		t.Rows = append(t.Rows, Row{
			{Text: o.Step, Align: Center}, value(o.Actor), {Text: o.Decision, Align: Center}, value(o.Comment), {Text: shortDay(o.At), Align: Center},
		})
	}
	if len(f.Opinions) == 0 {
		t.Rows = []Row{{{Text: "尚无审核意见", Span: 5, Align: Center}}}
	}
	return t
}

// FilingReceipt is the 备案回执: the reviewers' word that the plan is on file.
func FilingReceipt(f Filing) Paper {
	p := f.paper("整校推进方案备案回执", "-HZ")
	p.Blocks = []Block{
		Para{Text: f.School + "："},
		Para{Indent: true, Text: fmt.Sprintf(
			"你校于%s提交的《学校信息化教育教学发展规划》及《校本研修与考核方案》（第%d版）已经审核，准予备案，备案号见下表。请按备案的方案组织实施；备案后教师名册即行冻结，确需变更的，须说明理由并经审核单位同意。",
			day(f.SubmittedAt), f.Version)},
		Table{Widths: []float64{20, 30, 20, 30}, Rows: []Row{
			{label("批次"), value(f.Cohort), label("所属区（市）"), value(f.District)},
			{label("在册教师"), value(fmt.Sprintf("%d人", f.Teachers)), label("专任教师"), value(fmt.Sprintf("%d人", f.FullTime))},
			{label("备案号"), value(f.FilingNo), label("备案日期"), value(day(f.FiledAt))},
			{label("两案校验码"), {Text: f.Digest, Span: 3}},
		}},
		Seal{Issuer: f.Reviewer, Day: f.FiledAt},
	}
	return p
}
