package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"zhengxiao/internal/domain"
	"zhengxiao/standalone/drive"
)

// report prints the board, the count per stage and one account of each role.
func (p *play) report(ctx context.Context) error {
	out := p.o.Stdout
	fmt.Fprintln(out, "\n督办台账")
	if err := p.edition.Board(ctx, out); err != nil {
		return fmt.Errorf("print board: %w", err)
	}
	if err := p.counts(ctx); err != nil {
		return err
	}
	if err := p.accounts(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n演示数据已就绪，用时 %.0f 秒。数据文件夹：%s\n", time.Since(p.started).Seconds(), p.o.Data)
	return nil
}

// counts prints how many schools stand in each stage, and refuses to call a demo complete
// that leaves one empty.
func (p *play) counts(ctx context.Context) error {
	counts, err := p.city.Office.ProgressCounts(ctx)
	if err != nil {
		return err
	}
	total := map[domain.Stage]int{}
	late := map[domain.Stage]int{}
	for _, c := range counts.Items {
		total[c.Stage] += c.Count
		late[c.Stage] += c.Overdue
	}
	fmt.Fprintf(p.o.Stdout, "\n各环节学校数\n  未启动 %d 所\n", counts.NotStarted)
	var empty []string
	if counts.NotStarted == 0 {
		empty = append(empty, "未启动")
	}
	for _, s := range domain.Stages() {
		fmt.Fprintf(p.o.Stdout, "  %s %d 所", s.Name(), total[s])
		if late[s] > 0 {
			fmt.Fprintf(p.o.Stdout, "，其中逾期 %d 所", late[s])
		}
		fmt.Fprintln(p.o.Stdout)
		if total[s] == 0 {
			empty = append(empty, s.Name())
		}
	}
	if counts.Overdue == 0 {
		empty = append(empty, "逾期")
	}
	if len(empty) > 0 {
		return fmt.Errorf("nothing to show for: %s", strings.Join(empty, ", "))
	}
	return nil
}

// accounts prints one account of each role, of a school that is in training where the
// role belongs to a school. Those who have had nothing to do yet sign in now, so that every
// password shown is the one to use.
func (p *play) accounts(ctx context.Context) error {
	i := slices.IndexFunc(p.roles, func(r role) bool { return r.Ends == domain.StageTraining })
	s := p.runs[i].School
	list := []struct {
		role domain.Role
		who  *drive.Session
		at   string
	}{
		{domain.RoleSysadmin, p.city.Admin, "全系统"},
		{domain.RoleSecurity, p.security, p.city.Name},
		{domain.RoleAudit, p.audit, p.city.Name},
		{domain.RoleCityOffice, p.city.Office, p.city.Name},
		{domain.RoleBureau, s.Unit.Bureau, s.Unit.Name},
		{s.Reviewer(), s.Unit.Office, s.Unit.Name},
		{domain.RoleInspector, p.inspector, p.city.Name},
		{domain.RoleAuditor, p.auditor, p.city.Name},
		{domain.RoleExpert, p.city.Experts[0].Session, p.city.Name},
		{domain.RolePrincipal, s.Principal, s.Name},
		{domain.RoleSchoolAdmin, s.Admin, s.Name},
		{domain.RoleGroupLeader, s.Teachers[0].Session, s.Name},
		{domain.RoleTeacher, s.Teachers[1].Session, s.Name},
	}
	fmt.Fprintln(p.o.Stdout, "\n各身份的账号（仅供演示）")
	w := tabwriter.NewWriter(p.o.Stdout, 0, 0, 2, ' ', 0)
	for _, a := range list {
		if _, err := a.who.Me(ctx); err != nil {
			return err
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", a.who.Login, a.who.Password(), a.role.Name(), a.at)
	}
	return w.Flush()
}
