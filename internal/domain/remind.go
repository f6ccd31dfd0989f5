package domain

import (
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
)

// Refusals of 催办, 抄送 and 延期.
const (
	CodeUrgedToday  apperr.Code = "urged_today"
	CodeNoUrging    apperr.Code = "no_urging"
	CodeOwnTask     apperr.Code = "own_task"
	CodeOutOfReach  apperr.Code = "copy_out_of_reach"
	CodeNoDeadline  apperr.Code = "no_deadline"
	CodeNotSuperior apperr.Code = "not_superior"
)

// copyMost bounds the addressees of one 抄送.
const copyMost = 50

// own reports whether the actor is of the office, or the person, that w waits for.
func (t *turn) own(w Wait) bool {
	a := t.a.Actor
	return w.UserID == a.UserID || w.UserID == "" && w.OrgID == a.OrgID && w.Role == a.Role
}

func urgeReady(t *turn) error {
	w := t.aimedAt()
	if t.own(w) {
		return apperr.New(CodeOwnTask, "这是您自己的待办，请直接办理。")
	}
	most := t.f.Policy.Urge.PerDay
	if most == 0 {
		return apperr.New(CodeNoUrging, "本批次的政策不开放催办，请电话联系经办人。")
	}
	if t.f.Urged[w.Visit] >= most {
		return apperr.Newf(CodeUrgedToday, "今天已催办过 %d 次，每人每天对同一待办最多催办 %d 次，请明天再催或电话联系。", t.f.Urged[w.Visit], most)
	}
	return nil
}

func urge(t *turn) error {
	w := t.aimedAt()
	w.Urged++
	t.put(w)
	return nil
}

// copyTo tells people who may see the case that it concerns them. It changes nothing but
// the record.
func copyTo(t *turn) error {
	users := t.a.Body.Users
	distinct := len(slices.Compact(slices.Sorted(slices.Values(users)))) == len(users)
	switch {
	case len(users) == 0:
		return required("users", "抄送对象")
	case len(users) > copyMost:
		return apperr.Newf(apperr.Invalid, "一次最多抄送 %d 人，请分次抄送。", copyMost).On("users")
	case !distinct || slices.Contains(users, t.a.Actor.UserID):
		return apperr.Field("users", "抄送对象不能重复，也不能是您自己。")
	}
	out := 0
	for _, u := range users {
		if !t.f.Readers[u] {
			out++
		}
	}
	if out > 0 {
		return apperr.Newf(CodeOutOfReach, "所选人员中有 %d 人无权查看该项目或账号已停用，请去掉后再抄送。", out).On("users")
	}
	return nil
}

// extendReady: nobody extends his own deadline; a reviewer extends the school's, the
// 教育局 and whoever is above also the reviewer's and the experts'.
func extendReady(t *turn) error {
	w := t.aimedAt()
	switch {
	case w.Due == nil:
		return apperr.New(CodeNoDeadline, "该待办没有办理期限，无需延期。")
	case t.own(w):
		return apperr.New(CodeOwnTask, "不能为自己的待办延期，请上级单位办理。")
	case w.OrgID != t.s.SchoolID && t.a.Actor.OrgID == t.s.SuperiorID && t.a.Actor.Role == t.s.Reviewer():
		return apperr.New(CodeNotSuperior, "审核单位只能为学校的待办延期，其余请主管教育局或上级部门办理。")
	}
	return nil
}

// extend sets a later date, with the reason; calendar changes leave it alone.
func extend(t *turn) error {
	w := t.aimedAt()
	if strings.TrimSpace(t.a.Body.Comment) == "" {
		return required("comment", "延期的理由")
	}
	until := t.a.Body.Until
	if until == nil || !until.After(t.f.Now) || !until.After(*w.Due) {
		return apperr.Field("until", "新的期限应晚于当前时间和原期限。")
	}
	w.Due, w.Fixed, w.Overdue = new(until.UTC()), true, false
	if w.Task == TaskTraining {
		t.s.Window = w.Due
	}
	if err := t.arm(&w, t.deadline(w.Task)); err != nil {
		return err
	}
	t.put(w)
	return nil
}
