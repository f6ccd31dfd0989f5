package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/papers"
	"zhengxiao/models"
)

// paperCase is what every paper says about the case.
func (s *server) paperCase(ctx context.Context, a *access) (papers.Case, domain.Policy, error) {
	policy, err := s.store.Policy(ctx, a.c.PolicyDigest)
	if err != nil {
		return papers.Case{}, policy, err
	}
	cohort, err := s.store.Cohort(ctx, a.c.CohortID)
	if err != nil {
		return papers.Case{}, policy, err
	}
	names, err := s.store.OrgNames(ctx, []string{a.c.DistrictID})
	return papers.Case{
		School: a.c.SchoolName, District: names[a.c.DistrictID], Cohort: cohort.Name, FilingNo: a.state.FilingNo,
		CaseID: a.c.ID, MadeAt: s.store.Now(), Mark: a.c.HeadHash[:min(chainMark, len(a.c.HeadHash))],
	}, policy, err
}

// office is what signs for an organisation in a role. Districts and cities are often on
// record by the place's name alone.
func office(org string, role domain.Role) string {
	if !slices.ContainsFunc([]string{"区", "市", "县", "旗"}, func(end string) bool { return strings.HasSuffix(org, end) }) {
		return org
	}
	switch role {
	case domain.RoleBureau:
		return org + "教育局"
	case domain.RoleDistrict, domain.RoleCityOffice:
		return org + "教师信息技术应用能力提升工程办公室"
	}
	return org
}

func (s *server) filingForm(ctx context.Context, a *access, _ int) (papers.Paper, error) {
	f, err := s.filing(ctx, a)
	return papers.FilingForm(f), err
}

func (s *server) filingReceipt(ctx context.Context, a *access, _ int) (papers.Paper, error) {
	f, err := s.filing(ctx, a)
	return papers.FilingReceipt(f), err
}

// filing gathers the version in force, before that the newest that was submitted.
func (s *server) filing(ctx context.Context, a *access) (papers.Filing, error) {
	c, policy, err := s.paperCase(ctx, a)
	if err != nil {
		return papers.Filing{}, err
	}
	row, err := s.store.Revision(ctx, a.c.ID, cmp.Or(a.state.Filed, a.state.Revision))
	if err != nil {
		return papers.Filing{}, err
	}
	f := papers.Filing{
		Case: c, Reviewer: office(c.District, a.state.Reviewer()), Version: row.Version, Digest: row.SHA256,
		SubmittedAt: row.SubmittedAt, FiledAt: at(row.FiledAt),
	}
	names, err := s.store.UserNames(ctx, []string{row.SubmittedBy})
	if err != nil {
		return f, err
	}
	f.SubmittedBy = names[row.SubmittedBy]
	if f.Parts, err = planTopics(policy, row.Body); err != nil {
		return f, err
	}
	if f.Teachers, f.FullTime, err = s.store.CountRoster(ctx, a.c.ID); err != nil {
		return f, err
	}
	if a.state.Filed > 0 {
		f.FullTime = a.state.Teachers // as frozen
	}
	if err := s.filingTeam(ctx, a, &f); err != nil {
		return f, err
	}
	if err := s.filingDiagnosis(ctx, a, policy, &f); err != nil {
		return f, err
	}
	return f, s.filingOpinions(ctx, a, policy, &f)
}

// planTopics are the parts of a submitted version under the names that the policy gives.
func planTopics(p domain.Policy, body string) ([]papers.Topic, error) {
	var parts []models.DraftPart
	if err := json.Unmarshal([]byte(body), &parts); err != nil {
		return nil, fmt.Errorf("decode revision: %w", err)
	}
	topics := []papers.Topic{}
	for _, want := range p.PlanParts {
		i := slices.IndexFunc(parts, func(d models.DraftPart) bool { return d.Code == want.Code })
		if i < 0 {
			continue
		}
		t := papers.Topic{Name: want.Name, Text: parts[i].Text}
		if f := parts[i].File; f != nil {
			t.File = f.Name
		}
		topics = append(topics, t)
	}
	return topics, nil
}

func (s *server) filingTeam(ctx context.Context, a *access, f *papers.Filing) error {
	team, err := s.team(ctx, a.c.ID)
	for _, m := range team.Members {
		f.Team = append(f.Team, papers.Member{Name: m.Name, Duty: m.DutyName, CIO: m.Cio, Responsibility: m.Responsibility})
	}
	return err
}

func (s *server) filingDiagnosis(ctx context.Context, a *access, p domain.Policy, f *papers.Filing) error {
	d, err := s.store.Diagnosis(ctx, a.c.ID)
	if err != nil {
		return err
	}
	for _, e := range p.Environments {
		if e.Code == d.Environment {
			f.Environment = e.Name
		}
	}
	f.Diagnosis = []papers.Topic{
		{Name: "优势", Text: d.Strengths},
		{Name: "劣势", Text: d.Weaknesses},
		{Name: "机会", Text: d.Opportunities},
		{Name: "威胁", Text: d.Threats},
	}
	files, err := s.store.Files(ctx, a.c.ID, models.SlotDiagnosis, "")
	for _, v := range files {
		f.Diagnosis = append(f.Diagnosis, papers.Topic{Name: "诊断报告", File: v.Version.Name})
	}
	return err
}

// filingOpinions are the decisions that stand: one that was taken back is none.
func (s *server) filingOpinions(ctx context.Context, a *access, p domain.Policy, f *papers.Filing) error {
	rows, err := s.store.Opinions(ctx, a.c.ID)
	if err != nil {
		return err
	}
	rows = models.Standing(rows)
	names, err := s.store.UserNames(ctx, convert(rows, func(o models.FilingOpinion) string { return o.ActorID }))
	f.Opinions = convert(rows, func(o models.FilingOpinion) papers.Opinion {
		v := papers.Opinion{Step: stepName(p, o.Step), Actor: names[o.ActorID], Decision: word(decisionNames, o.Decision), Comment: o.Comment, At: o.At}
		if o.Decision == models.OpinionReturn {
			var reasons []domain.Reason
			if json.Unmarshal([]byte(o.Comment), &reasons) == nil {
				v.Comment = strings.Join(convert(reasons, func(r domain.Reason) string { return planPartName(p, r.Part) + "：" + r.Text }), "\n")
			}
		}
		return v
	})
	return err
}

// planPartName is what users call a part that a reason is about.
func planPartName(p domain.Policy, code string) string {
	for _, part := range p.PlanParts {
		if part.Code == code {
			return part.Name
		}
	}
	return cmp.Or(domain.Stage(code).Name(), code)
}

// rectificationNotice says what the bureau asked for, and the deadline as it was set then.
func (s *server) rectificationNotice(ctx context.Context, a *access, round int) (papers.Paper, error) {
	c, policy, err := s.paperCase(ctx, a)
	if err != nil {
		return papers.Paper{}, err
	}
	e, body, err := s.lastEvent(ctx, a.c.ID, domain.ConfirmResult, func(e models.TimelineEvent) bool {
		return e.Round == round && e.StageAfter == domain.StageDossier
	})
	if err != nil {
		return papers.Paper{}, err
	}
	r := papers.Rectification{
		Case: c, Round: round, Comment: body.Comment, Deadline: dossierDue(e, body), Issuer: office(e.OrgName, e.ActorRole), At: e.At,
	}
	for _, v := range body.Reasons {
		r.Items = append(r.Items, papers.RectifyItem{No: v.Part, Name: evidenceName(policy, v.Part), Text: v.Text})
	}
	return papers.RectificationNotice(r), nil
}

// lastEvent is the newest of a kind that fits, with its body.
func (s *server) lastEvent(
	ctx context.Context, caseID string, kind domain.Kind, fits func(models.TimelineEvent) bool,
) (models.TimelineEvent, domain.Body, error) {
	var body domain.Body
	rows, err := s.store.EventsOf(ctx, caseID, kind)
	if err != nil {
		return models.TimelineEvent{}, body, err
	}
	for _, e := range slices.Backward(rows) {
		if fits(e) {
			if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
				return e, body, fmt.Errorf("decode event %d of case %s: %w", e.Seq, caseID, err)
			}
			return e, body, nil
		}
	}
	return models.TimelineEvent{}, body, fmt.Errorf("case %s: no event %s of this round", caseID, kind)
}

// dossierDue is the deadline that an event set for the dossier: named by the person, or
// worked out and kept in the event's patch.
func dossierDue(e models.TimelineEvent, body domain.Body) time.Time {
	var patch struct {
		Waits map[string]*domain.Wait `json:"waits"`
	}
	if json.Unmarshal([]byte(e.Patch), &patch) == nil {
		for _, w := range patch.Waits {
			if w != nil && w.Task == domain.TaskDossier && w.Due != nil {
				return *w.Due
			}
		}
	}
	return at(body.Until)
}

func evidenceName(p domain.Policy, no string) string {
	for _, e := range p.Evidence {
		if strconv.Itoa(e.No) == no {
			return e.Name
		}
	}
	return ""
}

// resultNotice has means only: no expert is named or can be told apart.
func (s *server) resultNotice(ctx context.Context, a *access, _ int) (papers.Paper, error) {
	c, policy, err := s.paperCase(ctx, a)
	if err != nil {
		return papers.Paper{}, err
	}
	round, rows, err := s.scoredRound(ctx, a)
	if err != nil {
		return papers.Paper{}, err
	}
	self, err := s.store.SelfScores(ctx, a.c.ID, round)
	if err != nil {
		return papers.Paper{}, err
	}
	e, body, err := s.lastEvent(ctx, a.c.ID, domain.ConfirmResult, func(models.TimelineEvent) bool { return true })
	if err != nil {
		return papers.Paper{}, err
	}
	r := papers.Result{
		Case: c, Verdict: verdictNames[a.state.Verdict], Comment: body.Comment, Score: some(a.state.Score),
		Pass: policy.Rubric.Pass, Full: policy.Rubric.Full, Issuer: office(e.OrgName, e.ActorRole), At: e.At,
	}
	_, means := tally(policy.Rubric, rows)
	for _, i := range policy.Rubric.Indicators {
		line := papers.Indicator{Dimension: dimension(i), Name: i.Name, Max: i.Max}
		if v, ok := self[i.Code]; ok {
			line.Self = &v
		}
		if v, ok := means[i.Code]; ok {
			line.Mean = &v
		}
		r.Indicators = append(r.Indicators, line)
	}
	return papers.ResultNotice(r), nil
}

// dimension is the first step of the path to an indicator.
func dimension(i domain.Indicator) string {
	if len(i.Path) == 0 {
		return i.Name
	}
	return i.Path[0]
}

// hoursRegister lists the teachers in the order of the roster, and after them those who
// have left it since their hours were recognised.
func (s *server) hoursRegister(ctx context.Context, a *access, _ int) (papers.Paper, error) {
	c, _, err := s.paperCase(ctx, a)
	if err != nil {
		return papers.Paper{}, err
	}
	credits, err := s.store.AllCredits(ctx, a.c.ID)
	if err != nil {
		return papers.Paper{}, err
	}
	sheets, groups, _, err := s.sheetsPage(ctx, a.c.ID, models.TeacherFilter{}, models.Page{Limit: wholeRoster})
	if err != nil {
		return papers.Paper{}, err
	}
	byTeacher := map[string][]models.CreditView{}
	for _, v := range credits {
		byTeacher[v.UserID] = append(byTeacher[v.UserID], v)
	}
	r := papers.Register{Case: c}
	for _, t := range sheets {
		line := papers.TeacherHours{Name: t.Name, IDNumber: t.IDNumberMask, Group: groups[t.GroupID], FullTime: t.FullTime, State: "未认定"}
		if len(byTeacher[t.UserID]) == 0 {
			r.Teachers = append(r.Teachers, line)
		}
		for _, v := range byTeacher[t.UserID] {
			r.Teachers = append(r.Teachers, credited(line, v))
		}
		delete(byTeacher, t.UserID)
	}
	for _, v := range credits {
		if _, left := byTeacher[v.UserID]; left {
			r.Teachers = append(r.Teachers, credited(papers.TeacherHours{Name: v.Name, IDNumber: v.IDNumberMask, Group: "（已离岗）"}, v))
		}
	}
	return papers.HoursRegister(r), nil
}

// wholeRoster is more than any school has teachers.
const wholeRoster = 1 << 20

func credited(line papers.TeacherHours, v models.CreditView) papers.TeacherHours {
	line.Year, line.Hours, line.State, line.Receipt = v.Year, v.Hours, v.State.Name(), v.Receipt
	return line
}

// evidenceList is what was pinned when the dossier of the round was handed in.
func (s *server) evidenceList(ctx context.Context, a *access, round int) (papers.Paper, error) {
	c, policy, err := s.paperCase(ctx, a)
	if err != nil {
		return papers.Paper{}, err
	}
	e, _, err := s.lastEvent(ctx, a.c.ID, domain.SubmitDossier, func(e models.TimelineEvent) bool { return e.Round == round })
	if err != nil {
		return papers.Paper{}, err
	}
	pins, err := s.store.DossierPins(ctx, a.c.ID, round)
	if err != nil {
		return papers.Paper{}, err
	}
	list := papers.Evidence{Case: c, Round: round, SubmittedAt: e.At}
	for _, want := range policy.Evidence {
		item := papers.EvidenceItem{No: want.No, Name: want.Name}
		if i := slices.IndexFunc(pins, func(p models.DossierPin) bool { return p.Item == want.No }); i >= 0 {
			if item, err = s.pinned(ctx, item, pins[i], e.At); err != nil {
				return papers.Paper{}, err
			}
		}
		list.Items = append(list.Items, item)
	}
	return papers.EvidenceList(list), nil
}

func (s *server) pinned(ctx context.Context, item papers.EvidenceItem, pin models.DossierPin, handedIn time.Time) (papers.EvidenceItem, error) {
	item.HandedIn, item.SHA256, item.At = true, pin.SHA256, handedIn
	if pin.FileID == "" {
		return item, nil
	}
	v, err := s.store.FileVersion(ctx, pin.FileID, pin.N)
	if err != nil {
		return item, err
	}
	item.File, item.Version, item.SHA256, item.At = v.Name, v.N, v.SHA256, at(v.CheckedAt)
	return item, nil
}
