package stuck

import (
	"context"
	"strings"
	"time"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// counter counts working days.
type counter interface {
	Between(a, b time.Time) (int, error)
}

// counter is the calendar of a cohort.
func (c *collector) counter(ctx context.Context, cohortID string) (counter, error) {
	if known, ok := c.days[cohortID]; ok {
		return known, nil
	}
	cohort, err := c.store.Cohort(ctx, cohortID)
	if err != nil {
		return nil, err
	}
	days := calendar.Base()
	if cohort.CalendarVersion != "" {
		row, err := c.store.Calendar(ctx, cohort.CalendarVersion)
		if err != nil {
			return nil, err
		}
		if days, err = days.Overlay([]byte(row.Body)); err != nil {
			return nil, err
		}
	}
	c.days[cohortID] = days
	return days, nil
}

// resolve turns the words of a query into ids.
func (c *collector) resolve(ctx context.Context, q Query) (models.ProgressFilter, error) {
	var f models.ProgressFilter
	var err error
	if f.Stage, err = stageOf(q.Stage); err != nil {
		return f, err
	}
	if q.Cohort != "" {
		if f.CohortID, err = c.cohort(ctx, q.Cohort); err != nil {
			return f, err
		}
	}
	if q.District != "" {
		f.DistrictID, err = c.superior(ctx, q.District)
	}
	return f, err
}

func stageOf(word string) (domain.Stage, error) {
	if word == "" {
		return "", nil
	}
	var names []string
	for _, s := range domain.Stages() {
		if word == string(s) || word == s.Name() {
			return s, nil
		}
		names = append(names, string(s)+"（"+s.Name()+"）")
	}
	return "", apperr.Newf(apperr.Invalid, "没有“%s”这个环节，可选：%s。", word, strings.Join(names, "、")).On("stage")
}

func (c *collector) cohort(ctx context.Context, word string) (id string, err error) {
	var codes []string
	err = pages(func(p models.Page) (string, error) {
		cohorts, next, err := c.store.Cohorts(ctx, models.Scope{All: true}, models.CohortFilter{}, p)
		for i := range cohorts {
			if word == cohorts[i].ID || word == cohorts[i].Code || word == cohorts[i].Name {
				id = cohorts[i].ID
			}
			codes = append(codes, cohorts[i].Code)
		}
		return next, err
	})
	if err != nil || id != "" {
		return id, err
	}
	return "", apperr.Newf(apperr.NotFound, "没有“%s”这个批次，现有：%s。", word, orNone(codes)).On("cohort")
}

// superior finds a district, or the city of 局属 schools.
func (c *collector) superior(ctx context.Context, word string) (id string, err error) {
	var names []string
	for _, level := range []models.Level{models.LevelDistrict, models.LevelCity} {
		err = pages(func(p models.Page) (string, error) {
			orgs, next, err := c.store.Orgs(ctx, models.Scope{All: true}, models.OrgFilter{Level: level}, p)
			for _, o := range orgs {
				if word == o.ID || word == o.Code || word == o.Name {
					id = o.ID
				}
				names = append(names, o.Name)
			}
			return next, err
		})
		if err != nil || id != "" {
			return id, err
		}
	}
	return "", apperr.Newf(apperr.NotFound, "没有“%s”这个区，现有：%s。", word, orNone(names)).On("district")
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "（无）"
	}
	return strings.Join(list, "、")
}
