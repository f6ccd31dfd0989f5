package policy

import (
	"slices"
	"strings"

	"zhengxiao/internal/domain"
)

// Bounds that no sensible policy reaches; they keep sums from overflowing and deadlines
// within the calendar.
const (
	maxCount     = 1000
	maxTenths    = 100_000
	maxDays      = 250
	maxFileBytes = 5 << 30 // one upload to an object store
)

// Validate judges a policy by the rules that its shape does not show. The error is
// Errors.
func Validate(p domain.Policy) error { return validate(p).orNil() }

func validate(p domain.Policy) Errors {
	v := &validator{}
	v.requiref(slices.Contains(Programmes(), p.Programme), "programme", "只能是%s", strings.Join(Programmes(), "或"))
	v.named("title", p.Title)
	v.between("team.min", p.Team.Min, 1, maxCount)
	v.between("team.max", p.Team.Max, p.Team.Min, maxCount)
	v.choices("environments", p.Environments)
	v.filing(p.Filing)
	v.hours(p)
	v.between("points.min", p.Points.Min, 1, maxCount)
	v.choices("points.list", p.Points.List)
	v.requiref(len(p.Points.List) >= p.Points.Min, "points.list", "能力点少于须选的%d个", p.Points.Min)
	v.files(p.Files)
	v.between("gates.b_den", p.Gates.BDen, 1, maxTenths)
	v.between("gates.b_num", p.Gates.BNum, 1, p.Gates.BDen)
	v.evidence(p)
	v.between("panel.min", p.Panel.Min, 1, maxCount)
	v.between("panel.max", p.Panel.Max, p.Panel.Min, maxCount)
	v.requiref(p.Panel.Aggregate == "mean", "panel.aggregate", "目前只支持平均分（mean）")
	v.rubric(p)
	v.between("rectification.max_rounds", p.Rectification.MaxRounds, 0, maxCount)
	v.deadlines(p.Deadlines)
	v.between("appeal.days", p.Appeal.Days, 0, maxDays)
	v.between("urge.per_day", p.Urge.PerDay, 0, maxCount)
	v.escalation(p.Escalation)
	return v.problems
}

type validator struct{ problems Errors }

func (v *validator) requiref(ok bool, path, format string, args ...any) {
	if !ok {
		v.problems = append(v.problems, problem(CodeRange, path, format, args...))
	}
}

func (v *validator) between(path string, n, low, high int) {
	v.requiref(low <= n && n <= high, path, "%d须在%d与%d之间", n, low, high)
}

// amount is between for hours and points, which are tenths.
func (v *validator) amount(path string, n, low, high domain.Hours) {
	v.requiref(low <= n && n <= high, path, "%s须在%s与%s之间", n, low, high)
}

func (v *validator) named(path, text string) {
	v.requiref(strings.TrimSpace(text) != "", path, "不能为空")
}

// unique asks for codes that are there and differ; the key is their name in JSON.
func (v *validator) unique(path, key string, codes []string) {
	v.requiref(len(codes) > 0, path, "至少须有一项")
	for i, code := range codes {
		at := index(path, i)
		if key != "" {
			at = join(at, key)
		}
		v.named(at, code)
		v.requiref(!slices.Contains(codes[:i], code), at, "“%s”重复", code)
	}
}

func (v *validator) choices(path string, choices []domain.Choice) {
	codes := make([]string, len(choices))
	for i, c := range choices {
		codes[i] = c.Code
		v.named(index(path, i)+".name", c.Name)
	}
	v.unique(path, "code", codes)
}

func (v *validator) filing(p domain.FilingPolicy) {
	v.requiref(len(p.Chain) >= 1 && len(p.Chain) <= 3, "filing.chain", "审核环节须有1至3个")
	v.unique("filing.chain", "", p.Chain)
}

func (v *validator) hours(p domain.Policy) {
	h := p.Hours
	v.amount("hours.cap", h.Cap, 1, maxTenths)
	v.amount("hours.target", h.Target, 1, h.Cap)
	v.amount("hours.online", h.Online, 0, maxTenths)
	v.amount("hours.online_choice", h.OnlineChoice, 0, h.Online)
	v.requiref(h.Total == h.Online+h.Cap, "hours.total", "总学时%s不等于网络研修%s加校本%s", h.Total, h.Online, h.Cap)
	// 004:49: at least half of 2.0 is school-based practice.
	v.requiref(p.Programme != "2.0" || 2*h.Cap >= h.Total, "hours.cap", "校本实践应用学时须不少于总学时的50%%")
	codes := make([]string, len(h.Kinds))
	for i, k := range h.Kinds {
		at := index("hours.activity_kinds", i)
		codes[i] = k.Code
		v.named(at+".name", k.Name)
		v.amount(at+".hours", k.Hours, 1, maxTenths)
	}
	v.unique("hours.activity_kinds", "code", codes)
}

func (v *validator) files(rules map[string]domain.FileRule) {
	for _, slot := range Slots() {
		at, r := join("files", slot), rules[slot]
		v.unique(at+".types", "", r.Types)
		for i, ext := range r.Types {
			v.requiref(ext == strings.ToLower(ext) && !strings.ContainsAny(ext, "./\\ "), index(at+".types", i), "须是不带点的小写扩展名")
		}
		v.requiref(r.MaxBytes > 0 && r.MaxBytes <= maxFileBytes, at+".max_bytes", "大小须大于0且不超过%dMB", maxFileBytes>>20)
		v.requiref(r.MaxVideoBytes >= 0 && r.MaxVideoBytes <= maxFileBytes, at+".max_video_bytes", "大小不能小于0或超过%dMB", maxFileBytes>>20)
	}
}

// evidence asks for items numbered 1 to n, and for plan parts and items that agree on
// which part fills which item.
func (v *validator) evidence(p domain.Policy) {
	v.requiref(len(p.Evidence) > 0, "evidence", "至少须有一项")
	sources := map[string]int{} // by source, the item it fills
	for i, e := range p.Evidence {
		at := index("evidence", i)
		v.requiref(e.No == i+1, at+".no", "序号须从1起连续，此处应为%d", i+1)
		v.named(at+".name", e.Name)
		v.named(at+".form", e.Form)
		if e.Source == "" {
			continue
		}
		part := slices.ContainsFunc(p.PlanParts, func(part domain.PlanPart) bool { return part.Code == e.Source })
		v.requiref(part || e.Source == "team" || e.Source == "diagnosis", at+".source", "没有“%s”这一来源", e.Source)
		v.requiref(sources[e.Source] == 0, at+".source", "来源“%s”已用于第%d项", e.Source, sources[e.Source])
		sources[e.Source] = e.No
	}
	codes := make([]string, len(p.PlanParts))
	for i, part := range p.PlanParts {
		at := index("plan_parts", i)
		codes[i] = part.Code
		v.named(at+".name", part.Name)
		v.requiref(sources[part.Code] == part.Evidence, at+".evidence", "证明清单第%d项的来源不是“%s”", part.Evidence, part.Code)
	}
	v.unique("plan_parts", "code", codes)
}

func (v *validator) rubric(p domain.Policy) {
	r := p.Rubric
	v.named("rubric.title", r.Title)
	v.amount("rubric.full", domain.Hours(r.Full), 1, maxTenths)
	v.amount("rubric.pass", domain.Hours(r.Pass), 0, domain.Hours(r.Full))
	codes := make([]string, len(r.Indicators))
	var sum domain.Score
	for i, ind := range r.Indicators {
		at := index("rubric.indicators", i)
		codes[i] = ind.Code
		v.named(at+".name", ind.Name)
		v.amount(at+".max", domain.Hours(ind.Max), 1, domain.Hours(r.Full))
		sum += min(ind.Max, maxTenths)
		for j, no := range ind.Evidence {
			path := index(at+".evidence", j)
			v.between(path, no, 1, len(p.Evidence))
			v.requiref(!slices.Contains(ind.Evidence[:j], no), path, "第%d项重复", no)
		}
	}
	v.unique("rubric.indicators", "code", codes)
	v.requiref(sum == r.Full, "rubric.full", "各指标满分之和为%s分，不等于总分%s分", sum, r.Full)
}

func (v *validator) deadlines(deadlines map[domain.Stage]domain.Deadline) {
	for _, stage := range waiting() {
		at, d := join("deadlines", stage), deadlines[domain.Stage(stage)]
		v.between(at+".days", d.Days, 0, maxDays)
		v.between(at+".remind_before", d.RemindBefore, 0, maxDays)
		v.requiref(d.Days == 0 || d.RemindBefore < d.Days, at+".remind_before", "提醒须晚于开始，即少于%d个工作日", d.Days)
		after := 0
		for i, days := range d.Escalate {
			v.between(index(at+".escalate", i), days, after+1, maxDays)
			after = max(after, days)
		}
	}
}

// superiors are whom a rung of the escalation ladder may tell.
var superiors = []domain.Role{domain.RoleDistrict, domain.RoleBureau, domain.RoleCityOffice}

func (v *validator) escalation(ladder []domain.EscalationStep) {
	for i, step := range ladder {
		at := index("escalation", i) + ".tell"
		for j, role := range step.Tell {
			v.requiref(slices.Contains(superiors, role), index(at, j), "只能是审核单位（district）、教育局（bureau）或市工程办（city_office）")
			v.requiref(!slices.Contains(step.Tell[:j], role), index(at, j), "“%s”重复", role)
		}
	}
}
