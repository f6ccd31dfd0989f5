package drive

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"zhengxiao/api/gen"
)

// Cohort is a 批次 run by the city's office.
type Cohort struct {
	ID      string
	Schools []*School

	office *Session
}

// fastest is the highest pace the contract allows, in cases a minute.
const fastest = 6000

// NewCohort drafts a cohort of 工程 2.0 with its schools.
func (city *City) NewCohort(ctx context.Context, code, name string, from, to time.Time, schools ...*School) (*Cohort, error) {
	n := gen.NewCohort{Code: code, Name: name, Programme: "2.0", OrgId: city.ID, WindowStart: from, WindowEnd: to, Pace: fastest}
	made, err := post(ctx, city.Office, "/api/v1/cohorts", n, func() (gen.Cohort, bool, error) {
		page, err := get[gen.CohortList](ctx, city.Office, "/api/v1/cohorts", url.Values{"q": {code}})
		i := slices.IndexFunc(page.Items, func(c gen.Cohort) bool { return c.Code == code })
		if err != nil || i < 0 {
			return gen.Cohort{}, false, err
		}
		return page.Items[i], true, nil
	})
	if err != nil || len(schools) == 0 {
		return &Cohort{ID: made.Id, office: city.Office}, err
	}
	k := &Cohort{ID: made.Id, Schools: schools, office: city.Office}
	ids := gen.SchoolIds{}
	for _, s := range schools {
		ids.SchoolIds = append(ids.SchoolIds, s.ID)
	}
	return k, put(ctx, city.Office, http.MethodPost, "/api/v1/cohorts/"+made.Id+"/schools", ids)
}

// Open opens the cohort and waits until every school has its case.
func (k *Cohort) Open(ctx context.Context) error {
	path := "/api/v1/cohorts/" + k.ID
	err := put(ctx, k.office, http.MethodPost, path+"/open", nil)
	if err != nil && !exists(err) {
		return err
	}
	return k.office.c.await(ctx, "cases of the cohort", func() (bool, error) {
		cases, err := k.cases(ctx)
		if err != nil {
			return false, err
		}
		for _, s := range k.Schools {
			if cases[s.ID] == "" {
				return false, nil
			}
			s.CaseID, s.CohortID = cases[s.ID], k.ID
		}
		return true, nil
	})
}

// cases lists the cases of the cohort's schools that have one, by school.
func (k *Cohort) cases(ctx context.Context) (map[string]string, error) {
	cases := map[string]string{}
	for q := (url.Values{"limit": {"500"}}); ; {
		page, err := get[gen.CohortSchoolList](ctx, k.office, "/api/v1/cohorts/"+k.ID+"/schools", q)
		if err != nil {
			return nil, err
		}
		for _, row := range page.Items {
			cases[row.School.Id] = row.CaseId
		}
		if page.Next == "" {
			return cases, nil
		}
		q.Set("cursor", page.Next)
	}
}
