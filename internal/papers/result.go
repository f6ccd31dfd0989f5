package papers

import (
	"fmt"
	"time"

	"zhengxiao/internal/domain"
)

// Rectification is the data of one round's 整改通知书.
type Rectification struct {
	Case

	Round    int
	Items    []RectifyItem
	Comment  string
	Deadline time.Time
	Issuer   string
	At       time.Time
}

// RectifyItem is one thing to mend.
type RectifyItem struct {
	No   string // of the 证明清单
	Name string
	Text string
}

// RectificationNotice is the 整改通知书.
func RectificationNotice(r Rectification) Paper {
	p := r.paper("整改通知书", fmt.Sprintf("-ZG%d", r.Round))
	t := Table{
		Widths: []float64{10, 34, 56},
		Head:   []Row{{label("序号"), label("证明材料"), label("整改要求")}},
	}
	for i, v := range r.Items {
		t.Rows = append(t.Rows, Row{{Text: fmt.Sprint(i + 1), Align: Center}, value("第" + v.No + "项　" + v.Name), value(v.Text)})
	}
	p.Blocks = []Block{
		Para{Text: r.School + "："},
		Para{Indent: true, Text: fmt.Sprintf(
			"经考核专家组打分并经审核确认，你校在“%s”整校推进考核中的结果为整改（第%d轮）。请于%s前按下列要求完成整改，并重新提交验收材料和自评。",
			r.Cohort, r.Round, day(r.Deadline))},
		t,
	}
	if r.Comment != "" {
		p.Blocks = append(p.Blocks, Para{Indent: true, Text: "说明：" + r.Comment})
	}
	p.Blocks = append(p.Blocks,
		Para{Indent: true, Text: fmt.Sprintf("以上共%d项。整改期间，未列入的材料仍按原版本保留。", len(r.Items))},
		Seal{Issuer: r.Issuer, Day: r.At})
	return p
}

// Result is the data of the 考核结果通知. It names no expert.
type Result struct {
	Case

	Verdict    string
	Comment    string
	Score      domain.Score
	Pass       domain.Score
	Full       domain.Score
	Indicators []Indicator
	Issuer     string
	At         time.Time
}

// Indicator is one line of the rubric with the school's own score and the experts' mean;
// nil where there is none.
type Indicator struct {
	Dimension string
	Name      string
	Max       domain.Score
	Self      *domain.Score
	Mean      *domain.Score
}

// ResultNotice is the 考核结果通知.
func ResultNotice(r Result) Paper {
	p := r.paper("整校推进考核结果通知", "-JG")
	p.Blocks = []Block{
		Para{Text: r.School + "："},
		Para{Indent: true, Text: fmt.Sprintf(
			"你校参加“%s”整校推进考核，经考核专家组打分并经审核确认，得分%s分（满分%s分，合格线%s分），考核结果为：%s。各项得分如下。",
			r.Cohort, r.Score, r.Full, r.Pass, r.Verdict)},
		r.scores(),
		Para{Small: true, Text: "注：专家评分为各专家评分的平均值，四舍五入保留一位小数；得分按各专家总分平均，与各项之和可能略有出入。"},
	}
	if r.Comment != "" {
		p.Blocks = append(p.Blocks, Para{Indent: true, Text: "说明：" + r.Comment})
	}
	p.Blocks = append(p.Blocks, Para{Indent: true, Text: "特此通知。"}, Seal{Issuer: r.Issuer, Day: r.At})
	return p
}

func number(text string) Cell { return Cell{Text: text, Align: Right} }

func score(s *domain.Score) Cell {
	if s == nil {
		return number("—")
	}
	return number(s.String())
}

// scores has the indicators by dimension, each dimension with its sum.
func (r Result) scores() Table {
	t := Table{
		Widths: []float64{24, 40, 12, 12, 12},
		Head:   []Row{{label("维度"), label("指标"), label("满分"), label("自评"), label("专家评分")}},
	}
	var sum, all sums
	for i, v := range r.Indicators {
		dimension := v.Dimension
		if i > 0 && r.Indicators[i-1].Dimension == dimension {
			dimension = ""
		}
		t.Rows = append(t.Rows, Row{value(dimension), value(v.Name), number(v.Max.String()), score(v.Self), score(v.Mean)})
		sum.add(v)
		all.add(v)
		if i+1 == len(r.Indicators) || r.Indicators[i+1].Dimension != v.Dimension {
			t.Rows = append(t.Rows, sum.row("小计"))
			sum = sums{}
		}
	}
	mean := r.Score
	all.mean = &mean
	t.Rows = append(t.Rows, all.row("得分"))
	return t
}

// sums adds up a dimension.
type sums struct {
	max        domain.Score
	self, mean *domain.Score
}

func (s *sums) add(v Indicator) {
	s.max += v.Max
	s.self, s.mean = plus(s.self, v.Self), plus(s.mean, v.Mean)
}

func plus(sum, v *domain.Score) *domain.Score {
	if v == nil {
		return sum
	}
	total := *v
	if sum != nil {
		total += *sum
	}
	return &total
}

func (s *sums) row(name string) Row {
	r := Row{{Text: name, Span: 2, Align: Right, Bold: true}, number(s.max.String()), score(s.self), score(s.mean)}
	for i := range r {
		r[i].Bold = true
	}
	return r
}
