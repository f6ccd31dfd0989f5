package domain

import (
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
)

// Refusals of 认领 and 转办.
const (
	CodeClaimed   apperr.Code = "claimed"
	CodeNotHolder apperr.Code = "not_holder"
)

// aimedAt is the open task that the action names; fresh has made sure that it is there.
func (t *turn) aimedAt() Wait {
	w, _ := t.s.Wait(t.a.Visit)
	return w
}

// unclaimed refuses whoever is not the one that has taken the task. A claim lapses with
// the claimer's role or account: the task is then anybody's in the office again.
func (t *turn) unclaimed(w Wait) error {
	if w.Claimed == "" || t.a.Actor.Is(w.Claimed) || t.f.Lapsed[w.Claimed] {
		return nil
	}
	return apperr.New(CodeClaimed, "该待办已由同事认领；如需您来办理，请认领人转办或取消认领。")
}

func claimReady(t *turn) error {
	w := t.aimedAt()
	if w.Claimed != "" && t.a.Actor.Is(w.Claimed) {
		return apperr.New(apperr.Conflict, "该待办已由您认领，可直接办理。")
	}
	if err := t.unclaimed(w); err != nil {
		return err
	}
	return t.another(w)
}

// claim takes a task of the office. Whoever acts for somebody else claims it for them.
func claim(t *turn) error {
	w := t.aimedAt()
	w.Claimed = t.a.Actor.UserID
	if behalf := t.a.Actor.Behalf(w); behalf != "" {
		w.Claimed = behalf
	}
	t.put(w)
	return nil
}

func releaseReady(t *turn) error {
	w := t.aimedAt()
	if w.Claimed == "" {
		return apperr.New(apperr.Conflict, "该待办没有人认领，无需取消。")
	}
	return t.unclaimed(w)
}

func release(t *turn) error {
	w := t.aimedAt()
	w.Claimed = ""
	t.put(w)
	return nil
}

func handOverReady(t *turn) error { return t.unclaimed(t.aimedAt()) }

// handOver gives a task to a colleague who holds the same role.
func handOver(t *turn) error {
	w := t.aimedAt()
	switch {
	case strings.TrimSpace(t.a.Body.User) == "":
		return required("user", "接办人")
	case t.a.Body.User == w.Claimed:
		return apperr.Field("user", "该待办已在此人名下，请另选接办人。")
	case !t.f.Holder:
		return apperr.New(CodeNotHolder, "接办人须是本单位同一身份的在用账号，请另选；如无人可选，请系统管理员先授予身份。").On("user")
	}
	if !w.open(t.a.Body.User) {
		return apperr.New(CodeSamePerson, "此人已办理过本次审核的前一环节，请另选接办人。").On("user")
	}
	w.Claimed = t.a.Body.User
	t.put(w)
	return nil
}

// Party is who must act on a task: one person, or everybody who holds its role at its
// organisation. Proxy acts for Person while a delegation lasts. Nobody can act on an
// orphaned task.
type Party struct {
	Person   string
	Proxy    string
	Office   bool
	Orphaned bool
}

// Holders is who can act now: the enabled holders of a task's role, and who stands in
// for them.
type Holders struct {
	Able    []string
	Proxies map[string]string // delegate by delegator
}

func (h Holders) able(user string) bool { return slices.Contains(h.Able, user) }

// Responsible finds the one party that must act on w. A claim counts as long as the
// claimer can act; then the office is responsible again, without those who must leave the
// task to another.
func Responsible(w Wait, h Holders) Party {
	person := w.UserID
	if person == "" && h.able(w.Claimed) {
		person = w.Claimed
	}
	if person == "" {
		return Party{Office: true, Orphaned: !slices.ContainsFunc(h.Able, w.open)}
	}
	p := Party{Person: person, Orphaned: !h.able(person)}
	if proxy := h.Proxies[person]; w.open(proxy) {
		p.Proxy = proxy
	}
	return p
}

// open reports whether a person of the office may do the task, being another than those
// who did the step before.
func (w Wait) open(user string) bool { return !slices.Contains(w.Barred, user) }

// Bars reports whether the task must be left to another: the actor, or everybody for whom
// the actor only stands in, has done a step before it.
func (w Wait) Bars(a Actor) bool {
	return !w.open(a.UserID) || a.Proxy && len(a.For) > 0 && !slices.ContainsFunc(a.For, w.open)
}
