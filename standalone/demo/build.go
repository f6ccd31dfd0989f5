package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/standalone/drive"
)

// play is one demo under way.
type play struct {
	o       Options
	rnd     *rand.Rand
	clock   *clock
	started time.Time

	units   []unit
	schools []drawn
	roles   []role
	plan    [][]int // legs done at each step, by school

	edition   *Edition
	client    *drive.Client
	city      *drive.City
	districts []*drive.Unit
	inspector *drive.Session
	auditor   *drive.Session
	security  *drive.Session
	audit     *drive.Session
	runs      []*drive.Run
	bars      *bars
}

// prepare draws schools and roles; nothing is started yet.
func (p *play) prepare() (err error) {
	if p.units, err = units(); err != nil {
		return err
	}
	if p.o.Teachers < fewest {
		return apperr.Newf(apperr.Invalid, "每校教师数上限不能小于 %d。", fewest).On("teachers")
	}
	if p.roles, err = cast(p.o.Schools, p.rnd); err != nil {
		return err
	}
	p.schools = draw(p.units, p.o.Schools, p.o.Teachers, p.rnd)
	for _, r := range p.roles {
		legs, err := r.schedule()
		if err != nil {
			return err
		}
		p.plan = append(p.plan, legs)
	}
	return nil
}

// atOnce is how many schools are played at the same time.
const atOnce = 6

// experts of the city: enough for a panel of three, and for those who drop out.
const experts = 7

// build creates units, schools and their heads, from sheets as an office would.
func (p *play) build(ctx context.Context) error {
	p.announce()
	var err error
	if p.city, err = p.client.NewCity(ctx, p.client.Founders(p.edition.Founders), experts); err != nil {
		return err
	}
	if p.inspector, err = p.city.Hire(ctx, "inspector-city", "督学01", domain.RoleInspector); err != nil {
		return err
	}
	if p.auditor, err = p.city.Hire(ctx, "auditor-city", "评估中心01", domain.RoleAuditor); err != nil {
		return err
	}
	if p.audit, err = p.city.Appoint(ctx, "audit-city", "审计管理员01", domain.RoleAudit); err != nil {
		return err
	}
	if p.security, err = p.city.Appoint(ctx, "security-city", "安全管理员01", domain.RoleSecurity); err != nil {
		return err
	}
	if err := p.found(ctx); err != nil {
		return err
	}
	places := make([]drive.Place, len(p.schools))
	for i, d := range p.schools {
		places[i] = drive.Place{Unit: p.districts[d.unit], Code: d.code, Name: d.name}
	}
	schools, err := p.city.ImportSchools(ctx, places)
	if err != nil {
		return err
	}
	for i, s := range schools {
		p.runs = append(p.runs, &drive.Run{School: s, Scenario: p.roles[i].Scenario})
	}
	return nil
}

// found adds the units, of which one is the city itself.
func (p *play) found(ctx context.Context) error {
	var places []drive.Place
	for i, u := range p.units {
		if !u.direct() {
			places = append(places, drive.Place{Code: fmt.Sprintf("%02d", i+1), Name: u.name})
		}
	}
	districts, err := p.city.ImportDistricts(ctx, places)
	if err != nil {
		return err
	}
	for _, u := range p.units {
		if u.direct() {
			p.districts = append(p.districts, p.city.Direct(u.name))
			continue
		}
		p.districts, districts = append(p.districts, districts[0]), districts[1:]
	}
	return nil
}

func (p *play) announce() {
	teachers, drawnTeachers := 0, 0
	for _, u := range p.units {
		teachers += u.teachers
	}
	for _, s := range p.schools {
		drawnTeachers += s.teachers
	}
	fmt.Fprintf(p.o.Stdout, "演示：%d 个单位（专任教师 %d 人），按比例抽取 %d 所学校、%d 名教师，种子 %d。\n",
		len(p.units), teachers, len(p.schools), drawnTeachers, p.o.Seed)
	fmt.Fprintln(p.o.Stdout, "正在建立单位与账号 …")
}

// each works on n things, several at a time.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for i := range n {
		work.Go(func() error { return do(ctx, i) })
	}
	return work.Wait()
}
