package domain

import (
	"slices"

	"zhengxiao/internal/apperr"
)

// Option is one action as this person sees it now. Visit is what to send back as the
// expected version. When Allowed is false, Code and Reason say why.
type Option struct {
	Kind    Kind        `json:"kind"`
	Name    string      `json:"name"`
	Visit   int         `json:"visit"`
	Allowed bool        `json:"allowed"`
	Code    apperr.Code `json:"code,omitempty"`
	Reason  string      `json:"reason,omitempty"`
}

// Legal lists every action that the actor's role could take on this case, with the
// reason for each that he can not take now. Preconditions that need facts are judged
// when f is not nil. Actions on one open task of any kind are listed once for each task.
func Legal(s State, a Actor, f *Facts) []Option {
	var options []Option
	for _, k := range Kinds() {
		for _, visit := range rules[k].targets(s) {
			act := Action{Kind: k, Actor: a, Visit: visit}
			if rules[k].allows(s, act) == nil {
				options = append(options, rules[k].option(s, act, f))
			}
		}
	}
	return options
}

// targets are the visits an action can be about; 0 for the one that follows from the rule.
func (r rule) targets(s State) []int {
	if !r.trait.has(aimed) || s.Closed() {
		return []int{0}
	}
	var visits []int
	for _, w := range s.OpenWaits() {
		visits = append(visits, w.Visit)
	}
	return visits
}

func (r rule) option(s State, a Action, f *Facts) Option {
	o := Option{Kind: a.Kind, Name: r.name}
	if s.Closed() {
		o.refuse(apperr.New(apperr.CaseClosed, "项目已办结。"))
		return o
	}
	o.Visit, _ = r.expected(s, a)
	a.Visit = o.Visit
	o.refuse(r.possible(s, a, f))
	return o
}

func (r rule) possible(s State, a Action, f *Facts) error {
	if err := r.stands(s); err != nil {
		return err
	}
	if _, ok := r.expected(s, a); !ok {
		return apperr.New(apperr.Conflict, "没有需要您办理的这项待办。")
	}
	if f == nil {
		return nil
	}
	t := &turn{s: clone(s), a: a, f: *f}
	if err := r.fresh(t); err != nil || r.ready == nil {
		return err
	}
	return r.ready(t)
}

func (o *Option) refuse(err error) {
	o.Allowed = err == nil
	if err != nil {
		o.Code, o.Reason = apperr.CodeOf(err), apperr.MessageOf(err)
	}
}

// Suited picks the seat in which somebody with several takes an action: the one that the
// addressed task waits for, else the first that may.
func Suited(s State, k Kind, visit int, seats []Actor) Actor {
	if len(seats) == 0 {
		return Actor{}
	}
	if w, open := s.Wait(visit); open && rules[k].trait.has(aimed) {
		for _, a := range seats {
			if w.Role == a.Role && w.OrgID == a.OrgID {
				return a
			}
		}
	}
	may := func(a Actor) bool { return rules[k].allows(s, Action{Kind: k, Actor: a, Visit: visit}) == nil }
	return seats[max(0, slices.IndexFunc(seats, may))]
}
