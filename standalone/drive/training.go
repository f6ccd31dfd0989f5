package drive

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
)

const (
	groupSize = 8 // teachers of a 教研组, about
	atOnce    = 4 // teachers of a school who work at the same time
)

// curriculum is what every group does: all four activity kinds, 25 学时 in all
// (003:151-171). Hours are left to the policy where it fixes them.
var curriculum = []struct {
	kind, title string
	hours       domain.Hours
}{
	{kind: "discussion", title: "教学研讨：信息技术与学科融合"},
	{kind: "assignment", title: "研修作业：技术支持的教学设计"},
	{kind: "observation", title: "听课评课：应用示范课"},
	{kind: "offline", title: "线下活动：专题工作坊", hours: 100},
	{kind: "offline", title: "线下活动：成果分享", hours: 30},
}

// Organise sets the theme with its scope of 应用能力点 and forms the groups, unless they
// came in from a sheet.
func (s *School) Organise(ctx context.Context) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	theme := gen.Theme{Title: "技术支持的课堂互动", Text: "以校本应用为导向，聚焦课堂教学问题。"}
	for _, p := range rules.Points.List[:rules.Points.Min+1] {
		theme.Points = append(theme.Points, p.Code)
	}
	if err := put(ctx, s.Admin, http.MethodPut, s.path("/theme"), theme); err != nil {
		return err
	}
	if s.enrolled {
		return nil
	}
	s.groups = nil
	for members := range s.teams() {
		if err := s.formGroup(ctx, members); err != nil {
			return err
		}
	}
	return nil
}

// teams divides the teachers into groups of about the same size.
func (s *School) teams() iter.Seq[[]*Teacher] {
	n := (len(s.Teachers) + groupSize - 1) / groupSize
	return slices.Chunk(s.Teachers, (len(s.Teachers)+n-1)/n)
}

func groupName(n int) string { return fmt.Sprintf("第%d教研组", n) }

func (s *School) formGroup(ctx context.Context, members []*Teacher) error {
	draft := gen.GroupDraft{Kind: "教研组", Name: groupName(len(s.groups) + 1), LeaderId: members[0].ID}
	made, err := post(ctx, s.Admin, s.path("/groups"), draft, func() (gen.Group, bool, error) {
		list, err := get[gen.GroupList](ctx, s.Admin, s.path("/groups"), nil)
		return first(list.Items, err, func(g gen.Group) bool { return g.Name == draft.Name })
	})
	if err != nil {
		return err
	}
	s.groups = append(s.groups, &group{id: made.Id, members: members})
	if len(members) == 1 {
		return nil
	}
	return put(ctx, s.Admin, http.MethodPost, s.path("/groups/%s/members", made.Id), gen.MembersChange{Add: ids(members[1:])})
}

// first is the answer of a look for one of a list.
func first[T any](list []T, err error, is func(T) bool) (T, bool, error) {
	i := slices.IndexFunc(list, is)
	if err != nil || i < 0 {
		var none T
		return none, false, err
	}
	return list[i], true, nil
}

func ids(teachers []*Teacher) []string {
	list := make([]string, len(teachers))
	for i, t := range teachers {
		list[i] = t.ID
	}
	return list
}

// Study has the leaders publish the curriculum and every teacher do everything that 初审
// and 测评 ask for.
func (s *School) Study(ctx context.Context) error { return s.study(ctx, len(s.Teachers)) }

// StudyPartly is Study with only the first half of each group's teachers taking part.
func (s *School) StudyPartly(ctx context.Context) error { return s.study(ctx, len(s.Teachers)/2) }

func (s *School) study(ctx context.Context, active int) error {
	if err := s.Organise(ctx); err != nil {
		return err
	}
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	for _, g := range s.groups {
		took := g.members[:max(1, len(g.members)*active/len(s.Teachers))]
		online, err := s.runActivities(ctx, g, took)
		if err != nil {
			return err
		}
		work, ctx := errgroup.WithContext(ctx)
		work.SetLimit(atOnce)
		for _, t := range took {
			work.Go(func() error { return s.learn(ctx, t, rules, online) })
		}
		if err := work.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// runActivities publishes the curriculum to a group. For offline activities the leader
// names who took part and uploads the evidence (003:200); the ids of the others are
// returned for the members to take part themselves.
func (s *School) runActivities(ctx context.Context, g *group, took []*Teacher) (online []string, err error) {
	leader := g.leader().Session
	for _, item := range curriculum {
		a, err := s.publish(ctx, leader, gen.NewActivity{GroupId: g.id, Kind: item.kind, Title: item.title, Hours: item.hours})
		if err != nil {
			return nil, err
		}
		if !a.Offline {
			online = append(online, a.Id)
			continue
		}
		err = put(ctx, leader, http.MethodPut, s.path("/activities/%s/participations", a.Id), gen.UserIds{UserIds: ids(took)})
		if err != nil {
			return nil, err
		}
		err = leader.Upload(ctx, s.CaseID, File{Slot: gen.SlotKindActivity, Key: a.Id + "/1", Name: "活动签到与照片.pdf", Body: PDF(item.title)})
		if err != nil {
			return nil, err
		}
	}
	return online, nil
}

func (s *School) publish(ctx context.Context, leader *Session, n gen.NewActivity) (gen.Activity, error) {
	return post(ctx, leader, s.path("/activities"), n, func() (gen.Activity, bool, error) {
		page, err := get[gen.ActivityPage](ctx, leader, s.path("/activities"), url.Values{"group_id": {n.GroupId}, "limit": {"500"}})
		return first(page.Items, err, func(a gen.Activity) bool { return a.Title == n.Title })
	})
}

// learn is one teacher's study: 25 学时, the personal plan, the minimum of 应用能力点, one
// summary each, and practice evidence for each.
func (s *School) learn(ctx context.Context, t *Teacher, rules domain.Policy, online []string) error {
	for _, id := range online {
		note := gen.Completion{Content: "结合本学科教学完成研修内容，并在课堂中应用。"}
		if err := put(ctx, t.Session, http.MethodPost, s.path("/activities/%s/complete", id), note); err != nil {
			return err
		}
	}
	if err := put(ctx, t.Session, http.MethodPut, s.path("/study/plan"), gen.PersonalPlanDraft{Goals: "掌握三个能力点并应用于课堂。"}); err != nil {
		return err
	}
	plan := File{Slot: gen.SlotKindPlan, Name: domain.PlanFileName(t.Name, "docx"), Body: Docx(s.Name + t.Name + "个人提升计划")}
	if err := t.Upload(ctx, s.CaseID, plan); err != nil {
		return err
	}
	var points []string
	for _, p := range rules.Points.List[:rules.Points.Min] {
		points = append(points, p.Code)
	}
	if err := put(ctx, t.Session, http.MethodPut, s.path("/study/points"), gen.PointChoice{Points: points}); err != nil {
		return err
	}
	for i, code := range points {
		if err := s.practise(ctx, t, code, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// practise uploads the summary of one point and submits the evidence of its practice:
// a file, or a note on the lesson that was shown.
func (s *School) practise(ctx context.Context, t *Teacher, code string, file bool) error {
	summary := File{Slot: gen.SlotKindSummary, Key: code, Name: code + "提升总结.pdf", Body: PDF(t.Name + code)}
	if err := t.Upload(ctx, s.CaseID, summary); err != nil {
		return err
	}
	if file {
		evidence := File{Slot: gen.SlotKindPractice, Key: code + "/1", Name: code + "实践证据.docx", Body: Docx(t.Name + code + "实践证据")}
		if err := t.Upload(ctx, s.CaseID, evidence); err != nil {
			return err
		}
	}
	return put(ctx, t.Session, http.MethodPut, s.path("/study/practice/%s", code), gen.PracticeSubmission{Note: "校内公开课现场展示。"})
}

// FinishTraining closes the study window by the school's own will.
func (s *School) FinishTraining(ctx context.Context) error {
	return s.act(ctx, s.Admin, domain.FinishTraining, gen.ActionRequest{})
}
