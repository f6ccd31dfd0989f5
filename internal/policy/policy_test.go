package policy_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
)

func base(t *testing.T, programme string) []byte {
	t.Helper()
	b, err := policy.Base(programme)
	require.NoError(t, err)
	return b
}

func parse(t *testing.T, b []byte) domain.Policy {
	t.Helper()
	p, err := policy.Parse(b)
	require.NoError(t, err)
	return p
}

// problems asserts that err is Errors and returns "path code" of each.
func problems(t *testing.T, err error) []string {
	t.Helper()
	var list policy.Errors
	require.ErrorAs(t, err, &list)
	found := make([]string, len(list))
	for i, e := range list {
		require.NotEmpty(t, e.Message)
		found[i] = strings.TrimSpace(e.Field + " " + string(e.Code))
	}
	return found
}

func TestBaseOfTwoPointZero(t *testing.T) {
	t.Parallel()
	p := parse(t, base(t, "2.0"))
	require.Equal(t, domain.Hours(500), p.Hours.Total)
	require.Equal(t, domain.Hours(250), p.Hours.Online)
	require.Equal(t, domain.Hours(250), p.Hours.Target)
	require.Equal(t, domain.Hours(250), p.Hours.Cap)
	require.Equal(t, domain.Hours(100), p.Hours.OnlineChoice)
	require.Equal(t, domain.TeamPolicy{Min: 3, Max: 5}, p.Team)
	require.Equal(t, domain.GatesPolicy{BNum: 95, BDen: 100}, p.Gates)
	require.Equal(t, int64(2048*1024), p.Files["summary"].MaxBytes)
	require.Equal(t, []string{"doc", "docx", "pdf"}, p.Files["summary"].Types)
	require.False(t, p.Groups.CrossDistrict)
	require.False(t, p.Credit.FailedTeachers)
	require.Equal(t, 3, p.Points.Min)
	require.Len(t, p.Environments, 3)
	require.Len(t, p.Evidence, 15)
	for _, c := range []struct {
		kind string
		want domain.Hours
	}{{"discussion", 20}, {"assignment", 50}, {"observation", 50}} {
		got, err := domain.ActivityHours(p.Hours, c.kind, 0)
		require.NoError(t, err)
		require.Equal(t, c.want, got, c.kind)
	}
	_, err := domain.ActivityHours(p.Hours, "offline", 105)
	require.True(t, apperr.Is(err, domain.CodeHoursRange))
}

func TestBaseOfOnePointZero(t *testing.T) {
	t.Parallel()
	p := parse(t, base(t, "1.0"))
	require.Equal(t, "1.0", p.Programme)
	require.Equal(t, domain.Hours(800), p.Hours.Total)
	require.Equal(t, domain.Hours(560), p.Hours.Online)
	require.Equal(t, domain.Hours(240), p.Hours.Target)
	require.Equal(t, domain.Hours(240), p.Hours.Cap)
	require.False(t, p.Groups.CrossDistrict, "000:150")
	require.NotEqual(t, policy.Digest(base(t, "1.0")), policy.Digest(base(t, "2.0")))
}

func TestEveryProgrammeHasABaseAndNoOther(t *testing.T) {
	t.Parallel()
	for _, programme := range policy.Programmes() {
		require.Equal(t, programme, parse(t, base(t, programme)).Programme)
	}
	_, err := policy.Base("3.0")
	require.True(t, apperr.Is(err, policy.CodeProgramme))
}

func TestDefaultRubricIsAnExampleOfOneHundredPoints(t *testing.T) {
	t.Parallel()
	r := parse(t, base(t, "2.0")).Rubric
	require.Contains(t, r.Title, "示例")
	require.Equal(t, domain.Score(1000), r.Full)
	require.Equal(t, domain.Score(600), r.Pass)
	known := domain.Score(0) // C1 to C10 carry the published 30 points
	for _, i := range r.Indicators[:10] {
		known += i.Max
	}
	require.Equal(t, domain.Score(300), known)
	for i, ind := range r.Indicators {
		require.Equal(t, fmt.Sprintf("C%d", i+1), ind.Code)
		require.Len(t, ind.Path, 2)
		require.NotEmpty(t, ind.Evidence, ind.Code)
	}
}

// evidence15 is the 证明清单 of 003:413-427.
const evidence15 = `1,学校信息化管理团队成员及其责任分工
2,学校信息化环境和教师应用现状
3,学校信息化发展规划(侧重教学)
4,混合式校本研修计划
5,校长动员讲话稿
6,教研组活动计划
7,教师个人研修计划
8,学校信息化管理制度与运作流程
9,教师信息化应用选学选测办法
10,教师信息化应用选学选测问题解决
11,教师信息化应用能力测评结果分析
12,教师信息化应用能力测评优秀作品
13,学校信息化资源库建设目录
14,校本应用考核自评报告
15,校本应用考核评估报告`

func TestEvidenceItemsAreTheFifteen(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(strings.NewReader(evidence15)).ReadAll()
	require.NoError(t, err)
	sources := map[int]string{1: "team", 2: "diagnosis", 3: "development_plan", 4: "training_plan"}
	for i, e := range parse(t, base(t, "2.0")).Evidence {
		require.Equal(t, []string{fmt.Sprint(e.No), e.Name}, rows[i])
		require.Equal(t, sources[e.No], e.Source)
		require.True(t, e.Required)
	}
}

func TestOverlaysMergeInOrder(t *testing.T) {
	t.Parallel()
	merged, err := policy.Merge(base(t, "2.0"),
		[]byte(`{"filing":{"chain":["经办","复核","签发"]},"deadlines":{"filing":{"days":20}}}`),
		[]byte(`{"deadlines":{"filing":{"days":15,"escalate":null}},"rubric":{"pass":700}}`))
	require.NoError(t, err)
	p := parse(t, merged)
	require.Equal(t, []string{"经办", "复核", "签发"}, p.Filing.Chain)
	require.Equal(t, domain.Deadline{Days: 15, RemindBefore: 3}, p.Deadlines[domain.StageFiling])
	require.Equal(t, domain.Score(700), p.Rubric.Pass)
	require.Equal(t, 10, p.Deadlines[domain.StageTeam].Days, "what nobody touches stays")
}

func TestCanonicalFormIsStable(t *testing.T) {
	t.Parallel()
	for _, programme := range policy.Programmes() {
		b := base(t, programme)
		require.Equal(t, string(b), string(policy.Canonical(parse(t, b))), "parse and write again")
		same, err := policy.Merge(b)
		require.NoError(t, err)
		require.Equal(t, string(b), string(same), "no overlay, no change")
		require.Equal(t, policy.Digest(b), policy.Digest(same))
		require.Len(t, policy.Digest(b), 64)
	}
	reordered, err := policy.Merge(base(t, "2.0"), []byte(" {\n\"rubric\": {\"pass\":600 },\"team\":{\"max\":5,\"min\":3}}"))
	require.NoError(t, err)
	require.Equal(t, policy.Digest(base(t, "2.0")), policy.Digest(reordered), "repeating the base is no change")
	changed, err := policy.Merge(base(t, "2.0"), []byte(`{"rubric":{"pass":610}}`))
	require.NoError(t, err)
	require.NotEqual(t, policy.Digest(base(t, "2.0")), policy.Digest(changed))
}

func TestUnknownKeysAndWrongTypesNameTheirPath(t *testing.T) {
	t.Parallel()
	for overlay, want := range map[string]string{
		`{"hourz":{}}`:                            "hourz policy_unknown_key",
		`{"hours":{"cpa":1}}`:                     "hours.cpa policy_unknown_key",
		`{"Hours":{"cap":1}}`:                     "Hours policy_unknown_key",
		`{"hours":{"cpa":null}}`:                  "hours.cpa policy_unknown_key",
		`{"deadlines":{"closed":{"days":1}}}`:     "deadlines.closed policy_unknown_key",
		`{"deadlines":{"team":{"hours":1}}}`:      "deadlines.team.hours policy_unknown_key",
		`{"files":{"video":{"max_bytes":1}}}`:     "files.video policy_unknown_key",
		`{"environments":[{"code":"a","nam":1}]}`: "environments[0].nam policy_unknown_key",
		`{"team":{"min":"3"}}`:                    "team.min policy_type",
		`{"team":{"min":3.5}}`:                    "team.min policy_type",
		`{"team":{"min":1e400}}`:                  "team.min policy_type",
		`{"team":[]}`:                             "team policy_type",
		`{"filing":{"chain":"审核"}}`:               "filing.chain policy_type",
		`{"filing":{"chain":[1]}}`:                "filing.chain[0] policy_type",
		`{"filing":{"chain":[null]}}`:             "filing.chain[0] policy_type",
		`{"credit":{"failed_teachers":"no"}}`:     "credit.failed_teachers policy_type",
		`{"title":2}`:                             "title policy_type",
		`{"hours":{"cap":null}}`:                  "hours.cap policy_missing_key",
		`{"rubric":null}`:                         "rubric policy_missing_key",
		`{"deadlines":{"team":null}}`:             "deadlines.team policy_missing_key",
		`{"plan_parts":[{"code":"x"}]}`:           "plan_parts[0].evidence policy_missing_key",
	} {
		_, err := policy.Merge(base(t, "2.0"), []byte(overlay))
		require.Contains(t, problems(t, err), want, overlay)
	}
}

func TestValuesOutOfRangeNameTheirPath(t *testing.T) {
	t.Parallel()
	for overlay, want := range map[string]string{
		`{"programme":"1.0"}`:                             "programme policy_programme",
		`{"title":" "}`:                                   "title policy_range",
		`{"team":{"min":0}}`:                              "team.min policy_range",
		`{"team":{"max":2}}`:                              "team.max policy_range",
		`{"environments":[]}`:                             "environments policy_range",
		`{"filing":{"chain":[]}}`:                         "filing.chain policy_range",
		`{"filing":{"chain":["a","b","c","d"]}}`:          "filing.chain policy_range",
		`{"filing":{"chain":["a",""]}}`:                   "filing.chain[1] policy_range",
		`{"hours":{"online":260}}`:                        "hours.total policy_range",
		`{"hours":{"target":260}}`:                        "hours.target policy_range",
		`{"hours":{"online_choice":251}}`:                 "hours.online_choice policy_range",
		`{"hours":{"online":300,"cap":200,"target":200}}`: "hours.cap policy_range",
		`{"points":{"min":7}}`:                            "points.list policy_range",
		`{"points":{"list":[{"code":"A1","name":"甲"},{"code":"A1","name":"乙"},{"code":"A2","name":"丙"}]}}`: "points.list[1].code policy_range",
		`{"files":{"summary":{"max_bytes":0}}}`:   "files.summary.max_bytes policy_range",
		`{"files":{"summary":{"types":["PDF"]}}}`: "files.summary.types[0] policy_range",
		`{"gates":{"b_num":0}}`:                   "gates.b_num policy_range",
		`{"gates":{"b_num":101}}`:                 "gates.b_num policy_range",
		`{"gates":{"b_den":0}}`:                   "gates.b_den policy_range",
		`{"panel":{"min":6}}`:                     "panel.max policy_range",
		`{"panel":{"aggregate":"median"}}`:        "panel.aggregate policy_range",
		`{"rubric":{"pass":1001}}`:                "rubric.pass policy_range",
		`{"rubric":{"full":900}}`:                 "rubric.full policy_range",
		`{"rubric":{"indicators":[]}}`:            "rubric.indicators policy_range",
		`{"rubric":{"indicators":[{"code":"C1","path":[],"name":"甲","max":1000,"evidence":[16]}]}}`:                             "rubric.indicators[0].evidence[0] policy_range",
		`{"rubric":{"indicators":[{"code":"C1","path":[],"name":"甲","max":500},{"code":"C1","path":[],"name":"乙","max":500}]}}`: "rubric.indicators[1].code policy_range",
		`{"evidence":[{"no":2,"name":"甲","form":"表单","required":true}]}`:                                                        "evidence[0].no policy_range",
		`{"evidence":[{"no":1,"name":"甲","form":"表单","required":true,"source":"moon"}]}`:                                        "evidence[0].source policy_range",
		`{"plan_parts":[{"code":"development_plan","name":"规划","evidence":5}]}`:                                                 "plan_parts[0].evidence policy_range",
		`{"rectification":{"max_rounds":-1}}`:                                                                                   "rectification.max_rounds policy_range",
		`{"deadlines":{"filing":{"days":-1}}}`:                                                                                  "deadlines.filing.days policy_range",
		`{"deadlines":{"filing":{"remind_before":10}}}`:                                                                         "deadlines.filing.remind_before policy_range",
		`{"deadlines":{"filing":{"escalate":[5,3]}}}`:                                                                           "deadlines.filing.escalate[1] policy_range",
		`{"deadlines":{"filing":{"escalate":[0]}}}`:                                                                             "deadlines.filing.escalate[0] policy_range",
	} {
		_, err := policy.Merge(base(t, "2.0"), []byte(overlay))
		require.Contains(t, problems(t, err), want, overlay)
	}
}

func TestAllProblemsOfAllOverlaysAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := policy.Merge(base(t, "2.0"),
		[]byte(`{"hours":{"cpa":1},"team":{"min":"three"}}`),
		[]byte(`{"hourz":1,"rubric":{"pass":2000},"gates":{"b_num":0}}`))
	require.Equal(t, []string{
		"hours.cpa policy_unknown_key", "team.min policy_type", "hourz policy_unknown_key",
		"gates.b_num policy_range", "rubric.pass policy_range",
	}, problems(t, err))
	var list policy.Errors
	require.ErrorAs(t, err, &list)
	require.Contains(t, list[0].Message, "第1份叠加策略")
	require.Contains(t, list[2].Message, "第2份叠加策略")
	require.Equal(t, policy.CodeUnknownKey, apperr.CodeOf(err), "as one error it has the first code")
}

func TestDocumentsThatAreNotOneJSONObjectAreRefused(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]string{
		"empty": "", "array": "[]", "null": "null", "number": "1", "broken": `{"team":`, "two": `{} {}`,
		"same key twice": `{"team":{"min":3,"min":4}}`, "broken UTF-8": "{\"title\":\"\xff\"}",
		"nested without end": strings.Repeat(`{"a":`, 5000), "array bomb": `{"a":` + strings.Repeat("[", 100000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := policy.Merge(base(t, "2.0"), []byte(doc))
			require.Equal(t, []string{"policy_json"}, problems(t, err))
			_, err = policy.Parse([]byte(doc))
			require.Equal(t, []string{"policy_json"}, problems(t, err))
		})
	}
}

func TestParseNeedsACompletePolicy(t *testing.T) {
	t.Parallel()
	_, err := policy.Parse([]byte(`{"programme":"2.0"}`))
	found := problems(t, err)
	require.Contains(t, found, "hours policy_missing_key")
	require.Contains(t, found, "rubric policy_missing_key")
	require.NotContains(t, found, "programme policy_missing_key")
}

func TestAnOverlayMayRepeatTheProgrammeItIsFor(t *testing.T) {
	t.Parallel()
	_, err := policy.Merge(base(t, "1.0"), []byte(`{"programme":"1.0","groups":{"cross_district":true}}`))
	require.NoError(t, err)
}

func TestValidateAcceptsWhatParseGives(t *testing.T) {
	t.Parallel()
	p := parse(t, base(t, "2.0"))
	require.NoError(t, policy.Validate(p))
	p.Rubric.Indicators[0].Max++
	require.Equal(t, []string{"rubric.full policy_range"}, problems(t, policy.Validate(p)))
}

// Every part of the policy can be reached by an overlay: setting it to its own value is
// accepted and changes nothing.
func TestEveryPartOfTheBaseCanBeOverlaid(t *testing.T) {
	t.Parallel()
	b := base(t, "2.0")
	var doc map[string]any
	require.NoError(t, json.Unmarshal(b, &doc))
	for key, value := range doc {
		overlay, err := json.Marshal(map[string]any{key: value})
		require.NoError(t, err)
		merged, err := policy.Merge(b, overlay)
		require.NoError(t, err, key)
		require.Equal(t, string(b), string(merged), key)
	}
}
