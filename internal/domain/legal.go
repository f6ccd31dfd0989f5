package domain

import "zhengxiao/internal/apperr"

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
// when f is not nil.
func Legal(s State, a Actor, f *Facts) []Option {
	var options []Option
	for _, k := range Kinds() {
		r := rules[k]
		if r.allows(s, a) != nil {
			continue
		}
		o := Option{Kind: k, Name: r.name}
		if s.Closed() {
			o.refuse(apperr.New(apperr.CaseClosed, "项目已办结。"))
			options = append(options, o)
			continue
		}
		o.Visit, _ = r.expected(s, a)
		o.refuse(r.possible(s, a, k, f))
		options = append(options, o)
	}
	return options
}

func (r rule) possible(s State, a Actor, k Kind, f *Facts) error {
	if err := r.inStage(s); err != nil {
		return err
	}
	visit, ok := r.expected(s, a)
	if !ok {
		return apperr.New(apperr.Conflict, "没有需要您办理的这项待办。")
	}
	if r.ready == nil || f == nil {
		return nil
	}
	return r.ready(&turn{s: clone(s), a: Action{Kind: k, Actor: a, Visit: visit}, f: *f})
}

func (o *Option) refuse(err error) {
	o.Allowed = err == nil
	if err != nil {
		o.Code, o.Reason = apperr.CodeOf(err), apperr.MessageOf(err)
	}
}
