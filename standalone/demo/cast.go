package demo

import (
	"fmt"
	"math/rand/v2"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/standalone/drive"
)

// role is a scenario and how long before the present it is left alone.
type role struct {
	drive.Scenario

	rest int // steps
}

// overdue is how many steps of ten days put any deadline behind.
const overdue = 3

// every names each state that the demo promises to show, once.
func every() []role {
	return []role{
		{Scenario: drive.NotStarted()},
		{Scenario: drive.Waiting(domain.StageTeam)},
		{Scenario: drive.Waiting(domain.StageDiagnosis)},
		{Scenario: drive.Returned()},
		{Scenario: drive.Overdue(domain.StageFiling), rest: overdue},
		{Scenario: drive.Waiting(domain.StageTraining)},
		{Scenario: drive.Waiting(domain.StageAssessment)},
		{Scenario: drive.Rectifying()},
		{Scenario: drive.Waiting(domain.StageScoring)},
		{Scenario: drive.Waiting(domain.StageConfirmation)},
		{Scenario: drive.Waiting(domain.StageCrediting)},
		{Scenario: drive.Closed()},
		{Scenario: drive.Failed()},
		{Scenario: drive.Terminated()},
	}
}

// besides are further ways, for schools beyond those of every.
func besides() []role {
	return []role{
		{Scenario: drive.ReturnedTwice()},
		{Scenario: drive.Urged()},
		{Scenario: drive.Delegated()},
		{Scenario: drive.Paused()},
		{Scenario: drive.Deferred()},
		{Scenario: drive.Appealing()},
		{Scenario: drive.Rectified()},
		{Scenario: drive.Overdue(domain.StageDossier), rest: overdue},
		{Scenario: drive.Withdrawn()},
		{Scenario: drive.Waiting(domain.StageDossier)},
		{Scenario: drive.ReturnedOnce()},
		{Scenario: drive.Overdue(domain.StageTeam), rest: overdue},
		{Scenario: drive.Waiting(domain.StagePlanning)},
		{Scenario: drive.Waiting(domain.StageFiling)},
		{Scenario: drive.ExpertDeclined()},
		{Scenario: drive.ExpertConflict()},
	}
}

// cast gives every school a role, mixed over the units.
func cast(schools int, rnd *rand.Rand) ([]role, error) {
	roles := every()
	if schools < len(roles) {
		return nil, apperr.Newf(apperr.Invalid, "演示至少需要 %d 所学校，才能展示全部环节。", len(roles)).On("schools")
	}
	for len(roles) < schools {
		more := append(besides(), every()...)
		roles = append(roles, more[:min(len(more), schools-len(roles))]...)
	}
	rnd.Shuffle(len(roles), func(i, j int) { roles[i], roles[j] = roles[j], roles[i] })
	return roles, nil
}

// fresh reports whether the school belongs to the cohort that opens last: it has not got
// beyond filing, and not for want of time.
func (r role) fresh() bool {
	return !r.Unopened() && r.rest == 0 && r.Result == "" && !domain.StageFiling.Before(r.Ends)
}

// visit is what is done on one day: the legs of one stage. The decision follows the
// scores on the same day.
type visit struct {
	early bool // before training
	legs  int
}

func (r role) visits() []visit {
	var list []visit
	for i, leg := range r.Legs {
		if i == 0 || (leg.Stage != r.Legs[i-1].Stage && leg.Stage != domain.StageConfirmation) {
			list = append(list, visit{early: leg.Stage.Before(domain.StageTraining)})
		}
		list[len(list)-1].legs++
	}
	return list
}

// steps of ten days lead from the opening of the first cohort to the present.
const steps = 12

// schedule says how many legs the role has taken by each step, the last one being the
// present. What comes before training follows the opening, a visit a step; the rest ends
// at the present, so that nobody is late but those who are meant to be: between the two
// lies the time of study.
func (r role) schedule() ([]int, error) {
	visits := r.visits()
	done := make([]int, steps+1)
	before := 0
	for i, v := range visits {
		at := steps - r.rest - (len(visits) - 1 - i)
		switch {
		case r.fresh():
			at = steps
		case v.early:
			at = i + 1
		}
		if at <= before && !r.fresh() || at > steps {
			return nil, fmt.Errorf("schedule %s: %d visits do not fit", r.Name, len(visits))
		}
		before = at
		for s := at; s <= steps; s++ {
			done[s] += v.legs
		}
	}
	return done, nil
}
