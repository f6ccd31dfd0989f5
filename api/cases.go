package api

import (
	"context"
	"fmt"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// panelRunners run the panel. The school never learns who its experts are.
var panelRunners = roles(domain.RoleBureau, domain.RoleCityOffice, domain.RoleAuditor)

// seesExperts: those who run the panel, unless they sit on it themselves.
func (a *access) seesExperts() bool { return a.holds(panelRunners...) && !a.sits(a.state) }

// sits reports whether the caller is an expert of a panel whose result is not confirmed
// yet. Such an expert scores blindly, whatever other roles come with the person.
func (a *access) sits(s domain.State) bool { return s.Panel[a.user.ID].Active() && !confirmed(s) }

// seesExpertsOf is seesExperts for one case of a list.
func (a *access) seesExpertsOf(c *models.Case) (bool, error) {
	runs := func(r reach) bool { return slices.Contains(panelRunners, r.grant.Role) && r.scope.Covers(c.Path) }
	if !slices.ContainsFunc(a.reached, runs) {
		return false, nil
	}
	state, err := c.Decode()
	return !a.sits(state), err
}

// GetCase shows a case as the caller may see it.
func (s *server) GetCase(ctx context.Context, _ gen.GetCaseRequestObject) (gen.GetCaseResponseObject, error) {
	view, err := s.caseView(ctx, accessOf(ctx))
	return gen.GetCase200JSONResponse(view), err
}

func (s *server) caseView(ctx context.Context, a *access) (gen.CaseView, error) {
	c, st := a.c, a.state
	cohort, err := s.store.Cohort(ctx, c.CohortID)
	if err != nil {
		return gen.CaseView{}, err
	}
	names, err := s.store.OrgNames(ctx, append(waitingOrgs(st), c.DistrictID))
	if err != nil {
		return gen.CaseView{}, err
	}
	v := gen.CaseView{
		Id: c.ID, Cohort: gen.Ref{Id: cohort.ID, Name: cohort.Name}, School: gen.Ref{Id: c.SchoolID, Name: c.SchoolName},
		District: gen.Ref{Id: c.DistrictID, Name: names[c.DistrictID]}, Direct: c.Direct, Programme: c.Programme,
		PolicyDigest: c.PolicyDigest, Stage: st.Stage, StageName: st.Stage.Name(), Seq: st.Seq, Round: st.Round,
		Entered: st.Entered, Overdue: c.Overdue, Result: st.Result, Verdict: st.Verdict, Revision: st.Revision,
		Filed: st.Filed, FilingNo: st.FilingNo, Window: at(st.Window), Teachers: st.Teachers,
		Rectify: reasonsOf(st.Rectify), OpenedAt: c.OpenedAt, UpdatedAt: c.UpdatedAt, ClosedAt: at(c.ClosedAt),
	}
	if st.Return != nil {
		v.ReturnedFrom = st.Return.Stage
	}
	if a.seesScore() {
		v.Score = st.Score
	}
	if err = s.describe(ctx, a, &v); err != nil {
		return v, err
	}
	if v.Waits, err = s.waitsOf(ctx, a, names); err != nil {
		return v, err
	}
	if v.Panel, err = s.panelOf(ctx, a); err != nil {
		return v, err
	}
	if v.Actions, err = s.legalActions(ctx, a); err != nil {
		return v, err
	}
	v.Gates, err = s.gatesOf(ctx, a)
	return v, err
}

// describe adds what concerns the case beside its stage: how far a review is, why it rests,
// what the school objects to.
func (s *server) describe(ctx context.Context, a *access, v *gen.CaseView) error {
	st := a.state
	ids := slices.Clone(st.ChainBy)
	if st.Paused != nil {
		ids = append(ids, st.Paused.By)
	}
	if st.Appeal != nil {
		ids = append(ids, st.Appeal.By)
	}
	names, err := s.store.UserNames(ctx, unique(ids))
	if err != nil {
		return err
	}
	if p := st.Paused; p != nil {
		v.Paused = &gen.Suspension{At: p.At, By: names[p.By], Reason: p.Reason, Until: at(p.Until)}
	}
	if o := st.Appeal; o != nil {
		v.Appeal = &gen.Objection{At: o.At, By: names[o.By], Reason: o.Reason, Verdict: o.Verdict, Pending: o.Pending}
	}
	reopened, err := s.store.Reopened(ctx, a.c.ID, st, "")
	if err != nil {
		return err
	}
	v.ReopenedUntil = at(reopened)
	if st.Stage != domain.StageFiling {
		return nil
	}
	policy, err := s.store.Policy(ctx, a.c.PolicyDigest)
	v.Chain = &gen.ReviewChain{
		Steps: policy.Filing.Chain, Position: st.ChainPos, PassedBy: convert(st.ChainBy, func(id string) string { return names[id] }),
	}
	return err
}

// seesScore: the mean is the bureau's until it has confirmed the result.
func (a *access) seesScore() bool { return confirmed(a.state) || a.seesExperts() }

// confirmed reports whether the newest scores led to a result that the bureau confirmed.
func confirmed(s domain.State) bool {
	_, objectable := s.Waiting(domain.TaskAppeal)
	return s.Stage == domain.StageCrediting || objectable || (s.Appeal != nil && s.Appeal.Pending) ||
		(s.Closed() && (s.Result == domain.ResultPassed || s.Result == domain.ResultFailed))
}

func waitingOrgs(s domain.State) []string {
	return convert(s.OpenWaits(), func(w domain.Wait) string { return w.OrgID })
}

func (s *server) waitsOf(ctx context.Context, a *access, names map[string]string) ([]gen.Wait, error) {
	waits := filter(a.state.OpenWaits(), func(w domain.Wait) bool {
		return w.UserID == "" || w.UserID == a.user.ID || (!a.onlyExpert() && !a.sits(a.state))
	})
	holders, err := s.store.SeatHolders(ctx, unique(convert(waits, models.SeatOf)))
	if err != nil {
		return nil, err
	}
	parties, users, err := s.partiesOf(ctx, waits)
	if err != nil {
		return nil, err
	}
	days := s.newDayCounter(ctx)
	return convert(waits, func(w domain.Wait) gen.Wait {
		v := gen.Wait{
			Visit: w.Visit, Task: w.Task, TaskName: w.Task.Name(), Role: w.Role, RoleName: w.Role.Name(),
			Org: gen.Ref{Id: w.OrgID, Name: names[w.OrgID]}, Since: w.Since, DueAt: at(w.Due), Overdue: w.Overdue,
			Mine: a.waitedFor(w, parties[w.Visit]), Urged: w.Urged, Orphaned: parties[w.Visit].Orphaned, WorkingDays: days.since(a.c.CohortID, &w.Since),
			DaysLeft: days.until(a.c.CohortID, w.Due), DaysOver: days.since(a.c.CohortID, w.Due),
		}
		party := parties[w.Visit]
		switch {
		case w.UserID == "" && party.Person != "":
			v.ClaimedBy, v.Person, v.Proxy = users[party.Person], users[party.Person], users[party.Proxy]
			v.ClaimedByMe = a.standsFor(w, party.Person)
		case w.UserID == "":
			v.Person = people(holders[models.SeatOf(w)])
		case w.UserID == a.user.ID || a.seesExperts():
			v.Person = users[w.UserID]
		}
		return v
	}), nil
}

// onlyExpert: another expert's task is none of an expert's business.
func (a *access) onlyExpert() bool {
	return !a.holds(overseers...) && !a.holds(learners...)
}

// waitedFor reports whether it is for the caller to act on a task.
func (a *access) waitedFor(w domain.Wait, p domain.Party) bool {
	if p.Person != "" {
		return a.standsFor(w, p.Person)
	}
	seat := models.Grant{Role: w.Role, OrgID: w.OrgID}
	return slices.ContainsFunc(a.grants, seat.SameSeat) && !w.Bars(a.actorAs(seat))
}

// standsFor reports whether the caller is that person, or stands in for them in the role
// of a task.
func (a *access) standsFor(w domain.Wait, userID string) bool {
	return a.user.ID == userID || slices.ContainsFunc(a.grants, func(g models.Grant) bool {
		return g.For == userID && g.Role == w.Role && g.OrgID == w.OrgID
	})
}

// partiesOf finds who must act on each task, by visit, and the names of those people.
func (s *server) partiesOf(ctx context.Context, waits []domain.Wait) (map[int]domain.Party, map[string]string, error) {
	seats, parties, ids := map[models.Seat]domain.Holders{}, map[int]domain.Party{}, []string{}
	for _, w := range waits {
		h, err := s.holdersOf(ctx, w, seats)
		if err != nil {
			return nil, nil, err
		}
		p := domain.Responsible(w, h)
		parties[w.Visit] = p
		ids = append(ids, p.Person, p.Proxy, w.UserID)
	}
	names, err := s.store.UserNames(ctx, unique(ids))
	return parties, names, err
}

// holdersOf tells who can act on a task. One that is for one person is theirs wherever they
// hold the role: experts hold it elsewhere. known keeps what was looked up for each seat.
func (s *server) holdersOf(ctx context.Context, w domain.Wait, known map[models.Seat]domain.Holders) (domain.Holders, error) {
	if w.UserID != "" {
		can, err := s.store.CanAct(ctx, w.UserID, w.Role)
		if err != nil || !can {
			return domain.Holders{}, err
		}
		return domain.Holders{Able: []string{w.UserID}}, nil
	}
	seat := models.SeatOf(w)
	if h, ok := known[seat]; ok {
		return h, nil
	}
	h, err := s.store.HoldersNow(ctx, seat)
	if err == nil {
		known[seat] = h
	}
	return h, err
}

func (s *server) panelOf(ctx context.Context, a *access) (gen.Panel, error) {
	p := gen.Panel{Members: []gen.PanelMember{}}
	users, err := s.store.UserNames(ctx, a.state.Experts())
	if err != nil {
		return p, err
	}
	for _, id := range a.state.Experts() {
		m := a.state.Panel[id]
		if m.Active() {
			p.Invited++
		}
		switch m.Status {
		case domain.MemberScored:
			p.Scored++
			p.Ready++
		case domain.MemberReady:
			p.Ready++
		}
		if id != a.user.ID && !a.seesExperts() {
			continue
		}
		view := gen.PanelMember{UserId: id, Name: users[id], Status: gen.PanelMemberStatus(m.Status), Note: m.Note}
		if m.Status == domain.MemberScored {
			view.Total = &m.Total
		}
		p.Members = append(p.Members, view)
	}
	return p, nil
}

// legalActions lists what each of the caller's roles could do here, with the reason
// wherever it cannot be done now.
func (s *server) legalActions(ctx context.Context, a *access) ([]gen.LegalAction, error) {
	list := []gen.LegalAction{}
	for _, g := range a.admitted {
		actor := a.actorAs(g)
		var need domain.Need
		for _, o := range domain.Legal(a.state, actor, nil) {
			if o.Allowed {
				need |= domain.FactsFor(o.Kind)
			}
		}
		facts, err := s.store.FactsFor(ctx, a.c.ID, need, actor)
		if err != nil {
			return nil, err
		}
		for _, o := range domain.Legal(a.state, actor, &facts) {
			if suited := a.actorFor(o.Kind, o.Visit); suited.Role != g.Role || suited.OrgID != g.OrgID {
				continue // the caller's other role is the one to act in
			}
			list = append(list, gen.LegalAction{
				Kind: o.Kind, Name: o.Name, Visit: o.Visit, Role: g.Role, Allowed: o.Allowed, Code: string(o.Code), Reason: o.Reason,
			})
		}
	}
	return list, nil
}

// gatesOf reads the two gates while they matter, for those who work towards them.
func (s *server) gatesOf(ctx context.Context, a *access) (*gen.Gates, error) {
	switch a.state.Stage {
	case domain.StageTraining, domain.StageAssessment, domain.StageDossier:
	default:
		return nil, nil //nolint:nilnil // no gates to show
	}
	if !a.holds(overseers...) {
		return nil, nil //nolint:nilnil // not theirs to see
	}
	facts, err := s.store.FactsFor(ctx, a.c.ID, domain.NeedGates, domain.Actor{})
	if err != nil {
		return nil, err
	}
	return gates(facts), nil
}

func gates(f domain.Facts) *gen.Gates {
	return &gen.Gates{
		A: gateOf(domain.GateA(f.GateA.Passed, f.GateA.Teachers)),
		B: gateOf(domain.GateB(f.Policy.Gates, f.GateB.Qualified, f.GateB.FullTime)),
	}
}

// blockerTexts say what a blocker means, with the number it concerns.
var blockerTexts = map[models.BlockerKind]string{
	models.BlockerHours:   "%d名教师未满校本研修学时",
	models.BlockerPlan:    "%d名教师未上传个人提升计划",
	models.BlockerPoints:  "%d名教师选择的应用能力点不足",
	models.BlockerSummary: "%d名教师缺能力点提升总结",
	models.BlockerReview:  "%d名教师初审未通过",
	models.BlockerGrade:   "%d名专任教师测评未合格",
	models.BlockerDossier: "15项材料中缺%d项",
}

// ListBlockers says what exactly keeps a case from going on.
func (s *server) ListBlockers(ctx context.Context, _ gen.ListBlockersRequestObject) (gen.ListBlockersResponseObject, error) {
	rows, err := s.store.Blockers(ctx, accessOf(ctx).c)
	return gen.ListBlockers200JSONResponse{Items: convert(rows, func(b models.Blocker) gen.Blocker {
		return gen.Blocker{Kind: string(b.Kind), Text: fmt.Sprintf(blockerTexts[b.Kind], b.Count), Count: b.Count, Names: b.Names}
	})}, err
}
