package domain

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

var team35 = TeamPolicy{Min: 3, Max: 5}

// team returns a valid team of n, n at least 3.
func team(n int) []TeamMember {
	members := []TeamMember{
		{UserID: "u1", Duty: DutyPrincipal, CIO: true, SchoolLeader: true},
		{UserID: "u2", Duty: DutyTeachingDirector},
		{UserID: "u3", Duty: DutyITBackbone},
	}
	for i := 4; i <= n; i++ {
		members = append(members, TeamMember{UserID: "u" + strconv.Itoa(i), Duty: DutyMember})
	}
	return members
}

func TestTC01_TeamSize(t *testing.T) {
	t.Parallel()
	require.True(t, apperr.Is(CheckTeam(team35, team(3)[:2]), CodeTeamSize))
	require.NoError(t, CheckTeam(team35, team(3)))
	require.NoError(t, CheckTeam(team35, team(5)))
	require.True(t, apperr.Is(CheckTeam(team35, team(6)), CodeTeamSize))
	require.True(t, apperr.Is(CheckTeam(team35, nil), CodeTeamSize))
}

func TestTeamComposition(t *testing.T) {
	t.Parallel()
	with := func(change func(m []TeamMember)) []TeamMember {
		m := slices.Clone(team(4))
		change(m)
		return m
	}
	for name, c := range map[string]struct {
		members []TeamMember
		want    apperr.Code
	}{
		"no principal":         {with(func(m []TeamMember) { m[0].Duty = DutyMember }), CodeTeamRoles},
		"two principals":       {with(func(m []TeamMember) { m[3].Duty = DutyPrincipal }), CodeTeamRoles},
		"no teaching director": {with(func(m []TeamMember) { m[1].Duty = DutyMember }), CodeTeamRoles},
		"no IT backbone":       {with(func(m []TeamMember) { m[2].Duty = DutyMember }), CodeTeamRoles},
		"no CIO":               {with(func(m []TeamMember) { m[0].CIO = false }), CodeTeamCIO},
		"two CIOs":             {with(func(m []TeamMember) { m[3].CIO, m[3].SchoolLeader = true, true }), CodeTeamCIO},
		"CIO is no leader":     {with(func(m []TeamMember) { m[0].CIO, m[2].CIO = false, true }), CodeTeamCIO},
		"same person twice":    {with(func(m []TeamMember) { m[3].UserID = m[1].UserID }), CodeTeamMember},
		"nobody":               {with(func(m []TeamMember) { m[3].UserID = "" }), CodeTeamMember},
		"unknown duty":         {with(func(m []TeamMember) { m[3].Duty = "chair" }), CodeTeamMember},
		"vice principal as CIO": {with(func(m []TeamMember) {
			m[0].CIO, m[3].Duty, m[3].CIO = false, DutyVicePrincipal, true
		}), ""},
		"another school leader as CIO": {with(func(m []TeamMember) {
			m[0].CIO, m[3].CIO, m[3].SchoolLeader = false, true, true
		}), ""},
		"principal as CIO": {team(4), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := CheckTeam(team35, c.members)
			require.Equal(t, c.want, apperr.CodeOf(err), "%v", err)
		})
	}
}

func TestTC26_EnvironmentOutsideTheThree(t *testing.T) {
	t.Parallel()
	three := []Choice{{"multimedia", "多媒体教学环境"}, {"blended", "混合学习环境"}, {"smart", "智慧学习环境"}}
	for _, e := range three {
		require.NoError(t, CheckEnvironment(three, e.Code))
	}
	for _, code := range []string{"virtual", "", "智慧学习环境", "Smart"} {
		require.True(t, apperr.Is(CheckEnvironment(three, code), CodeEnvironment), "%q", code)
	}
}
