package drive

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// Ack is an action that the server has acknowledged, with 200 or 202: from then on it
// must not be lost. Seq is 0 for a refusal, and while the outcome of a 202 is not known.
type Ack struct {
	ActionID string
	CaseID   string
	Kind     domain.Kind
	Seq      int
	Later    bool // answered 202 first
	// Took is from the first attempt to this answer.
	Took time.Duration
}

// Acks lists what was acknowledged so far, in the order of the answers.
func (c *Client) Acks() []Ack {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.acks)
}

func (c *Client) note(a Ack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acks = append(c.acks, a)
}

// settle fills in the outcome of an action that was acknowledged with 202.
func (c *Client) settle(id string, seq int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.acks {
		if c.acks[i].ActionID == id {
			c.acks[i].Seq = seq
		}
	}
}

// Case is a case as this person sees it.
func (s *Session) Case(ctx context.Context, caseID string) (gen.CaseView, error) {
	return get[gen.CaseView](ctx, s, "/api/v1/cases/"+caseID, nil)
}

// option finds an action among those of a view.
func option(v gen.CaseView, kind domain.Kind) gen.LegalAction {
	for _, a := range v.Actions {
		if a.Kind == kind && a.Allowed {
			return a
		}
	}
	for _, a := range v.Actions {
		if a.Kind == kind {
			return a
		}
	}
	return gen.LegalAction{Kind: kind, Code: string(apperr.Forbidden), Reason: "not offered"}
}

// Act takes an action: it looks at the case, sends what is to be done with the visit it
// saw, and returns the case as it is afterwards. body.Visit is filled in.
func (s *Session) Act(ctx context.Context, caseID string, kind domain.Kind, body gen.ActionRequest) (gen.CaseView, error) {
	view, err := s.Case(ctx, caseID)
	if err != nil {
		return view, err
	}
	seen := option(view, kind)
	if !seen.Allowed {
		return view, fmt.Errorf("%s: %s in stage %s: %s %s", s.Login, kind, view.Stage, seen.Code, seen.Reason)
	}
	me, err := s.Me(ctx)
	if err != nil {
		return view, err
	}
	act := attempt{s: s, caseID: caseID, kind: kind, body: body, key: uuid.NewString(), actor: me.Id, began: time.Now()}
	act.body.Visit = seen.Visit
	for unsure := false; ; unsure = true {
		view, err := act.send(ctx)
		again, lost := s.c.recovered(ctx, err)
		switch {
		case lost != nil:
			return view, lost
		case again && s.c.o.Resend:
			continue
		case !again && (!unsure || !overtaken(err)):
			return view, err
		}
		now, lookErr := s.Case(ctx, caseID)
		if lookErr != nil {
			return now, lookErr
		}
		if act.done(seen, now) {
			return now, nil
		}
		if !again {
			return view, err
		}
		act.key, act.body.Visit = uuid.NewString(), option(now, kind).Visit
	}
}

// overtaken is how a second decision is refused when the first took effect after all.
func overtaken(err error) bool {
	return Refused(err, apperr.Stale, apperr.Conflict, apperr.WrongStage, apperr.CaseClosed)
}

// attempt is one decision of one person.
type attempt struct {
	s      *Session
	actor  string // user id
	caseID string
	kind   domain.Kind
	key    string
	body   gen.ActionRequest
	began  time.Time // the first of several attempts
}

func (a attempt) send(ctx context.Context) (gen.CaseView, error) {
	var out struct {
		gen.ActionResult

		Href string `json:"href"`
	}
	status, err := a.s.call(ctx, request{
		method: http.MethodPost, path: "/api/v1/cases/" + a.caseID + "/actions/" + string(a.kind),
		key: a.key, async: a.s.c.o.Async, body: a.body,
	}, &out)
	if err != nil {
		return gen.CaseView{}, err
	}
	if status == http.StatusAccepted {
		a.s.c.note(Ack{ActionID: out.ActionId, CaseID: a.caseID, Kind: a.kind, Later: true, Took: time.Since(a.began)})
		return a.follow(ctx, out.ActionId, out.Href)
	}
	a.s.c.note(Ack{ActionID: out.ActionId, CaseID: a.caseID, Kind: a.kind, Seq: out.Seq, Took: time.Since(a.began)})
	return out.Case, nil
}

// follow waits for the outcome of an action that was accepted for later.
func (a attempt) follow(ctx context.Context, id, href string) (gen.CaseView, error) {
	var status gen.ActionStatus
	err := a.s.c.await(ctx, "outcome of "+string(a.kind), func() (done bool, err error) {
		status, err = get[gen.ActionStatus](ctx, a.s, href, nil)
		return status.Status != gen.ActionStatusStatusPending, err
	})
	if err != nil {
		return gen.CaseView{}, err
	}
	a.s.c.settle(id, status.Seq)
	if status.Status == gen.ActionStatusStatusRefused {
		return gen.CaseView{}, fmt.Errorf("%s: %s: %w", a.s.Login, a.kind,
			&RefusalError{gen.Problem{Status: http.StatusConflict, Code: status.Code, Detail: status.Message, Field: status.Field}})
	}
	return a.s.Case(ctx, a.caseID)
}

// done reports whether the view shows the effect: the task that was answered is gone. Two
// actions leave their task open and show in the panel instead.
func (a attempt) done(seen gen.LegalAction, now gen.CaseView) bool {
	switch a.kind {
	case domain.AcceptPanel:
		return slices.ContainsFunc(now.Panel.Members, func(m gen.PanelMember) bool {
			return m.UserId == a.actor && m.Status != gen.PanelMemberStatusInvited
		})
	case domain.AssignPanel:
		return !slices.ContainsFunc(a.body.Experts, func(id string) bool {
			return !slices.ContainsFunc(now.Panel.Members, func(m gen.PanelMember) bool { return m.UserId == id })
		})
	}
	o := option(now, a.kind)
	return !o.Allowed || o.Visit != seen.Visit
}
