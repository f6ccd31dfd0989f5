// Package attack is hostile to a running edition: it asks for what must be refused, as
// somebody who may not, and holds whatever is answered or changed against the product. A
// fault of the server (5xx) is never a refusal.
package attack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/getkin/kin-openapi/openapi3"

	"zhengxiao/api/gen"
	"zhengxiao/models"
)

// Target is the edition that is attacked, with its database to see what came of it.
type Target struct {
	URL   string // http://host:port; the host is the only one that the edition answers to
	Store *models.Store
	// Password is that of every account of the demo that has signed in.
	Password string
	Provider Provider // of the edition, with the settings of SSO
}

// Report counts attempts by class.
type Report struct {
	order   []string
	tried   map[string]int
	through map[string][]string
}

// Through lists what got through.
func (r *Report) Through() []string {
	var all []string
	for _, class := range r.order {
		for _, what := range r.through[class] {
			all = append(all, class+"："+what)
		}
	}
	return all
}

// Tried is how many attempts there were, in all and by class.
func (r *Report) Tried() (total int, byClass map[string]int) {
	for _, n := range r.tried {
		total += n
	}
	return total, r.tried
}

// Write prints the table.
func (r *Report) Write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "class\ttried\trefused\tgot through")
	total, through := 0, 0
	for _, class := range r.order {
		bad := len(r.through[class])
		total, through = total+r.tried[class], through+bad
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", class, r.tried[class], r.tried[class]-bad, bad)
	}
	fmt.Fprintf(w, "all\t%d\t%d\t%d\n", total, total-through, through)
	return w.Flush()
}

// attacker is one run.
type attacker struct {
	Target

	report Report
	spec   *openapi3.T
	ops    []operation
	cast   cast
	class  string

	addresses int // that logins have come from
}

// classes are the kinds of attack. Those that lock accounts and use up budgets come last.
var classes = []struct {
	name string
	run  func(*attacker, context.Context) error
	// quiet says that nothing of the domain may have changed when the class is through.
	quiet bool
}{
	{"not signed in", (*attacker).strangers, true},
	{"forged sessions", (*attacker).forgedSessions, true},
	{"cross-site requests", (*attacker).crossSite, true},
	{"functions of other roles", (*attacker).otherRoles, true},
	{"actions of other roles", (*attacker).otherActions, true},
	{"objects of others", (*attacker).otherObjects, true},
	{"lists of others", (*attacker).otherLists, true},
	{"mass assignment", (*attacker).massAssignment, true},
	{"injection", (*attacker).injection, true},
	{"hostile bodies", (*attacker).hostileBodies, true},
	{"forged cursors and sizes", (*attacker).forgedCursors, true},
	{"hostile HTTP", (*attacker).hostileHTTP, true},
	{"hosts and redirects", (*attacker).hostsAndRedirects, true},
	{"what is not served", (*attacker).notServed, true},
	{"headers", (*attacker).headers, true},
	{"objects of others in bodies", (*attacker).otherBodies, true},
	{"without a fresh proof", (*attacker).unproven, true},
	{"systems' tokens", (*attacker).machines, false},
	{"the three administrators", (*attacker).triad, false},
	{"login through a provider", (*attacker).sso, false},
	{"addresses inside", (*attacker).outward, false},
	{"replay", (*attacker).replay, true},
	{"business rules", (*attacker).businessRules, true},
	{"object store", (*attacker).objectStore, true},
	{"hostile files", (*attacker).hostileFiles, false},
	{"grants to upload", (*attacker).oldGrants, false},
	{"races", (*attacker).races, false},
	{"numbers of people", (*attacker).people, false},
	{"password guessing", (*attacker).guessing, true},
}

// Run attacks. An error is a failure of the attack itself, not of the target; the report
// then says how far it got.
func Run(ctx context.Context, t Target) (*Report, error) {
	spec, err := gen.GetSpec()
	if err != nil {
		return nil, fmt.Errorf("load contract: %w", err)
	}
	a := &attacker{Target: t, spec: spec, ops: operations(spec), report: Report{tried: map[string]int{}, through: map[string][]string{}}}
	if a.cast, err = a.assemble(ctx); err != nil {
		return nil, fmt.Errorf("find victims: %w", err)
	}
	for _, c := range classes {
		a.class = c.name
		a.report.order = append(a.report.order, c.name)
		before, err := a.fingerprint(ctx)
		if err == nil {
			err = c.run(a, ctx)
		}
		if err != nil {
			return &a.report, fmt.Errorf("%s: %w", c.name, err)
		}
		after, err := a.fingerprint(ctx)
		if err != nil {
			return &a.report, err
		}
		if changed := differing(before, after); c.quiet {
			a.note("nothing changes", len(changed) == 0, "changed "+strings.Join(changed, ", "))
		}
	}
	return &a.report, nil
}

// note counts one attempt.
func (a *attacker) note(what string, refused bool, why string) {
	a.report.tried[a.class]++
	if !refused {
		a.report.through[a.class] = append(a.report.through[a.class], what+": "+why)
	}
}

// want counts an attempt that must be answered with one of the statuses.
func (a *attacker) want(what string, got answer, err error, statuses ...int) {
	if err != nil {
		a.note(what, false, "no answer: "+err.Error())
		return
	}
	a.note(what, slices.Contains(statuses, got.status) && !beside(got.body), fmt.Sprintf("%d %.200s", got.status, got.body))
}

// refused counts an attempt that any refusal of ours answers: 4xx, and never 429, which
// proves nothing.
func (a *attacker) refused(what string, got answer, err error) {
	switch {
	case err != nil:
		a.note(what, false, "no answer: "+err.Error())
	default:
		a.note(what, got.status >= 400 && got.status < 500 && got.status != tooMany, fmt.Sprintf("%d %.200s", got.status, got.body))
	}
}

const tooMany = 429

// beside reports whether an answer asks for something first: whoever does that is not
// refused.
func beside(body string) bool {
	return slices.ContainsFunc([]string{"step_up_required", "password_change", "privacy_notice", "second_factor_setup"}, func(code string) bool {
		return strings.Contains(body, `"code":"`+code+`"`)
	})
}

var (
	errNothing = errors.New("the demo has nothing of this kind")
	errUnknown = errors.New("nobody says what this parameter names: see owned and shared")
)
