package domain

import (
	"cmp"
	"slices"
	"strconv"

	"zhengxiao/internal/apperr"
)

// Codes of the hour rules.
const (
	CodeActivityKind    apperr.Code = "activity_kind"     // not one of the policy's activity kinds
	CodeHoursFixed      apperr.Code = "hours_fixed"       // the kind's hours cannot be changed
	CodeHoursRange      apperr.Code = "hours_range"       // hours not above zero, or above the kind's maximum
	CodeOnlineChoiceCap apperr.Code = "online_choice_cap" // 自主选学 above the cap
)

// String writes 学时 without trailing zeros: 250 is "25", 105 is "10.5".
func (h Hours) String() string { return tenths(int(h)) }

// tenths writes n/10 in decimal.
func tenths(n int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := sign + strconv.Itoa(n/10)
	if n%10 != 0 {
		s += "." + strconv.Itoa(n%10)
	}
	return s
}

// ActivityHours decides the 学时 of a new activity. A fixed kind (003:153, 159, 165)
// takes its own value, which the leader may leave out but not change; otherwise the
// leader sets hours above zero and up to the kind's maximum (003:171).
func ActivityHours(p HoursPolicy, kind string, requested Hours) (Hours, error) {
	i := slices.IndexFunc(p.Kinds, func(k ActivityKind) bool { return k.Code == kind })
	if i < 0 {
		return 0, apperr.Newf(CodeActivityKind, "没有“%s”这种活动形式，请从列表中重新选择。", kind).On("kind")
	}
	k := p.Kinds[i]
	switch {
	case k.Fixed && requested != 0 && requested != k.Hours:
		return 0, apperr.Newf(CodeHoursFixed, "%s固定为%s学时，不能改为%s学时。", k.Name, k.Hours, requested).On("hours")
	case k.Fixed:
		return k.Hours, nil
	case requested <= 0 || requested > k.Hours:
		return 0, apperr.Newf(CodeHoursRange, "%s的学时须大于0且不超过%s，现在是%s，请修改。", k.Name, k.Hours, requested).On("hours")
	}
	return requested, nil
}

// Recorded is what the platform records of a teacher's school-based hours: the sum, and
// never more than the cap (003:175).
func Recorded(p HoursPolicy, sums ...Hours) Hours {
	return min(total(sums), p.Cap)
}

// Done reports whether sum reaches the target (003:272: ≥25 学时).
func Done(p HoursPolicy, sum Hours) bool { return sum >= p.Target }

// CheckOnlineChoice refuses to add more hours of 自主选学 when the teacher's total would
// pass the cap (004:49: 不超过 10 学时). The choice is refused, not cut.
func CheckOnlineChoice(p HoursPolicy, chosen, more Hours) error {
	if more <= 0 {
		return apperr.New(CodeHoursRange, "所选课程的学时须大于0，请重新选择。").On("hours")
	}
	if chosen+more > p.OnlineChoice {
		return apperr.Newf(CodeOnlineChoiceCap,
			"自主选学累计不超过%s学时：已选%s学时，本次%s学时，最多还可选%s学时。",
			p.OnlineChoice, chosen, more, max(p.OnlineChoice-chosen, 0)).On("hours")
	}
	return nil
}

// YearHours are the 学时 that belong to one calendar year.
type YearHours struct {
	Year  int   `json:"year"`
	Hours Hours `json:"hours"`
}

// ByYear splits a teacher's school-based hours over the years they were earned in, for
// projects that span years (001:113). The earliest hours count first; what passes the
// cap is dropped, so the years always add up to Recorded of the whole. Years are
// ascending and those without recorded hours are left out.
func ByYear(p HoursPolicy, entries []YearHours) []YearHours {
	sorted := slices.SortedStableFunc(slices.Values(entries), func(a, b YearHours) int {
		return cmp.Compare(a.Year, b.Year)
	})
	var years []YearHours
	var sum Hours
	for _, e := range sorted {
		before := Recorded(p, sum)
		sum += e.Hours
		gained := Recorded(p, sum) - before
		if gained == 0 {
			continue
		}
		if n := len(years); n > 0 && years[n-1].Year == e.Year {
			years[n-1].Hours += gained
			continue
		}
		years = append(years, YearHours{Year: e.Year, Hours: gained})
	}
	return years
}

func total(hours []Hours) Hours {
	var sum Hours
	for _, h := range hours {
		sum += h
	}
	return sum
}
