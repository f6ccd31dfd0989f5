package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/policy"
)

// Whoever reads what is wrong with a policy knows the values by their titles, not by their
// paths.
func TestProblemsNameTheirPlaceInWords(t *testing.T) {
	t.Parallel()
	for overlay, want := range map[string]string{
		`{"panel":{"min":6}}`:                           "“考核专家最多人数”有误：5须在6与1000之间",
		`{"panel":{"aggregate":"median"}}`:              "“总分的计算方式”有误：目前只支持平均分",
		`{"deadlines":{"filing":{"days":300}}}`:         "“审核备案：办理期限（工作日）”有误：300须在0与250之间",
		`{"files":{"summary":{"types":["PDF"]}}}`:       "“能力点提升总结：允许的文件类型第1项”有误",
		`{"files":{"summary":{"max_bytes":0}}}`:         "“能力点提升总结：大小上限”有误：大小须大于0且不超过5120MB",
		`{"points":{"list":[{"code":"A1","name":""}]}}`: "“应用能力点第1行的名称”有误：不能为空",
		`{"rubric":{"indicators":[{"code":"C1","path":[],"name":"甲","max":1000,"evidence":[16]}]}}`: "“评分指标第1行的对应材料第1项”有误",
		`{"hours":{"target":265}}`:                 "“校本研修应修学时”有误：26.5须在0.1与25之间",
		`{"escalation":[{"tell":["principal"]}]}`:  "“逾期逐级督办的告知对象第1行的告知第1项”有误",
		`{"deadlines":{"lunch":{"days":1}}}`:       "策略的 deadlines.lunch ",
		`{"files":{"summary":{"colour":"green"}}}`: "策略的 files.summary.colour ",
	} {
		_, err := policy.Merge(base(t, "2.0"), []byte(overlay))
		var list policy.Errors
		require.ErrorAs(t, err, &list, overlay)
		require.Contains(t, list[0].Message, want, overlay)
	}
}
